//===- ElementType.cpp - What the types of elements can hold --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementType.h"

#include "onnx/onnx_pb.h"
#include "llvm/ADT/APFloat.h"

using namespace onnx_split;
using onnx::TensorProto;

bool values::isFloat(int32_t type) {
  return type == TensorProto::FLOAT || type == TensorProto::DOUBLE ||
         type == TensorProto::FLOAT16 || type == TensorProto::BFLOAT16;
}

bool values::isUnsigned(int32_t type) {
  return type == TensorProto::UINT8 || type == TensorProto::UINT16 ||
         type == TensorProto::UINT32 || type == TensorProto::UINT64;
}

bool values::isInteger(int32_t type) {
  return isUnsigned(type) || type == TensorProto::INT8 ||
         type == TensorProto::INT16 || type == TensorProto::INT32 ||
         type == TensorProto::INT64 || type == TensorProto::BOOL;
}

unsigned values::widthOf(int32_t type) {
  switch (type) {
  case TensorProto::BOOL:
  case TensorProto::INT8:
  case TensorProto::UINT8:
    return 8;
  case TensorProto::INT16:
  case TensorProto::UINT16:
  case TensorProto::FLOAT16:
  case TensorProto::BFLOAT16:
    return 16;
  case TensorProto::INT32:
  case TensorProto::UINT32:
  case TensorProto::FLOAT:
    return 32;
  default:
    return 64;
  }
}

static const llvm::fltSemantics &semanticsOf(int32_t type) {
  switch (type) {
  case TensorProto::FLOAT16:
    return llvm::APFloat::IEEEhalf();
  case TensorProto::BFLOAT16:
    return llvm::APFloat::BFloat();
  case TensorProto::FLOAT:
    return llvm::APFloat::IEEEsingle();
  default:
    return llvm::APFloat::IEEEdouble();
  }
}

unsigned values::precisionOf(int32_t type) {
  return llvm::APFloat::semanticsPrecision(semanticsOf(type));
}

int64_t values::wrap(int32_t type, int64_t value) {
  if (type == TensorProto::BOOL)
    return value != 0;
  unsigned unused = 64 - widthOf(type);
  uint64_t shifted = uint64_t(value) << unused;
  // Both shifts bring the bits back, one of them with their sign.
  return isUnsigned(type) ? int64_t(shifted >> unused)
                          : int64_t(shifted) >> unused;
}

bool values::holds(int32_t type, int64_t value) {
  return wrap(type, value) == value;
}

static llvm::APFloat roundedTo(int32_t type, double value) {
  llvm::APFloat number(value);
  bool inexact;
  number.convert(semanticsOf(type), llvm::APFloat::rmNearestTiesToEven,
                 &inexact);
  return number;
}

double values::roundTo(int32_t type, double value) {
  if (type == TensorProto::DOUBLE)
    return value;
  if (type == TensorProto::FLOAT)
    return static_cast<float>(value);
  return roundedTo(type, value).convertToDouble();
}

double values::decodeHalf(int32_t type, uint16_t bits) {
  return llvm::APFloat(semanticsOf(type), llvm::APInt(16, bits))
      .convertToDouble();
}

uint16_t values::encodeHalf(int32_t type, double value) {
  return roundedTo(type, value).bitcastToAPInt().getZExtValue();
}
