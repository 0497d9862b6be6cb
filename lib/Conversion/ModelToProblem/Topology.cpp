//===- Topology.cpp - A cluster as an attribute ---------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Conversion/ModelToProblem/Topology.h"

#include "mlir/IR/Builders.h"

#include <map>

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::split;

/// What is as in most clusters (no profile, no figure, nothing unsupported) is
/// left out of the attribute.
static DeviceAttr toAttribute(const ClusterDevice &device,
                              const DeviceTimes &times, Builder &builder) {
  // A list of [type, operations per second], because its order is the file's.
  SmallVector<Attribute> compute;
  for (const auto &[type, rate] : device.compute)
    compute.push_back(builder.getArrayAttr(
        {builder.getStringAttr(type.empty() ? "any" : type),
         builder.getI64IntegerAttr(rate)}));
  auto strings = [&](ArrayRef<std::string> texts) {
    SmallVector<Attribute> list;
    for (const std::string &text : texts)
      list.push_back(builder.getStringAttr(text));
    return list.empty() ? ArrayAttr() : builder.getArrayAttr(list);
  };
  NamedAttrList options;
  for (const auto &[key, value] : device.provider.options)
    options.set(key, builder.getStringAttr(value));
  return DeviceAttr::get(
      builder.getContext(), builder.getStringAttr(device.name),
      compute.empty() ? ArrayAttr() : builder.getArrayAttr(compute),
      device.memory, device.memoryBandwidth, device.opOverheadNs,
      strings(device.unsupported),
      times.nodesNs.empty() ? DenseI64ArrayAttr()
                            : builder.getDenseI64ArrayAttr(times.nodesNs),
      times.messageNs, times.bytePs, strings(device.types),
      device.runtimeMemory.value_or(0),
      device.provider.name.empty()
          ? StringAttr()
          : builder.getStringAttr(device.provider.name),
      options.empty() ? DictionaryAttr()
                      : options.getDictionary(builder.getContext()),
      device.weightCache, device.weightStream);
}

/// In LinkAttr: the first medium that both devices are in.
static constexpr int32_t FirstMedium = -2;

/// By pair, like mediumOf: the first medium that both devices are in.
static std::vector<int32_t> firstMedia(const Cluster &cluster) {
  std::vector<int32_t> first;
  // Without media the table stays empty, which is how a network says so.
  if (!cluster.media.empty())
    first.assign(cluster.links.size(), None);
  for (auto [index, medium] : llvm::enumerate(cluster.media))
    for (int32_t from : medium.devices)
      for (int32_t to : medium.devices)
        if (int32_t &own = first[cluster.pair(from, to)];
            from != to && own == None)
          own = int32_t(index);
  return first;
}

TopologyAttr split::toAttribute(const MeasuredCluster &cluster,
                                MLIRContext *context) {
  Builder builder(context);
  int32_t count = cluster.devices.size();
  SmallVector<DeviceAttr> devices;
  for (auto [device, times] : llvm::zip(cluster.devices, cluster.times))
    devices.push_back(::toAttribute(device, times, builder));

  // Most clusters have one kind of link, so that listing the others keeps the
  // attribute short. A map rather than a hash table: of links that are equally
  // common, the first in its order is taken on every run.
  auto figures = [](const Link &link) {
    return std::make_tuple(link.bitsPerSecond, link.latencyNs, link.messageNs);
  };
  std::map<std::tuple<int64_t, int64_t, int64_t>, int64_t> uses;
  for (int32_t from = 0; from < count; ++from)
    for (int32_t to = 0; to < count; ++to)
      if (from != to)
        ++uses[figures(cluster.link(from, to))];
  std::tuple<int64_t, int64_t, int64_t> common = {0, 0, 0};
  for (const auto &[link, number] : uses)
    if (!uses.count(common) || number > uses[common])
      common = link;
  std::vector<int32_t> usual = firstMedia(cluster);
  SmallVector<LinkAttr> links;
  for (int32_t from = 0; from < count; ++from)
    for (int32_t to = 0; to < count; ++to) {
      const Link &link = cluster.link(from, to);
      size_t pair = cluster.pair(from, to);
      bool isUsual = usual.empty() || usual[pair] == cluster.mediumOf[pair];
      if (from != to && (figures(link) != common || !isUsual))
        links.push_back(LinkAttr::get(
            context, from, to, link.bitsPerSecond, link.latencyNs,
            link.messageNs, isUsual ? FirstMedium : cluster.mediumOf[pair]));
    }
  SmallVector<MediumAttr> media;
  for (const Medium &medium : cluster.media)
    media.push_back(MediumAttr::get(context, builder.getStringAttr(medium.name),
                                    medium.devices, medium.bitsPerSecond));
  return TopologyAttr::get(context, devices, std::get<0>(common),
                           std::get<1>(common), std::get<2>(common), links,
                           media, cluster.ingress, cluster.egress,
                           cluster.byteUnits == ByteUnits::Si);
}

