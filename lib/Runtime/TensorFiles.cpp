//===- TensorFiles.cpp - Values in files of tests and of NumPy ------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Runtime/TensorFiles.h"

#include "onnx-split/Support/WriteFile.h"
#include "onnx-split/Target/Onnx/NumpyArray.h"

#include "onnx/onnx-data.pb.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <limits>

using namespace onnx_split;
using namespace onnx_split::runtime;
using llvm::ArrayRef;
using llvm::createStringError;
using llvm::Expected;
using llvm::StringRef;

Expected<size_t> runtime::countElements(ArrayRef<int64_t> dims) {
  constexpr size_t maxElements = size_t(1) << 40;
  size_t count = 1;
  for (int64_t extent : dims) {
    if (extent < 0)
      return createStringError("shape " + describeShape(dims) +
                               " has an open extent");
    if (extent > 0 && count > maxElements / size_t(extent))
      return createStringError("shape " + describeShape(dims) +
                               " has more than 2^40 elements");
    count *= extent;
  }
  return count;
}

Expected<Ort::Value> runtime::makeTensor(ONNXTensorElementDataType type,
                                         ArrayRef<int64_t> dims) {
  if (auto count = countElements(dims); !count)
    return count.takeError();
  return guarded("cannot allocate a tensor of shape " + describeShape(dims),
                 [&] {
                   Ort::AllocatorWithDefaultOptions allocator;
                   return Ort::Value::CreateTensor(allocator, dims.data(),
                                                   dims.size(), type);
                 });
}

//===----------------------------------------------------------------------===//
// ONNX's protobuf messages
//===----------------------------------------------------------------------===//

/// Copies the elements of a field, whose numbers may be wider than those of the
/// tensor, to `target`, where each takes `bytes`.
template <typename Field>
static void widen(const Field &field, void *target, size_t bytes) {
  auto copy = [&](auto sample) {
    using Element = decltype(sample);
    auto *out = static_cast<Element *>(target);
    for (auto value : field)
      *out++ = static_cast<Element>(value);
  };
  if (bytes == 1)
    copy(uint8_t());
  else if (bytes == 2)
    copy(uint16_t());
  else if (bytes == 4)
    copy(uint32_t());
  else
    copy(uint64_t());
}

/// A tensor of strings, of which there must be `count`.
static Expected<Ort::Value> stringsFromProto(const onnx::TensorProto &proto,
                                             ArrayRef<int64_t> dims,
                                             size_t count) {
  if (size_t(proto.string_data_size()) != count)
    return createStringError("has " + llvm::Twine(proto.string_data_size()) +
                             " strings for shape " + describeShape(dims));
  Expected<Ort::Value> value =
      makeTensor(ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING, dims);
  if (!value)
    return value;
  std::vector<const char *> pointers;
  for (const std::string &text : proto.string_data())
    pointers.push_back(text.c_str());
  if (auto filled = guarded("strings",
                            [&] {
                              if (count > 0)
                                value->FillStringTensor(pointers.data(), count);
                              return 0;
                            });
      !filled)
    return filled.takeError();
  return value;
}

