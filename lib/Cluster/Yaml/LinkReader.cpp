//===- LinkReader.cpp - The links of a cluster file -----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinkReader.h"

#include "../Profile/LinkMatrix.h"
#include "../Profile/ProfileFile.h"
#include "../ReferencedFile.h"
#include "Quantities.h"
#include "onnx-split/Support/Text/Words.h"

#include "llvm/ADT/StringMap.h"

#include <algorithm>

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::cluster;

namespace {
/// An entry of 'between' with its names resolved.
struct BetweenEntry {
  DeviceRange from;
  DeviceRange to;
  /// 'devices': both directions.
  bool bothWays = false;
  int64_t bitsPerSecond = 0;
  std::optional<int64_t> latencyNs;
  /// Where a clash with another entry is reported.
  SMRange where;
};

/// Rules are applied from the weakest to the strongest: default, media,
/// matrix, 'devices' entries, 'from'/'to' entries, measurements. Each
/// overwrites what it states and leaves the rest.
class LinkReader {
public:
  LinkReader(const DeviceNames &deviceNames, StringRef clusterFolder,
             Cluster &result, Diagnostics &sink)
      : names(deviceNames), folder(clusterFolder), cluster(result),
        diagnostics(sink), size(result.devices.size()) {}

  void read(const YamlNode *links, const YamlNode *media,
            ArrayRef<MeasuredLink> measured);

private:
  size_t pair(int32_t from, int32_t to) const {
    return static_cast<size_t>(from) * size + to;
  }
  StringRef nameOf(int32_t device) const {
    return cluster.devices[device].name;
  }

  void readDefault(const YamlNode &node);
  void readMedia(const YamlNode &node);
  void readMedium(const YamlNode &node);
  void readMembers(const YamlNode &node, Medium &medium);
  void shareMedium(const Medium &medium, SMRange where);
  void readBetween(const YamlNode &node);
  std::optional<BetweenEntry> readBetweenEntry(const YamlNode &node);
  std::optional<int64_t> readBandwidth(Fields &fields);
  std::optional<int64_t> readMeasurement(const YamlNode &path);
  std::optional<DeviceRange> readDevice(const YamlNode &node);
  bool readEnds(const Fields &fields, const YamlNode &node,
                BetweenEntry &entry);
  void apply(ArrayRef<BetweenEntry> entries, bool bothWays);
  bool applyPair(ArrayRef<BetweenEntry> entries, size_t index, int32_t from,
                 int32_t to);

  const DeviceNames &names;
  StringRef folder;
  Cluster &cluster;
  Diagnostics &diagnostics;
  /// Number of devices.
  size_t size;
  StringMap<SMRange> mediumNames;
  /// Place of each medium, for notes.
  std::vector<SMRange> mediumRanges;
  /// By pair: 1 + the entry of 'between' that names it, among those of the
  /// kind being applied; 0: none.
  std::vector<uint32_t> owner;
  /// By path: the rate in a file of iperf3, which many entries may name; none
  /// where reading failed.
  StringMap<std::optional<int64_t>> measuredRates;
};
} // namespace

static constexpr StringLiteral BandwidthExample =
    "for example 'bandwidth: 100 Mbit/s'";

/// The default comes first and so reaches every pair; stronger rules follow.
void LinkReader::readDefault(const YamlNode &node) {
  static constexpr StringRef allowed[] = {"bandwidth", "latency"};
  Fields fields(node, "'default'", allowed, diagnostics);
  Link link = Unlinked;
  link.bitsPerSecond =
      readQuantity(fields.require("bandwidth", BandwidthExample),
                   QuantityKind::LinkBandwidth, diagnostics)
          .value_or(0);
  link.latencyNs =
      readQuantity(fields.find("latency"), QuantityKind::Time, diagnostics)
          .value_or(0);
  std::fill(cluster.links.begin(), cluster.links.end(), link);
}

