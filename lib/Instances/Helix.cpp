//===- Helix.cpp - Clusters of Helix --------------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads the clusters that Helix (Mei et al., ASPLOS 2025) generates, from two
/// .ini files:
///
///   [ComputeNode-0]             [T4]
///   type=T4                     vram_size=16 * GB
///   [Link-0-1]                  inbound_nic_speed=10 * gbps
///   bandwidth=10 * gbps         outbound_nic_speed=10 * gbps
///   latency=1 * MilliSec
///
/// The cluster is on the left, the machine types on the right. A link from
/// `source` or to `sink` is one of the coordinator.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/Instance.h"

#include "onnx-split/Support/Quantity/Decimal.h"
#include "onnx-split/Support/Text/Diagnostics.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::instances;

namespace {

/// KEY=VALUE, as in the text.
struct Value {
  StringRef key, text;
};

/// What stands between one [NAME] and the next.
struct Section {
  StringRef name;
  std::vector<Value> values;

  const Value *find(StringRef key) const {
    for (const Value &value : values)
      if (value.key == key)
        return &value;
    return nullptr;
  }
};

/// What a figure measures: its units are powers of ten of the base unit.
enum class Kind { Rate, Time, Size };

/// A section of the file of machine types.
struct MachineType {
  /// Bytes.
  int64_t memory = 0;
  /// Bits per second; Unlimited where the file says -1.
  int64_t inbound = placement::Unlimited, outbound = placement::Unlimited;
  /// None for a type whose data sheet is not known here, which is an error only
  /// where a node is of it.
  std::optional<int64_t> compute;
};

/// Reads both files. Nodes before links, because a link may name a node of a
/// later section.
class HelixReader {
public:
  explicit HelixReader(SourceMgr &sourceMgr) : diagnostics(sourceMgr) {}
  std::optional<Cluster> read(StringRef clusterText, StringRef profileText);

private:
  std::vector<Section> readSections(StringRef text);
  std::optional<int64_t> readFigure(const Section &section, StringRef key,
                                    Kind kind);
  void readTypes(const std::vector<Section> &sections);
  void addNode(const Section &section, StringRef number);
  void addLink(const Section &section, StringRef from, StringRef to);
  int32_t findNode(StringRef number);
  void error(StringRef place, const Twine &message) {
    diagnostics.error(SMRange(SMLoc::getFromPointer(place.begin()),
                              SMLoc::getFromPointer(place.end())),
                      message);
  }

  Diagnostics diagnostics;
  StringMap<MachineType> types;
  Cluster cluster;
  /// By device.
  std::vector<MachineType> typeOf;
  /// Devices by the number in [ComputeNode-NUMBER], as it is written.
  StringMap<int32_t> nodes;
  /// By ordered pair of devices: a section is about this direction.
  std::vector<char> isStated;
};

} // namespace

/// Peak 16-bit tensor operations per second by the maker's data sheets, dense;
/// "T4x2" is two T4.
static std::optional<int64_t> peakRate(StringRef type) {
  auto [name, count] = type.split('x');
  int64_t tera = StringSwitch<int64_t>(name)
                     .Case("T4", 65)
                     .Case("L4", 121)
                     .Case("V100", 125)
                     .Case("A100", 312)
                     .Default(0);
  int64_t number = 1;
  if (tera == 0 || (!count.empty() && (count.getAsInteger(10, number) ||
                                       number < 1 || number > 1000)))
    return std::nullopt;
  return tera * number * 1'000'000'000'000;
}

/// The exponent of ten of a unit, or -1.
static int exponentOf(StringRef unit, Kind kind) {
  switch (kind) {
  case Kind::Rate:
    return StringSwitch<int>(unit)
        .Cases({"", "bps"}, 0)
        .Case("kbps", 3)
        .Case("mbps", 6)
        .Case("gbps", 9)
        .Default(-1);
  case Kind::Time:
    // In nanoseconds.
    return StringSwitch<int>(unit)
        .Cases({"", "Sec"}, 9)
        .Case("MilliSec", 6)
        .Case("MicroSec", 3)
        .Default(-1);
  case Kind::Size:
    return StringSwitch<int>(unit)
        .Cases({"", "Byte"}, 0)
        .Case("KB", 3)
        .Case("MB", 6)
        .Case("GB", 9)
        .Case("TB", 12)
        .Default(-1);
  }
  return -1;
}

