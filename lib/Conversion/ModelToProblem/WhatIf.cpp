//===- WhatIf.cpp - A cluster with one change -----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WhatIf.h"

#include "onnx-split/Support/Quantity/Decimal.h"
#include "onnx-split/Support/Quantity/Units.h"
#include "onnx-split/Support/Text/Words.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace onnx_split;

namespace {
/// Reads one change and makes it. Errors are reported once.
class Changer {
public:
  Changer(MeasuredCluster &target, StringRef text,
          llvm::function_ref<InFlightDiagnostic()> emitter)
      : cluster(target), change(text), emitError(emitter) {}
  LogicalResult run();

private:
  LogicalResult changeMedium(StringRef name, StringRef rate);
  LogicalResult changeLink(StringRef ends, StringRef rate);
  LogicalResult changeDevice(StringRef rest);
  LogicalResult scaleCompute(ArrayRef<int32_t> devices, StringRef factor);
  LogicalResult addDevices(StringRef rest);
  LogicalResult removeDevices(StringRef name);
  void addLike(int32_t device);
  void rebuild(ArrayRef<int32_t> sources);
  FailureOr<std::vector<int32_t>> find(StringRef name);
  FailureOr<int64_t> read(QuantityKind kind, StringRef text);
  LogicalResult refuse(const llvm::Twine &why);

  MeasuredCluster &cluster;
  StringRef change;
  llvm::function_ref<InFlightDiagnostic()> emitError;
};
} // namespace

LogicalResult Changer::refuse(const llvm::Twine &why) {
  return emitError() << "--what-if '" << change << "': " << why;
}

FailureOr<std::vector<int32_t>> Changer::find(StringRef name) {
  std::vector<int32_t> devices = cluster.findDevices(name);
  if (!devices.empty())
    return devices;
  std::vector<StringRef> names;
  for (const ClusterDevice &device : cluster.devices)
    names.push_back(device.name);
  for (const ClusterGroup &group : cluster.groups)
    names.push_back(group.name);
  return refuse("the cluster has no device, group or device type " +
                quote(name) + suggest(name, names) + "; it has " + list(names));
}

FailureOr<int64_t> Changer::read(QuantityKind kind, StringRef text) {
  llvm::Expected<int64_t> value = parseQuantity(kind, text.trim());
  if (!value)
    return refuse(llvm::toString(value.takeError()));
  return *value;
}

/// Links that had the rate of the medium get the new one; a link with a slower
/// rate of its own keeps it.
LogicalResult Changer::changeMedium(StringRef name, StringRef rate) {
  auto medium = llvm::find_if(cluster.media, [&](const Medium &candidate) {
    return candidate.name == name;
  });
  if (medium == cluster.media.end()) {
    std::vector<StringRef> names;
    for (const Medium &candidate : cluster.media)
      names.push_back(candidate.name);
    return refuse("the cluster has no medium " + quote(name) +
                  (names.empty() ? "" : "; it has " + list(names)));
  }
  FailureOr<int64_t> figure = read(QuantityKind::MediumBandwidth, rate);
  if (failed(figure))
    return failure();
  auto index = int32_t(medium - cluster.media.begin());
  bool hasChanged = false;
  for (auto [link, shared] : llvm::zip(cluster.links, cluster.mediumOf))
    if (shared == index && link.bitsPerSecond == medium->bitsPerSecond) {
      link.bitsPerSecond = *figure;
      hasChanged = true;
    }
  if (!hasChanged)
    return refuse("every link of the medium has a rate of its own; change "
                  "those with 'link A,B=RATE'");
  medium->bitsPerSecond = *figure;
  return success();
}

/// Both ways; a pair that was not linked is then.
LogicalResult Changer::changeLink(StringRef ends, StringRef rate) {
  auto [first, second] = ends.split(',');
  FailureOr<std::vector<int32_t>> from = find(first.trim());
  if (failed(from))
    return failure();
  FailureOr<std::vector<int32_t>> to = find(second.trim());
  if (failed(to))
    return failure();
  FailureOr<int64_t> figure = read(QuantityKind::LinkBandwidth, rate);
  if (failed(figure))
    return failure();
  if (*from == *to && from->size() == 1)
    return refuse("a link joins two devices");
  for (int32_t a : *from)
    for (int32_t b : *to)
      if (a != b)
        cluster.links[cluster.pair(a, b)].bitsPerSecond =
            cluster.links[cluster.pair(b, a)].bitsPerSecond = *figure;
  return success();
}

