//===- DeviceReader.cpp - The devices of a cluster file -------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceReader.h"

#include "Quantities.h"
#include "onnx-split/Support/Text/Words.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

#include <algorithm>

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::cluster;

/// Each device of a 'count' group holds its own list of operators.
static constexpr size_t MaxUnsupported = 500;
static constexpr size_t MaxOperatorLength = 128;

/// Each device of a 'count' group holds its own options, too. The longest value
/// is as long as a path.
static constexpr size_t MaxProviderOptions = 32;
static constexpr size_t MaxProviderName = 128;
static constexpr size_t MaxProviderValue = 4096;

/// The keys of `compute`.
static constexpr StringRef ElementTypes[] = {
    "f64", "f32", "f16", "bf16", "f8", "f4", "i64", "i32", "i16", "i8", "i4"};

namespace {
/// What a device type can say about its devices. A device's own figures have
/// the same form and take precedence key by key.
struct Traits {
  std::optional<std::vector<std::pair<std::string, int64_t>>> compute;
  std::optional<int64_t> memory;
  std::optional<int64_t> memoryBandwidth;
  std::optional<int64_t> opOverheadNs;
  std::optional<int64_t> runtimeMemory;
  std::optional<int64_t> weightCache, weightStream;
  std::optional<std::vector<std::string>> unsupported, types;
  std::optional<ExecutionProvider> provider;

  void applyTo(ClusterDevice &device) const {
    if (compute)
      device.compute = *compute;
    if (memory)
      device.memory = *memory;
    if (memoryBandwidth)
      device.memoryBandwidth = *memoryBandwidth;
    if (opOverheadNs)
      device.opOverheadNs = *opOverheadNs;
    if (runtimeMemory)
      device.runtimeMemory = *runtimeMemory;
    if (weightCache)
      device.weightCache = *weightCache;
    if (weightStream)
      device.weightStream = *weightStream;
    if (unsupported)
      device.unsupported = *unsupported;
    if (types)
      device.types = *types;
    // As a whole: options are of the provider that they stand beside.
    if (provider)
      device.provider = *provider;
  }
};

/// Reads one entry after the other. Whatever is wrong with a figure, the entry
/// still counts as a device, so that later sections are judged by the names
/// that the author meant.
class DeviceReader {
public:
  DeviceReader(Cluster &result, DeviceNames &nameTable,
               std::vector<ProfileKey> &profileKeys, Diagnostics &sink)
      : cluster(result), names(nameTable), profiles(profileKeys),
        diagnostics(sink) {}

  void readTypes(const YamlNode &node);
  /// False if the names of its devices are not all known afterwards.
  bool readDevice(const YamlNode &node);
  bool hasTooMany() const { return tooMany; }
  /// After the last device: types follow the groups.
  void addTypes() {
    cluster.byteUnits = siAmounts > iecAmounts ? ByteUnits::Si : ByteUnits::Iec;
    for (StringRef name : typeNames)
      cluster.groups.push_back({name.str(), membersOf[name]});
  }

private:
  Traits readTraits(const Fields &fields);
  std::optional<int64_t> readMemory(const YamlEntry *entry);
  std::optional<std::vector<std::pair<std::string, int64_t>>>
  readCompute(const YamlEntry &entry);
  std::optional<std::vector<std::string>>
  readUnsupported(const YamlEntry &entry);
  std::optional<std::vector<std::string>>
  readElementTypes(const YamlEntry &entry);
  std::optional<std::string> readOperator(const YamlNode &node);
  std::optional<ExecutionProvider> readProvider(const Fields &fields);
  void readProviderOption(const YamlEntry &entry, ExecutionProvider &provider);
  void checkWeightCache(const Fields &fields, const ClusterDevice &device);
  std::optional<int32_t> readCount(const YamlEntry &entry);
  void applyType(const YamlEntry &entry, ClusterDevice &device);

  Cluster &cluster;
  DeviceNames &names;
  std::vector<ProfileKey> &profiles;
  Diagnostics &diagnostics;
  StringMap<Traits> types;
  /// By type: its devices.
  StringMap<std::vector<int32_t>> membersOf;
  /// The keys of `types` in the order of the file.
  std::vector<StringRef> typeNames;
  bool tooMany = false;
  /// Of memory, with a prefix.
  unsigned siAmounts = 0, iecAmounts = 0;
};
} // namespace