Expected<Ort::Value> runtime::fromProto(const onnx::TensorProto &proto) {
  std::vector<int64_t> dims(proto.dims().begin(), proto.dims().end());
  Expected<size_t> count = countElements(dims);
  if (!count)
    return count.takeError();
  ONNXTensorElementDataType type = fromDataType(proto.data_type());
  if (proto.data_location() == onnx::TensorProto::EXTERNAL)
    return createStringError(
        "has its data in another file; test data holds it");
  if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING)
    return stringsFromProto(proto, dims, *count);
  size_t size = getElementBytes(type);
  if (size == 0)
    return createStringError("elements of " + describeElementType(type) +
                             " cannot be fed to a model");

  // Complex numbers are two elements of a field; 16-bit ones are in int32_data.
  size_t stored =
      proto.has_raw_data()       ? proto.raw_data().size() / size
      : proto.float_data_size()  ? size_t(proto.float_data_size()) * 4 / size
      : proto.double_data_size() ? size_t(proto.double_data_size()) * 8 / size
      : proto.int32_data_size()  ? proto.int32_data_size()
      : proto.int64_data_size()  ? proto.int64_data_size()
                                 : proto.uint64_data_size();
  if (stored != *count ||
      (proto.has_raw_data() && proto.raw_data().size() % size != 0))
    return createStringError("has " + llvm::Twine(stored) +
                             " elements for shape " + describeShape(dims));
  Expected<Ort::Value> value = makeTensor(type, dims);
  if (!value || *count == 0)
    return value;
  void *target = value->GetTensorMutableRawData();
  if (proto.has_raw_data())
    memcpy(target, proto.raw_data().data(), proto.raw_data().size());
  else if (proto.float_data_size())
    memcpy(target, proto.float_data().data(), *count * size);
  else if (proto.double_data_size())
    memcpy(target, proto.double_data().data(), *count * size);
  else if (proto.int32_data_size())
    widen(proto.int32_data(), target, size);
  else if (proto.int64_data_size())
    widen(proto.int64_data(), target, size);
  else
    widen(proto.uint64_data(), target, size);
  return value;
}

static Expected<Ort::Value> fromProto(const onnx::SequenceProto &proto) {
  std::vector<Ort::Value> elements;
  for (const onnx::TensorProto &tensor : proto.tensor_values()) {
    Expected<Ort::Value> element = runtime::fromProto(tensor);
    if (!element)
      return element;
    elements.push_back(std::move(*element));
  }
  if (elements.empty())
    return createStringError(
        "an empty sequence, or one of other values than tensors, cannot be "
        "made for ONNX Runtime");
  return guarded("sequence",
                 [&] { return Ort::Value::CreateSequence(elements); });
}

/// Protobuf counts bytes as int, and no message of it has more.
template <typename Proto>
static bool parseBytes(Proto &proto, StringRef bytes) {
  return bytes.size() <= size_t(std::numeric_limits<int>::max()) &&
         proto.ParseFromArray(bytes.data(), int(bytes.size()));
}

Expected<Ort::Value> runtime::parseValue(StringRef bytes, ONNXType kind) {
  auto wrong = [](StringRef message) {
    return createStringError("is no " + message + " of ONNX");
  };
  if (kind == ONNX_TYPE_SEQUENCE) {
    onnx::SequenceProto proto;
    if (!parseBytes(proto, bytes))
      return wrong("SequenceProto");
    return ::fromProto(proto);
  }
  if (kind == ONNX_TYPE_OPTIONAL) {
    onnx::OptionalProto proto;
    if (!parseBytes(proto, bytes))
      return wrong("OptionalProto");
    if (proto.has_sequence_value())
      return ::fromProto(proto.sequence_value());
    if (proto.has_tensor_value())
      return runtime::fromProto(proto.tensor_value());
    return createStringError("an empty optional cannot be made for ONNX "
                             "Runtime");
  }
  onnx::TensorProto proto;
  if (!parseBytes(proto, bytes))
    return wrong("TensorProto");
  return runtime::fromProto(proto);
}

/// Throws where ONNX Runtime does, for `guarded` to catch.
static void toProto(const Ort::Value &value, onnx::TensorProto &proto) {
  auto info = value.GetTensorTypeAndShapeInfo();
  proto.set_data_type(toDataType(info.GetElementType()));
  for (int64_t extent : info.GetShape())
    proto.add_dims(extent);
  size_t count = info.GetElementCount();
  if (info.GetElementType() == ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING) {
    for (size_t i = 0; i < count; ++i)
      proto.add_string_data(value.GetStringTensorElement(i));
    return;
  }
  proto.set_raw_data(value.GetTensorRawData(), getTensorBytes(value));
}

