//===- OpenDims.cpp - Dimensions of inputs without a value ----------------===//
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
  constexpr size_t MaxNotes = 50;
  std::vector<OpenDim> open = openDims();
  if (open.empty())
    return success();
  auto error = dims->getModel().emitError(
      "costs depend on dimensions of the model's inputs that are open; give "
      "each a value, in the parts too with --dim, for planning alone with "
      "--assume:");
  for (const OpenDim &dim : llvm::ArrayRef(open).take_front(MaxNotes)) {
    std::string option = quoteForShell(dim.name.spell() + "=1");
    error.attachNote() << "--dim " << option << " or --assume " << option;
  }
  if (open.size() > MaxNotes)
    error.attachNote() << "and " << open.size() - MaxNotes << " more";
  error.attachNote() << "all of them: --assume '*=1'";
  return error;
}
