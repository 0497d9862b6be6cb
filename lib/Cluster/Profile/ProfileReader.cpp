//===- ProfileReader.cpp - The profiles of a cluster file -----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProfileReader.h"

#include "../ReferencedFile.h"
#include "ProfileFile.h"
#include "onnx-split/Support/Text/Words.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::cluster;

static constexpr size_t MaxFiles = 64;
/// Of one file: some hundred runs of a large model in ONNX Runtime's format.
static constexpr uint64_t MaxProfileMebibytes = 64;
/// Of all files together, which all devices may name.
static constexpr uint64_t MaxTotalMebibytes = 256;

namespace {
/// Gives the devices and links of a cluster what files of measurements say of
/// them. Each device and link is measured once for a model.
class ProfileReader {
public:
  ProfileReader(StringRef clusterFolder, const DeviceNames &deviceNames,
                Cluster &result, Diagnostics &sink)
      : folder(clusterFolder), names(deviceNames), cluster(result),
        diagnostics(sink), measured(result.devices.size()) {}

  void readKey(const ProfileKey &key);
  void readFiles(const YamlNode &node);
  std::vector<MeasuredLink> links;

private:
  void readFile(const YamlNode &path);
  const ProfileFile *open(const YamlNode &path);
  std::optional<int32_t> findDevice(StringRef name, SMRange where);
  void add(int32_t device, std::shared_ptr<const DeviceProfile> profile,
           SMRange where);
  void addLink(const ProfiledLink &link);

  StringRef folder;
  const DeviceNames &names;
  Cluster &cluster;
  Diagnostics &diagnostics;
  /// By the path in the cluster file; null where reading failed.
  StringMap<std::unique_ptr<ProfileFile>> files;
  uint64_t totalBytes = 0;
  /// By device: where each of its profiles is given.
  std::vector<std::vector<SMRange>> measured;
  /// By ordered pair of devices: where its link is given.
  DenseMap<uint64_t, SMRange> linkPlaces;
};
} // namespace

/// The file that a key names. Many devices may name one file, which is read and
/// complained of once.
const ProfileFile *ProfileReader::open(const YamlNode &path) {
  // Anything but a scalar is reported below, and has no text.
  if (auto known = files.find(path.text);
      known != files.end() && path.kind == YamlNode::Kind::Scalar)
    return known->second.get();
  std::optional<StringRef> text = readReferencedFile(
      path, folder, "the name of a profile", MaxProfileMebibytes, diagnostics);
  std::unique_ptr<ProfileFile> &file = files[path.text];
  if (!text)
    return nullptr;
  totalBytes += text->size();
  if (totalBytes > MaxTotalMebibytes << 20) {
    diagnostics.error(path.range, "the profiles are larger than " +
                                      Twine(MaxTotalMebibytes) +
                                      " MiB in total");
    return nullptr;
  }
  SmallString<128> fullName(folder);
  sys::path::append(fullName, path.text);
  if (std::optional<ProfileFile> content =
          readProfile(*text, fullName, diagnostics))
    file = std::make_unique<ProfileFile>(std::move(*content));
  return file.get();
}

/// Reports what is no single device.
std::optional<int32_t> ProfileReader::findDevice(StringRef name,
                                                 SMRange where) {
  std::optional<DeviceRange> range = names.resolve(name, where, diagnostics);
  if (!range)
    return std::nullopt;
  if (!range->isGroup)
    return range->first;
  diagnostics.error(where, quote(name) +
                               " is a group of devices; a profile "
                               "names each device: '" +
                               name + "-0' and so on");
  return std::nullopt;
}

/// True where both say how long the nodes of one model take with the same
/// inputs. A profile of ONNX Runtime may be of any model.
static bool areAlike(const DeviceProfile &a, const DeviceProfile &b) {
  return (a.digest == b.digest && a.inputs == b.inputs) ||
         (!a.nodes.empty() && !b.nodes.empty() &&
          (a.digest.empty() || b.digest.empty()));
}

