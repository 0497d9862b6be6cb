//===- FixedShapes.cpp - Symbolic extents that the user fixes -------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "FixedShapes.h"

#include "onnx-split/Target/Onnx/TypeProto.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

#include <set>

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

namespace {
using Symbols = llvm::StringMap<int64_t>;
/// The extents of the inputs that `shape` fixes, by the input's name.
using InputShapes = llvm::StringMap<SmallVector<int64_t>>;
} // namespace

/// Splits NAME=VALUE at the last '=': names may hold one, values do not.
static LogicalResult splitOption(ModelOp model, StringRef option,
                                 StringRef flag, StringRef example,
                                 StringRef &name, StringRef &value) {
  std::tie(name, value) = option.rsplit('=');
  if (name.empty() || value.empty())
    return model.emitError("--")
           << flag << " takes " << example << ", but it is '" << option << "'";
  return success();
}

static LogicalResult parseShapes(ModelOp model, ArrayRef<std::string> options,
                                 InputShapes &shapes) {
  for (StringRef option : options) {
    StringRef name, value;
    if (failed(splitOption(model, option, "shape", "NAME=1x3x224x224", name,
                           value)))
      return failure();
    SmallVector<int64_t> extents;
    for (StringRef part : llvm::split(value, 'x')) {
      int64_t extent;
      if (part.getAsInteger(10, extent) || extent < 0)
        return model.emitError("--shape takes NAME=1x3x224x224, but '")
               << part << "' in '" << option
               << "' is not an extent of at least 0";
      extents.push_back(extent);
    }
    if (!shapes.try_emplace(name, extents).second)
      return model.emitError("--shape names the input '") << name << "' twice";
  }
  return success();
}

static LogicalResult fixSymbol(ModelOp model, Symbols &symbols,
                               StringRef symbol, int64_t extent) {
  auto [it, inserted] = symbols.try_emplace(symbol, extent);
  if (inserted || it->second == extent)
    return success();
  return model.emitError("the dimension '")
         << symbol << "' is fixed to " << it->second << " and to " << extent;
}

