//===- Scattering.cpp - Values that indices replace -----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Every index must be known. ONNX leaves open in which order updates of the
/// same element come, so it is unknown where that matters.
///
//===----------------------------------------------------------------------===//

#include "Element.h"
#include "ElementType.h"
#include "Evaluation.h"

#include "onnx/onnx_pb.h"
#include "llvm/ADT/StringSwitch.h"

using namespace onnx_split;
using namespace onnx_split::values;

namespace {
using Combine = Element (*)(const Element &, const Element &);

/// The operand, with updates.
class Scattered {
public:
  Scattered(const KnownTensor &data, Combine reduction)
      : result(data), combine(reduction), updated(data.size()) {}

  void update(int64_t place, const Element &value) {
    bool again = updated[place];
    updated[place] = true;
    Element old = load(result, place);
    bool open = again && isOrderOpen(old, value);
    Element updatedValue = combine ? combine(old, value) : value;
    store(result, place, open ? Element::unknown(value.type) : updatedValue);
  }

  KnownTensor take() { return std::move(result); }

private:
  /// True where the order of updates makes a difference: where one replaces the
  /// other, or floating-point numbers are rounded in between.
  bool isOrderOpen(const Element &old, const Element &value) const {
    if (!combine)
      return !isSame(old, value);
    return isFloat(value.type) && (combine == add || combine == multiply);
  }

  KnownTensor result;
  /// Null: replaces.
  Combine combine;
  std::vector<bool> updated;
};
} // namespace

/// What updates do to elements; none where it is a word that ONNX does not
/// have.
static std::optional<Combine> reductionOf(const Evaluation &evaluation,
                                          int32_t type) {
  llvm::StringRef name = evaluation.getString("reduction", "none");
  if (name == "none")
    return Combine(nullptr);
  // Runtimes do not agree on what a sum of booleans is.
  if (type == onnx::TensorProto::BOOL)
    return std::nullopt;
  bool newer = evaluation.opset() >= 18;
  return llvm::StringSwitch<std::optional<Combine>>(name)
      .Case("add", Combine(add))
      .Case("mul", Combine(multiply))
      .Case("max", newer ? std::optional(Combine(maximum)) : std::nullopt)
      .Case("min", newer ? std::optional(Combine(minimum)) : std::nullopt)
      .Default(std::nullopt);
}

/// Moves indices into the range of an extent; none where one does not fit or is
/// not known. `extents` are those of the axes that indices are for, in turn.
static std::optional<std::vector<int64_t>>
resolveIndices(const KnownTensor &indices, llvm::ArrayRef<int64_t> extents) {
  std::vector<int64_t> resolved(indices.size());
  for (int64_t i = 0; i < indices.size(); ++i) {
    int64_t extent = extents[i % extents.size()];
    int64_t index = indices.integer(i);
    if (!indices.isExact(i) || index < -extent || index >= extent)
      return std::nullopt;
    resolved[i] = index < 0 ? index + extent : index;
  }
  return resolved;
}

static std::optional<KnownTensor> scatterElements(Evaluation &evaluation) {
  const KnownTensor *data = evaluation.wholeOrUnknown(0);
  const KnownTensor *indices = evaluation.whole(1);
  const KnownTensor *updates = evaluation.wholeOrUnknown(2);
  if (!data || !indices || !updates || indices->dims() != updates->dims() ||
      data->elementType() != updates->elementType() ||
      data->dims().size() != indices->dims().size())
    return std::nullopt;
  std::optional<int64_t> axis =
      axisOf(evaluation.getInt("axis", 0), data->dims().size());
  auto reduction = reductionOf(evaluation, data->elementType());
  if (!axis || !reduction)
    return std::nullopt;
  for (size_t i = 0; i < data->dims().size(); ++i)
    if (int64_t(i) != *axis && indices->dims()[i] > data->dims()[i])
      return std::nullopt;
  auto resolved = resolveIndices(*indices, data->dims()[*axis]);
  if (!resolved)
    return std::nullopt;
  View to = rowMajor(data->dims());
  int64_t stride = std::exchange(to.strides[*axis], 0);
  Scattered result(*data, *reduction);
  walk(indices->dims(), to, [&](int64_t at, llvm::ArrayRef<int64_t> places) {
    result.update(places[0] + (*resolved)[at] * stride, load(*updates, at));
  });
  return result.take();
}

static std::optional<KnownTensor> scatterND(Evaluation &evaluation) {
  const KnownTensor *data = evaluation.wholeOrUnknown(0);
  const KnownTensor *indices = evaluation.whole(1);
  const KnownTensor *updates = evaluation.wholeOrUnknown(2);
  if (!data || !indices || !updates || indices->dims().empty() ||
      data->elementType() != updates->elementType())
    return std::nullopt;
  int64_t rank = data->dims().size(), length = indices->dims().back();
  auto reduction = reductionOf(evaluation, data->elementType());
  if (length < 1 || length > rank || !reduction)
    return std::nullopt;
  // Each tuple replaces all that lies under it.
  Extents dims(indices->dims().drop_back());
  size_t tupleRank = dims.size();
  llvm::ArrayRef<int64_t> rest = data->dims().drop_front(length);
  dims.append(rest.begin(), rest.end());
  auto resolved = resolveIndices(*indices, data->dims().take_front(length));
  if (llvm::ArrayRef<int64_t>(dims) != updates->dims() || !resolved)
    return std::nullopt;
  View own = rowMajor(data->dims()), tuples = rowMajor(indices->dims()), to;
  tuples.strides.pop_back();
  tuples.strides.resize(dims.size());
  to.strides.resize(tupleRank);
  to.strides.append(own.strides.begin() + length, own.strides.end());
  Scattered result(*data, *reduction);
  walk(dims, {to, tuples}, [&](int64_t at, llvm::ArrayRef<int64_t> places) {
    int64_t place = places[0];
    for (int64_t i = 0; i < length; ++i)
      place += (*resolved)[places[1] + i] * own.strides[i];
    result.update(place, load(*updates, at));
  });
  return result.take();
}

llvm::ArrayRef<Entry> values::scatteringEntries() {
  static constexpr Entry table[] = {
      {"Scatter", one<scatterElements>},
      {"ScatterElements", one<scatterElements>},
      {"ScatterND", one<scatterND>},
  };
  return table;
}