void LinkReader::readMedia(const YamlNode &node) {
  if (node.kind != YamlNode::Kind::Sequence) {
    diagnostics.error(node.range,
                      "found " + node.describe() +
                          "; 'media' is a list, for example [{name: wifi, "
                          "devices: [a, b], bandwidth: 54 Mbit/s}]");
    return;
  }
  // No media means no table: that is what its users test.
  if (node.items.empty())
    return;
  cluster.mediumOf.assign(size * size, -1);
  for (const YamlNode &item : node.items) {
    if (diagnostics.full())
      return;
    readMedium(item);
  }
}

void LinkReader::readMedium(const YamlNode &node) {
  static constexpr StringRef allowed[] = {"name", "devices", "bandwidth"};
  Fields fields(node, "a medium", allowed, diagnostics);
  Medium medium;
  SMRange where = node.range;
  if (const YamlEntry *entry =
          fields.require("name", "for example 'name: wifi'")) {
    where = entry->value.range;
    std::optional<StringRef> name =
        readText(entry->value, "the name of a medium", diagnostics);
    if (name && checkName(*name, where, "a medium", diagnostics)) {
      medium.name = name->str();
      auto [first, isNew] = mediumNames.try_emplace(medium.name, where);
      if (!isNew) {
        diagnostics.error(where, "medium name " + quote(medium.name) +
                                     " appears twice");
        diagnostics.note(first->second, "first here");
      }
    }
  }
  medium.bitsPerSecond =
      readQuantity(fields.require("bandwidth", BandwidthExample),
                   QuantityKind::MediumBandwidth, diagnostics)
          .value_or(0);
  const YamlEntry *devices =
      fields.require("devices", "for example 'devices: [a, b]'");
  if (!devices)
    return;
  readMembers(devices->value, medium);
  mediumRanges.push_back(where);
  cluster.media.push_back(std::move(medium));
  shareMedium(cluster.media.back(), devices->value.range);
}

/// The devices of a medium, ascending; groups stand for all of theirs.
void LinkReader::readMembers(const YamlNode &node, Medium &medium) {
  if (node.kind != YamlNode::Kind::Sequence) {
    diagnostics.error(node.range, "found " + node.describe() +
                                      "; the 'devices' of a medium are a list "
                                      "of device names");
    return;
  }
  bool complete = true;
  // By device: the name that put it into the medium.
  std::vector<SMRange> member(size);
  for (const YamlNode &item : node.items) {
    if (diagnostics.full())
      return;
    std::optional<DeviceRange> range = readDevice(item);
    if (!range) {
      complete = false;
      continue;
    }
    for (int32_t i = range->first; i < range->end(); ++i) {
      if (member[i].isValid()) {
        diagnostics.error(item.range, "device " + quote(nameOf(i)) +
                                          " appears twice in the medium");
        diagnostics.note(member[i], "first here");
        break;
      }
      member[i] = item.range;
    }
  }
  for (size_t i = 0; i < size; ++i)
    if (member[i].isValid())
      medium.devices.push_back(static_cast<int32_t>(i));
  if (complete && medium.devices.size() < 2)
    diagnostics.error(node.range, "a medium joins at least two devices");
}

/// Reports the first pair that another medium has, and leaves it there: the
/// other pairs of two overlapping media would say the same.
void LinkReader::shareMedium(const Medium &medium, SMRange where) {
  int32_t index = static_cast<int32_t>(cluster.media.size()) - 1;
  for (int32_t from : medium.devices) {
    for (int32_t to : medium.devices) {
      if (from == to)
        continue;
      int32_t &shared = cluster.mediumOf[pair(from, to)];
      if (shared != -1) {
        diagnostics.error(where, "devices " + quote(nameOf(from)) + " and " +
                                     quote(nameOf(to)) +
                                     " share a medium already; two devices can "
                                     "share one medium only");
        diagnostics.note(mediumRanges[shared], "the other medium");
        return;
      }
      shared = index;
      cluster.links[pair(from, to)].bitsPerSecond = medium.bitsPerSecond;
    }
  }
}

/// The device or the group of that name. None if that was reported.
std::optional<DeviceRange> LinkReader::readDevice(const YamlNode &node) {
  std::optional<StringRef> name =
      readText(node, "the name of a device", diagnostics);
  if (!name)
    return std::nullopt;
  return names.resolve(*name, node.range, diagnostics);
}

