//===- Observe.cpp - Extents as they are in a run -------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Runtime/Observe.h"

#include "ExtraOutputs.h"
#include "WholeRun.h"

#include "onnx-split/Support/Progress.h"
#include "onnx-split/Target/Onnx/Export.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::runtime;

//===----------------------------------------------------------------------===//
// Between the processes: for each value that was seen its index among the
// wanted ones, element type, rank and extents
//===----------------------------------------------------------------------===//

using Figures = std::vector<int64_t>;

/// Adds a value if it is a tensor.
static void write(int64_t index, const Ort::Value &value, Figures &figures) {
  if (!value.HasValue() || !value.IsTensor())
    return;
  auto info = value.GetTensorTypeAndShapeInfo();
  std::vector<int64_t> dims = info.GetShape();
  figures.insert(figures.end(), {index, toDataType(info.GetElementType()),
                                 int64_t(dims.size())});
  llvm::append_range(figures, dims);
}

/// None where the figures are not what `write` makes: the child may have run
/// over its own memory.
static std::optional<runtime::ObservedShapes>
read(ArrayRef<int64_t> figures, ArrayRef<std::string> wanted) {
  constexpr size_t headerSize = 3;
  runtime::ObservedShapes shapes;
  while (!figures.empty()) {
    if (figures.size() < headerSize)
      return std::nullopt;
    uint64_t index = figures[0], rank = figures[2];
    int64_t elementType = figures[1];
    figures = figures.drop_front(headerSize);
    if (index >= wanted.size() || rank > figures.size() || elementType < 0 ||
        elementType > INT32_MAX ||
        llvm::any_of(figures.take_front(rank),
                     [](int64_t extent) { return extent < 0; }))
      return std::nullopt;
    ObservedTensor &tensor = shapes[wanted[index]];
    tensor.elementType = int32_t(elementType);
    tensor.dims = figures.take_front(rank).vec();
    figures = figures.drop_front(rank);
  }
  return shapes;
}

//===----------------------------------------------------------------------===//
// The run
//===----------------------------------------------------------------------===//

/// What the child hands over.
static llvm::Expected<std::string>
describeValues(const WholeResults &results, ArrayRef<std::string> wanted) {
  llvm::StringMap<const Ort::Value *> values;
  for (const auto &[name, value] : results.inputs)
    values[name] = &value;
  for (auto [port, value] :
       llvm::zip(results.session.getOutputs(), results.values))
    values[port.name] = &value;
  Figures figures;
  for (auto [index, name] : llvm::enumerate(wanted))
    if (const Ort::Value *value = values.lookup(name))
      if (auto done = guarded("'" + name + "'",
                              [&, place = index] {
                                write(place, *value, figures);
                                return 0;
                              });
          !done)
        return done.takeError();
  return std::string(reinterpret_cast<const char *>(figures.data()),
                     figures.size() * sizeof(int64_t));
}

FailureOr<runtime::ObservedShapes>
runtime::observe(ModelOp model, const ObserveRequest &request) {
  auto error = [&] {
    return emitError(FileLineColLoc::get(model.getContext(),
                                         model.getFileName(), 0, 0))
           << "cannot observe a run in ONNX Runtime: ";
  };
  OwningOpRef<ModelOp> copy = model.clone();
  llvm::StringMap<Type> wanted;
  for (const std::string &name : request.wanted)
    wanted[name] = Type();
  addOutputs(*copy, std::move(wanted));
  FailureOr<std::string> bytes = exportToMemory(*copy);
  if (failed(bytes))
    return failure();

  WholeModel whole = {"the model", std::move(*bytes)};
  Progress progress("observing: ONNX Runtime runs the whole model");
  llvm::Expected<WholeAnswer> answer =
      runWholeModel(whole, request.inputs, [&](const WholeResults &results) {
        return describeValues(results, request.wanted);
      });
  if (!answer)
    return error() << llvm::toString(answer.takeError());
  if (!answer->refusal.empty())
    mlir::emitWarning(
        FileLineColLoc::get(model.getContext(), model.getFileName(), 0, 0))
        << "observed with " << describeFilling(answer->filling)
        << ", since the model does not run on random inputs: "
        << answer->refusal;
  Figures figures(answer->bytes.size() / sizeof(int64_t));
  memcpy(figures.data(), answer->bytes.data(),
         figures.size() * sizeof(int64_t));
  if (std::optional<runtime::ObservedShapes> shapes =
          read(figures, request.wanted))
    return *shapes;
  return error() << "the child process gave no sensible answer";
}