static LogicalResult parseDims(ModelOp model, ArrayRef<std::string> options,
                               Symbols &symbols) {
  for (StringRef option : options) {
    StringRef name, value;
    if (failed(splitOption(model, option, "dim", "NAME=1", name, value)))
      return failure();
    int64_t extent;
    if (value.getAsInteger(10, extent) || extent < 0)
      return model.emitError("--dim takes NAME=1, but '")
             << value << "' in '" << option
             << "' is not an extent of at least 0";
    if (failed(fixSymbol(model, symbols, name, extent)))
      return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// The model's own symbols
//===----------------------------------------------------------------------===//

/// Calls `visit` for the shape inside a type, however deep.
static void forEachShape(onnx::TypeProto &type,
                         function_ref<void(onnx::TensorShapeProto &)> visit) {
  switch (type.value_case()) {
  case onnx::TypeProto::kTensorType:
    if (type.tensor_type().has_shape())
      visit(*type.mutable_tensor_type()->mutable_shape());
    return;
  case onnx::TypeProto::kSparseTensorType:
    if (type.sparse_tensor_type().has_shape())
      visit(*type.mutable_sparse_tensor_type()->mutable_shape());
    return;
  case onnx::TypeProto::kSequenceType:
    return forEachShape(*type.mutable_sequence_type()->mutable_elem_type(),
                        visit);
  case onnx::TypeProto::kOptionalType:
    return forEachShape(*type.mutable_optional_type()->mutable_elem_type(),
                        visit);
  case onnx::TypeProto::kMapType:
    return forEachShape(*type.mutable_map_type()->mutable_value_type(), visit);
  default:
    return;
  }
}

/// Rewrites every declaration of the main graph and its bodies by `change`.
static void
changeDeclarations(ModelOp model,
                   function_ref<void(GraphOp, onnx::ValueInfoProto &)> change) {
  Builder builder(model.getContext());
  model.getGraph()->walk([&](GraphOp graph) {
    auto changed = [&](ArrayAttr infos) {
      SmallVector<Attribute> result;
      for (auto info : infos.getAsRange<ValueInfoAttr>()) {
        onnx::ValueInfoProto proto;
        exportValueInfo(info, proto);
        change(graph, proto);
        result.push_back(importValueInfo(proto, model.getContext()));
      }
      return builder.getArrayAttr(result);
    };
    graph.setInputInfosAttr(changed(graph.getInputInfos()));
    graph.setOutputInfosAttr(changed(graph.getOutputInfos()));
    graph.setValueInfosAttr(changed(graph.getValueInfos()));
    for (auto [argument, info] :
         llvm::zip(graph.getBody().getArguments(),
                   graph.getInputInfos().getAsRange<ValueInfoAttr>()))
      if (info.getType())
        argument.setType(info.getType());
  });
}

/// Every symbol that the model's declarations use, sorted.
static std::set<std::string> getSymbols(ModelOp model) {
  std::set<std::string> symbols;
  model.getGraph()->walk([&](GraphOp graph) {
    for (ArrayAttr infos :
         {graph.getInputInfos(), graph.getOutputInfos(), graph.getValueInfos()})
      for (auto info : infos.getAsRange<ValueInfoAttr>()) {
        onnx::ValueInfoProto proto;
        exportValueInfo(info, proto);
        forEachShape(*proto.mutable_type(), [&](onnx::TensorShapeProto &shape) {
          for (const auto &dim : shape.dim())
            if (isSymbol(dim.dim_param()))
              symbols.insert(dim.dim_param());
        });
      }
  });
  return symbols;
}

/// The names of the model's inputs, for messages.
static std::string inputNames(ModelOp model) {
  SmallVector<std::string> names;
  for (BlockArgument input : model.getGraph().getBody().getArguments())
    names.push_back(("'" + getValueName(input) + "'").str());
  return llvm::join(names, ", ");
}

/// Binds the symbols of one input to what the user wrote.
static LogicalResult bindInput(ModelOp model, BlockArgument input,
                               ArrayRef<int64_t> extents, Symbols &symbols) {
  StringRef name = getValueName(input);
  auto type = dyn_cast<OnnxTensorType>(input.getType());
  if (!type)
    return model.emitError("--shape names the input '")
           << name << "', which is not a tensor";
  if (!type.hasRank())
    return success();
  if (type.getDims().size() != extents.size())
    return model.emitError("--shape gives the input '")
           << name << "' " << extents.size() << " extents, but it has rank "
           << type.getDims().size();
  for (auto [axis, dim] : llvm::enumerate(type.getDims())) {
    if (auto symbol = dyn_cast<StringAttr>(dim)) {
      if (isSymbol(symbol) &&
          failed(fixSymbol(model, symbols, symbol, extents[axis])))
        return failure();
    } else if (auto extent = dyn_cast<IntegerAttr>(dim);
               extent && extent.getInt() >= 0 &&
               extent.getInt() != extents[axis]) {
      return model.emitError("--shape gives axis ")
             << axis << " of the input '" << name << "' the extent "
             << extents[axis] << ", but the model fixes it to "
             << extent.getInt();
    }
  }
  return success();
}

LogicalResult graph::fixShapes(ModelOp model, ArrayRef<std::string> shapes,
                               ArrayRef<std::string> dims) {
  if (shapes.empty() && dims.empty())
    return success();
  InputShapes inputShapes;
  Symbols symbols;
  if (failed(parseShapes(model, shapes, inputShapes)) ||
      failed(parseDims(model, dims, symbols)))
    return failure();

  std::set<std::string> known = getSymbols(model);
  for (const auto &symbol : symbols)
    if (!known.count(symbol.getKey().str()))
      return model.emitError("--dim names '")
             << symbol.getKey() << "', which is no dimension of the model; it "
             << (known.empty() ? std::string("has none")
                               : "has '" + llvm::join(known, "', '") + "'");
  llvm::StringMap<BlockArgument> inputs;
  for (BlockArgument input : model.getGraph().getBody().getArguments())
    inputs[getValueName(input)] = input;
  for (const auto &shape : inputShapes) {
    auto input = inputs.find(shape.getKey());
    if (input == inputs.end())
      return model.emitError("--shape names '")
             << shape.getKey() << "', which is no input of the model; it has "
             << inputNames(model);
    if (failed(bindInput(model, input->second, shape.second, symbols)))
      return failure();
  }

  GraphOp main = model.getGraph();
  changeDeclarations(model, [&](GraphOp graph, onnx::ValueInfoProto &info) {
    auto extents = inputShapes.find(info.name());
    if (graph == main && extents != inputShapes.end() &&
        inputs.contains(info.name())) {
      auto *shape = info.mutable_type()->mutable_tensor_type()->mutable_shape();
      for (auto [axis, extent] : llvm::enumerate(extents->second))
        (int(axis) < shape->dim_size() ? shape->mutable_dim(axis)
                                       : shape->add_dim())
            ->set_dim_value(extent);
    }
    if (!info.has_type())
      return;
    forEachShape(*info.mutable_type(), [&](onnx::TensorShapeProto &shape) {
      for (auto &dim : *shape.mutable_dim())
        if (auto symbol = symbols.find(dim.dim_param());
            dim.has_dim_param() && symbol != symbols.end())
          dim.set_dim_value(symbol->second);
    });
  });
  return success();
}
