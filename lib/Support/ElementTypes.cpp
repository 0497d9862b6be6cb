//===- ElementTypes.cpp - The element types of ONNX's tensors -------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/ElementTypes.h"

#include <iterator>

using namespace onnx_split;

namespace {
struct ElementTypeInfo {
  const char *name;
  /// 0: no fixed size.
  unsigned bits;
  bool floatingPoint;
};
} // namespace

/// Indexed by onnx::TensorProto::DataType.
static constexpr ElementTypeInfo ElementTypes[] = {
    {"undefined", 0, false},     {"float32", 32, true},
    {"uint8", 8, false},         {"int8", 8, false},
    {"uint16", 16, false},       {"int16", 16, false},
    {"int32", 32, false},        {"int64", 64, false},
    {"string", 0, false},        {"bool", 8, false},
    {"float16", 16, true},       {"float64", 64, true},
    {"uint32", 32, false},       {"uint64", 64, false},
    {"complex64", 64, true},     {"complex128", 128, true},
    {"bfloat16", 16, true},      {"float8e4m3fn", 8, true},
    {"float8e4m3fnuz", 8, true}, {"float8e5m2", 8, true},
    {"float8e5m2fnuz", 8, true}, {"uint4", 4, false},
    {"int4", 4, false},          {"float4e2m1", 4, true},
    {"float8e8m0", 8, true},     {"uint2", 2, false},
    {"int2", 2, false},          {"float6e2m3", 6, true},
    {"float6e3m2", 6, true},
};

static const ElementTypeInfo &lookUp(int32_t elementType) {
  bool known = elementType > 0 && size_t(elementType) < std::size(ElementTypes);
  return ElementTypes[known ? elementType : 0];
}

unsigned onnx_split::bitsPerElement(int32_t elementType) {
  return lookUp(elementType).bits;
}

llvm::StringRef onnx_split::elementTypeName(int32_t elementType) {
  return lookUp(elementType).name;
}

bool onnx_split::isFloatingPoint(int32_t elementType) {
  return lookUp(elementType).floatingPoint;
}