/// Times that were measured follow, as a whole.
LogicalResult Changer::scaleCompute(ArrayRef<int32_t> devices, StringRef text) {
  StringRef rest = text;
  std::optional<Decimal> number = Decimal::consume(rest);
  // In thousandths.
  std::optional<int64_t> factor =
      number && rest.empty()
          ? number->scale(1000, Rounding::Down, int64_t(1000000000))
          : std::nullopt;
  if (!factor || *factor == 0)
    return refuse("a factor is a number from 0.001 to 1000000, not " +
                  quote(text));
  auto scaled = [&](int64_t value, int64_t by, int64_t per) {
    __int128 product = __int128(value) * by / per;
    return product > MaxQuantity ? MaxQuantity : int64_t(product);
  };
  for (int32_t device : devices) {
    if (cluster.devices[device].compute.empty() &&
        cluster.times[device].nodesNs.empty())
      return refuse("device " + quote(cluster.devices[device].name) +
                    " states no compute, so that it takes no time already");
    for (auto &[type, rate] : cluster.devices[device].compute)
      rate = std::max<int64_t>(1, scaled(rate, *factor, 1000));
    for (int64_t &time : cluster.times[device].nodesNs)
      if (time > 0)
        time = scaled(time, 1000, *factor);
  }
  return success();
}

/// "NAME compute xFACTOR", "NAME memory=SIZE" or "NAME weight_cache=SIZE".
LogicalResult Changer::changeDevice(StringRef rest) {
  auto [name, what] = rest.trim().split(' ');
  what = what.trim();
  FailureOr<std::vector<int32_t>> devices = find(name);
  if (failed(devices))
    return failure();
  if (what.consume_front("compute x"))
    return scaleCompute(*devices, what);
  bool isCache = what.consume_front("weight_cache=");
  if (!isCache && !what.consume_front("memory="))
    return refuse("of a device, 'compute xFACTOR', 'memory=SIZE' or "
                  "'weight_cache=SIZE' can change");
  FailureOr<int64_t> size = read(QuantityKind::Memory, what);
  if (failed(size))
    return failure();
  for (int32_t device : *devices) {
    ClusterDevice &changed = cluster.devices[device];
    if (isCache && changed.weightCache == Unlimited)
      return refuse("device " + quote(changed.name) +
                    " states no weight_cache, so that all of its weights stay "
                    "in fast memory already");
    (isCache ? changed.weightCache : changed.memory) = *size;
  }
  return success();
}

/// A new cluster of copies of these devices; what joins two of them is what
/// joined their originals.
void Changer::rebuild(ArrayRef<int32_t> sources) {
  MeasuredCluster made;
  made.byteUnits = cluster.byteUnits;
  std::vector<std::vector<int32_t>> copies(cluster.devices.size());
  for (auto [index, source] : llvm::enumerate(sources)) {
    copies[source].push_back(int32_t(index));
    made.devices.push_back(cluster.devices[source]);
    made.times.push_back(cluster.times[source]);
  }
  for (int32_t from : sources)
    for (int32_t to : sources) {
      made.links.push_back(cluster.link(from, to));
      if (!cluster.mediumOf.empty())
        made.mediumOf.push_back(cluster.medium(from, to));
    }
  auto members = [&](ArrayRef<int32_t> old) {
    std::vector<int32_t> now;
    for (int32_t device : old)
      llvm::append_range(now, copies[device]);
    llvm::sort(now);
    return now;
  };
  for (const Medium &medium : cluster.media)
    made.media.push_back(
        {medium.name, members(medium.devices), medium.bitsPerSecond});
  for (const ClusterGroup &group : cluster.groups)
    made.groups.push_back({group.name, members(group.devices)});
  auto moved = [&](int32_t device) {
    return device == None || copies[device].empty() ? None
                                                    : copies[device].front();
  };
  made.ingress = moved(cluster.ingress);
  made.egress = moved(cluster.egress);
  cluster = std::move(made);
}

