//===- OnnxAttrs.cpp - Attributes of the onnx dialect ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

#include "Rest.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace onnx_split::graph;

/// Extents in brackets: a comma alone would also separate parameters.
static void printDims(AsmPrinter &printer, ArrayRef<int64_t> dims) {
  printer << "[";
  llvm::interleaveComma(dims, printer);
  printer << "]";
}

static ParseResult parseDims(AsmParser &parser, SmallVector<int64_t> &dims) {
  return parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
    return parser.parseInteger(dims.emplace_back());
  });
}

#define GET_ATTRDEF_CLASSES
#include "onnx-split/Dialect/Onnx/IR/OnnxAttrs.cpp.inc"

void OnnxDialect::registerAttrs() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "onnx-split/Dialect/Onnx/IR/OnnxAttrs.cpp.inc"
      >();
}

template <typename Proto>
static LogicalResult
verifyAttrRest(function_ref<InFlightDiagnostic()> emitError, StringAttr rest) {
  if (!rest || isMessage<Proto>(rest.getValue()))
    return success();
  return emitError() << "'rest' is no " << Proto::descriptor()->name();
}

LogicalResult PayloadAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  int64_t file, int64_t offset,
                                  int64_t length) {
  if (file < 0 || offset < 0 || length < 0)
    return emitError() << "file, offset and length of a payload must not be "
                          "negative";
  return success();
}

LogicalResult TensorAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 StringAttr, int32_t, ArrayRef<int64_t>,
                                 int32_t storage, PayloadAttr payload,
                                 StringAttr rest) {
  // The payload fields of TensorProto by number: float_data, int32_data,
  // int64_data, raw_data, double_data, uint64_data and external_data. Strings
  // stay in the message.
  bool known =
      llvm::is_contained({4, 5, 7, 9, 10, 11, ExternalStorage}, storage);
  if (payload ? !known : storage != 0)
    return emitError() << "storage " << storage << " does not go with "
                       << (payload ? "a payload" : "no payload");
  return verifyAttrRest<onnx::TensorProto>(emitError, rest);
}

LogicalResult
SparseTensorAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                         TensorAttr, TensorAttr, ArrayRef<int64_t>,
                         StringAttr rest) {
  return verifyAttrRest<onnx::SparseTensorProto>(emitError, rest);
}

LogicalResult NodeAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               StringAttr, int32_t, Attribute,
                               StringAttr rest) {
  return verifyAttrRest<onnx::AttributeProto>(emitError, rest);
}

LogicalResult
ValueInfoAttr::verify(function_ref<InFlightDiagnostic()> emitError, StringAttr,
                      Type, StringAttr rest) {
  return verifyAttrRest<onnx::ValueInfoProto>(emitError, rest);
}

LogicalResult OpsetAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                StringAttr, int64_t, StringAttr rest) {
  return verifyAttrRest<onnx::OperatorSetIdProto>(emitError, rest);
}