/// Reads either 'devices' or 'from' and 'to'. False if that was reported.
bool LinkReader::readEnds(const Fields &fields, const YamlNode &node,
                          BetweenEntry &entry) {
  const YamlEntry *devices = fields.find("devices");
  const YamlEntry *from = fields.find("from");
  const YamlEntry *to = fields.find("to");
  if (devices && !from && !to) {
    if (devices->value.kind != YamlNode::Kind::Sequence ||
        devices->value.items.size() != 2) {
      diagnostics.error(devices->value.range,
                        "'devices' of a link are two names, for example "
                        "[a, b]");
      return false;
    }
    std::optional<DeviceRange> first = readDevice(devices->value.items[0]);
    std::optional<DeviceRange> second = readDevice(devices->value.items[1]);
    if (!first || !second)
      return false;
    // The second name completes the pair, so a clash is reported there.
    entry.bothWays = true;
    entry.from = *first;
    entry.to = *second;
    entry.where = devices->value.items[1].range;
  } else if (from && to && !devices) {
    std::optional<DeviceRange> first = readDevice(from->value);
    std::optional<DeviceRange> second = readDevice(to->value);
    if (!first || !second)
      return false;
    entry.from = *first;
    entry.to = *second;
    entry.where = to->value.range;
  } else {
    diagnostics.error(node.range,
                      "a link has either 'devices: [a, b]' for both "
                      "directions, or 'from: a' and 'to: b' for one");
    return false;
  }
  // A group with itself is fine: its pairs are those of different devices.
  if (entry.from.first == entry.to.first && entry.from.count == 1 &&
      entry.to.count == 1) {
    diagnostics.error(entry.where, "a link from device " +
                                       quote(nameOf(entry.from.first)) +
                                       " to itself");
    return false;
  }
  return true;
}

/// The rate that iperf3 measured.
std::optional<int64_t> LinkReader::readMeasurement(const YamlNode &path) {
  static constexpr uint64_t maxMebibytes = 16;
  if (auto known = measuredRates.find(path.text);
      known != measuredRates.end() && path.kind == YamlNode::Kind::Scalar)
    return known->second;
  std::optional<StringRef> text =
      readReferencedFile(path, folder, "the name of a file from 'iperf3 -J'",
                         maxMebibytes, diagnostics);
  std::optional<int64_t> rate;
  if (text)
    rate = readIperf(*text, diagnostics);
  measuredRates[path.text] = rate;
  return rate;
}

/// Reads either 'bandwidth' or 'profile'. None if that was reported.
std::optional<int64_t> LinkReader::readBandwidth(Fields &fields) {
  const YamlEntry *profile = fields.find("profile");
  if (!profile)
    return readQuantity(fields.require("bandwidth", BandwidthExample),
                        QuantityKind::LinkBandwidth, diagnostics);
  if (const YamlEntry *bandwidth = fields.find("bandwidth")) {
    diagnostics.error(bandwidth->keyRange,
                      "a link has either a 'bandwidth' or a 'profile' that "
                      "measured it");
    diagnostics.note(profile->keyRange, "the other one");
    return std::nullopt;
  }
  return readMeasurement(profile->value);
}

/// None where the ends are not known, which was reported. A figure that is
/// wrong was reported, too, and counts as 0.
std::optional<BetweenEntry> LinkReader::readBetweenEntry(const YamlNode &node) {
  static constexpr StringRef allowed[] = {"devices",   "from",    "to",
                                          "bandwidth", "latency", "profile"};
  Fields fields(node, "a link", allowed, diagnostics);
  BetweenEntry entry;
  entry.bitsPerSecond = readBandwidth(fields).value_or(0);
  entry.latencyNs =
      readQuantity(fields.find("latency"), QuantityKind::Time, diagnostics);
  // An unknown key may be one of these misspelt; it was reported.
  if (fields.hasReported() && !fields.find("devices") &&
      (!fields.find("from") || !fields.find("to")))
    return std::nullopt;
  if (!readEnds(fields, node, entry))
    return std::nullopt;
  return entry;
}

