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
  std::optional<int64_t> messageNs, latencyNs;
  /// An index into the media, or None for 'none'.
  std::optional<int32_t> medium;
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
  void shareMedium(const Medium &medium);
  std::optional<int32_t> readChoice(const YamlNode &node);
  void refuseOpenChoices();
  void readBetween(const YamlNode &node);
  std::optional<BetweenEntry> readBetweenEntry(const YamlNode &node);
  std::optional<int64_t> readBandwidth(Fields &fields);
  std::optional<int64_t> readMeasurement(const YamlNode &path);
  std::optional<DeviceRange> readDevice(const YamlNode &node);
  bool readEnds(const Fields &fields, const YamlNode &node,
                BetweenEntry &entry);
  void apply(ArrayRef<BetweenEntry> entries, bool bothWays);
  bool chooseMedium(const BetweenEntry &entry, int32_t from, int32_t to);
  bool applyPair(ArrayRef<BetweenEntry> entries, size_t index, int32_t from,
                 int32_t to);

  const DeviceNames &names;
  StringRef folder;
  Cluster &cluster;
  Diagnostics &diagnostics;
  /// Number of devices.
  size_t size;
  StringMap<SMRange> mediumNames;
  /// Place of each medium, for notes, and that of its devices.
  std::vector<SMRange> mediumRanges, memberRanges;
  /// By pair: 1 + the second medium that both devices are in, until an entry of
  /// 'between' says which of them their link uses; 0: there is no choice.
  std::vector<int32_t> openChoice;
  /// By pair: 1 + the entry of 'between' that names it, among those of the
  /// kind being applied; 0: none.
  std::vector<uint32_t> owner;
  /// By path: the rate in a file of iperf3, which many entries may name; none
  /// where reading failed.
  StringMap<std::optional<int64_t>> measuredRates;
};
} // namespace

static constexpr StringRef SectionKeys[] = {"default", "between", "matrix"};
static constexpr StringRef DefaultKeys[] = {"bandwidth", "latency",
                                            "message_time"};
static constexpr StringRef MediumKeys[] = {"name", "devices", "bandwidth"};
static constexpr StringRef LinkKeys[] = {"devices",      "from",    "to",
                                         "bandwidth",    "latency", "profile",
                                         "message_time", "medium"};

static constexpr StringLiteral BandwidthExample =
    "for example 'bandwidth: 100 Mbit/s'";

/// The default comes first and so reaches every pair; stronger rules follow.
void LinkReader::readDefault(const YamlNode &node) {
  Fields fields(node, "'default'", DefaultKeys, diagnostics);
  Link link = Unlinked;
  link.bitsPerSecond =
      readQuantity(fields.require("bandwidth", BandwidthExample),
                   QuantityKind::LinkBandwidth, diagnostics)
          .value_or(0);
  link.latencyNs =
      readQuantity(fields.find("latency"), QuantityKind::Time, diagnostics)
          .value_or(0);
  link.messageNs =
      readQuantity(fields.find("message_time"), QuantityKind::Time, diagnostics)
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
  cluster.mediumOf.assign(size * size, None);
  openChoice.assign(size * size, 0);
  for (const YamlNode &item : node.items) {
    if (diagnostics.full())
      return;
    readMedium(item);
  }
}

