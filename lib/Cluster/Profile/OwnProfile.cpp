//===- OwnProfile.cpp - This project's own profiles -----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProfileFile.h"

#include "onnx-split/Support/Quantity/Units.h"
#include "onnx-split/Support/Text/Words.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::cluster;

//===----------------------------------------------------------------------===//
// The keys, for reading and writing
//===----------------------------------------------------------------------===//

namespace key {
static constexpr StringLiteral Version = "version";
static constexpr StringLiteral Model = "model";
static constexpr StringLiteral Digest = "digest";
static constexpr StringLiteral Devices = "devices";
static constexpr StringLiteral Links = "links";
static constexpr StringLiteral Device = "device";
static constexpr StringLiteral Inputs = "inputs";
static constexpr StringLiteral Nodes = "nodes";
static constexpr StringLiteral Index = "index";
static constexpr StringLiteral Name = "name";
static constexpr StringLiteral Ns = "ns";
static constexpr StringLiteral ItemNs = "item_ns";
static constexpr StringLiteral ResidentBytes = "resident_bytes";
static constexpr StringLiteral RuntimeMemoryBytes = "runtime_memory_bytes";
static constexpr StringLiteral MessageNs = "message_ns";
static constexpr StringLiteral BytePs = "byte_ps";
static constexpr StringLiteral From = "from";
static constexpr StringLiteral To = "to";
static constexpr StringLiteral BitsPerSecond = "bits_per_second";
static constexpr StringLiteral MessageTimeNs = "message_time_ns";
/// What older profiles call the same.
static constexpr StringLiteral LatencyNs = "latency_ns";
} // namespace key

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// Positions in a graph, far above what any model has.
static constexpr int64_t MaxIndex = INT32_MAX;
/// A second for each byte.
static constexpr int64_t MaxBytePs = 1'000'000'000'000;
static constexpr StringLiteral Nanoseconds =
    "of nanoseconds, at most 3600000000000 (one hour)";

namespace {
/// Reads one profile (docs/profile.schema.json). It goes on after an error, so
/// that one run reports all that is wrong, up to the limit of messages.
class OwnProfileReader {
public:
  OwnProfileReader(StringRef file, Diagnostics &sink)
      : path(file), diagnostics(sink) {}

  void read(const JsonValue &root);
  ProfileFile result;

private:
  /// Values that are absent or wrong are none; the latter was reported.
  const JsonValue *require(const JsonValue &object, StringRef key,
                           StringRef subject);
  std::optional<int64_t> readWhole(const JsonValue *value, StringRef key,
                                   int64_t limit, StringRef ofWhat);
  std::optional<StringRef> readName(const JsonValue *value, StringRef key);
  const JsonValue *findList(const JsonValue &object, StringRef key);
  bool expectObject(const JsonValue &value, StringRef subject);
  std::string readDigest(const JsonValue &root);
  void readDevice(const JsonValue &object, StringRef digest);
  void readInputs(const JsonValue &shapes, DeviceProfile &profile);
  void readNodes(const JsonValue &list, DeviceProfile &profile);
  void readLink(const JsonValue &object);

  StringRef path;
  Diagnostics &diagnostics;
};
} // namespace

const JsonValue *OwnProfileReader::require(const JsonValue &object,
                                           StringRef key, StringRef subject) {
  const JsonValue *value = object.find(key);
  if (!value)
    diagnostics.error(object.range, "missing key '" + key + "' in " + subject);
  return value;
}

/// A whole number from 0 to `limit`.
std::optional<int64_t> OwnProfileReader::readWhole(const JsonValue *value,
                                                   StringRef key, int64_t limit,
                                                   StringRef ofWhat) {
  if (!value)
    return std::nullopt;
  int64_t figure = 0;
  if (value->kind == JsonValue::Kind::Number && all_of(value->text, isDigit) &&
      !StringRef(value->text).getAsInteger(10, figure) && figure <= limit)
    return figure;
  diagnostics.error(value->range, "found " + value->describe() + "; '" + key +
                                      "' is a whole number " + ofWhat);
  return std::nullopt;
}

std::optional<StringRef> OwnProfileReader::readName(const JsonValue *value,
                                                    StringRef key) {
  if (!value)
    return std::nullopt;
  if (value->kind == JsonValue::Kind::String)
    return value->text;
  diagnostics.error(value->range, "found " + value->describe() + "; '" + key +
                                      "' is a name in double quotes");
  return std::nullopt;
}

const JsonValue *OwnProfileReader::findList(const JsonValue &object,
                                            StringRef key) {
  const JsonValue *value = object.find(key);
  if (!value || value->kind == JsonValue::Kind::Array)
    return value;
  diagnostics.error(value->range, "found " + value->describe() + "; '" + key +
                                      "' is a list of objects");
  return nullptr;
}

bool OwnProfileReader::expectObject(const JsonValue &value, StringRef subject) {
  if (value.kind == JsonValue::Kind::Object)
    return true;
  diagnostics.error(value.range, "found " + value.describe() + "; " + subject +
                                     " is an object");
  return false;
}