void DeviceReader::readTypes(const YamlNode &node) {
  if (node.kind != YamlNode::Kind::Mapping) {
    diagnostics.error(node.range,
                      "found " + node.describe() +
                          "; 'device_types' is a mapping from a name to the "
                          "figures of that type");
    return;
  }
  static constexpr StringRef allowed[] = {
      "compute",          "memory",       "memory_bandwidth", "op_overhead",
      "unsupported",      "types",        "runtime_memory",   "provider",
      "provider_options", "weight_cache", "weight_stream"};
  StringMap<SMRange> seen;
  for (const YamlEntry &entry : node.entries) {
    if (diagnostics.full())
      return;
    checkName(entry.key, entry.keyRange, "a device type", diagnostics);
    auto [first, isNew] = seen.try_emplace(entry.key, entry.keyRange);
    if (!isNew) {
      diagnostics.error(entry.keyRange,
                        "device type " + quote(entry.key) + " appears twice");
      diagnostics.note(first->second, "first here");
      continue;
    }
    // A type with errors exists all the same: its devices are not at fault.
    Fields fields(entry.value, "a device type", allowed, diagnostics);
    auto [place, added] = types.try_emplace(entry.key, readTraits(fields));
    typeNames.push_back(place->first());
  }
}

std::optional<int64_t> DeviceReader::readMemory(const YamlEntry *entry) {
  std::optional<int64_t> bytes =
      readQuantity(entry, QuantityKind::Memory, diagnostics);
  if (bytes)
    if (std::optional<ByteUnits> units = byteUnitsOf(entry->value.text))
      ++(*units == ByteUnits::Si ? siAmounts : iecAmounts);
  return bytes;
}

/// Figures that are absent or wrong stay unset.
Traits DeviceReader::readTraits(const Fields &fields) {
  Traits traits;
  if (const YamlEntry *entry = fields.find("compute"))
    traits.compute = readCompute(*entry);
  traits.memory = readMemory(fields.find("memory"));
  traits.memoryBandwidth =
      readQuantity(fields.find("memory_bandwidth"),
                   QuantityKind::MemoryBandwidth, diagnostics);
  traits.opOverheadNs =
      readQuantity(fields.find("op_overhead"), QuantityKind::Time, diagnostics);
  traits.runtimeMemory = readMemory(fields.find("runtime_memory"));
  traits.weightCache = readMemory(fields.find("weight_cache"));
  traits.weightStream = readQuantity(
      fields.find("weight_stream"), QuantityKind::MemoryBandwidth, diagnostics);
  if (const YamlEntry *entry = fields.find("unsupported"))
    traits.unsupported = readUnsupported(*entry);
  if (const YamlEntry *entry = fields.find("types"))
    traits.types = readElementTypes(*entry);
  traits.provider = readProvider(fields);
  return traits;
}

std::optional<std::vector<std::pair<std::string, int64_t>>>
DeviceReader::readCompute(const YamlEntry &entry) {
  std::vector<std::pair<std::string, int64_t>> figures;
  if (entry.value.kind != YamlNode::Kind::Mapping) {
    std::optional<int64_t> all =
        readQuantity(&entry, QuantityKind::Compute, diagnostics);
    if (!all)
      return std::nullopt;
    figures.emplace_back("", *all);
    return figures;
  }

  if (entry.value.entries.empty()) {
    diagnostics.error(entry.value.range,
                      "'compute' is empty; leave the key out for an unlimited "
                      "device, or give a figure by element type: " +
                          list(ElementTypes));
    return std::nullopt;
  }
  Fields fields(entry.value, "'compute'", ElementTypes, diagnostics);
  for (const YamlEntry &figure : entry.value.entries) {
    // Not an unknown key, nor the second of two.
    if (fields.find(figure.key) != &figure)
      continue;
    if (std::optional<int64_t> value =
            readQuantity(&figure, QuantityKind::Compute, diagnostics))
      figures.emplace_back(figure.key, *value);
  }
  return figures;
}

