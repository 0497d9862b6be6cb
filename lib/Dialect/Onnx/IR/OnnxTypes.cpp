//===- OnnxTypes.cpp - Types of the onnx dialect --------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "onnx/onnx_pb.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace onnx_split::graph;

#define GET_TYPEDEF_CLASSES
#include "onnx-split/Dialect/Onnx/IR/OnnxTypes.cpp.inc"

void OnnxDialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "onnx-split/Dialect/Onnx/IR/OnnxTypes.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// Dense and sparse tensors: <element type [, extents]>
//===----------------------------------------------------------------------===//

/// Prints a number of TensorProto.DataType by its name in lower case; numbers
/// that this version of ONNX does not name as `dtype<N>`.
static void printElementType(AsmPrinter &printer, int32_t elementType) {
  if (onnx::TensorProto::DataType_IsValid(elementType))
    printer << StringRef(onnx::TensorProto::DataType_Name(
                             onnx::TensorProto::DataType(elementType)))
                   .lower();
  else
    printer << "dtype<" << elementType << ">";
}

/// Reads what printElementType prints.
static ParseResult parseElementType(AsmParser &parser, int32_t &elementType) {
  StringRef keyword;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&keyword))
    return failure();
  if (keyword == "dtype")
    return failure(parser.parseLess() || parser.parseInteger(elementType) ||
                   parser.parseGreater());
  onnx::TensorProto::DataType value;
  if (!onnx::TensorProto::DataType_Parse(keyword.upper(), &value))
    return parser.emitError(loc, "unknown element type '") << keyword << "'";
  elementType = value;
  return success();
}

/// An extent is a number, a symbol in quotes or '?'. Without brackets not even
/// the rank is known; '[]' is a scalar.
static void printShaped(AsmPrinter &printer, int32_t elementType,
                        ArrayAttr dims) {
  printer << "<";
  printElementType(printer, elementType);
  if (dims) {
    printer << ", [";
    llvm::interleaveComma(dims, printer, [&](Attribute dim) {
      if (auto extent = dyn_cast<IntegerAttr>(dim))
        printer << extent.getInt();
      else if (auto symbol = dyn_cast<StringAttr>(dim))
        printer.printAttribute(symbol);
      else
        printer << "?";
    });
    printer << "]";
  }
  printer << ">";
}

/// Reads one extent.
static ParseResult parseDim(AsmParser &parser,
                            SmallVectorImpl<Attribute> &dims) {
  Builder &builder = parser.getBuilder();
  if (succeeded(parser.parseOptionalQuestion())) {
    dims.push_back(builder.getUnitAttr());
    return success();
  }
  std::string symbol;
  if (succeeded(parser.parseOptionalString(&symbol))) {
    dims.push_back(builder.getStringAttr(symbol));
    return success();
  }
  int64_t extent = 0;
  if (parser.parseInteger(extent))
    return failure();
  dims.push_back(builder.getI64IntegerAttr(extent));
  return success();
}

/// Reads what printShaped prints.
static ParseResult parseShaped(AsmParser &parser, int32_t &elementType,
                               ArrayAttr &dims) {
  if (parser.parseLess() || parseElementType(parser, elementType))
    return failure();
  if (succeeded(parser.parseOptionalComma())) {
    SmallVector<Attribute> values;
    if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
          return parseDim(parser, values);
        }))
      return failure();
    dims = parser.getBuilder().getArrayAttr(values);
  }
  return parser.parseGreater();
}

/// Negative numbers pass: a file may declare them.
static LogicalResult verifyDims(function_ref<InFlightDiagnostic()> emitError,
                                ArrayAttr dims) {
  if (!dims)
    return success();
  for (Attribute dim : dims) {
    auto extent = dyn_cast<IntegerAttr>(dim);
    if (extent ? !extent.getType().isInteger(64)
               : !isa<StringAttr, UnitAttr>(dim))
      return emitError() << "an extent must be a 64-bit integer, a string or "
                            "unknown, not "
                         << dim;
  }
  return success();
}

void OnnxTensorType::print(AsmPrinter &printer) const {
  printShaped(printer, getElementType(), getDims());
}

Type OnnxTensorType::parse(AsmParser &parser) {
  int32_t elementType = 0;
  ArrayAttr dims;
  if (parseShaped(parser, elementType, dims))
    return {};
  return get(parser.getContext(), elementType, dims);
}

LogicalResult
OnnxTensorType::verify(function_ref<InFlightDiagnostic()> emitError, int32_t,
                       ArrayAttr dims) {
  return verifyDims(emitError, dims);
}

void OnnxSparseTensorType::print(AsmPrinter &printer) const {
  printShaped(printer, getElementType(), getDims());
}

Type OnnxSparseTensorType::parse(AsmParser &parser) {
  int32_t elementType = 0;
  ArrayAttr dims;
  if (parseShaped(parser, elementType, dims))
    return {};
  return get(parser.getContext(), elementType, dims);
}

LogicalResult
OnnxSparseTensorType::verify(function_ref<InFlightDiagnostic()> emitError,
                             int32_t, ArrayAttr dims) {
  return verifyDims(emitError, dims);
}

ArrayAttr onnx_split::graph::getInnerDims(Type type) {
  while (type) {
    if (auto tensor = dyn_cast<OnnxTensorType>(type))
      return tensor.getDims();
    if (auto sparse = dyn_cast<OnnxSparseTensorType>(type))
      return sparse.getDims();
    if (auto sequence = dyn_cast<OnnxSequenceType>(type))
      type = sequence.getElementType();
    else if (auto optional = dyn_cast<OnnxOptionalType>(type))
      type = optional.getElementType();
    else if (auto map = dyn_cast<OnnxMapType>(type))
      type = map.getValueType();
    else
      break;
  }
  return {};
}