/// The digest of the model that was measured; empty after an error.
std::string OwnProfileReader::readDigest(const JsonValue &root) {
  const JsonValue *model =
      require(root, key::Model, "a profile with node times");
  if (!model || !expectObject(*model, "'model'"))
    return "";
  const JsonValue *digest = require(*model, key::Digest, "'model'");
  if (!digest)
    return "";
  auto isDigit = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  };
  if (digest->kind == JsonValue::Kind::String && digest->text.size() == 64 &&
      all_of(digest->text, isDigit))
    return digest->text;
  diagnostics.error(digest->range, "found " + digest->describe() +
                                       "; 'digest' is a SHA-256 as 64 small "
                                       "hexadecimal digits");
  return "";
}

/// Names of inputs with lists of extents.
void OwnProfileReader::readInputs(const JsonValue &shapes,
                                  DeviceProfile &profile) {
  if (!expectObject(shapes, "'inputs'"))
    return;
  for (const JsonMember &member : shapes.members) {
    if (diagnostics.full())
      return;
    if (member.value.kind != JsonValue::Kind::Array) {
      diagnostics.error(member.value.range, "found " + member.value.describe() +
                                                "; the shape of input " +
                                                quote(member.key) +
                                                " is a list of whole numbers");
      continue;
    }
    auto [shape, isNew] = profile.inputs.try_emplace(member.key);
    if (!isNew)
      diagnostics.error(member.value.range,
                        "input " + quote(member.key) + " appears twice");
    for (const JsonValue &extent : member.value.items)
      shape->second.push_back(
          readWhole(&extent, "inputs", MaxQuantity, "of 0 or more, an extent")
              .value_or(0));
  }
}

void OwnProfileReader::readNodes(const JsonValue &list,
                                 DeviceProfile &profile) {
  DenseMap<int64_t, SMRange> places;
  for (const JsonValue &item : list.items) {
    if (diagnostics.full())
      return;
    if (!expectObject(item, "a node"))
      continue;
    const JsonValue *place = require(item, key::Index, "a node");
    std::optional<int64_t> index =
        readWhole(place, key::Index, MaxIndex,
                  "of 0 or more, the position in the source graph");
    std::optional<int64_t> ns =
        readWhole(require(item, key::Ns, "a node"), key::Ns, MaxQuantityTimeNs,
                  Nanoseconds);
    std::optional<StringRef> name = readName(item.find(key::Name), key::Name);
    if (!index || !ns)
      continue;
    auto [first, isNew] = places.try_emplace(*index, place->range);
    if (!isNew) {
      diagnostics.error(place->range,
                        "node " + Twine(*index) + " appears twice");
      diagnostics.note(first->second, "first here");
      continue;
    }
    profile.nodes.push_back({*index, name.value_or("").str(), *ns});
  }
}

void OwnProfileReader::readDevice(const JsonValue &object, StringRef digest) {
  if (!expectObject(object, "a device"))
    return;
  const JsonValue *nameValue = require(object, key::Device, "a device");
  std::optional<StringRef> name = readName(nameValue, key::Device);
  auto profile = std::make_shared<DeviceProfile>();
  profile->file = path.str();
  profile->digest = digest.str();
  profile->itemNs = readWhole(object.find(key::ItemNs), key::ItemNs,
                              MaxQuantityTimeNs, Nanoseconds);
  profile->residentBytes =
      readWhole(object.find(key::ResidentBytes), key::ResidentBytes,
                MaxQuantity, "of bytes");
  profile->runtimeMemoryBytes =
      readWhole(object.find(key::RuntimeMemoryBytes), key::RuntimeMemoryBytes,
                MaxQuantity, "of bytes");
  profile->messageNs = readWhole(object.find(key::MessageNs), key::MessageNs,
                                 MaxQuantityTimeNs, Nanoseconds);
  profile->bytePs = readWhole(object.find(key::BytePs), key::BytePs, MaxBytePs,
                              "of picoseconds, at most 1000000000000");
  if (const JsonValue *shapes = object.find(key::Inputs))
    readInputs(*shapes, *profile);
  if (const JsonValue *nodes = findList(object, key::Nodes))
    readNodes(*nodes, *profile);
  if (name)
    result.devices.push_back(
        {name->str(), nameValue->range, std::move(profile)});
}

void OwnProfileReader::readLink(const JsonValue &object) {
  if (!expectObject(object, "a link"))
    return;
  const JsonValue *from = require(object, key::From, "a link");
  const JsonValue *to = require(object, key::To, "a link");
  std::optional<StringRef> fromName = readName(from, key::From);
  std::optional<StringRef> toName = readName(to, key::To);
  std::optional<int64_t> rate = readWhole(
      require(object, key::BitsPerSecond, "a link"), key::BitsPerSecond,
      MaxQuantity, "of bits per second; 0 means no link");
  const JsonValue *older = object.find(key::LatencyNs);
  if (older && object.find(key::MessageTimeNs))
    diagnostics.error(older->range,
                      "'latency_ns' is what older profiles call "
                      "'message_time_ns'; a link has one of them");
  StringRef messageKey = older ? key::LatencyNs : key::MessageTimeNs;
  std::optional<int64_t> message =
      readWhole(require(object, messageKey, "a link"), messageKey,
                MaxQuantityTimeNs, Nanoseconds);
  if (fromName && toName && rate && message)
    result.links.push_back({fromName->str(), toName->str(), from->range,
                            to->range, *rate, *message});
}

