//===- ClusterParser.cpp - Reads a cluster.yaml ---------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Cluster/Cluster.h"

#include "DeviceReader.h"
#include "LinkReader.h"
#include "onnx-split/Support/Text/Words.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::cluster;

static void checkVersion(Fields &fields, Diagnostics &diagnostics) {
  const YamlEntry *entry =
      fields.require("version", "add 'version: 1' at the top");
  if (!entry)
    return;
  std::optional<StringRef> text =
      readText(entry->value, "a version number", diagnostics);
  if (text && *text != "1")
    diagnostics.error(entry->value.range, "unknown version " + quote(*text) +
                                              "; the one version of this "
                                              "format is 1");
}

static constexpr StringRef TopKeys[] = {"version", "device_types", "devices",
                                        "links",   "media",        "profile",
                                        "ingress", "egress"};

/// The section of that key, or of one that was reported as a misspelling of it,
/// so that what is wrong inside is said at the same time.
static const YamlEntry *findSection(const Fields &fields, const YamlNode &root,
                                    StringRef key) {
  if (const YamlEntry *entry = fields.find(key))
    return entry;
  for (const YamlEntry &entry : root.entries)
    if (entry.key != key && entry.value.kind != YamlNode::Kind::Null &&
        !is_contained(TopKeys, entry.key) && nearest(entry.key, TopKeys) == key)
      return &entry;
  return nullptr;
}

/// The device that 'ingress' or 'egress' names, or -1.
static int32_t readPort(const YamlEntry *entry, const DeviceNames &names,
                        const Cluster &cluster, Diagnostics &diagnostics) {
  if (!entry)
    return -1;
  SMRange where = entry->value.range;
  std::optional<StringRef> name =
      readText(entry->value, "the name of one device", diagnostics);
  if (!name)
    return -1;
  std::optional<DeviceRange> range = names.resolve(*name, where, diagnostics);
  if (!range)
    return -1;
  if (range->count == 1)
    return range->first;
  diagnostics.error(where, "'" + entry->key + "' is one device, but " +
                               quote(*name) + " is a group of " +
                               Twine(range->count) +
                               "; name one of them, for example '" +
                               cluster.devices[range->first].name + "'");
  return -1;
}

/// Several devices that cannot reach each other are no cluster. Less than that
/// is for the planner to judge: a device may be of no use for a given model.
static void checkConnected(const Cluster &cluster, SMRange where,
                           Diagnostics &diagnostics) {
  bool linked = any_of(cluster.links,
                       [](const Link &link) { return link.bitsPerSecond > 0; });
  if (cluster.devices.size() > 1 && !linked)
    diagnostics.error(where,
                      Twine(cluster.devices.size()) +
                          " devices but no link between any two of them; add "
                          "for example 'links: {default: {bandwidth: 100 "
                          "Mbit/s, latency: 1 ms}}'");
}

std::optional<Cluster> onnx_split::parseCluster(MemoryBufferRef buffer,
                                                SourceMgr &sourceMgr) {
  Diagnostics diagnostics(sourceMgr);
  std::optional<YamlNode> root = readYaml(buffer, diagnostics);
  if (!root)
    return std::nullopt;

  Fields fields(*root, "a cluster file", TopKeys, diagnostics);
  auto valueOf = [&](StringRef key) -> const YamlNode * {
    const YamlEntry *entry = findSection(fields, *root, key);
    return entry ? &entry->value : nullptr;
  };
  checkVersion(fields, diagnostics);

  // The other sections refer to devices: without their names, every reference
  // would be reported as unknown.
  Cluster cluster;
  DeviceNames names;
  std::vector<ProfileKey> profileKeys;
  const YamlEntry *devices = findSection(fields, *root, "devices");
  if (!devices)
    fields.require("devices", "for example 'devices: [{name: box}]'");
  if (!readDevices(valueOf("device_types"), valueOf("devices"), cluster, names,
                   profileKeys, diagnostics)) {
    checkLinkKeys(valueOf("links"), valueOf("media"), diagnostics);
    return std::nullopt;
  }

  StringRef folder = sys::path::parent_path(buffer.getBufferIdentifier());
  std::vector<MeasuredLink> measured = readProfiles(
      profileKeys, valueOf("profile"), folder, names, cluster, diagnostics);
  readLinks(valueOf("links"), valueOf("media"), folder, names, measured,
            cluster, diagnostics);
  cluster.ingress =
      readPort(fields.find("ingress"), names, cluster, diagnostics);
  cluster.egress = readPort(fields.find("egress"), names, cluster, diagnostics);
  // An error in a link would make this one a consequence of it.
  if (!diagnostics.failed()) {
    const YamlEntry *links = fields.find("links");
    checkConnected(cluster, links ? links->keyRange : devices->keyRange,
                   diagnostics);
  }
  if (diagnostics.failed())
    return std::nullopt;
  return cluster;
}
