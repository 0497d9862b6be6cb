//===- GivenTensor.cpp - Tensors that a user writes -----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Target/Onnx/GivenTensor.h"

#include "onnx-split/Analysis/OpCost.h"
#include "onnx-split/Support/ElementTypes.h"
#include "onnx-split/Support/ReadAtMost.h"
#include "onnx-split/Target/Onnx/NumpyArray.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"

using namespace onnx_split;
using llvm::ArrayRef;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

/// "2x?x3", or "scalar".
static std::string describe(ArrayRef<int64_t> dims) {
  std::string text;
  for (int64_t extent : dims)
    text +=
        (text.empty() ? "" : "x") + (extent < 0 ? "?" : std::to_string(extent));
  return text.empty() ? "scalar" : text;
}

/// Fails where an extent contradicts the declaration.
static Error checkDims(ArrayRef<int64_t> dims,
                       const TensorDeclaration &declared) {
  if (!declared.dims)
    return Error::success();
  bool fits = dims.size() == declared.dims->size();
  for (size_t axis = 0; fits && axis < dims.size(); ++axis)
    fits = (*declared.dims)[axis] < 0 || (*declared.dims)[axis] == dims[axis];
  if (fits)
    return Error::success();
  return createStringError("has the shape " + describe(dims) + " where it is " +
                           describe(*declared.dims));
}

