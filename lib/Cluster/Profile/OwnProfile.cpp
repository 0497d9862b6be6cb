//===- OwnProfile.cpp - This project's own profiles -----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProfileFile.h"

#include "onnx-split/Support/Quantity/Units.h"

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
static constexpr StringLiteral version = "version";
static constexpr StringLiteral model = "model";
static constexpr StringLiteral digest = "digest";
static constexpr StringLiteral devices = "devices";
static constexpr StringLiteral links = "links";
static constexpr StringLiteral device = "device";
static constexpr StringLiteral nodes = "nodes";
static constexpr StringLiteral index = "index";
static constexpr StringLiteral name = "name";
static constexpr StringLiteral ns = "ns";
static constexpr StringLiteral itemNs = "item_ns";
static constexpr StringLiteral residentBytes = "resident_bytes";
static constexpr StringLiteral messageNs = "message_ns";
static constexpr StringLiteral bytePs = "byte_ps";
static constexpr StringLiteral from = "from";
static constexpr StringLiteral to = "to";
static constexpr StringLiteral bitsPerSecond = "bits_per_second";
static constexpr StringLiteral latencyNs = "latency_ns";
} // namespace key

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// Positions in a graph, far above what any model has.
static constexpr int64_t maxIndex = INT32_MAX;
/// A second for each byte.
static constexpr int64_t maxBytePs = 1'000'000'000'000;
static constexpr StringLiteral nanoseconds =
    "of nanoseconds, at most 3600000000000 (one hour)";

namespace {
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
      require(root, key::model, "a profile with node times");
  if (!model || !expectObject(*model, "'model'"))
    return "";
  const JsonValue *digest = require(*model, key::digest, "'model'");
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

void OwnProfileReader::readNodes(const JsonValue &list,
                                 DeviceProfile &profile) {
  DenseMap<int64_t, SMRange> places;
  for (const JsonValue &item : list.items) {
    if (diagnostics.full())
      return;
    if (!expectObject(item, "a node"))
      continue;
    const JsonValue *place = require(item, key::index, "a node");
    std::optional<int64_t> index =
        readWhole(place, key::index, maxIndex,
                  "of 0 or more, the position in the source graph");
    std::optional<int64_t> ns =
        readWhole(require(item, key::ns, "a node"), key::ns, maxQuantityTimeNs,
                  nanoseconds);
    std::optional<StringRef> name = readName(item.find(key::name), key::name);
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
  const JsonValue *nameValue = require(object, key::device, "a device");
  std::optional<StringRef> name = readName(nameValue, key::device);
  auto profile = std::make_shared<DeviceProfile>();
  profile->file = path.str();
  profile->digest = digest.str();
  profile->itemNs = readWhole(object.find(key::itemNs), key::itemNs,
                              maxQuantityTimeNs, nanoseconds);
  profile->residentBytes =
      readWhole(object.find(key::residentBytes), key::residentBytes,
                maxQuantity, "of bytes");
  profile->messageNs = readWhole(object.find(key::messageNs), key::messageNs,
                                 maxQuantityTimeNs, nanoseconds);
  profile->bytePs = readWhole(object.find(key::bytePs), key::bytePs, maxBytePs,
                              "of picoseconds, at most 1000000000000");
  if (const JsonValue *nodes = findList(object, key::nodes))
    readNodes(*nodes, *profile);
  if (name)
    result.devices.push_back(
        {name->str(), nameValue->range, std::move(profile)});
}

void OwnProfileReader::readLink(const JsonValue &object) {
  if (!expectObject(object, "a link"))
    return;
  const JsonValue *from = require(object, key::from, "a link");
  const JsonValue *to = require(object, key::to, "a link");
  std::optional<StringRef> fromName = readName(from, key::from);
  std::optional<StringRef> toName = readName(to, key::to);
  std::optional<int64_t> rate = readWhole(
      require(object, key::bitsPerSecond, "a link"), key::bitsPerSecond,
      maxQuantity, "of bits per second; 0 means no link");
  std::optional<int64_t> latency =
      readWhole(require(object, key::latencyNs, "a link"), key::latencyNs,
                maxQuantityTimeNs, nanoseconds);
  if (fromName && toName && rate && latency)
    result.links.push_back({fromName->str(), toName->str(), from->range,
                            to->range, *rate, *latency});
}

void OwnProfileReader::read(const JsonValue &root) {
  if (root.kind != JsonValue::Kind::Object) {
    diagnostics.error(root.range, "found " + root.describe() +
                                      "; a profile is an object, or ONNX "
                                      "Runtime's list of events");
    return;
  }
  if (const JsonValue *version = require(root, key::version, "a profile");
      version &&
      (version->kind != JsonValue::Kind::Number || version->text != "1"))
    diagnostics.error(version->range,
                      "unknown version " + version->describe() +
                          "; the one version of profiles is the number 1");
  const JsonValue *devices = findList(root, key::devices);
  const JsonValue *links = findList(root, key::links);
  if (!root.find(key::devices) && !root.find(key::links))
    diagnostics.error(root.range, "the profile has neither 'devices' nor "
                                  "'links'; it measures nothing");
  // Links and messages are the same for every model.
  std::string digest;
  auto hasNodes = [](const JsonValue &device) {
    const JsonValue *nodes = device.find(key::nodes);
    return nodes && !nodes->items.empty();
  };
  if (root.find(key::model) || (devices && any_of(devices->items, hasNodes)))
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
  json.attribute(key::device, device.name);
  writeFigure(key::messageNs, figures.messageNs, json);
  writeFigure(key::bytePs, figures.bytePs, json);
  writeFigure(key::itemNs, figures.itemNs, json);
  writeFigure(key::residentBytes, figures.residentBytes, json);
  if (!hasModel)
    return;
  json.attributeArray(key::nodes, [&] {
    for (const MeasuredNode &node : figures.nodes)
      json.object([&] {
        json.attribute(key::index, node.index);
        json.attribute(key::name, json::fixUTF8(node.name));
        json.attribute(key::ns, node.ns);
      });
  });
}

void onnx_split::writeProfile(const NewProfile &profile, raw_ostream &os) {
  bool hasModel = !profile.modelFile.empty();
  json::OStream json(os, /*IndentSize=*/1);
  json.object([&] {
    json.attribute(key::version, 1);
    json.attribute("runtime", profile.runtime);
    if (hasModel)
      json.attributeObject(key::model, [&] {
        json.attribute("file", json::fixUTF8(profile.modelFile));
        json.attribute(key::digest, profile.modelDigest);
      });
    json.attributeArray(key::devices, [&] {
      for (const NewProfile::Device &device : profile.devices)
        json.object([&] { writeDevice(device, hasModel, json); });
    });
    json.attributeArray(key::links, [&] {
      for (const NewProfile::Link &link : profile.links)
        json.object([&] {
          json.attribute(key::from, link.from);
          json.attribute(key::to, link.to);
          json.attribute(key::bitsPerSecond, link.bitsPerSecond);
          json.attribute(key::latencyNs, link.latencyNs);
        });
    });
  });
  os << "\n";
}
