//===- InferTypes.cpp - Types by ONNX's shape inference -------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "onnx-split/Dialect/Onnx/Transforms/Passes.h"

#include "FixedShapes.h"

#include "onnx-split/Target/Onnx/Export.h"
#include "onnx-split/Target/Onnx/TypeProto.h"

#include "mlir/IR/Builders.h"
#include "onnx/defs/schema.h"
#include "onnx/shape_inference/implementation.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace onnx_split::graph {
#define GEN_PASS_DEF_INFERTYPESPASS
#include "onnx-split/Dialect/Onnx/Transforms/Passes.h.inc"
} // namespace onnx_split::graph

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

//===----------------------------------------------------------------------===//
// Versions
//===----------------------------------------------------------------------===//

/// ONNX takes the newest schema that it knows for a version that it does not,
/// so that unknown versions must be found here.
static LogicalResult checkVersions(ModelOp model) {
  if (model.getIrVersion().value_or(0) > onnx::Version::IR_VERSION)
    return model.emitError("the model has IR version ")
           << *model.getIrVersion() << ", but this program knows versions up "
           << "to " << int(onnx::Version::IR_VERSION);
  const auto &ranges =
      onnx::OpSchemaRegistry::DomainToVersionRange::Instance().Map();
  for (auto opset : model.getOpsetImports().getAsRange<OpsetAttr>()) {
    StringRef domain =
        canonicalDomain(opset.getDomain() ? opset.getDomain().getValue() : "");
    auto range = ranges.find(domain.str());
    if (range == ranges.end())
      continue;
    auto [first, last] = range->second;
    if (opset.getVersion() < first || opset.getVersion() > last)
      return model.emitError("the model imports version ")
             << opset.getVersion() << " of the operator set '"
             << (domain.empty() ? "ai.onnx" : domain)
             << "', but this program knows versions " << first << " to "
             << last;
  }
  return success();
}

/// Every standard domain that a node uses must be imported, or nobody knows
/// what the node means.
static LogicalResult checkImports(ModelOp model) {
  if (model.getIrVersion().value_or(0) < 3)
    return success();
  llvm::StringSet<> functions;
  for (auto function : model.getBody().getOps<FunctionOp>())
    functions.insert(canonicalDomain(function.getDomain().value_or("")));
  WalkResult result = model.getGraph()->walk([&](NodeOp node) {
    StringRef domain = node.getCanonicalDomain();
    if (model.getOpsetVersion(domain) || functions.contains(domain))
      return WalkResult::advance();
    node.emitError("is of the operator set '")
        << (domain.empty() ? "ai.onnx" : domain)
        << "', which the model does not import";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

namespace {
/// Writes inferred types to the values of graphs.
class TypeSetter {
public:
  explicit TypeSetter(MLIRContext *mlirContext) : context(mlirContext) {}

  /// Symbols that the model declares; others are inventions of the inference.
  void declare(const onnx::GraphProto &graph);
  void set(GraphOp graph, const onnx::GraphProto &proto);

private:
  Type import(const onnx::TypeProto &type);
  void declare(const onnx::TypeProto &type);

  MLIRContext *context;
  llvm::StringSet<> symbols;
};
} // namespace

void TypeSetter::declare(const onnx::TypeProto &type) {
  for (const auto &dim : type.tensor_type().shape().dim())
    if (dim.has_dim_param())
      symbols.insert(dim.dim_param());
}

void TypeSetter::declare(const onnx::GraphProto &graph) {
  for (const auto *infos :
       {&graph.input(), &graph.output(), &graph.value_info()})
    for (const onnx::ValueInfoProto &info : *infos)
      declare(info.type());
  for (const onnx::NodeProto &node : graph.node())
    for (const onnx::AttributeProto &attribute : node.attribute()) {
      declare(attribute.g());
      for (const onnx::GraphProto &body : attribute.graphs())
        declare(body);
    }
}

Type TypeSetter::import(const onnx::TypeProto &type) {
  auto tensor = dyn_cast<OnnxTensorType>(importType(type, context));
  if (!tensor || !tensor.hasRank())
    return importType(type, context);
  SmallVector<Attribute> dims;
  for (Attribute dim : tensor.getDims()) {
    auto symbol = dyn_cast<StringAttr>(dim);
    dims.push_back(symbol && !symbols.contains(symbol.getValue())
                       ? UnitAttr::get(context)
                       : dim);
  }
  return OnnxTensorType::get(context, tensor.getElementType(),
                             ArrayAttr::get(context, dims));
}

void TypeSetter::set(GraphOp graph, const onnx::GraphProto &proto) {
  llvm::StringMap<const onnx::TypeProto *> types;
  for (const auto *infos :
       {&proto.value_info(), &proto.output(), &proto.input()})
    for (const onnx::ValueInfoProto &info : *infos)
      if (info.has_type())
        types[info.name()] = &info.type();
  auto setType = [&](Value value) {
    auto type = types.find(getValueName(value));
    if (type != types.end() && !isa<OnnxOmittedType>(value.getType()))
      value.setType(import(*type->second));
  };
  for (BlockArgument argument : graph.getBody().getArguments())
    setType(argument);
  auto nodes = graph.getBody().getOps<NodeOp>();
  for (auto [node, message] : llvm::zip(nodes, proto.node())) {
    for (Value result : node.getResults())
      setType(result);
    unsigned next = 0;
    for (const onnx::AttributeProto &attribute : message.attribute()) {
      if (attribute.has_g() && attribute.type() == onnx::AttributeProto::GRAPH)
        set(node.getBodyGraph(next++), attribute.g());
      if (attribute.type() == onnx::AttributeProto::GRAPHS)
        for (const onnx::GraphProto &body : attribute.graphs())
          set(node.getBodyGraph(next++), body);
    }
  }
}

static void inferTypes(ModelOp model) {
  onnx::ModelProto proto = exportSkeleton(model);
  TypeSetter setter(model.getContext());
  setter.declare(proto.graph());
  // Inference throws on contradictions in the model; what it found until then
  // holds, and the rest stays as declared.
  try {
    std::unordered_map<std::string, onnx::TensorShapeProto> data;
    onnx::shape_inference::InferShapes(
        proto, onnx::OpSchemaRegistry::Instance(),
        onnx::ShapeInferenceOptions(/*check_type_val=*/false,
                                    /*strict_mode_val=*/0,
                                    /*data_prop_val=*/true),
        &data);
  } catch (const std::exception &exception) {
    model.emitWarning("ONNX's shape inference stopped: ") << exception.what();
  }
  setter.set(model.getGraph(), proto.graph());
}

namespace {
struct InferTypesPass : public graph::impl::InferTypesPassBase<InferTypesPass> {
  using InferTypesPassBase::InferTypesPassBase;

  void runOnOperation() override {
    for (auto model : getOperation().getOps<ModelOp>()) {
      if (failed(checkVersions(model)) || failed(checkImports(model)) ||
          failed(fixShapes(model, shapes, dims)))
        return signalPassFailure();
      inferTypes(model);
    }
  }
};
} // namespace
