//===- KnownTensor.cpp - Tensors whose elements are known -----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Inference/KnownTensor.h"

#include "Values/ElementType.h"

#include "onnx/onnx_pb.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"

#include <cmath>

using namespace onnx_split;
using namespace onnx_split::values;
using onnx::TensorProto;
namespace endian = llvm::support::endian;

int64_t DimSymbols::intern(llvm::StringRef name) {
  auto [it, inserted] = numbers.try_emplace(name, int64_t(names.size()));
  if (inserted)
    names.push_back(name.str());
  return it->second;
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

bool KnownTensor::canHold(int32_t elementType) {
  return values::isFloat(elementType) || isInteger(elementType);
}

std::optional<int64_t> KnownTensor::countElements(llvm::ArrayRef<int64_t> dims,
                                                  int64_t limit) {
  if (dims.size() > MaxRank ||
      llvm::any_of(dims, [](int64_t dim) { return dim < 0; }))
    return std::nullopt;
  if (llvm::is_contained(dims, 0))
    return 0;
  int64_t count = 1;
  for (int64_t dim : dims) {
    if (dim > limit / count)
      return std::nullopt;
    count *= dim;
  }
  return count;
}

KnownTensor::KnownTensor(int32_t elementType, llvm::ArrayRef<int64_t> dims)
    : type(elementType), elements(countElements(dims, INT64_MAX).value_or(0)),
      shape(dims), known(elements, Knowledge::Unknown) {
  if (isFloat())
    reals.resize(elements);
  else
    integers.resize(elements);
}

bool KnownTensor::isFloat() const { return values::isFloat(type); }

bool KnownTensor::isExact() const {
  return llvm::all_of(known,
                      [](Knowledge each) { return each == Knowledge::Exact; });
}

void KnownTensor::setInteger(int64_t index, int64_t value,
                             Knowledge knowledge) {
  known[index] = knowledge;
  integers[index] = knowledge == Knowledge::Symbol ? value : wrap(type, value);
}

void KnownTensor::setReal(int64_t index, double value, Knowledge knowledge) {
  known[index] = knowledge;
  reals[index] = roundTo(type, value);
}

void KnownTensor::copyElement(int64_t index, const KnownTensor &from,
                              int64_t fromIndex) {
  known[index] = from.known[fromIndex];
  if (isFloat())
    reals[index] = from.reals[fromIndex];
  else
    integers[index] = from.integers[fromIndex];
}

KnownTensor KnownTensor::reshaped(llvm::ArrayRef<int64_t> dims) const {
  KnownTensor result = *this;
  result.shape.assign(dims.begin(), dims.end());
  return result;
}

bool onnx_split::operator==(const KnownTensor &a, const KnownTensor &b) {
  if (a.type != b.type || a.shape != b.shape || a.known != b.known)
    return false;
  for (int64_t i = 0; i < a.elements; ++i) {
    if (a.known[i] == Knowledge::Unknown)
      continue;
    bool equal = a.isFloat()
                     ? a.reals[i] == b.reals[i] ||
                           (std::isnan(a.reals[i]) && std::isnan(b.reals[i]))
                     : a.integers[i] == b.integers[i];
    if (!equal)
      return false;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Messages
//===----------------------------------------------------------------------===//

/// Fills the tensor from a repeated field; false where its length is not right.
template <typename Field>
static bool readField(KnownTensor &tensor, const Field &field) {
  if (field.size() != tensor.size())
    return false;
  bool half = tensor.isFloat() && widthOf(tensor.elementType()) == 16;
  for (int64_t i = 0; i < tensor.size(); ++i)
    if (half)
      tensor.setReal(i, decodeHalf(tensor.elementType(), field[i]));
    else if (tensor.isFloat())
      tensor.setReal(i, field[i]);
    else
      tensor.setInteger(i, field[i]);
  return true;
}

static bool readFields(KnownTensor &tensor, const TensorProto &proto) {
  switch (tensor.elementType()) {
  case TensorProto::FLOAT:
    return readField(tensor, proto.float_data());
  case TensorProto::DOUBLE:
    return readField(tensor, proto.double_data());
  case TensorProto::INT64:
    return readField(tensor, proto.int64_data());
  case TensorProto::UINT32:
  case TensorProto::UINT64:
    return readField(tensor, proto.uint64_data());
  default:
    return readField(tensor, proto.int32_data());
  }
}

/// The bits of an element in a file, which is always little-endian.
static uint64_t readBits(const char *bytes, unsigned width) {
  switch (width) {
  case 8:
    return uint8_t(*bytes);
  case 16:
    return endian::read16le(bytes);
  case 32:
    return endian::read32le(bytes);
  default:
    return endian::read64le(bytes);
  }
}

static bool readRaw(KnownTensor &tensor, llvm::StringRef raw) {
  int32_t type = tensor.elementType();
  unsigned width = widthOf(type);
  if (raw.size() != size_t(tensor.size()) * (width / 8))
    return false;
  for (int64_t i = 0; i < tensor.size(); ++i) {
    uint64_t bits = readBits(raw.data() + i * (width / 8), width);
    if (!tensor.isFloat())
      tensor.setInteger(i, int64_t(bits));
    else if (width == 16)
      tensor.setReal(i, decodeHalf(type, uint16_t(bits)));
    else if (width == 32)
      tensor.setReal(i, llvm::bit_cast<float>(uint32_t(bits)));
    else
      tensor.setReal(i, llvm::bit_cast<double>(bits));
  }
  return true;
}

std::optional<KnownTensor> KnownTensor::read(const TensorProto &proto) {
  llvm::ArrayRef<int64_t> dims(proto.dims().data(), proto.dims().size());
  if (!canHold(proto.data_type()) || !countElements(dims, MaxRead) ||
      proto.data_location() == TensorProto::EXTERNAL || proto.has_segment())
    return std::nullopt;
  KnownTensor tensor(proto.data_type(), dims);
  bool complete = proto.raw_data().empty() ? readFields(tensor, proto)
                                           : readRaw(tensor, proto.raw_data());
  return complete ? std::optional(std::move(tensor)) : std::nullopt;
}

void KnownTensor::write(TensorProto &proto) const {
  proto.Clear();
  proto.set_data_type(type);
  for (int64_t dim : shape)
    proto.add_dims(dim);
  unsigned width = widthOf(type);
  std::string &raw = *proto.mutable_raw_data();
  raw.reserve(elements * (width / 8));
  for (int64_t i = 0; i < elements; ++i) {
    bool written = isExact(i) || known[i] == Knowledge::AtMost;
    uint64_t bits = 0;
    if (written && !isFloat())
      bits = uint64_t(integers[i]);
    else if (written && width == 16)
      bits = encodeHalf(type, reals[i]);
    else if (written && width == 32)
      bits = llvm::bit_cast<uint32_t>(float(reals[i]));
    else if (written)
      bits = llvm::bit_cast<uint64_t>(reals[i]);
    char bytes[8];
    endian::write64le(bytes, bits);
    raw.append(bytes, width / 8);
  }
}

KnownTensor KnownTensor::fromShape(const onnx::TensorShapeProto &proto,
                                   DimSymbols &symbols) {
  KnownTensor tensor(TensorProto::INT64, {proto.dim_size()});
  for (int i = 0; i < proto.dim_size(); ++i) {
    const auto &dim = proto.dim(i);
    if (dim.has_dim_value() && dim.dim_value() >= 0)
      tensor.setInteger(i, dim.dim_value());
    else if (dim.has_dim_param() && !dim.dim_param().empty())
      tensor.setInteger(i, symbols.intern(dim.dim_param()), Knowledge::Symbol);
  }
  return tensor;
}

void KnownTensor::write(onnx::TensorShapeProto &extents,
                        const DimSymbols &symbols) const {
  extents.Clear();
  for (int64_t i = 0; i < elements; ++i) {
    auto *dim = extents.add_dim();
    if (known[i] == Knowledge::Symbol)
      dim->set_dim_param(symbols.name(integers[i]).str());
    else if (known[i] != Knowledge::Unknown && integers[i] >= 0)
      dim->set_dim_value(integers[i]);
  }
}