void LinkReader::readMedium(const YamlNode &node) {
  Fields fields(node, "a medium", MediumKeys, diagnostics);
  Medium medium;
  SMRange where = node.range;
  if (const YamlEntry *entry =
          fields.require("name", "for example 'name: wifi'")) {
    where = entry->value.range;
    std::optional<StringRef> name =
        readText(entry->value, "the name of a medium", diagnostics);
    if (name && *name == "none") {
      diagnostics.error(where, "no medium can be called 'none', which in "
                               "'between' stands for no medium");
    } else if (name && checkName(*name, where, "a medium", diagnostics)) {
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
  memberRanges.push_back(devices->value.range);
  cluster.media.push_back(std::move(medium));
  shareMedium(cluster.media.back());
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

/// The links between the devices of the medium are in it. Where another medium
/// has both devices, an entry of 'between' must choose.
void LinkReader::shareMedium(const Medium &medium) {
  int32_t index = static_cast<int32_t>(cluster.media.size()) - 1;
  for (int32_t from : medium.devices) {
    for (int32_t to : medium.devices) {
      if (from == to)
        continue;
      int32_t &shared = cluster.mediumOf[pair(from, to)];
      if (shared != None) {
        openChoice[pair(from, to)] = index + 1;
        continue;
      }
      shared = index;
      cluster.links[pair(from, to)].bitsPerSecond = medium.bitsPerSecond;
    }
  }
}

/// Reports the first pair of each medium that is in an earlier one as well, and
/// that no entry of 'between' has given to one of them.
void LinkReader::refuseOpenChoices() {
  std::vector<char> isReported(cluster.media.size(), 0);
  for (size_t from = 0; from < size && !openChoice.empty(); ++from)
    for (size_t to = 0; to < size; ++to) {
      size_t index = from * size + to;
      int32_t second = openChoice[index] - 1;
      // What is no link uses no medium.
      if (second < 0 || isReported[second] ||
          cluster.links[index].bitsPerSecond == 0)
        continue;
      isReported[second] = 1;
      int32_t first = cluster.mediumOf[index];
      StringRef fromName = nameOf(static_cast<int32_t>(from));
      StringRef toName = nameOf(static_cast<int32_t>(to));
      diagnostics.error(
          memberRanges[second],
          "devices " + quote(fromName) + " and " + quote(toName) +
              " share two media; say in 'between' which one their link uses, "
              "for example {devices: [" +
              fromName + ", " + toName +
              "], medium: " + cluster.media[first].name + "}");
      diagnostics.note(mediumRanges[first], "the other medium");
    }
}

/// The medium of that name, or None for 'none'. Reports, and returns nothing,
/// where there is no such medium.
std::optional<int32_t> LinkReader::readChoice(const YamlNode &node) {
  std::optional<StringRef> name =
      readText(node, "the name of a medium, or 'none'", diagnostics);
  if (!name)
    return std::nullopt;
  if (*name == "none")
    return None;
  std::string known;
  for (auto [index, medium] : enumerate(cluster.media)) {
    if (medium.name == *name)
      return static_cast<int32_t>(index);
    known += (known.empty() ? "" : ", ") + quote(medium.name);
  }
  diagnostics.error(node.range, "there is no medium " + quote(*name) +
                                    "; allowed are " + known +
                                    (known.empty() ? "" : " and ") + "'none'");
  return std::nullopt;
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
  Fields fields(node, "a link", LinkKeys, diagnostics);
  BetweenEntry entry;
  const YamlEntry *medium = fields.find("medium");
  if (medium)
    entry.medium = readChoice(medium->value);
  // A medium has a rate. The name of one that does not exist was reported.
  bool isNamed = medium && entry.medium != None;
  if (!isNamed || fields.find("bandwidth") || fields.find("profile"))
    entry.bitsPerSecond = readBandwidth(fields).value_or(0);
  else if (entry.medium)
    entry.bitsPerSecond = cluster.media[*entry.medium].bitsPerSecond;
  entry.messageNs = readQuantity(fields.find("message_time"),
                                 QuantityKind::Time, diagnostics);
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

/// False where one of the devices is not in the medium, which was reported.
bool LinkReader::chooseMedium(const BetweenEntry &entry, int32_t from,
                              int32_t to) {
  // 'none' where there are no media is no mistake.
  if (cluster.mediumOf.empty())
    return true;
  for (int32_t device : {from, to}) {
    if (*entry.medium == None ||
        is_contained(cluster.media[*entry.medium].devices, device))
      continue;
    diagnostics.error(entry.where,
                      "device " + quote(nameOf(device)) +
                          " is not in the medium " +
                          quote(cluster.media[*entry.medium].name));
    diagnostics.note(mediumRanges[*entry.medium], "the medium");
    return false;
  }
  cluster.mediumOf[pair(from, to)] = *entry.medium;
  openChoice[pair(from, to)] = 0;
  return true;
}

/// False where another entry of the kind has the pair, or the medium of this
/// one cannot be, which was reported.
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
  if (entry.messageNs)
    link.messageNs = *entry.messageNs;
  if (entry.latencyNs)
    link.latencyNs = *entry.latencyNs;
  return !entry.medium || chooseMedium(entry, from, to);
}

void LinkReader::read(const YamlNode *links, const YamlNode *media,
                      ArrayRef<MeasuredLink> measured) {
  cluster.links.assign(size * size, Unlinked);
  std::optional<Fields> fields;
  if (links) {
    fields.emplace(*links, "'links'", SectionKeys, diagnostics);
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
  // Streams were measured, which tell nothing of the latency.
  for (const MeasuredLink &link : measured) {
    Link &own = cluster.links[pair(link.from, link.to)];
    own.bitsPerSecond = link.bitsPerSecond;
    own.messageNs = link.messageNs;
  }
  refuseOpenChoices();
  // The diagonal and pairs without a link have no times to be misread.
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

void cluster::checkLinkKeys(const YamlNode *links, const YamlNode *media,
                            Diagnostics &diagnostics) {
  auto checkEach = [&](const YamlNode &list, StringRef subject,
                       ArrayRef<StringRef> allowed) {
    for (const YamlNode &item : list.items)
      if (!diagnostics.full())
        Fields(item, subject, allowed, diagnostics);
  };
  if (links) {
    Fields fields(*links, "'links'", SectionKeys, diagnostics);
    if (const YamlEntry *entry = fields.find("default"))
      Fields(entry->value, "'default'", DefaultKeys, diagnostics);
    if (const YamlEntry *entry = fields.find("between"))
      checkEach(entry->value, "a link", LinkKeys);
  }
  if (media)
    checkEach(*media, "a medium", MediumKeys);
}