/// The only element types that a device computes in.
std::optional<std::vector<std::string>>
DeviceReader::readElementTypes(const YamlEntry &entry) {
  if (entry.value.kind != YamlNode::Kind::Sequence ||
      entry.value.items.empty()) {
    diagnostics.error(entry.value.range,
                      "found " + entry.value.describe() +
                          "; 'types' lists the element types that the device "
                          "computes in, such as [i8]; leave it out for all of "
                          "them: " +
                          list(ElementTypes));
    return std::nullopt;
  }
  std::vector<std::string> named;
  for (const YamlNode &item : entry.value.items) {
    if (diagnostics.full())
      break;
    std::optional<StringRef> name =
        readText(item, "an element type", diagnostics);
    if (!name)
      continue;
    // Numbers without sign go with those of their width.
    std::string withSign = ("i" + name->drop_front()).str();
    bool isUnsigned = name->starts_with("u") &&
                      is_contained(ElementTypes, StringRef(withSign));
    if (isUnsigned)
      diagnostics.error(item.range, "write " + quote(withSign) + " for " +
                                        quote(*name) +
                                        ": it includes both kinds");
    else if (!is_contained(ElementTypes, *name))
      diagnostics.error(item.range,
                        "unknown element type " + quote(*name) +
                            suggest(*name, ElementTypes) +
                            "; element types: " + list(ElementTypes));
    else if (is_contained(named, *name))
      diagnostics.error(item.range,
                        "element type " + quote(*name) + " appears twice");
    else
      named.push_back(name->str());
  }
  return named;
}

std::optional<std::vector<std::string>>
DeviceReader::readUnsupported(const YamlEntry &entry) {
  if (entry.value.kind != YamlNode::Kind::Sequence) {
    diagnostics.error(entry.value.range,
                      "found " + entry.value.describe() +
                          "; 'unsupported' is a list such as [Loop, "
                          "\"ai.onnx.ml:*\"]");
    return std::nullopt;
  }
  if (entry.value.items.size() > MaxUnsupported) {
    diagnostics.error(entry.value.range, "more than " + Twine(MaxUnsupported) +
                                             " operators in one list; "
                                             "\"domain:*\" stands for all "
                                             "of a domain");
    return std::nullopt;
  }
  std::vector<std::string> operators;
  StringMap<SMRange> seen;
  for (const YamlNode &item : entry.value.items) {
    if (diagnostics.full())
      break;
    std::optional<std::string> name = readOperator(item);
    if (!name)
      continue;
    auto [first, isNew] = seen.try_emplace(*name, item.range);
    if (!isNew) {
      diagnostics.error(item.range,
                        "operator " + quote(*name) + " appears twice");
      diagnostics.note(first->second, "first here");
      continue;
    }
    operators.push_back(std::move(*name));
  }
  return operators;
}

/// A pattern such as "Non*" would look as if it worked, so everything but the
/// three forms is refused.
std::optional<std::string> DeviceReader::readOperator(const YamlNode &node) {
  std::optional<StringRef> text =
      readText(node, "the name of an operator", diagnostics);
  if (!text)
    return std::nullopt;
  auto isWord = [](StringRef word) {
    return !word.empty() && word.size() <= MaxOperatorLength &&
           all_of(word, [](char c) {
             return isAlnum(c) || c == '_' || c == '.' || c == '-';
           });
  };
  StringRef name = *text;
  if (name.contains(':')) {
    auto [domain, op] = name.split(':');
    if (isWord(domain) && (op == "*" || isWord(op))) {
      // The standard domain has two names; one form reaches the caller.
      if (domain == "ai.onnx" && op != "*")
        return op.str();
      return name.str();
    }
  } else if (isWord(name)) {
    return name.str();
  }
  diagnostics.error(node.range,
                    "bad operator " + quote(name) +
                        "; write 'Op' for the standard domain, \"domain:Op\", "
                        "or \"domain:*\" for all of a domain");
  return std::nullopt;
}

/// What a runner can be told on its command line, too, where ',' and '=' part
/// an option from the next.
static bool isProviderWord(StringRef word) {
  return !word.empty() && word.size() <= MaxProviderName &&
         all_of(word, [](char c) {
           return isAlnum(c) || c == '_' || c == '.' || c == '-' || c == ':';
         });
}

/// YAML's words for nothing and for truth values, and its numbers, are no
/// names: whoever writes one means something else.
static bool isProviderName(StringRef word) {
  static constexpr StringRef others[] = {"null", "true", "false", "yes",
                                         "no",   "on",   "off"};
  return isProviderWord(word) && isAlpha(word.front()) &&
         !is_contained(others, word.lower());
}

