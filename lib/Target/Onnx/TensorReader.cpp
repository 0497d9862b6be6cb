//===- TensorReader.cpp - From a TensorProto to the IR --------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TensorReader.h"

#include "onnx-split/Analysis/OpCost.h"
#include "onnx-split/Target/Onnx/ExternalData.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

static ArrayAttr dimsAttr(ArrayRef<int64_t> dims, MLIRContext *context) {
  return Builder(context).getI64ArrayAttr(dims);
}

Type onnx_split::typeOf(TensorAttr tensor) {
  return OnnxTensorType::get(tensor.getContext(), tensor.getDataType(),
                             dimsAttr(tensor.getDims(), tensor.getContext()));
}

Type onnx_split::typeOf(SparseTensorAttr tensor) {
  return OnnxSparseTensorType::get(
      tensor.getContext(), tensor.getValues().getDataType(),
      dimsAttr(tensor.getDims(), tensor.getContext()));
}

/// The index of a file in the model's list, with its size and time as they are
/// when it is first met; -1 for one that is not there.
int64_t TensorReader::fileIndex(StringRef file, bool exists) {
  auto [it, inserted] = fileIndices.try_emplace(file, files.size());
  if (!inserted)
    return it->second;
  int64_t size = -1, modified = -1;
  llvm::sys::fs::file_status status;
  if (exists && !llvm::sys::fs::status(file, status)) {
    size = status.getSize();
    modified = status.getLastModificationTime().time_since_epoch().count();
  }
  files.push_back(FileAttr::get(builder.getContext(),
                                builder.getStringAttr(file), size, modified));
  return it->second;
}

/// Takes the marker out of the tensor and returns its payload, or null.
static const Payload *takeMarked(onnx::TensorProto &proto,
                                 ArrayRef<Payload> payloads) {
  auto *unknown = proto.GetReflection()->MutableUnknownFields(&proto);
  for (int i = 0; i < unknown->field_count(); ++i) {
    if (unknown->field(i).number() != PayloadMarkerField ||
        unknown->field(i).type() != google::protobuf::UnknownField::TYPE_VARINT)
      continue;
    uint64_t index = unknown->field(i).varint();
    unknown->DeleteSubrange(i, 1);
    return index < payloads.size() ? &payloads[index] : nullptr;
  }
  return nullptr;
}

FailureOr<TensorAttr> TensorReader::read(onnx::TensorProto &proto,
                                         Location loc) {
  MLIRContext *context = builder.getContext();
  SmallVector<int64_t> dims(proto.dims().begin(), proto.dims().end());
  TensorInfo info;
  info.present = true;
  info.elementType = proto.data_type();
  info.hasRank = true;
  info.dims.assign(dims.begin(), dims.end());
  for (int64_t dim : dims)
    if (dim < 0)
      return emitError(loc) << "holds a tensor with the extent " << dim
                            << "; extents must not be negative";

  int32_t storage = 0;
  PayloadAttr payload;
  if (const Payload *marked = takeMarked(proto, payloads)) {
    storage = marked->field;
    payload = PayloadAttr::get(context, fileIndex(path, /*exists=*/true),
                               marked->offset, marked->length);
    std::optional<int64_t> bytes = info.bytes();
    if (storage == onnx::TensorProto::kRawDataFieldNumber && bytes &&
        int64_t(marked->length) < *bytes)
      return emitError(loc) << "holds a tensor of " << marked->length
                            << " bytes, but its shape and type take " << *bytes;
  } else if (proto.data_location() == onnx::TensorProto::EXTERNAL) {
    std::optional<int64_t> bytes = info.bytes();
    llvm::Expected<ExternalRange> range = resolveExternalData(
        proto, llvm::sys::path::parent_path(path),
        bytes ? std::optional<uint64_t>(*bytes) : std::nullopt,
        {options.allowMissingData, options.allowLinkedWeights});
    if (!range)
      return emitError(loc)
             << "cannot be read: " << llvm::toString(range.takeError());
    // Where nothing will be written, data is not read at all.
    if (!range->checksum.empty() && !options.allowMissingData &&
        checked.insert({range->path, range->checksum}).second)
      if (llvm::Error error = verifyChecksum(range->path, range->checksum))
        return emitError(loc)
               << "cannot be read: " << llvm::toString(std::move(error));
    storage = TensorAttr::ExternalStorage;
    payload = PayloadAttr::get(context, fileIndex(range->path, range->exists),
                               range->offset, range->length);
  }

  StringAttr name, rest;
  if (proto.has_name())
    name = builder.getStringAttr(proto.name());
  int32_t dataType = proto.data_type();
  proto.clear_name();
  proto.clear_dims();
  if (dataType)
    proto.clear_data_type();
  if (std::string bytes = proto.SerializeAsString(); !bytes.empty())
    rest = builder.getStringAttr(bytes);
  return TensorAttr::get(context, name, dataType, dims, storage, payload, rest);
}

FailureOr<SparseTensorAttr> TensorReader::read(onnx::SparseTensorProto &proto,
                                               Location loc) {
  MLIRContext *context = builder.getContext();
  if (!proto.has_values())
    return emitError(loc) << "holds a sparse tensor without values; they also "
                             "give it its element type and name";
  FailureOr<TensorAttr> values = read(*proto.mutable_values(), loc);
  if (failed(values))
    return failure();
  TensorAttr indices;
  if (proto.has_indices()) {
    FailureOr<TensorAttr> read = this->read(*proto.mutable_indices(), loc);
    if (failed(read))
      return failure();
    indices = *read;
  }
  SmallVector<int64_t> dims(proto.dims().begin(), proto.dims().end());
  proto.clear_values();
  proto.clear_indices();
  proto.clear_dims();
  StringAttr rest;
  if (std::string bytes = proto.SerializeAsString(); !bytes.empty())
    rest = builder.getStringAttr(bytes);
  return SparseTensorAttr::get(context, *values, indices, dims, rest);
}
