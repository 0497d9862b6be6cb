//===- TypeInference.cpp - Types by ONNX's shape inference ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "onnx-split/Inference/TypeInference.h"

#include "Rules.h"
#include "Schemas/Schemas.h"

#include "onnx-split/Dialect/Onnx/IR/FunctionTable.h"
#include "onnx-split/Target/Onnx/Export.h"
#include "onnx-split/Target/Onnx/TypeProto.h"

#include "onnx/shape_inference/implementation.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

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

/// ONNX looks operators up under "" only, and takes what some exporters write
/// for an unknown extent, a negative number or "?", for an extent.
static void normalise(onnx::GraphProto &graph) {
  auto clearUnknown = [](onnx::TensorShapeProto::Dimension &dim) {
    if (dim.has_dim_value() ? dim.dim_value() < 0 : !isSymbol(dim.dim_param()))
      dim.clear_value();
  };
  for (auto *infos : {graph.mutable_input(), graph.mutable_output(),
                      graph.mutable_value_info()})
    for (onnx::ValueInfoProto &info : *infos) {
      if (!info.type().tensor_type().has_shape())
        continue;
      auto *type = info.mutable_type()->mutable_tensor_type();
      llvm::for_each(*type->mutable_shape()->mutable_dim(), clearUnknown);
    }
  for (onnx::NodeProto &node : *graph.mutable_node()) {
    if (node.has_domain())
      node.set_domain(canonicalDomain(node.domain()).str());
    for (onnx::AttributeProto &attribute : *node.mutable_attribute()) {
      if (attribute.has_g())
        normalise(*attribute.mutable_g());
      for (onnx::GraphProto &body : *attribute.mutable_graphs())
        normalise(body);
    }
  }
}

//===----------------------------------------------------------------------===//
// Malformed nodes
//===----------------------------------------------------------------------===//

namespace {
/// Hides nodes that do not have what their operator requires: ONNX's rules read
/// it without looking.
class MalformedNodes {
public:
  MalformedNodes(
      const onnx::ISchemaRegistry &schemas,
      const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto>
          &imports)
      : registry(schemas) {
    for (const onnx::OperatorSetIdProto &import : imports)
      versions[canonicalDomain(import.domain())] = import.version();
  }

  template <typename Nodes> void hide(Nodes &nodes);

private:
  bool isMalformed(const onnx::NodeProto &node);

  const onnx::ISchemaRegistry &registry;
  llvm::StringMap<int64_t> versions;
};
} // namespace

bool MalformedNodes::isMalformed(const onnx::NodeProto &node) {
  std::string domain = canonicalDomain(node.domain()).str();
  auto version = versions.find(domain);
  const onnx::OpSchema *schema =
      version == versions.end()
          ? nullptr
          : registry.GetSchema(node.op_type(), version->second, domain);
  if (!schema)
    return false;
  if (node.input_size() < schema->min_input() ||
      node.output_size() < schema->min_output())
    return true;
  // Optional ones may come before one that is required.
  for (int i = 0; i < schema->min_input(); ++i)
    if (node.input(i).empty() &&
        schema->inputs()[i].GetOption() == onnx::OpSchema::Single)
      return true;
  llvm::StringMap<onnx::AttributeProto::AttributeType> given;
  for (const onnx::AttributeProto &attribute : node.attribute())
    given[attribute.name()] = attribute.type();
  for (const auto &[name, attribute] : schema->attributes()) {
    auto found = given.find(name);
    if (found == given.end()
            ? attribute.required
            : found->second != onnx::AttributeProto::UNDEFINED &&
                  found->second != attribute.type)
      return true;
  }
  return false;
}

template <typename Nodes> void MalformedNodes::hide(Nodes &nodes) {
  for (onnx::NodeProto &node : nodes) {
    // No schema has this domain.
    if (isMalformed(node))
      node.set_domain("malformed");
    for (onnx::AttributeProto &attribute : *node.mutable_attribute()) {
      if (attribute.has_g())
        hide(*attribute.mutable_g()->mutable_node());
      for (onnx::GraphProto &body : *attribute.mutable_graphs())
        hide(*body.mutable_node());
    }
  }
}

static void hideMalformedNodes(onnx::ModelProto &model,
                               const onnx::ISchemaRegistry &schemas) {
  MalformedNodes(schemas, model.opset_import())
      .hide(*model.mutable_graph()->mutable_node());
  for (onnx::FunctionProto &function : *model.mutable_functions())
    MalformedNodes(schemas, function.opset_import())
        .hide(*function.mutable_node());
}

//===----------------------------------------------------------------------===//
// inferTypes
//===----------------------------------------------------------------------===//

std::string onnx_split::inferTypes(ModelOp model) {
  registerRuntimeSchemas();
  onnx::ModelProto proto = exportSkeleton(model);
  normalise(*proto.mutable_graph());
  for (auto &opset : *proto.mutable_opset_import())
    opset.set_domain(canonicalDomain(opset.domain()).str());
  TypeSetter setter(model.getContext());
  setter.declare(proto.graph());
  // Before IR version 3 models imported nothing and meant the first version.
  if (model.getIrVersion().value_or(0) < 3 && proto.opset_import().empty())
    proto.add_opset_import()->set_version(1);
  std::string stopped;
  if (FunctionTable(model).countInCalls(model.getGraph()) >=
      FunctionTable::MaxExpansion) {
    proto.clear_functions();
    stopped = "its functions expand to too many nodes, or call each other too "
              "deeply; the types of their results stay unknown";
  }
  try {
    std::unordered_map<std::string, onnx::TensorShapeProto> data;
    InferenceRules rules;
    hideMalformedNodes(proto, rules);
    onnx::shape_inference::InferShapes(
        proto, &rules,
        onnx::ShapeInferenceOptions(/*check_type_val=*/false,
                                    /*strict_mode_val=*/0,
                                    /*data_prop_val=*/true),
        &data);
  } catch (const std::exception &exception) {
    stopped = exception.what();
  }
  setter.set(model.getGraph(), proto.graph());
  return stopped;
}
