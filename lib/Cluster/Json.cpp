//===- Json.cpp - A cluster as JSON ---------------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Cluster/Cluster.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace onnx_split;

static void writeLimit(json::OStream &json, StringRef key, int64_t figure) {
  json.attribute(key, figure == Unlimited ? json::Value(nullptr)
                                          : json::Value(figure));
}

static void writeDevice(const ClusterDevice &device, json::OStream &json) {
  json.object([&] {
    json.attribute("name", device.name);
    writeLimit(json, "memory", device.memory);
    json.attributeObject("compute", [&] {
      for (const auto &[type, rate] : device.compute)
        json.attribute(type.empty() ? "any" : type, rate);
    });
    writeLimit(json, "memory_bandwidth", device.memoryBandwidth);
    json.attribute("op_overhead_ns", device.opOverheadNs);
    if (device.runtimeMemory)
      json.attribute("runtime_memory", *device.runtimeMemory);
    if (device.weightCache != Unlimited) {
      json.attribute("weight_cache", device.weightCache);
      json.attribute("weight_stream", device.weightStream);
    }
    if (!device.types.empty())
      json.attributeArray("types", [&] {
        for (const std::string &type : device.types)
          json.value(type);
      });
    if (!device.provider.name.empty())
      json.attribute("provider", device.provider.name);
    if (device.provider.options.empty())
      return;
    json.attributeObject("provider_options", [&] {
      for (const auto &[key, value] : device.provider.options)
        json.attribute(key, value);
    });
  });
}

void onnx_split::writeClusterAsJson(const Cluster &cluster, raw_ostream &os) {
  json::OStream json(os, /*IndentSize=*/2);
  int32_t size = static_cast<int32_t>(cluster.devices.size());
  auto nameOrNull = [&](StringRef key, int32_t device) {
    json.attribute(key, device < 0 ? json::Value(nullptr)
                                   : json::Value(cluster.devices[device].name));
  };
  auto writeLink = [&](int32_t from, int32_t to) {
    const Link &link = cluster.link(from, to);
    // What is no link has no figures that a script could misread.
    if (from == to || link.bitsPerSecond == 0)
      return;
    int32_t medium = cluster.medium(from, to);
    json.object([&] {
      json.attribute("from", cluster.devices[from].name);
      json.attribute("to", cluster.devices[to].name);
      json.attribute("bits_per_second", link.bitsPerSecond);
      json.attribute("message_time_ns", link.messageNs);
      json.attribute("latency_ns", link.latencyNs);
      json.attribute("medium", medium < 0
                                   ? json::Value(nullptr)
                                   : json::Value(cluster.media[medium].name));
    });
  };
  json.object([&] {
    json.attributeArray("devices", [&] {
      for (const ClusterDevice &device : cluster.devices)
        writeDevice(device, json);
    });
    json.attributeArray("links", [&] {
      for (int32_t from = 0; from < size; ++from)
        for (int32_t to = 0; to < size; ++to)
          writeLink(from, to);
    });
    json.attributeArray("media", [&] {
      for (const Medium &medium : cluster.media)
        json.object([&] {
          json.attribute("name", medium.name);
          json.attributeArray("devices", [&] {
            for (int32_t device : medium.devices)
              json.value(cluster.devices[device].name);
          });
          json.attribute("bits_per_second", medium.bitsPerSecond);
        });
    });
    nameOrNull("ingress", cluster.ingress);
    nameOrNull("egress", cluster.egress);
  });
  os << "\n";
}
