//===- Extents.cpp - What planning uses beside the types ------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Inference/Extents.h"
#include "onnx-split/Inference/TypeInference.h"

#include "Propagation.h"

#include "onnx-split/Inference/DimBindings.h"
#include "onnx-split/Target/Onnx/Export.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

//===----------------------------------------------------------------------===//
// Reading the table
//===----------------------------------------------------------------------===//

ExtentsAttr onnx_split::getExtents(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto table = argument.getOwner()->getParentOp()->getAttrOfType<ArrayAttr>(
        ExtentsAttrName);
    return table && argument.getArgNumber() < table.size()
               ? dyn_cast<ExtentsAttr>(table[argument.getArgNumber()])
               : ExtentsAttr();
  }
  auto table = value.getDefiningOp()->getAttrOfType<ArrayAttr>(ExtentsAttrName);
  unsigned number = cast<OpResult>(value).getResultNumber();
  return table && number < table.size() ? dyn_cast<ExtentsAttr>(table[number])
                                        : ExtentsAttr();
}

Type onnx_split::getPlannedType(Value value, ExtentsUse use) {
  auto type = dyn_cast<OnnxTensorType>(value.getType());
  ExtentsAttr extents = type ? getExtents(value) : ExtentsAttr();
  if (!extents)
    return value.getType();
  DenseI64ArrayAttr dims;
  if (use.what == ExtentsUse::Time)
    dims = extents.getTime();
  else if (use.what == ExtentsUse::Memory)
    dims = extents.getMemory();
  else if (extents.getPoints() &&
           use.what < int64_t(extents.getPoints().size()))
    dims = dyn_cast<DenseI64ArrayAttr>(extents.getPoints()[use.what]);
  if (!dims)
    return type;
  Builder builder(type.getContext());
  SmallVector<Attribute> planned;
  for (int64_t dim : dims.asArrayRef())
    planned.push_back(dim < 0 ? Attribute(builder.getUnitAttr())
                              : builder.getI64IntegerAttr(dim));
  return OnnxTensorType::get(type.getContext(), type.getElementType(),
                             builder.getArrayAttr(planned));
}

//===----------------------------------------------------------------------===//
// Filling it
//===----------------------------------------------------------------------===//

namespace {
/// One run of inference with values for open dimensions, and the run that adds
/// upper bounds where that leaves something open.
class PlannedRun {
public:
  PlannedRun(ModelOp model, const onnx::ModelProto &message,
             const DimValues &values, const ObservedShapes *observed,
             ArrayRef<int64_t> staleExtents);

  /// Extents of one item, and those that it never passes.
  ArrayRef<NodeOp> usesOfDefaults() const { return run.usesOfDefaults(); }
  ArrayRef<Propagation::Refusal> refusals() const { return run.refusals(); }
  DenseI64ArrayAttr timeOf(Value value) const;
  DenseI64ArrayAttr memoryOf(Value value) const;
  /// Extents that neither an observation nor a bound has closed.
  DenseI64ArrayAttr exactOf(Value value) const;
  /// With what was observed, but without bounds.
  DenseI64ArrayAttr observedOf(Value value) const;
  /// Extents by upper bounds; null without such a run.
  DenseI64ArrayAttr boundOf(Value value) const;

private:
  PropagationOptions makeOptions(const DimValues &values,
                                 const ObservedShapes *observed,
                                 ArrayRef<int64_t> staleExtents);

  std::function<std::optional<int64_t>(StringRef)> symbolOf;
  std::function<std::optional<int64_t>(BlockArgument, unsigned)> inputExtent;
  PropagationOptions options, exactOptions, boundOptions;
  Propagation run;
  /// Without what was observed, which is no bound; null: the same as `run`.
  std::unique_ptr<Propagation> exact, bounds;
};
} // namespace

PropagationOptions PlannedRun::makeOptions(const DimValues &values,
                                           const ObservedShapes *observed,
                                           ArrayRef<int64_t> staleExtents) {
  symbolOf = [&values](StringRef symbol) { return values.valueOf(symbol); };
  inputExtent = [&values](BlockArgument input, unsigned axis) {
    return values.extentOf(getValueName(input), axis);
  };
  PropagationOptions made;
  made.symbolOf = symbolOf;
  made.inputExtent = inputExtent;
  made.observed = observed;
  made.believesDefaults = true;
  made.staleExtents = staleExtents;
  return made;
}