/// The units of a kind, for messages; the last one stands in the example.
static const char *unitsOf(Kind kind) {
  return kind == Kind::Rate   ? "bps, kbps, mbps, gbps"
         : kind == Kind::Time ? "Sec, MilliSec, MicroSec"
                              : "Byte, KB, MB, GB, TB";
}

/// The sections in the order of the file. Lines that begin with '#' or ';' are
/// comments. A line that is neither is reported and left out.
std::vector<Section> HelixReader::readSections(StringRef text) {
  std::vector<Section> sections;
  if (!diagnostics.checkText(text))
    return sections;
  while (!text.empty() && !diagnostics.full()) {
    StringRef line;
    std::tie(line, text) = text.split('\n');
    line = line.trim();
    if (line.empty() || line.front() == '#' || line.front() == ';')
      continue;
    if (line.front() == '[') {
      if (line.back() != ']')
        error(line, "expected '[NAME]'");
      sections.push_back({line.drop_front().drop_back(), {}});
      continue;
    }
    auto [key, value] = line.split('=');
    if (sections.empty() || !line.contains('='))
      error(line, sections.empty() ? "expected a section, '[NAME]', first"
                                   : "expected 'KEY=VALUE' or '[NAME]'");
    else
      sections.back().values.push_back({key.trim(), value.trim()});
  }
  return sections;
}

