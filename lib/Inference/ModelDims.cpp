//===- ModelDims.cpp - The dimensions that a model declares ---------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelDims.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

ModelDims::ModelDims(ModelOp modelOp) : model(modelOp) {
  addInputs();
  addSymbols();
  findFirst();
}

void ModelDims::addInputs() {
  Block &body = model.getGraph().getBody().front();
  llvm::StringSet<> defaults;
  for (auto initializer : body.getOps<InitializerOp>())
    defaults.insert(getValueName(initializer.getResult()));
  for (BlockArgument input : body.getArguments()) {
    StringRef name = getValueName(input);
    inputs[name] = input;
    ArrayAttr dims = getInnerDims(input.getType());
    if (!dims)
      continue;
    InputDim entry = {input,
                      0,
                      {},
                      {},
                      isa<OnnxTensorType>(input.getType()),
                      defaults.contains(name)};
    for (auto [axis, dim] : llvm::enumerate(dims)) {
      entry.axis = axis;
      auto symbol = dyn_cast<StringAttr>(dim);
      entry.symbol = symbol && isSymbol(symbol) ? symbol.getValue() : "";
      auto extent = dyn_cast<IntegerAttr>(dim);
      entry.extent = extent && extent.getInt() >= 0
                         ? std::optional<int64_t>(extent.getInt())
                         : std::nullopt;
      inputDims.push_back(entry);
    }
  }
}

void ModelDims::addSymbols() {
  // Types are unique, so that each is looked at once.
  llvm::DenseSet<Type> seen;
  auto add = [&](Type type) {
    ArrayAttr dims = seen.insert(type).second ? getInnerDims(type) : nullptr;
    for (Attribute dim : dims ? dims.getValue() : ArrayRef<Attribute>())
      if (auto symbol = dyn_cast<StringAttr>(dim); symbol && isSymbol(symbol))
        symbols.insert(symbol.str());
  };
  model.getGraph()->walk([&](GraphOp graph) {
    for (ArrayAttr infos :
         {graph.getInputInfos(), graph.getOutputInfos(), graph.getValueInfos()})
      for (auto info : infos.getAsRange<ValueInfoAttr>())
        if (info.getType())
          add(info.getType());
  });
  for (const std::string &symbol : symbols)
    if (DimExpression expression(symbol); expression.isCompound())
      for (const std::string &term : expression.terms())
        terms.insert(term);
}

void ModelDims::findFirst() {
  for (const InputDim &dim : inputDims) {
    if (dim.hasDefault || dim.symbol.empty())
      continue;
    DimExpression expression(dim.symbol);
    if (!expression.isCompound())
      alone.insert(dim.symbol);
    if (dim.axis != 0)
      continue;
    first.insert(dim.symbol);
    for (const std::string &term : expression.terms())
      firstInExpression.insert(term);
  }
}

BlockArgument ModelDims::findInput(StringRef name) const {
  return inputs.lookup(name);
}

std::vector<std::string> ModelDims::getParts(StringRef symbol) const {
  DimExpression expression(symbol);
  auto isKnown = [&](const std::string &term) {
    return hasSymbol(term) || known.contains(term);
  };
  if (expression.isCompound() && !expression.terms().empty() &&
      llvm::all_of(expression.terms(), isKnown))
    return expression.terms();
  return {symbol.str()};
}

bool ModelDims::isFirst(StringRef name) const {
  return first.contains(name) ||
         (firstInExpression.contains(name) && !alone.contains(name));
}

std::string ModelDims::describeNames() const {
  // Models have up to thousands, most of them inventions of an exporter.
  constexpr size_t maxNames = 20;
  std::set<std::string> ofInputs, unnamed;
  for (const InputDim &dim : inputDims) {
    if (!dim.symbol.empty())
      ofInputs.insert(dim.symbol.str());
    else if (!dim.extent && dim.isTensor)
      unnamed.insert(DimName::ofAxis(dim.getInputName(), dim.axis).spell());
  }
  std::vector<std::string> names(ofInputs.begin(), ofInputs.end());
  names.insert(names.end(), unnamed.begin(), unnamed.end());
  for (const std::string &symbol : symbols)
    if (!ofInputs.count(symbol))
      names.push_back(symbol);
  if (names.empty())
    return "none";
  size_t shown = std::min(names.size(), maxNames);
  std::string text =
      "'" + llvm::join(names.begin(), names.begin() + shown, "', '") + "'";
  if (shown < names.size())
    text += " and " + std::to_string(names.size() - shown) + " more";
  return text;
}