/// True where the main graph or a body has an extent that no run knows.
static bool leavesOpen(ModelOp model, const Scope &scope) {
  bool open = false;
  auto look = [&](Value value) {
    if (const ValueState *state = scope.find(value)) {
      onnx::TypeProto type = state->type;
      open |= type.has_tensor_type() && !type.tensor_type().has_shape();
      forEachDimension(type, [&](Dimension &dim) { open |= isOpen(dim); });
    }
  };
  model.getGraph()->walk([&](NodeOp node) {
    for (Value result : node.getResults())
      look(result);
  });
  return open;
}

PlannedRun::PlannedRun(ModelOp model, const onnx::ModelProto &message,
                       const DimValues &values, const ObservedShapes *observed,
                       ArrayRef<int64_t> staleExtents)
    : options(makeOptions(values, observed, staleExtents)),
      run(model, message, options) {
  run.run();
  bool sawAny = observed && !observed->empty();
  if (!sawAny && !leavesOpen(model, run.scope()))
    return;
  Propagation *without = &run;
  if (sawAny) {
    exactOptions = options;
    exactOptions.observed = nullptr;
    exact = std::make_unique<Propagation>(model, message, exactOptions);
    exact->run();
    without = exact.get();
  }
  boundOptions = options;
  boundOptions.observed = nullptr;
  boundOptions.exact = &without->scope();
  bounds = std::make_unique<Propagation>(model, message, boundOptions);
  bounds->run();
}

/// The extents of a tensor, or null where not even the rank is known.
static DenseI64ArrayAttr dimsOf(const Scope &scope, Value value) {
  const ValueState *state = scope.find(value);
  if (!state || !state->type.has_tensor_type() ||
      !state->type.tensor_type().has_shape())
    return {};
  SmallVector<int64_t> dims;
  for (const Dimension &dim : state->type.tensor_type().shape().dim())
    dims.push_back(dim.has_dim_value() ? dim.dim_value() : -1);
  return DenseI64ArrayAttr::get(value.getContext(), dims);
}

/// `first` where it is known, else `second`.
static DenseI64ArrayAttr fillUp(DenseI64ArrayAttr first,
                                DenseI64ArrayAttr second) {
  if (!first || !second || first.size() != second.size())
    return first ? first : second;
  SmallVector<int64_t> dims;
  for (auto [a, b] : llvm::zip(first.asArrayRef(), second.asArrayRef()))
    dims.push_back(a >= 0 ? a : b);
  return DenseI64ArrayAttr::get(first.getContext(), dims);
}

DenseI64ArrayAttr PlannedRun::observedOf(Value value) const {
  return dimsOf(run.scope(), value);
}

DenseI64ArrayAttr PlannedRun::exactOf(Value value) const {
  return dimsOf(exact ? exact->scope() : run.scope(), value);
}

DenseI64ArrayAttr PlannedRun::boundOf(Value value) const {
  return bounds ? dimsOf(bounds->scope(), value) : DenseI64ArrayAttr();
}

DenseI64ArrayAttr PlannedRun::timeOf(Value value) const {
  return fillUp(observedOf(value), boundOf(value));
}

DenseI64ArrayAttr PlannedRun::memoryOf(Value value) const {
  return fillUp(boundOf(value), observedOf(value));
}

/// An upper bound, or an observation, stands in a place that `exact` leaves
/// open.
static bool adds(DenseI64ArrayAttr dims, DenseI64ArrayAttr exact) {
  if (!dims || !exact || dims.size() != exact.size())
    return dims && !exact;
  return llvm::any_of(llvm::zip(dims.asArrayRef(), exact.asArrayRef()),
                      [](auto pair) {
                        auto [number, without] = pair;
                        return number >= 0 && without < 0;
                      });
}

/// True where the type of a tensor does not say every extent.
static bool isOpenTensor(Value value) {
  auto type = dyn_cast<OnnxTensorType>(value.getType());
  return type &&
         (!type.hasRank() || llvm::any_of(type.getDims(), [](Attribute dim) {
           auto extent = dyn_cast<IntegerAttr>(dim);
           return !extent || extent.getInt() < 0;
         }));
}

namespace {
/// Writes the entries of one model.
class ExtentsWriter {
public:
  explicit ExtentsWriter(ModelOp source) : model(source) {}

  std::unique_ptr<PlannedRun> base;
  std::vector<std::unique_ptr<PlannedRun>> points;

  void write();

private:
  Attribute entryOf(Value value) const;
  void writeTo(Operation *op, ValueRange values) const;

  ModelOp model;
};
} // namespace

Attribute ExtentsWriter::entryOf(Value value) const {
  MLIRContext *context = value.getContext();
  if (!isOpenTensor(value))
    return UnitAttr::get(context);
  DenseI64ArrayAttr exact = base->exactOf(value);
  SmallVector<Attribute> atPoints;
  for (const auto &point : points)
    if (DenseI64ArrayAttr dims = point->memoryOf(value))
      atPoints.push_back(dims);
    else
      atPoints.push_back(UnitAttr::get(context));
  return ExtentsAttr::get(
      context, base->timeOf(value), base->memoryOf(value),
      points.empty() ? ArrayAttr() : ArrayAttr::get(context, atPoints),
      adds(base->boundOf(value), exact), adds(base->observedOf(value), exact));
}