/// Adds a profile to a device, unless it has one of that model and inputs.
void ProfileReader::add(int32_t device,
                        std::shared_ptr<const DeviceProfile> profile,
                        SMRange where) {
  ClusterDevice &self = cluster.devices[device];
  for (auto [other, place] : zip(self.profiles, measured[device])) {
    if (!areAlike(*other, *profile))
      continue;
    diagnostics.error(
        where, "device " + quote(self.name) +
                   " is measured twice on one model" +
                   (profile->inputs.empty() ? "" : " with the same inputs"));
    diagnostics.note(place, "first here");
    return;
  }
  self.profiles.push_back(std::move(profile));
  measured[device].push_back(where);
}

void ProfileReader::addLink(const ProfiledLink &link) {
  std::optional<int32_t> from = findDevice(link.from, link.fromWhere);
  std::optional<int32_t> to = findDevice(link.to, link.toWhere);
  if (!from || !to)
    return;
  if (*from == *to) {
    diagnostics.error(link.toWhere,
                      "a link from device " + quote(link.from) + " to itself");
    return;
  }
  uint64_t pair = static_cast<uint64_t>(*from) * cluster.devices.size() + *to;
  auto [first, isNew] = linkPlaces.try_emplace(pair, link.toWhere);
  if (isNew) {
    links.push_back({*from, *to, link.bitsPerSecond, link.messageNs});
    return;
  }
  diagnostics.error(link.toWhere, "the link from " + quote(link.from) + " to " +
                                      quote(link.to) + " is measured twice");
  diagnostics.note(first->second, "first here");
}

/// The key `profile` of a device or a group: the file must have each of its
/// devices.
void ProfileReader::readKey(const ProfileKey &key) {
  const ProfileFile *file = open(*key.path);
  if (!file)
    return;
  for (int32_t device = key.devices.first; device < key.devices.end();
       ++device) {
    if (diagnostics.full())
      return;
    if (file->unnamed) {
      add(device, file->unnamed, key.path->range);
      continue;
    }
    StringRef name = cluster.devices[device].name;
    bool found = false;
    for (const ProfiledDevice &entry : file->devices)
      if (entry.name == name) {
        add(device, entry.profile, entry.where);
        found = true;
      }
    if (found)
      continue;
    SmallVector<StringRef> known;
    for (const ProfiledDevice &entry : file->devices)
      known.push_back(entry.name);
    diagnostics.error(key.path->range,
                      quote(key.path->text) + " does not measure device " +
                          quote(name) +
                          (known.empty() ? std::string("; it has no devices")
                                         : "; its devices: " + list(known)));
  }
}

/// A file that is named for the whole cluster: all devices and links that it
/// has.
void ProfileReader::readFile(const YamlNode &path) {
  const ProfileFile *file = open(path);
  if (!file)
    return;
  if (file->unnamed) {
    diagnostics.error(path.range,
                      quote(path.text) +
                          " is a profile of ONNX Runtime, which does not say "
                          "what device it is of; name it in the device: "
                          "'devices: [{name: box, profile: " +
                          path.text + "}]'");
    return;
  }
  for (const ProfiledDevice &entry : file->devices) {
    if (diagnostics.full())
      return;
    if (std::optional<int32_t> device = findDevice(entry.name, entry.where))
      add(*device, entry.profile, entry.where);
  }
  for (const ProfiledLink &link : file->links) {
    if (diagnostics.full())
      return;
    addLink(link);
  }
}

void ProfileReader::readFiles(const YamlNode &node) {
  if (node.kind != YamlNode::Kind::Sequence)
    return readFile(node);
  if (node.items.size() > MaxFiles) {
    diagnostics.error(node.range,
                      "more than " + Twine(MaxFiles) +
                          " profiles; one file can hold many devices");
    return;
  }
  for (const YamlNode &path : node.items) {
    if (diagnostics.full())
      return;
    readFile(path);
  }
}

std::vector<MeasuredLink>
cluster::readProfiles(ArrayRef<ProfileKey> keys, const YamlNode *files,
                      StringRef folder, const DeviceNames &names,
                      Cluster &cluster, Diagnostics &diagnostics) {
  ProfileReader reader(folder, names, cluster, diagnostics);
  for (const ProfileKey &key : keys) {
    if (diagnostics.full())
      break;
    reader.readKey(key);
  }
  if (files)
    reader.readFiles(*files);
  return std::move(reader.links);
}