void OwnProfileReader::read(const JsonValue &root) {
  if (root.kind != JsonValue::Kind::Object) {
    diagnostics.error(root.range, "found " + root.describe() +
                                      "; a profile is an object, or ONNX "
                                      "Runtime's list of events");
    return;
  }
  if (const JsonValue *version = require(root, key::Version, "a profile");
      version &&
      (version->kind != JsonValue::Kind::Number || version->text != "1"))
    diagnostics.error(version->range,
                      "unknown version " + version->describe() +
                          "; the one version of profiles is the number 1");
  const JsonValue *devices = findList(root, key::Devices);
  const JsonValue *links = findList(root, key::Links);
  if (!root.find(key::Devices) && !root.find(key::Links))
    diagnostics.error(root.range, "the profile has neither 'devices' nor "
                                  "'links'; it measures nothing");
  // Links and messages are the same for every model.
  std::string digest;
  auto hasNodes = [](const JsonValue &device) {
    const JsonValue *nodes = device.find(key::Nodes);
    return nodes && !nodes->items.empty();
  };
  if (root.find(key::Model) || (devices && any_of(devices->items, hasNodes)))
    digest = readDigest(root);
  if (devices)
    for (const JsonValue &device : devices->items) {
      if (diagnostics.full())
        return;
      readDevice(device, digest);
    }
  if (links)
    for (const JsonValue &link : links->items) {
      if (diagnostics.full())
        return;
      readLink(link);
    }
}

std::optional<ProfileFile> cluster::readOwnProfile(StringRef text,
                                                   StringRef path,
                                                   Diagnostics &diagnostics) {
  std::optional<JsonValue> root = readJson(text, diagnostics);
  if (!root)
    return std::nullopt;
  OwnProfileReader reader(path, diagnostics);
  reader.read(*root);
  return std::move(reader.result);
}

std::optional<ProfileFile> cluster::readProfile(StringRef text, StringRef path,
                                                Diagnostics &diagnostics) {
  return text.ltrim().starts_with("[")
             ? readRuntimeProfile(text, path, diagnostics)
             : readOwnProfile(text, path, diagnostics);
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static void writeFigure(StringRef key, std::optional<int64_t> figure,
                        json::OStream &json) {
  if (figure)
    json.attribute(key, *figure);
}

static void writeDevice(const NewProfile::Device &device, bool hasModel,
                        json::OStream &json) {
  const DeviceProfile &figures = device.figures;
  json.attribute(key::Device, device.name);
  writeFigure(key::MessageNs, figures.messageNs, json);
  writeFigure(key::BytePs, figures.bytePs, json);
  writeFigure(key::ItemNs, figures.itemNs, json);
  writeFigure(key::ResidentBytes, figures.residentBytes, json);
  writeFigure(key::RuntimeMemoryBytes, figures.runtimeMemoryBytes, json);
  if (!hasModel)
    return;
  json.attributeObject(key::Inputs, [&] {
    for (const auto &input : figures.inputs)
      json.attributeArray(json::fixUTF8(input.first), [&] {
        for (int64_t extent : input.second)
          json.value(extent);
      });
  });
  json.attributeArray(key::Nodes, [&] {
    for (const MeasuredNode &node : figures.nodes)
      json.object([&] {
        json.attribute(key::Index, node.index);
        json.attribute(key::Name, json::fixUTF8(node.name));
        json.attribute(key::Ns, node.ns);
      });
  });
}

void onnx_split::writeProfile(const NewProfile &profile, raw_ostream &os) {
  bool hasModel = !profile.modelFile.empty();
  json::OStream json(os, /*IndentSize=*/1);
  json.object([&] {
    json.attribute(key::Version, 1);
    json.attribute("runtime", profile.runtime);
    if (hasModel)
      json.attributeObject(key::Model, [&] {
        json.attribute("file", json::fixUTF8(profile.modelFile));
        json.attribute(key::Digest, profile.modelDigest);
      });
    json.attributeArray(key::Devices, [&] {
      for (const NewProfile::Device &device : profile.devices)
        json.object([&] { writeDevice(device, hasModel, json); });
    });
    json.attributeArray(key::Links, [&] {
      for (const NewProfile::Link &link : profile.links)
        json.object([&] {
          json.attribute(key::From, link.from);
          json.attribute(key::To, link.to);
          json.attribute(key::BitsPerSecond, link.bitsPerSecond);
          json.attribute(key::MessageTimeNs, link.messageNs);
        });
    });
  });
  os << "\n";
}