void ExtentsWriter::writeTo(Operation *op, ValueRange values) const {
  SmallVector<Attribute> entries =
      llvm::map_to_vector(values, [&](Value value) { return entryOf(value); });
  if (llvm::any_of(entries, [](Attribute a) { return isa<ExtentsAttr>(a); }))
    op->setAttr(ExtentsAttrName, ArrayAttr::get(op->getContext(), entries));
  else
    op->removeAttr(ExtentsAttrName);
}

void ExtentsWriter::write() {
  model.getGraph()->walk([&](Operation *op) {
    if (auto graph = dyn_cast<GraphOp>(op))
      writeTo(op, graph.getBody().getArguments());
    else if (isa<NodeOp>(op))
      writeTo(op, op->getResults());
  });
}

/// Extents at which an operator cannot run: what follows from it is not known,
/// and no figure there means anything.
static void warnOfRefusals(ArrayRef<Propagation::Refusal> refusals,
                           const Twine &where) {
  if (refusals.empty())
    return;
  NodeOp node = refusals.front().node;
  InFlightDiagnostic warning = node.emitWarning()
                               << node.getOpType()
                               << " does not take what it is given " << where
                               << ", so that the figures there leave out what "
                                  "follows: "
                               << refusals.front().message;
  if (refusals.size() > 1)
    warning << " (and " << refusals.size() - 1 << " more nodes)";
}

/// Leaves word of refusals to those who judge the figures.
static void noteRefusals(ModelOp model,
                         ArrayRef<Propagation::Refusal> refusals) {
  model->removeAttr(RefusedAttrName);
  if (refusals.empty())
    return;
  SmallVector<Attribute> nodes;
  for (const Propagation::Refusal &refusal : refusals) {
    NodeOp node = refusal.node;
    StringRef name = node.getNodeName().value_or("");
    nodes.push_back(StringAttr::get(
        model.getContext(),
        node.getOpType() + (name.empty() ? "" : " '" + name + "'")));
  }
  model->setAttr(RefusedAttrName, ArrayAttr::get(model.getContext(), nodes));
}

/// What a run may replace is a guess of what it will have.
static void warnOfDefaults(ArrayRef<NodeOp> nodes) {
  if (nodes.empty())
    return;
  NodeOp first = nodes.front();
  InFlightDiagnostic warning =
      first.emitWarning("takes its extents from an input that has a default; "
                        "planning counts with the default, and the parts leave "
                        "them open");
  if (nodes.size() > 1)
    warning << " (and " << nodes.size() - 1 << " more nodes)";
}

void onnx_split::planExtents(ModelOp model, const DimBindings &bindings,
                             const ObservedShapes &observed,
                             const InferenceReport &report) {
  ArrayRef<int64_t> staleExtents = report.staleExtents;
  bool open = false;
  model.getGraph()->walk([&](Operation *op) {
    if (auto graph = dyn_cast<GraphOp>(op))
      open |= llvm::any_of(graph.getBody().getArguments(), isOpenTensor);
    else if (isa<NodeOp>(op))
      open |= llvm::any_of(op->getResults(), isOpenTensor);
  });
  ExtentsWriter writer(model);
  noteRefusals(model, {});
  if (!open) {
    model.getGraph()->walk(
        [](Operation *op) { op->removeAttr(ExtentsAttrName); });
    return;
  }
  onnx::ModelProto message = exportSkeleton(model);
  writer.base = std::make_unique<PlannedRun>(
      model, message, bindings.planning(), &observed, staleExtents);
  warnOfDefaults(writer.base->usesOfDefaults());
  noteRefusals(model, writer.base->refusals());
  // Of others the types' own run has warned.
  if (writer.base->refusals().size() > report.refusals)
    warnOfRefusals(writer.base->refusals(), "with the assumed extents");
  for (auto [index, point] : llvm::enumerate(bindings.points())) {
    writer.points.push_back(std::make_unique<PlannedRun>(
        model, message, point, nullptr, staleExtents));
    warnOfRefusals(writer.points.back()->refusals(),
                   "at --also number " + Twine(index + 1));
  }
  writer.write();
}

unsigned onnx_split::countPoints(ModelOp model) {
  auto points = model->getAttrOfType<ArrayAttr>(PointsAttrName);
  return points ? points.size() : 0;
}