void LinkReader::readBetween(const YamlNode &node) {
  if (node.kind != YamlNode::Kind::Sequence) {
    diagnostics.error(node.range,
                      "found " + node.describe() +
                          "; 'between' is a list, for example [{devices: [a, "
                          "b], bandwidth: 22 Mbit/s}]");
    return;
  }
  std::vector<BetweenEntry> entries;
  for (const YamlNode &item : node.items) {
    if (diagnostics.full())
      return;
    if (std::optional<BetweenEntry> entry = readBetweenEntry(item))
      entries.push_back(*entry);
  }
  apply(entries, /*bothWays=*/true);
  apply(entries, /*bothWays=*/false);
}

/// Applies the entries of one kind. Each pair takes one entry of a kind, so
/// that the work is bounded by the pairs and the errors shown.
void LinkReader::apply(ArrayRef<BetweenEntry> entries, bool bothWays) {
  owner.assign(size * size, 0);
  for (size_t index = 0; index < entries.size(); ++index) {
    const BetweenEntry &entry = entries[index];
    if (entry.bothWays != bothWays)
      continue;
    if (diagnostics.full())
      return;
    bool clashes = false;
    for (int32_t from = entry.from.first; from < entry.from.end() && !clashes;
         ++from)
      for (int32_t to = entry.to.first; to < entry.to.end() && !clashes; ++to)
        clashes = !applyPair(entries, index, from, to) ||
                  (bothWays && !applyPair(entries, index, to, from));
  }
}

/// False where another entry of the kind has the pair, which was reported.
bool LinkReader::applyPair(ArrayRef<BetweenEntry> entries, size_t index,
                           int32_t from, int32_t to) {
  const BetweenEntry &entry = entries[index];
  uint32_t self = static_cast<uint32_t>(index) + 1;
  uint32_t &taken = owner[pair(from, to)];
  // [rack, rack] visits each pair of the group from both of its ends.
  if (from == to || taken == self)
    return true;
  if (taken != 0) {
    diagnostics.error(entry.where, "the link from " + quote(nameOf(from)) +
                                       " to " + quote(nameOf(to)) +
                                       " is given twice");
    diagnostics.note(entries[taken - 1].where, "first here");
    return false;
  }
  taken = self;
  Link &link = cluster.links[pair(from, to)];
  link.bitsPerSecond = entry.bitsPerSecond;
  if (entry.latencyNs)
    link.latencyNs = *entry.latencyNs;
  return true;
}

void LinkReader::read(const YamlNode *links, const YamlNode *media,
                      ArrayRef<MeasuredLink> measured) {
  cluster.links.assign(size * size, Unlinked);
  std::optional<Fields> fields;
  if (links) {
    static constexpr StringRef allowed[] = {"default", "between", "matrix"};
    fields.emplace(*links, "'links'", allowed, diagnostics);
    if (const YamlEntry *entry = fields->find("default"))
      readDefault(entry->value);
  }
  if (media)
    readMedia(*media);
  if (fields) {
    if (const YamlEntry *entry = fields->find("matrix"))
      readLinkMatrix(entry->value, folder, names, diagnostics,
                     [&](int32_t from, int32_t to, int64_t bitsPerSecond) {
                       cluster.links[pair(from, to)].bitsPerSecond =
                           bitsPerSecond;
                     });
    if (const YamlEntry *entry = fields->find("between"))
      readBetween(entry->value);
  }
  for (const MeasuredLink &link : measured)
    cluster.links[pair(link.from, link.to)] = link.link;
  // The diagonal and pairs without a link have no latency to be misread.
  for (size_t from = 0; from < size; ++from)
    for (size_t to = 0; to < size; ++to) {
      Link &link = cluster.links[from * size + to];
      if (from == to || link.bitsPerSecond == 0)
        link = Unlinked;
    }
}

void cluster::readLinks(const YamlNode *links, const YamlNode *media,
                        StringRef folder, const DeviceNames &names,
                        ArrayRef<MeasuredLink> measured, Cluster &cluster,
                        Diagnostics &diagnostics) {
  LinkReader(names, folder, cluster, diagnostics).read(links, media, measured);
}