MeasuredCluster split::toCluster(TopologyAttr topology) {
  MeasuredCluster cluster;
  for (DeviceAttr attribute : topology.getDevices()) {
    ClusterDevice &device = cluster.devices.emplace_back();
    DeviceTimes &times = cluster.times.emplace_back();
    device.name = attribute.getName().str();
    if (attribute.getCompute())
      for (auto entry : attribute.getCompute().getAsRange<ArrayAttr>()) {
        StringRef type = cast<StringAttr>(entry[0]).getValue();
        device.compute.emplace_back(type == "any" ? "" : type.str(),
                                    cast<IntegerAttr>(entry[1]).getInt());
      }
    device.memory = attribute.getMemory();
    device.memoryBandwidth = attribute.getMemoryBandwidth();
    device.opOverheadNs = attribute.getOpOverheadNs();
    if (attribute.getUnsupported())
      for (auto pattern : attribute.getUnsupported().getAsRange<StringAttr>())
        device.unsupported.push_back(pattern.str());
    if (attribute.getTypes())
      for (auto type : attribute.getTypes().getAsRange<StringAttr>())
        device.types.push_back(type.str());
    device.runtimeMemory = attribute.getRuntimeBytes();
    device.provider.name =
        attribute.getProvider() ? attribute.getProvider().str() : "";
    if (attribute.getProviderOptions())
      for (NamedAttribute option : attribute.getProviderOptions())
        device.provider.options[option.getName().str()] =
            cast<StringAttr>(option.getValue()).str();
    device.weightCache = attribute.getWeightCache();
    device.weightStream = attribute.getWeightStream();
    if (attribute.getProfile())
      times.nodesNs = attribute.getProfile().asArrayRef().vec();
    times.messageNs = attribute.getMessageNs();
    times.bytePs = attribute.getBytePs();
  }
  size_t count = cluster.devices.size();
  // The diagonal gets the default too; nobody reads it.
  cluster.links.assign(count * count, {topology.getDefaultBitsPerSecond(),
                                       topology.getDefaultMessageNs(),
                                       topology.getDefaultLatencyNs()});
  for (MediumAttr medium : topology.getMedia())
    cluster.media.push_back(
        {medium.getName().str(),
         {medium.getDevices().begin(), medium.getDevices().end()},
         medium.getBitsPerSecond()});
  cluster.mediumOf = firstMedia(cluster);
  for (LinkAttr link : topology.getLinks()) {
    size_t pair = cluster.pair(link.getFrom(), link.getTo());
    cluster.links[pair] = {link.getBitsPerSecond(), link.getMessageNs(),
                           link.getLatencyNs()};
    if (link.getMedium() != FirstMedium && !cluster.mediumOf.empty())
      cluster.mediumOf[pair] = link.getMedium();
  }
  cluster.ingress = topology.getIngress();
  cluster.egress = topology.getEgress();
  if (topology.getSiBytes())
    cluster.byteUnits = ByteUnits::Si;
  return cluster;
}