/// The shape of one element where it is declared so.
static Expected<std::vector<int64_t>>
shapeOfOne(const TensorDeclaration &declared) {
  if (!declared.dims)
    return std::vector<int64_t>();
  if (llvm::any_of(*declared.dims,
                   [](int64_t extent) { return extent >= 0 && extent != 1; }))
    return createStringError("is one value where the shape is " +
                             describe(*declared.dims) +
                             "; give a list or @FILE");
  return std::vector<int64_t>(declared.dims->size(), 1);
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

/// Adds the low bytes of an element.
static void append(std::string &raw, uint64_t bits, unsigned bytes) {
  char buffer[sizeof(bits)];
  llvm::support::endian::write64le(buffer, bits);
  raw.append(buffer, bytes);
}

static bool parseBool(StringRef text, std::string &raw) {
  bool on = text == "1" || text.equals_insensitive("true");
  if (!on && text != "0" && !text.equals_insensitive("false"))
    return false;
  append(raw, on, 1);
  return true;
}

/// Adds an integer of that many bits; false where the text is none that they
/// can hold.
static bool parseInteger(StringRef text, unsigned bits, bool isSigned,
                         std::string &raw) {
  if (isSigned) {
    int64_t value;
    if (text.getAsInteger(10, value) || !llvm::isIntN(bits, value))
      return false;
    append(raw, value, bits / 8);
    return true;
  }
  uint64_t value;
  if (text.getAsInteger(10, value) || !llvm::isUIntN(bits, value))
    return false;
  append(raw, value, bits / 8);
  return true;
}

/// The nearest number; one that is too large for the type is none.
static bool parseReal(StringRef text, const llvm::fltSemantics &semantics,
                      std::string &raw) {
  llvm::APFloat number(semantics);
  Expected<llvm::APFloat::opStatus> status =
      text.empty()
          ? createStringError("")
          : number.convertFromString(text, llvm::APFloat::rmNearestTiesToEven);
  if (!status) {
    llvm::consumeError(status.takeError());
    return false;
  }
  if (*status & llvm::APFloat::opOverflow)
    return false;
  append(raw, number.bitcastToAPInt().getZExtValue(),
         llvm::APFloat::getSizeInBits(semantics) / 8);
  return true;
}

namespace {
/// How the elements of a type are written.
enum class Notation { None, Bool, Signed, Unsigned, Real, Text };
} // namespace

static Notation notationOf(int32_t elementType) {
  switch (elementType) {
  case onnx::TensorProto::BOOL:
    return Notation::Bool;
  case onnx::TensorProto::INT8:
  case onnx::TensorProto::INT16:
  case onnx::TensorProto::INT32:
  case onnx::TensorProto::INT64:
    return Notation::Signed;
  case onnx::TensorProto::UINT8:
  case onnx::TensorProto::UINT16:
  case onnx::TensorProto::UINT32:
  case onnx::TensorProto::UINT64:
    return Notation::Unsigned;
  case onnx::TensorProto::FLOAT16:
  case onnx::TensorProto::BFLOAT16:
  case onnx::TensorProto::FLOAT:
  case onnx::TensorProto::DOUBLE:
    return Notation::Real;
  case onnx::TensorProto::STRING:
    return Notation::Text;
  default:
    return Notation::None;
  }
}

static const llvm::fltSemantics &semanticsOf(int32_t elementType) {
  switch (elementType) {
  case onnx::TensorProto::FLOAT16:
    return llvm::APFloat::IEEEhalf();
  case onnx::TensorProto::BFLOAT16:
    return llvm::APFloat::BFloat();
  case onnx::TensorProto::FLOAT:
    return llvm::APFloat::IEEEsingle();
  default:
    return llvm::APFloat::IEEEdouble();
  }
}

/// Adds an element; false where the text is none of the tensor's type.
static bool addElement(StringRef text, onnx::TensorProto &tensor) {
  Notation notation = notationOf(tensor.data_type());
  if (notation == Notation::Text) {
    tensor.add_string_data(text.str());
    return true;
  }
  std::string &raw = *tensor.mutable_raw_data();
  if (notation == Notation::Bool)
    return parseBool(text, raw);
  if (notation == Notation::Real)
    return parseReal(text, semanticsOf(tensor.data_type()), raw);
  return parseInteger(text, bitsPerElement(tensor.data_type()),
                      notation == Notation::Signed, raw);
}

/// "3", "1,2,3" or "[1,2,3]" in the declared type. One value without brackets
/// is a scalar, or of whatever rank is declared; a list is of rank 1.
static Expected<onnx::TensorProto>
parseText(StringRef text, const TensorDeclaration &declared) {
  int32_t type = declared.elementType;
  if (type == 0)
    return createStringError("is of no declared type; give it with @FILE");
  if (notationOf(type) == Notation::None)
    return createStringError("is of type " + elementTypeName(type) +
                             ", whose values cannot be written; give it with "
                             "@FILE");
  bool isList = text.contains(',');
  if (text.size() > 1 && text.starts_with("[") && text.ends_with("]")) {
    isList = true;
    text = text.drop_front().drop_back();
  }
  llvm::SmallVector<StringRef> elements;
  if (!isList || !text.trim().empty())
    text.split(elements, ',');

  onnx::TensorProto tensor;
  tensor.set_data_type(type);
  if (type != onnx::TensorProto::STRING)
    tensor.set_raw_data("");
  for (StringRef element : elements)
    if (!addElement(element.trim(), tensor))
      return createStringError("holds '" + element.trim() +
                               "', which is no value of type " +
                               elementTypeName(type));
  std::vector<int64_t> dims = {int64_t(elements.size())};
  if (isList) {
    if (Error error = checkDims(dims, declared))
      return error;
  } else {
    Expected<std::vector<int64_t>> shape = shapeOfOne(declared);
    if (!shape)
      return shape.takeError();
    dims = *shape;
  }
  tensor.mutable_dims()->Add(dims.begin(), dims.end());
  return tensor;
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

/// Elements of which the tensor has values, where its type is stored one by
/// one; nothing where that is not known.
static std::optional<int64_t> countStored(const onnx::TensorProto &tensor) {
  unsigned bits = bitsPerElement(tensor.data_type());
  if (tensor.data_type() == onnx::TensorProto::STRING)
    return tensor.string_data_size();
  if (bits < 8)
    return std::nullopt;
  if (tensor.has_raw_data())
    return tensor.raw_data().size() % (bits / 8) == 0
               ? std::optional<int64_t>(tensor.raw_data().size() / (bits / 8))
               : std::nullopt;
  // Complex numbers are two elements of their field.
  bool isComplex = tensor.data_type() == onnx::TensorProto::COMPLEX64 ||
                   tensor.data_type() == onnx::TensorProto::COMPLEX128;
  return (tensor.float_data_size() + tensor.double_data_size()) /
             (isComplex ? 2 : 1) +
         tensor.int32_data_size() + tensor.int64_data_size() +
         tensor.uint64_data_size();
}

/// The tensor in a .npy file or a serialised TensorProto. Fails where its
/// values are not all in the file.
static Expected<onnx::TensorProto> parseFile(StringRef bytes, bool isNumpy) {
  onnx::TensorProto tensor;
  if (isNumpy) {
    Expected<NumpyArray> array = parseNumpy(bytes);
    if (!array)
      return createStringError("is " + llvm::toString(array.takeError()));
    tensor.set_data_type(array->elementType);
    tensor.mutable_dims()->Add(array->dims.begin(), array->dims.end());
    tensor.set_raw_data(array->data.data(), array->data.size());
  } else if (!tensor.ParseFromArray(bytes.data(), int(bytes.size()))) {
    return createStringError("is no TensorProto of ONNX");
  }
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL ||
      tensor.external_data_size() > 0)
    return createStringError("has its values in another file");
  TensorInfo info;
  info.present = info.hasRank = true;
  info.elementType = tensor.data_type();
  info.dims.assign(tensor.dims().begin(), tensor.dims().end());
  std::optional<int64_t> stored = countStored(tensor);
  if (llvm::any_of(info.dims, [](int64_t extent) { return extent < 0; }) ||
      !stored || stored != info.elements())
    return createStringError("does not hold the elements of its shape " +
                             describe(info.dims));
  return tensor;
}

/// The tensor in a file that fits the declaration, without a name.
static Expected<onnx::TensorProto> readFile(StringRef path,
                                            const TensorDeclaration &declared) {
  auto buffer = readAtMost(path, MaxGivenBytes + 1);
  if (!buffer)
    return createStringError("cannot be read from '" + path +
                             "': " + buffer.getError().message());
  StringRef bytes = (*buffer)->getBuffer();
  auto wrong = [&](const Twine &why) {
    return createStringError("is in '" + path + "', which " + why);
  };
  if (bytes.size() > MaxGivenBytes)
    return wrong("has more than " + Twine(MaxGivenBytes >> 20) + " MiB");
  Expected<onnx::TensorProto> tensor = parseFile(bytes, path.ends_with(".npy"));
  if (!tensor)
    return wrong(llvm::toString(tensor.takeError()));
  if (declared.elementType != 0 && tensor->data_type() != declared.elementType)
    return wrong("has elements of type " +
                 elementTypeName(tensor->data_type()) + " where they are " +
                 elementTypeName(declared.elementType));
  if (Error error = checkDims(
          ArrayRef(tensor->dims().data(), tensor->dims_size()), declared))
    return wrong(llvm::toString(std::move(error)));
  tensor->clear_name();
  return tensor;
}

Expected<onnx::TensorProto>
onnx_split::parseGivenTensor(StringRef text,
                             const TensorDeclaration &declared) {
  return text.consume_front("@") ? readFile(text, declared)
                                 : parseText(text, declared);
}

Expected<std::pair<StringRef, StringRef>>
onnx_split::splitGivenTensor(StringRef option,
                             llvm::function_ref<bool(StringRef)> isName) {
  for (size_t end = option.rfind('='); end != StringRef::npos && end > 0;
       end = option.take_front(end).rfind('='))
    if (isName(option.take_front(end)))
      return std::make_pair(option.take_front(end), option.drop_front(end + 1));
  return createStringError("'" + option + "'");
}
