//===- NumpyArray.cpp - Files of NumPy ------------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Target/Onnx/NumpyArray.h"

#include "onnx/onnx_pb.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace onnx_split;
using llvm::Expected;
using llvm::StringRef;

namespace {
struct NumpyType {
  StringRef code;
  onnx::TensorProto::DataType type;
};
} // namespace

static constexpr NumpyType NumpyTypes[] = {
    {"f4", onnx::TensorProto::FLOAT},
    {"f8", onnx::TensorProto::DOUBLE},
    {"f2", onnx::TensorProto::FLOAT16},
    {"i1", onnx::TensorProto::INT8},
    {"i2", onnx::TensorProto::INT16},
    {"i4", onnx::TensorProto::INT32},
    {"i8", onnx::TensorProto::INT64},
    {"u1", onnx::TensorProto::UINT8},
    {"u2", onnx::TensorProto::UINT16},
    {"u4", onnx::TensorProto::UINT32},
    {"u8", onnx::TensorProto::UINT64},
    {"b1", onnx::TensorProto::BOOL},
    {"c8", onnx::TensorProto::COMPLEX64},
    {"c16", onnx::TensorProto::COMPLEX128}};

StringRef onnx_split::getNumpyCode(int32_t elementType) {
  for (const NumpyType &candidate : NumpyTypes)
    if (candidate.type == elementType)
      return candidate.code;
  return "";
}

/// What follows `'key': ` in the header, which is a Python dictionary.
static StringRef findKey(StringRef header, StringRef key) {
  size_t place = header.find(("'" + key + "'").str());
  if (place == StringRef::npos)
    return "";
  return header.drop_front(place + key.size() + 2).ltrim(" :");
}

Expected<NumpyArray> onnx_split::parseNumpy(StringRef bytes) {
  auto wrong = [](const llvm::Twine &what) {
    return llvm::createStringError("not a .npy file that can be read: " + what);
  };
  StringRef rest = bytes;
  if (!rest.consume_front("\x93NUMPY") || rest.size() < 6)
    return wrong("it does not start with \\x93NUMPY");
  auto byteAt = [&](size_t i) { return size_t(uint8_t(rest[i])); };
  bool wide = byteAt(0) >= 2; // the header's length has four bytes
  size_t length = byteAt(2) | byteAt(3) << 8;
  if (wide)
    length |= byteAt(4) << 16 | byteAt(5) << 24;
  rest = rest.drop_front(wide ? 6 : 4);
  if (length > rest.size())
    return wrong("its header is cut off");
  StringRef header = rest.take_front(length);
  NumpyArray array;
  array.data = rest.drop_front(length);

  StringRef descr = findKey(header, "descr");
  char order = descr.size() > 1 ? descr[1] : 0;
  StringRef code = descr.drop_front(std::min<size_t>(2, descr.size()))
                       .take_while(llvm::isAlnum);
  const NumpyType *type =
      llvm::find_if(NumpyTypes, [&](const NumpyType &candidate) {
        return candidate.code == code;
      });
  if (type == std::end(NumpyTypes) || (order != '<' && order != '|'))
    return wrong("its elements are '" + descr.take_front(8) +
                 "', not little-endian numbers of a known type");
  array.elementType = type->type;
  if (!findKey(header, "fortran_order").starts_with("False"))
    return wrong(
        "it is in Fortran's order; save it with numpy.ascontiguousarray");
  StringRef shape = findKey(header, "shape");
  if (!shape.consume_front("("))
    return wrong("it has no shape");
  llvm::SmallVector<StringRef> extents;
  shape.take_until([](char c) { return c == ')'; }).split(extents, ',');
  for (StringRef extent : extents) {
    if (extent.trim().empty())
      continue;
    int64_t value = 0;
    if (extent.trim().getAsInteger(10, value))
      return wrong("its shape holds '" + extent.trim() + "'");
    array.dims.push_back(value);
  }
  return array;
}
