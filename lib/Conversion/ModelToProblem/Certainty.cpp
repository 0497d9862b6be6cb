//===- Certainty.cpp - What a plan's figures rest on ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Conversion/ModelToProblem/Certainty.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::split;

/// The names of the tensors that `matches` accepts.
static ArrayAttr namesOf(const ModelProblem &problem, Builder &builder,
                         function_ref<bool(Value)> matches) {
  SmallVector<Attribute> names;
  for (Value value : problem.tensors)
    if (matches(value))
      names.push_back(builder.getStringAttr(getValueName(value)));
  return builder.getArrayAttr(names);
}

/// What --also said of each further operating point, in the order of
/// `ModelProblem::points`.
static ArrayAttr pointNames(ModelOp model) {
  auto names = model->getAttrOfType<ArrayAttr>(PointsAttrName);
  return names ? names : ArrayAttr::get(model.getContext(), {});
}

std::vector<std::string> split::listInputShapes(ModelOp model) {
  std::vector<std::string> shapes;
  for (BlockArgument input : model.getGraph().getBody().getArguments()) {
    auto type =
        dyn_cast<OnnxTensorType>(getPlannedType(input, ExtentsUse::time()));
    if (!type || getDefault(input) || !hasKnownSize(input))
      continue;
    std::string shape;
    for (Attribute extent : type.getDims())
      shape += (shape.empty() ? "" : "x") +
               std::to_string(cast<IntegerAttr>(extent).getInt());
    shapes.push_back((getValueName(input) + "=" + shape).str());
  }
  return shapes;
}

DictionaryAttr split::describeCertainty(ModelOp model,
                                        const ModelProblem &problem,
                                        const placement::Placement &placement) {
  Builder builder(model.getContext());
  SmallVector<Attribute> points;
  for (auto [name, point] : llvm::zip(pointNames(model), problem.points)) {
    placement::Evaluation evaluation =
        placement::evaluate(problem.atPoint(point), placement);
    points.push_back(builder.getDictionaryAttr(
        {builder.getNamedAttr("name", name),
         builder.getNamedAttr("bottleneck_ns", builder.getI64IntegerAttr(
                                                   evaluation.bottleneckNs)),
         builder.getNamedAttr(
             "latency_ns", builder.getI64IntegerAttr(evaluation.latencyNs))}));
  }
  auto assumed = model->getAttrOfType<ArrayAttr>(AssumedAttrName);
  // Values without the attribute have types that leave nothing open.
  auto has = [](Value value, bool (ExtentsAttr::*flag)() const) {
    ExtentsAttr extents = getExtents(value);
    return extents && (extents.*flag)();
  };
  std::vector<std::string> shapes = listInputShapes(model);
  return builder.getDictionaryAttr(
      {builder.getNamedAttr("input_shapes",
                            builder.getStrArrayAttr(SmallVector<StringRef>(
                                shapes.begin(), shapes.end()))),
       builder.getNamedAttr("assumed",
                            assumed ? assumed : builder.getArrayAttr({})),
       builder.getNamedAttr(
           "at_most", namesOf(problem, builder,
                              [&](Value value) {
                                return has(value, &ExtentsAttr::getAtMost);
                              })),
       builder.getNamedAttr(
           "observed", namesOf(problem, builder,
                               [&](Value value) {
                                 return has(value, &ExtentsAttr::getObserved);
                               })),
       builder.getNamedAttr("open", namesOf(problem, builder,
                                            [](Value value) {
                                              return !hasKnownSize(
                                                  value, ExtentsUse::memory());
                                            })),
       builder.getNamedAttr("points", builder.getArrayAttr(points))});
}

std::string split::findMisfit(ModelOp model, const ModelProblem &problem,
                              const placement::Placement &placement) {
  for (auto [name, point] : llvm::zip(pointNames(model), problem.points)) {
    placement::Evaluation evaluation =
        placement::evaluate(problem.atPoint(point), placement);
    if (!evaluation.violations.empty())
      return ("at the operating point " + cast<StringAttr>(name).getValue() +
              ": " + evaluation.violations.front())
          .str();
  }
  return "";
}
