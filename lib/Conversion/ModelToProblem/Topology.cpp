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
  SmallVector<Attribute> unsupported;
  for (const std::string &pattern : device.unsupported)
    unsupported.push_back(builder.getStringAttr(pattern));
  return DeviceAttr::get(
      builder.getContext(), builder.getStringAttr(device.name),
      compute.empty() ? ArrayAttr() : builder.getArrayAttr(compute),
      device.memory, device.memoryBandwidth, device.opOverheadNs,
      unsupported.empty() ? ArrayAttr() : builder.getArrayAttr(unsupported),
      times.nodesNs.empty() ? DenseI64ArrayAttr()
                            : builder.getDenseI64ArrayAttr(times.nodesNs),
      times.messageNs, times.bytePs);
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
  std::map<std::pair<int64_t, int64_t>, int64_t> uses;
  for (int32_t from = 0; from < count; ++from)
    for (int32_t to = 0; to < count; ++to)
      if (from != to)
        ++uses[{cluster.link(from, to).bitsPerSecond,
                cluster.link(from, to).latencyNs}];
  std::pair<int64_t, int64_t> common = {0, 0};
  for (const auto &[link, number] : uses)
    if (!uses.count(common) || number > uses[common])
      common = link;
  SmallVector<LinkAttr> links;
  for (int32_t from = 0; from < count; ++from)
    for (int32_t to = 0; to < count; ++to) {
      const Link &link = cluster.link(from, to);
      if (from != to &&
          std::make_pair(link.bitsPerSecond, link.latencyNs) != common)
        links.push_back(LinkAttr::get(context, from, to, link.bitsPerSecond,
                                      link.latencyNs));
    }
  SmallVector<MediumAttr> media;
  for (const Medium &medium : cluster.media)
    media.push_back(MediumAttr::get(context, builder.getStringAttr(medium.name),
                                    medium.devices, medium.bitsPerSecond));
  return TopologyAttr::get(context, devices, common.first, common.second, links,
                           media, cluster.ingress, cluster.egress);
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
    if (attribute.getProfile())
      times.nodesNs = attribute.getProfile().asArrayRef().vec();
    times.messageNs = attribute.getMessageNs();
    times.bytePs = attribute.getBytePs();
  }
  size_t count = cluster.devices.size();
  // The diagonal gets the default too; nobody reads it.
  cluster.links.assign(count * count, {topology.getDefaultBitsPerSecond(),
                                       topology.getDefaultLatencyNs()});
  for (LinkAttr link : topology.getLinks())
    cluster.links[link.getFrom() * count + link.getTo()] = {
        link.getBitsPerSecond(), link.getLatencyNs()};
  for (auto [index, medium] : llvm::enumerate(topology.getMedia())) {
    // Without media the table stays empty, which is how a network says so. Two
    // devices share one medium at most.
    cluster.mediumOf.resize(count * count, -1);
    cluster.media.push_back(
        {medium.getName().str(),
         {medium.getDevices().begin(), medium.getDevices().end()},
         medium.getBitsPerSecond()});
    for (int32_t from : medium.getDevices())
      for (int32_t to : medium.getDevices())
        if (from != to)
          cluster.mediumOf[from * count + to] = index;
  }
  cluster.ingress = topology.getIngress();
  cluster.egress = topology.getEgress();
  return cluster;
}