/// The provider of a device or type, with its options. None where the entry
/// says nothing of it, or it was reported.
std::optional<ExecutionProvider>
DeviceReader::readProvider(const Fields &fields) {
  const YamlEntry *name = fields.find("provider");
  const YamlEntry *options = fields.find("provider_options");
  if (!name) {
    if (options)
      diagnostics.error(options->keyRange,
                        "'provider_options' belong to a provider; add "
                        "'provider: NAME' beside them");
    return std::nullopt;
  }
  ExecutionProvider provider;
  std::optional<StringRef> text =
      readText(name->value, "the name of an execution provider", diagnostics);
  if (text && isProviderName(*text))
    provider.name = text->str();
  else if (text)
    diagnostics.error(name->value.range,
                      "bad provider " + quote(*text) +
                          "; write the name that ONNX Runtime gives it, such "
                          "as CPUExecutionProvider");
  if (!options)
    return provider;
  const YamlNode &node = options->value;
  if (node.kind != YamlNode::Kind::Mapping) {
    diagnostics.error(node.range, "found " + node.describe() +
                                      "; 'provider_options' is a mapping such "
                                      "as {num_of_threads: 2}");
    return provider;
  }
  if (node.entries.size() > MaxProviderOptions) {
    diagnostics.error(node.range, "more than " + Twine(MaxProviderOptions) +
                                      " options of one provider");
    return provider;
  }
  for (const YamlEntry &entry : node.entries)
    readProviderOption(entry, provider);
  return provider;
}

void DeviceReader::readProviderOption(const YamlEntry &entry,
                                      ExecutionProvider &provider) {
  if (!isProviderWord(entry.key)) {
    diagnostics.error(entry.keyRange,
                      "bad key " + quote(entry.key) +
                          " of a provider's option; keys are made of letters, "
                          "digits, '_', '.', '-' and ':'");
    return;
  }
  std::optional<StringRef> value =
      readText(entry.value, "the value of a provider's option", diagnostics);
  if (!value)
    return;
  if (value->size() > MaxProviderValue)
    diagnostics.error(entry.value.range, "more than " +
                                             Twine(MaxProviderValue) +
                                             " bytes in one option");
  else if (!provider.options.emplace(entry.key, value->str()).second)
    diagnostics.error(entry.keyRange,
                      "option " + quote(entry.key) + " appears twice");
}

/// The number of devices of a group. None if it was reported.
std::optional<int32_t> DeviceReader::readCount(const YamlEntry &entry) {
  std::optional<StringRef> text =
      readText(entry.value, "a number of devices", diagnostics);
  if (!text)
    return std::nullopt;
  // Digits only: "1e3" and "0x10" are no counts that people expect to work.
  int32_t count = 0;
  if (!text->empty() && all_of(*text, isDigit) &&
      !text->getAsInteger(10, count) && count >= 1 &&
      count <= MaxClusterDevices)
    return count;
  diagnostics.error(entry.value.range,
                    "bad count " + quote(*text) +
                        "; it must be a whole number from 1 to " +
                        Twine(MaxClusterDevices));
  return std::nullopt;
}

/// Gives a device the figures of the type that it names.
void DeviceReader::applyType(const YamlEntry &entry, ClusterDevice &device) {
  std::optional<StringRef> name =
      readText(entry.value, "the name of a device type", diagnostics);
  if (!name)
    return;
  auto found = types.find(*name);
  if (found != types.end()) {
    found->second.applyTo(device);
    return;
  }
  diagnostics.error(entry.value.range,
                    "unknown device type " + quote(*name) +
                        (typeNames.empty()
                             ? "; the file has no 'device_types'"
                             : suggest(*name, typeNames) +
                                   "; device types: " + list(typeNames)));
}

/// A type may state one of the two for its devices to add the other.
void DeviceReader::checkWeightCache(const Fields &fields,
                                    const ClusterDevice &device) {
  bool hasCache =
      device.weightCache != Unlimited || fields.find("weight_cache");
  bool hasStream =
      device.weightStream != Unlimited || fields.find("weight_stream");
  if (hasCache == hasStream)
    return;
  StringRef given = hasCache ? "weight_cache" : "weight_stream";
  const YamlEntry *entry = fields.find(given);
  if (!entry)
    entry = fields.find("type");
  diagnostics.error(
      entry->value.range,
      hasCache ? "'weight_cache' needs 'weight_stream': the rate at which "
                 "weights beyond it are read again for each item, such as "
                 "384 MB/s"
               : "'weight_stream' needs 'weight_cache': how many bytes of "
                 "weights stay in fast memory, such as 7.8 MiB");
}

