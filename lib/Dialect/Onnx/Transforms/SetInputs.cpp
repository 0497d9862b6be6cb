//===- SetInputs.cpp - Inputs that become constants -----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Dialect/Onnx/Transforms/SetInputs.h"

#include "onnx-split/Dialect/Onnx/Transforms/Passes.h"
#include "onnx-split/Target/Onnx/GivenTensor.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

namespace onnx_split::graph {
#define GEN_PASS_DEF_SETINPUTSPASS
#include "onnx-split/Dialect/Onnx/Transforms/Passes.h.inc"
} // namespace onnx_split::graph

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

/// What the model declares of an input; nothing where it is no tensor.
static std::optional<TensorDeclaration> declarationOf(Type type) {
  TensorDeclaration declared;
  if (isa<OnnxUnknownType>(type))
    return declared;
  auto tensor = dyn_cast<OnnxTensorType>(type);
  if (!tensor)
    return std::nullopt;
  declared.elementType = tensor.getElementType();
  if (!tensor.hasRank())
    return declared;
  declared.dims.emplace();
  for (Attribute dim : tensor.getDims()) {
    auto extent = dyn_cast<IntegerAttr>(dim);
    declared.dims->push_back(extent && extent.getInt() >= 0 ? extent.getInt()
                                                            : -1);
  }
  return declared;
}

/// The attribute of a tensor whose values are in the message itself: type and
/// extents are members, all else is in `rest`.
static TensorAttr toAttribute(onnx::TensorProto proto, StringAttr name) {
  SmallVector<int64_t> dims(proto.dims().begin(), proto.dims().end());
  int32_t elementType = proto.data_type();
  proto.clear_dims();
  proto.clear_data_type();
  return TensorAttr::get(
      name.getContext(), name, elementType, dims, /*storage=*/0, PayloadAttr(),
      StringAttr::get(name.getContext(), proto.SerializeAsString()));
}

namespace {
/// Replaces inputs one by one. Block arguments stay until the end, so that
/// their positions do.
class InputSetter {
public:
  explicit InputSetter(ModelOp source)
      : model(source), body(source.getGraph().getBody().front()) {
    for (BlockArgument input : body.getArguments())
      inputs[getValueName(input)] = input.getArgNumber();
  }

  /// Gives one input its value, INPUT=VALUE. Fails, with an error at the model,
  /// where it cannot.
  LogicalResult set(StringRef setting);
  /// Takes the inputs away that were set.
  void finish();

private:
  ModelOp model;
  Block &body;
  /// Positions by name.
  llvm::StringMap<unsigned> inputs;
  llvm::BitVector isSet = llvm::BitVector(body.getNumArguments());
};
} // namespace

LogicalResult InputSetter::set(StringRef setting) {
  auto parts = splitGivenTensor(
      setting, [&](StringRef name) { return inputs.contains(name); });
  if (!parts) {
    llvm::consumeError(parts.takeError());
    auto names = llvm::map_range(body.getArguments(), [](BlockArgument input) {
      return ("'" + getValueName(input) + "'").str();
    });
    auto [given, text] = setting.split('=');
    std::string wrong =
        text.empty()
            ? "takes INPUT=VALUE, but it is '" + setting.str() + "'"
            : "names '" + given.str() + "', which is no input of the model";
    return model.emitError("--set ")
           << wrong << "; the model "
           << (body.getNumArguments() == 0
                   ? std::string("has no inputs")
                   : "has the inputs " + llvm::join(names, ", "));
  }
  auto [name, value] = *parts;
  BlockArgument input = body.getArgument(inputs.lookup(name));
  if (isSet.test(input.getArgNumber()))
    return model.emitError("--set names the input '") << name << "' twice";
  std::optional<TensorDeclaration> declared = declarationOf(input.getType());
  if (!declared)
    return model.emitError("--set names the input '")
           << name << "', which is not a tensor";
  auto tensor = parseGivenTensor(value, *declared);
  if (!tensor)
    return model.emitError("--set: the input '")
           << name << "' " << llvm::toString(tensor.takeError());

  Builder attributes(model.getContext());
  TensorAttr attribute =
      toAttribute(std::move(*tensor), attributes.getStringAttr(name));
  auto type =
      OnnxTensorType::get(model.getContext(), attribute.getDataType(),
                          attributes.getI64ArrayAttr(attribute.getDims()));
  OpBuilder builder = OpBuilder::atBlockBegin(&body);
  auto initializer =
      InitializerOp::create(builder, input.getLoc(), type, attribute);
  input.replaceAllUsesWith(initializer.getResult());
  isSet.set(input.getArgNumber());
  return success();
}

void InputSetter::finish() {
  GraphOp graph = model.getGraph();
  SmallVector<Attribute> infos;
  llvm::StringMap<InitializerOp> defaults;
  // Of two initializers with the name of an input that was set, the second is
  // its default.
  for (auto initializer :
       llvm::make_early_inc_range(body.getOps<InitializerOp>())) {
    // The new ones stand before all others.
    auto [it, isFirst] = defaults.try_emplace(
        getValueName(initializer.getResult()), initializer);
    auto input = inputs.find(it->getKey());
    if (!isFirst && input != inputs.end() && isSet.test(input->second))
      initializer.erase();
  }
  for (auto [index, info] : llvm::enumerate(graph.getInputInfos()))
    if (!isSet.test(index))
      infos.push_back(info);
  graph.setInputInfosAttr(ArrayAttr::get(model.getContext(), infos));
  body.eraseArguments(isSet);
}

LogicalResult graph::setInputs(ModelOp model, ArrayRef<std::string> settings) {
  if (settings.empty())
    return success();
  InputSetter setter(model);
  for (StringRef setting : settings)
    if (failed(setter.set(setting)))
      return failure();
  setter.finish();
  return success();
}

namespace {
struct SetInputsPass : public graph::impl::SetInputsPassBase<SetInputsPass> {
  using SetInputsPassBase::SetInputsPassBase;

  void runOnOperation() override {
    for (auto model : getOperation().getOps<ModelOp>())
      if (failed(setInputs(model, settings)))
        return signalPassFailure();
  }
};
} // namespace