/// What joins the new device to the one that it is like: what joins that one to
/// another of its group, or else the fastest link that it has.
void Changer::addLike(int32_t device) {
  int32_t peer = None;
  for (const ClusterGroup &group : cluster.groups)
    if (llvm::is_contained(group.devices, device))
      for (int32_t other : group.devices)
        if (other != device && peer == None)
          peer = other;
  auto count = int32_t(cluster.devices.size());
  auto rate = [&](int32_t d) { return cluster.link(device, d).bitsPerSecond; };
  bool hasPeer = peer != None;
  for (int32_t d = 0; d < count && !hasPeer; ++d)
    if (d != device && (peer == None || rate(d) > rate(peer)))
      peer = d;
  std::vector<int32_t> sources;
  for (int32_t d = 0; d < count; ++d)
    sources.push_back(d);
  sources.push_back(device);
  Link there = peer == None ? Unlinked : cluster.link(device, peer);
  Link back = peer == None ? Unlinked : cluster.link(peer, device);
  int32_t medium = peer == None ? None : cluster.medium(device, peer);
  rebuild(sources);
  auto added = int32_t(cluster.devices.size()) - 1;
  std::string stem = cluster.devices[device].name + "-more", name = stem;
  for (int number = 2; cluster.findDevice(name) >= 0; ++number)
    name = stem + std::to_string(number);
  cluster.devices[added].name = name;
  cluster.links[cluster.pair(device, added)] = there;
  cluster.links[cluster.pair(added, device)] = back;
  if (!cluster.mediumOf.empty())
    cluster.mediumOf[cluster.pair(device, added)] =
        cluster.mediumOf[cluster.pair(added, device)] = medium;
}

/// "N NAME", behind the plus sign.
LogicalResult Changer::addDevices(StringRef rest) {
  int32_t count = 1;
  if (rest.consumeInteger(10, count) || count < 1)
    return refuse("write '+1 NAME' for one more device like NAME");
  if (size_t(count) > MaxClusterDevices - cluster.devices.size())
    return refuse(llvm::Twine("a cluster has at most ") +
                  llvm::Twine(MaxClusterDevices) + " devices");
  if (cluster.devices.size() == 1)
    return refuse("the cluster has one device, so that no link says how "
                  "another would be joined to it");
  FailureOr<std::vector<int32_t>> like = find(rest.trim());
  if (failed(like))
    return failure();
  for (int32_t i = 0; i < count; ++i)
    addLike(like->front());
  return success();
}

LogicalResult Changer::removeDevices(StringRef name) {
  FailureOr<std::vector<int32_t>> gone = find(name.trim());
  if (failed(gone))
    return failure();
  for (int32_t end : {cluster.ingress, cluster.egress})
    if (end != None && llvm::is_contained(*gone, end))
      return refuse("inputs come from, or outputs go to, " +
                    quote(cluster.devices[end].name));
  std::vector<int32_t> kept;
  for (int32_t d = 0; d < int32_t(cluster.devices.size()); ++d)
    if (!llvm::is_contained(*gone, d))
      kept.push_back(d);
  if (kept.empty())
    return refuse("no device is left");
  rebuild(kept);
  return success();
}

LogicalResult Changer::run() {
  StringRef text = change.trim();
  if (text.consume_front("+"))
    return addDevices(text);
  if (text.consume_front("without "))
    return removeDevices(text);
  if (text.consume_front("device "))
    return changeDevice(text);
  auto [what, figure] = text.split('=');
  if (what.consume_front("medium "))
    return changeMedium(what.trim(), figure);
  if (what.consume_front("link ") && what.contains(','))
    return changeLink(what, figure);
  return refuse("a change is 'medium NAME=RATE', 'link A,B=RATE', 'device NAME "
                "compute xFACTOR', 'device NAME memory=SIZE', 'device NAME "
                "weight_cache=SIZE', '+1 NAME' or 'without NAME'");
}

FailureOr<MeasuredCluster>
split::applyChange(MeasuredCluster cluster, StringRef change,
                   llvm::function_ref<InFlightDiagnostic()> emitError) {
  if (failed(Changer(cluster, change, emitError).run()))
    return failure();
  return cluster;
}