/// "14.2 * mbps" in base units (times in nanoseconds); -1 stands for unlimited.
/// None after an error.
std::optional<int64_t> HelixReader::readFigure(const Section &section,
                                               StringRef key, Kind kind) {
  const Value *value = section.find(key);
  if (!value) {
    error(section.name, "'" + section.name + "' lacks '" + key + "'");
    return std::nullopt;
  }
  if (value->text == "-1")
    return placement::Unlimited;
  StringRef rest = value->text;
  std::optional<Decimal> number = Decimal::consume(rest);
  rest = rest.ltrim();
  if (rest.consume_front("*"))
    rest = rest.ltrim();
  // The rest is the unit; without one, the base unit.
  int exponent = exponentOf(rest, kind);
  if (!number || exponent < 0) {
    error(value->text, "expected a figure such as '10 * " +
                           StringRef(unitsOf(kind)).rsplit(", ").second +
                           "', with a unit of " + unitsOf(kind));
    return std::nullopt;
  }
  uint64_t unit = 1;
  for (int i = 0; i < exponent; ++i)
    unit *= 10;
  // Times are rounded up and all else down, so that no cluster is better than
  // it is said to be.
  std::optional<int64_t> scaled =
      number->scale(unit, kind == Kind::Time ? Rounding::Up : Rounding::Down,
                    int64_t(1'000'000'000'000'000));
  if (!scaled)
    error(value->text, "too large");
  return scaled;
}

/// Gathers the machine types. One with an error in a figure is left out.
void HelixReader::readTypes(const std::vector<Section> &sections) {
  for (const Section &section : sections) {
    // The coordinator.
    if (section.name == "SourceNode" || section.name == "SinkNode")
      continue;
    auto memory = readFigure(section, "vram_size", Kind::Size);
    auto inbound = readFigure(section, "inbound_nic_speed", Kind::Rate);
    auto outbound = readFigure(section, "outbound_nic_speed", Kind::Rate);
    if (!memory || !inbound || !outbound)
      continue;
    types[section.name] = {*memory, *inbound, *outbound,
                           peakRate(section.name)};
  }
}

/// Adds the device of a section [ComputeNode-NUMBER].
void HelixReader::addNode(const Section &section, StringRef number) {
  const Value *type = section.find("type");
  if (!type)
    return error(section.name, "'" + section.name + "' lacks 'type'");
  auto found = types.find(type->text);
  if (found == types.end())
    return error(type->text,
                 "the machine profiles have no type '" + type->text + "'");
  if (!found->second.compute)
    return error(type->text, "the speed of the type '" + type->text +
                                 "' is not known; known are T4, L4, V100 and "
                                 "A100, and several in one, such as T4x2");
  if (number.empty() || !all_of(number, isDigit) || number.size() > 9)
    return error(section.name, "expected a number after 'ComputeNode-'");
  if (cluster.devices.size() >= static_cast<size_t>(MaxClusterDevices))
    return error(section.name,
                 "more than " + Twine(MaxClusterDevices) + " compute nodes");
  int32_t index = static_cast<int32_t>(cluster.devices.size());
  if (!nodes.try_emplace(number, index).second)
    return error(section.name, "'" + section.name + "' occurs twice");
  ClusterDevice &device = cluster.devices.emplace_back();
  device.name = (type->text + "-" + number).str();
  device.memory = found->second.memory;
  device.compute.push_back({"", *found->second.compute});
  typeOf.push_back(found->second);
}

/// The device of a node, or -1 after an error.
int32_t HelixReader::findNode(StringRef number) {
  auto it = nodes.find(number);
  if (it != nodes.end())
    return it->second;
  error(number, "there is no section '[ComputeNode-" + number + "]'");
  return -1;
}

/// Adds the link of a section [Link-FROM-TO], in the other direction as well
/// unless that has a section of its own. No link is faster than the two network
/// cards.
void HelixReader::addLink(const Section &section, StringRef from,
                          StringRef to) {
  int32_t source = findNode(from), target = findNode(to);
  auto rate = readFigure(section, "bandwidth", Kind::Rate);
  auto latency = readFigure(section, "latency", Kind::Time);
  if (source < 0 || target < 0 || !rate || !latency)
    return;
  if (source == target)
    return error(section.name, "a link from a node to itself");
  size_t count = cluster.devices.size();
  auto set = [&](int32_t a, int32_t b) {
    int64_t bits = std::min({*rate, typeOf[a].outbound, typeOf[b].inbound});
    cluster.links[a * count + b] = {bits, 0, bits == 0 ? 0 : *latency};
  };
  if (isStated[source * count + target])
    return error(section.name, "'" + section.name + "' occurs twice");
  isStated[source * count + target] = 1;
  set(source, target);
  if (!isStated[target * count + source])
    set(target, source);
}

std::optional<Cluster> HelixReader::read(StringRef clusterText,
                                         StringRef profileText) {
  readTypes(readSections(profileText));
  std::vector<Section> sections = readSections(clusterText);
  for (const Section &section : sections) {
    StringRef number = section.name;
    if (!diagnostics.full() && number.consume_front("ComputeNode-"))
      addNode(section, number);
  }
  if (diagnostics.failed())
    return std::nullopt;
  if (cluster.devices.empty()) {
    error(clusterText.take_front(1), "the cluster has no '[ComputeNode-0]'");
    return std::nullopt;
  }
  cluster.links.assign(cluster.devices.size() * cluster.devices.size(),
                       Unlinked);
  isStated.assign(cluster.links.size(), 0);
  // Links need the table of all pairs, and so the number of nodes.
  for (const Section &section : sections) {
    StringRef ends = section.name;
    if (diagnostics.full() || !ends.consume_front("Link-"))
      continue;
    auto [from, to] = ends.split('-');
    if (from != "source" && to != "sink")
      addLink(section, from, to);
  }
  if (diagnostics.failed())
    return std::nullopt;
  return std::move(cluster);
}

bool instances::isHelixProfiles(MemoryBufferRef buffer) {
  return !buffer.getBuffer().contains("[ComputeNode-");
}

std::optional<Cluster> instances::readHelix(MemoryBufferRef cluster,
                                            MemoryBufferRef profiles,
                                            SourceMgr &sourceMgr) {
  return HelixReader(sourceMgr).read(cluster.getBuffer(), profiles.getBuffer());
}
