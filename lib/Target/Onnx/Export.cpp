//===- Export.cpp - From the IR to ONNX files -----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Target/Onnx/Export.h"

#include "ModelWriter.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

/// Messages of 2 GiB and more are refused by protobuf, when they are written
/// and when they are read.
static constexpr uint64_t MaxMessageBytes = (uint64_t(1) << 31) - 1;

/// Readers map external data, so tensors begin at pages (ONNX "External Data":
/// offsets should be multiples of 4096).
static constexpr uint64_t PageBytes = 4096;

/// Tensors that can move between raw_data and a data file as they are: packed
/// little-endian numbers of fixed width. Varints cannot.
static bool isMovable(int32_t storage) {
  return storage == onnx::TensorProto::kRawDataFieldNumber ||
         storage == onnx::TensorProto::kFloatDataFieldNumber ||
         storage == onnx::TensorProto::kDoubleDataFieldNumber ||
         storage == TensorAttr::ExternalStorage;
}

/// Marks a tensor that has lost its payload, as strip does.
static void setMarker(onnx::TensorProto &proto, uint64_t index) {
  proto.GetReflection()->MutableUnknownFields(&proto)->AddVarint(
      PayloadMarkerField, index);
}

static Payload payloadOf(TensorAttr tensor, int32_t field) {
  PayloadAttr payload = tensor.getPayload();
  return {payload.getFile(), uint64_t(payload.getOffset()),
          uint64_t(payload.getLength()), field};
}

/// Says where a tensor's data lies. What follows from where it was is taken
/// out; keys that this version does not know stay.
static void setExternal(onnx::TensorProto &proto, StringRef location,
                        uint64_t offset, uint64_t length) {
  google::protobuf::RepeatedPtrField<onnx::StringStringEntryProto> old;
  old.Swap(proto.mutable_external_data());
  auto set = [&](StringRef name, const Twine &value) {
    onnx::StringStringEntryProto &entry = *proto.add_external_data();
    entry.set_key(name.str());
    entry.set_value(value.str());
  };
  set("location", location);
  set("offset", Twine(offset));
  set("length", Twine(length));
  for (const auto &entry : old)
    if (!llvm::is_contained(
            {"location", "offset", "length", "checksum", "basepath"},
            entry.key()))
      *proto.add_external_data() = entry;
  proto.set_data_location(onnx::TensorProto::EXTERNAL);
}

/// Puts a tensor's payload into the message where it is serialised.
static void embed(TensorAttr tensor, onnx::TensorProto &proto,
                  std::vector<Payload> &payloads) {
  int32_t field = tensor.getStorage();
  if (tensor.isExternal()) {
    field = onnx::TensorProto::kRawDataFieldNumber;
    proto.clear_external_data();
    proto.clear_data_location();
  }
  setMarker(proto, payloads.size());
  payloads.push_back(payloadOf(tensor, field));
}

namespace {
/// Lays out a model's own data file. Ranges of the source that several tensors
/// share are written once. Each begins at a page, with zeros before it.
class PayloadLayout {
public:
  explicit PayloadLayout(StringRef fileName) : location(fileName) {}

  void add(TensorAttr tensor, onnx::TensorProto &proto) {
    Payload payload = payloadOf(tensor, 0);
    auto key = std::make_tuple(payload.file, payload.offset, payload.length);
    auto [it, inserted] = offsets.try_emplace(key, 0);
    if (inserted) {
      data.append(std::string(
          llvm::offsetToAlignment(data.size, llvm::Align(PageBytes)), '\0'));
      it->second = data.size;
      data.append(payload);
    }
    setExternal(proto, location, it->second, payload.length);
  }

  Pieces data;

private:
  StringRef location;
  std::map<std::tuple<int64_t, uint64_t, uint64_t>, uint64_t> offsets;
};
} // namespace

/// One attempt at an export in a mode other than Auto.
static ExportedModel layOut(ModelOp model, WeightsMode mode,
                            StringRef dataFileName) {
  std::vector<Payload> payloads;
  PayloadLayout layout(dataFileName);
  onnx::ModelProto proto = writeModel(
      model,
      [&](TensorAttr tensor, onnx::TensorProto &message) {
        bool external = tensor.isExternal();
        if (mode == WeightsMode::Keep && external)
          return;
        if (mode == WeightsMode::External ? isMovable(tensor.getStorage())
            : mode == WeightsMode::Auto   ? external
                                          : false)
          layout.add(tensor, message);
        else
          embed(tensor, message, payloads);
      },
      /*inSourceOrder=*/mode == WeightsMode::Keep);
  return {splice(proto.SerializeAsString(), payloads), std::move(layout.data)};
}

FailureOr<ExportedModel> onnx_split::exportModel(ModelOp model,
                                                 WeightsMode mode,
                                                 StringRef dataFileName) {
  ExportedModel exported = layOut(model, mode, dataFileName);
  if (exported.model.size > MaxMessageBytes && mode == WeightsMode::Auto)
    exported = layOut(model, WeightsMode::External, dataFileName);
  if (exported.model.size > MaxMessageBytes)
    return model.emitError("'")
           << model.getFileName() << "' would have " << exported.model.size
           << " bytes, but protobuf takes at most " << MaxMessageBytes
           << "; use --weights=external";
  return exported;
}

FailureOr<std::string> onnx_split::exportToMemory(ModelOp model) {
  // What a runtime reads to infer shapes must be in the message, and no shape
  // has so many extents.
  constexpr int64_t largeBytes = 64 << 10;
  llvm::DenseSet<Attribute> initializers;
  for (auto initializer : model.getGraph().getBody().getOps<InitializerOp>())
    initializers.insert(initializer.getValue());
  std::vector<Payload> payloads;
  bool resolved = true;
  onnx::ModelProto proto =
      writeModel(model, [&](TensorAttr tensor, onnx::TensorProto &message) {
        PayloadAttr payload = tensor.getPayload();
        // Runtimes refuse external data of bodies that is behind a link.
        if (payload.getLength() < largeBytes ||
            !isMovable(tensor.getStorage()) || !initializers.contains(tensor))
          return embed(tensor, message, payloads);
        auto file = cast<FileAttr>(model.getFiles()[payload.getFile()]);
        llvm::SmallString<256> path(file.getPath().strref());
        resolved &= !llvm::sys::fs::make_absolute(path);
        setExternal(message, path.str().ltrim('/'), payload.getOffset(),
                    payload.getLength());
      });
  if (!resolved)
    return model.emitError("the current folder cannot be found");
  Pieces pieces = splice(proto.SerializeAsString(), payloads);
  if (pieces.size > MaxMessageBytes)
    return model.emitError("'")
           << model.getFileName() << "' has " << pieces.size
           << " bytes beside the large initializers of its main graph, but "
              "protobuf takes at most "
           << MaxMessageBytes;
  return readPieces(model, pieces);
}

onnx::ModelProto onnx_split::exportSkeleton(ModelOp model) {
  return writeModel(model, [](TensorAttr tensor, onnx::TensorProto &proto) {
    if (tensor.isExternal())
      return;
    onnx::StringStringEntryProto &entry = *proto.add_external_data();
    entry.set_key("location");
    entry.set_value("not-loaded");
    proto.set_data_location(onnx::TensorProto::EXTERNAL);
  });
}
