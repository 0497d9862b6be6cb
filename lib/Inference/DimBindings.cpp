//===- DimBindings.cpp - Values that a user gives to dimensions -----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelDims.h"

#include "onnx-split/Support/ShellQuote.h"

using namespace mlir;
using namespace onnx_split;

DimBindings::DimBindings(graph::ModelOp model)
    : dims(std::make_shared<ModelDims>(model)) {}

std::vector<const DimValues *> DimBindings::allValues() const {
  std::vector<const DimValues *> all = {&fixedValues, &planningValues};
  for (const DimValues &point : pointValues)
    all.push_back(&point);
  return all;
}

LogicalResult DimBindings::check(const DimValues &values) const {
  return failure(failed(checkExpressions(values)) ||
                 failed(checkInputs(values)));
}

LogicalResult DimBindings::checkExpressions(const DimValues &values) const {
  for (const auto &[name, binding] : values.all()) {
    DimExpression expression(name.symbol);
    DimFault fault;
    std::optional<int64_t> value = values.evaluate(expression, &fault);
    // As for valueOf, "-1" says nothing.
    bool isOpen = fault == DimFault::OpenTerm ||
                  (expression.terms().empty() && value.value_or(-1) < 0);
    if (!expression.isCompound() || isOpen || value == binding.value)
      continue;
    return dims->getModel().emitError()
           << binding.origin << " makes " << name.describe() << " "
           << binding.value << ", but "
           << values.describeOrigins(expression, "make") << " it "
           << describeValue(value, fault);
  }
  return success();
}

LogicalResult DimBindings::checkInputs(const DimValues &values) const {
  llvm::StringSet<> seen;
  for (const InputDim &dim : dims->getInputDims()) {
    if (dim.symbol.empty() || !seen.insert(dim.symbol).second)
      continue;
    std::string what = describeBadExtent(
        dim.symbol, values, "the input '" + dim.getInputName() + "'");
    if (!what.empty())
      return emitError(dim.input.getLoc()) << what;
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Open dimensions
//===----------------------------------------------------------------------===//

std::vector<OpenDim> DimBindings::openDims(const DimValues &values) const {
  std::vector<OpenDim> open;
  std::set<DimName> seen;
  auto add = [&](const DimName &name, bool isFirst) {
    if (!values.find(name) && seen.insert(name).second)
      open.push_back({name, isFirst});
  };
  for (const InputDim &dim : dims->getInputDims()) {
    if (dim.hasDefault || dim.extent)
      continue;
    if (dim.symbol.empty()) {
      // Nothing names what is inside a sequence.
      if (dim.isTensor)
        add(DimName::ofAxis(dim.getInputName(), dim.axis), dim.axis == 0);
      continue;
    }
    DimFault fault;
    if (values.valueOf(dim.symbol, &fault) || fault != DimFault::OpenTerm)
      continue;
    for (const std::string &part : dims->getParts(dim.symbol))
      add(DimName::ofSymbol(part), dims->isFirst(part));
  }
  return open;
}

std::vector<OpenDim> DimBindings::openDims() const {
  return openDims(planningValues);
}

FailureOr<std::vector<OpenDim>> DimBindings::assumeFirstDims() {
  std::vector<OpenDim> assumed;
  for (const OpenDim &dim : openDims()) {
    if (!dim.isFirst)
      continue;
    assumed.push_back(dim);
    DimBinding one = {1,
                      "the assumed " + quoteForShell(dim.name.spell()) + "=1"};
    planningValues.bind(dim.name, one);
    for (DimValues &point : pointValues)
      point.bind(dim.name, one);
  }
  if (assumed.empty())
    return assumed;
  for (const DimValues *values : allValues())
    if (failed(check(*values)))
      return failure();
  return assumed;
}

LogicalResult DimBindings::requireClosed() const {
  // More help nobody; `*` closes them all.
  constexpr size_t maxNotes = 50;
  std::vector<OpenDim> open = openDims();
  if (open.empty())
    return success();
  auto error = dims->getModel().emitError(
      "costs depend on dimensions of the model's inputs that are open; give "
      "each a value, in the parts too with --dim, for planning alone with "
      "--assume:");
  for (const OpenDim &dim : llvm::ArrayRef(open).take_front(maxNotes)) {
    std::string option = quoteForShell(dim.name.spell() + "=1");
    error.attachNote() << "--dim " << option << " or --assume " << option;
  }
  if (open.size() > maxNotes)
    error.attachNote() << "and " << open.size() - maxNotes << " more";
  error.attachNote() << "the whole shape of an input, in the parts too: "
                        "--shape NAME=1x3x224x224";
  error.attachNote() << "all of them: --assume '*=1'";
  return error;
}