Expected<std::string> runtime::serializeValue(const Ort::Value &value,
                                              StringRef name) {
  return guarded("'" + name + "'", [&]() -> std::string {
    if (!value.HasValue())
      return "";
    if (value.IsTensor()) {
      onnx::TensorProto proto;
      proto.set_name(name.str());
      toProto(value, proto);
      return proto.SerializeAsString();
    }
    if (value.GetTypeInfo().GetONNXType() != ONNX_TYPE_SEQUENCE)
      throw Ort::Exception("only tensors and sequences of them can be written",
                           ORT_NOT_IMPLEMENTED);
    onnx::SequenceProto proto;
    proto.set_name(name.str());
    proto.set_elem_type(onnx::SequenceProto::TENSOR);
    Ort::AllocatorWithDefaultOptions allocator;
    for (size_t i = 0; i < value.GetCount(); ++i)
      toProto(value.GetValue(int(i), allocator), *proto.add_tensor_values());
    return proto.SerializeAsString();
  });
}

//===----------------------------------------------------------------------===//
// NumPy's format
//===----------------------------------------------------------------------===//

/// The array in a .npy file.
static Expected<Ort::Value> readNumpy(StringRef bytes) {
  Expected<NumpyArray> array = parseNumpy(bytes);
  if (!array)
    return array.takeError();
  Expected<size_t> count = countElements(array->dims);
  if (!count)
    return count.takeError();
  ONNXTensorElementDataType type = fromDataType(array->elementType);
  if (array->data.size() != *count * getElementBytes(type))
    return createStringError("not a .npy file that can be read: it holds " +
                             llvm::Twine(array->data.size()) +
                             " bytes for shape " + describeShape(array->dims));
  Expected<Ort::Value> value = makeTensor(type, array->dims);
  if (value && !array->data.empty())
    memcpy(value->GetTensorMutableRawData(), array->data.data(),
           array->data.size());
  return value;
}

/// A .npy file of version 1.0 (numpy.lib.format): magic, version, length of the
/// header, header, data.
static Expected<std::string> toNumpy(const Ort::Value &value) {
  auto type = value.IsTensor()
                  ? value.GetTensorTypeAndShapeInfo().GetElementType()
                  : ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  StringRef code = getNumpyCode(toDataType(type));
  if (code.empty())
    return createStringError("NumPy has no such type; write .pb files");
  std::string shape;
  for (int64_t extent : value.GetTensorTypeAndShapeInfo().GetShape())
    shape += std::to_string(extent) + ",";
  bool single = getElementBytes(type) == 1;
  std::string header = "{'descr': '" + std::string(single ? "|" : "<") +
                       code.str() + "', 'fortran_order': False, 'shape': (" +
                       shape + "), }";
  // Data starts at a multiple of 64 bytes, after a line end.
  constexpr StringRef magic = "\x93NUMPY";
  size_t before = magic.size() + 4;
  header.append(63 - (before + header.size()) % 64, ' ');
  header += '\n';
  std::string result = magic.str() + std::string("\x01\x00", 2);
  result += char(header.size() & 255);
  result += char(header.size() >> 8);
  result += header;
  result.append(static_cast<const char *>(value.GetTensorRawData()),
                getTensorBytes(value));
  return result;
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

Expected<Ort::Value> runtime::readValue(StringRef path, ONNXType kind) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return createStringError(path +
                             ": cannot read: " + buffer.getError().message());
  StringRef bytes = (*buffer)->getBuffer();
  Expected<Ort::Value> value =
      path.ends_with(".npy") ? readNumpy(bytes) : parseValue(bytes, kind);
  if (!value)
    return createStringError(path + ": " + llvm::toString(value.takeError()));
  return value;
}

llvm::Error runtime::writeValue(StringRef path, const Ort::Value &value,
                                StringRef name) {
  Expected<std::string> bytes =
      path.ends_with(".npy") ? toNumpy(value) : serializeValue(value, name);
  if (!bytes)
    return createStringError(path + ": " + llvm::toString(bytes.takeError()));
  if (std::error_code error =
          writeFile(path, [&](llvm::raw_ostream &os) { os << *bytes; }))
    return createStringError(path + ": cannot write: " + error.message());
  return llvm::Error::success();
}