bool DeviceReader::readDevice(const YamlNode &node) {
  static constexpr StringRef allowed[] = {"name",
                                          "type",
                                          "count",
                                          "compute",
                                          "memory",
                                          "memory_bandwidth",
                                          "op_overhead",
                                          "unsupported",
                                          "profile",
                                          "types",
                                          "runtime_memory",
                                          "provider",
                                          "provider_options",
                                          "weight_cache",
                                          "weight_stream"};
  Fields fields(node, "a device", allowed, diagnostics);

  // First the type, then what is the device's own.
  ClusterDevice device;
  if (const YamlEntry *base = fields.find("type"))
    applyType(*base, device);
  readTraits(fields).applyTo(device);

  checkWeightCache(fields, device);

  std::optional<int32_t> count;
  const YamlEntry *countEntry = fields.find("count");
  if (countEntry) {
    count = readCount(*countEntry);
    if (!count)
      return false;
  }
  int32_t first = static_cast<int32_t>(cluster.devices.size());
  if (first + count.value_or(1) > MaxClusterDevices) {
    diagnostics.error(countEntry ? countEntry->value.range : node.range,
                      "more than " + Twine(MaxClusterDevices) +
                          " devices in total, which is the most a cluster may "
                          "have");
    tooMany = true;
    return false;
  }

  const YamlEntry *nameEntry =
      fields.require("name", "for example 'name: box'");
  if (!nameEntry)
    return false;
  std::optional<StringRef> name =
      readText(nameEntry->value, "the name of a device", diagnostics);
  SMRange where = nameEntry->value.range;
  if (!name || !checkName(*name, where, "a device", diagnostics))
    return false;
  // The name of a group is taken too, or 'links' could not tell it from that of
  // a device.
  DeviceRange range = {first, count.value_or(1), count.has_value(), where};
  names.add(*name, range, diagnostics);
  if (const YamlEntry *profile = fields.find("profile"))
    profiles.push_back({&profile->value, range});
  const YamlEntry *type = fields.find("type");
  if (type && types.count(type->value.text))
    for (int32_t i = range.first; i < range.end(); ++i)
      membersOf[type->value.text].push_back(i);
  if (count) {
    ClusterGroup &group = cluster.groups.emplace_back();
    group.name = name->str();
    for (int32_t i = range.first; i < range.end(); ++i)
      group.devices.push_back(i);
  }
  if (!count) {
    device.name = name->str();
    cluster.devices.push_back(std::move(device));
    return true;
  }

  for (int32_t i = 0; i < *count; ++i) {
    // Whoever names the group would find less than it stands for.
    if (diagnostics.full())
      return false;
    device.name = (*name + "-" + Twine(i)).str();
    if (!checkName(device.name, where, "a device", diagnostics))
      return false;
    names.add(device.name, {first + i, 1, false, where}, diagnostics);
    cluster.devices.push_back(device);
  }
  return true;
}

bool cluster::readDevices(const YamlNode *types, const YamlNode *section,
                          Cluster &cluster, DeviceNames &names,
                          std::vector<ProfileKey> &profiles,
                          Diagnostics &diagnostics) {
  DeviceReader reader(cluster, names, profiles, diagnostics);
  if (types)
    reader.readTypes(*types);
  if (!section)
    return false;
  const YamlNode &devices = *section;
  if (devices.kind != YamlNode::Kind::Sequence || devices.items.empty()) {
    diagnostics.error(devices.range,
                      "found " +
                          (devices.kind == YamlNode::Kind::Sequence
                               ? "an empty list"
                               : devices.describe()) +
                          "; 'devices' is a list of at least one device, for "
                          "example [{name: box, memory: 4 GiB}]");
    return false;
  }
  bool complete = true;
  for (const YamlNode &device : devices.items) {
    // One word about too many devices is enough.
    if (diagnostics.full() || reader.hasTooMany())
      return false;
    complete &= reader.readDevice(device);
  }
  reader.addTypes();
  return complete;
}
