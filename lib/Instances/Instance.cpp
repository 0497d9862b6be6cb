//===- Instance.cpp - What all readers share ------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/Instance.h"

#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::instances;

std::string instances::formatTimeIn(int64_t time, unsigned digits) {
  if (time == placement::Unlimited)
    return "inf";
  std::string text = std::to_string(time);
  if (digits == 0)
    return text;
  if (text.size() <= digits)
    text.insert(0, digits + 1 - text.size(), '0');
  text.insert(text.size() - digits, ".");
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.')
    text.pop_back();
  return text;
}

/// What a text file of these formats can be told by lies near its start, apart
/// from files that begin with long comments.
static constexpr size_t Inspected = 1 << 16;

/// Whether some line starts with the word.
static bool hasLine(StringRef text, StringRef word) {
  while (!text.empty()) {
    StringRef line;
    std::tie(line, text) = text.split('\n');
    if (line.starts_with(word))
      return true;
  }
  return false;
}

/// Whether some line begins a list or a mapping of YAML: "key:" or "key: [".
static bool hasYamlKey(StringRef text) {
  while (!text.empty()) {
    StringRef line;
    std::tie(line, text) = text.split('\n');
    auto [key, value] = line.split(':');
    value = value.trim();
    if (!key.empty() && isAlnum(key.front()) && line.contains(':') &&
        (value.empty() || value.front() == '[' || value.front() == '{'))
      return true;
  }
  return false;
}

/// A word of dnn-partitioning's, whatever its members are sorted by.
static bool isDnnPartitioning(StringRef text) {
  for (StringRef word : {"\"maxFPGAs\"", "\"maxCPUs\"", "\"maxSizePerFPGA\"",
                         "\"fpgaLatency\"", "\"sourceId\""})
    if (text.contains(word))
      return true;
  return !text.contains("\"devices\"") && !text.contains("\"tasks\"");
}

// From what is most certain to what is least: a list of PipeEdge has no word
// that another YAML file might not have.
Format instances::detectFormat(MemoryBufferRef buffer) {
  StringRef text = buffer.getBuffer().take_front(Inspected);
  text.consume_front("\xEF\xBB\xBF");
  StringRef trimmed = text.ltrim();
  if (text.contains('\0'))
    return Format::Onnx;
  if (trimmed.starts_with("{"))
    return isDnnPartitioning(text) ? Format::DnnPartitioning : Format::Problem;
  if (trimmed.contains("forward_compute_time=") && trimmed.starts_with("node"))
    return Format::PipeDream;
  if (hasLine(text, "[ComputeNode-") || hasLine(text, "vram_size"))
    return Format::Helix;
  if (hasLine(text, "devices:") || hasLine(text, "version:"))
    return Format::Cluster;
  // ONNX's text form begins with <ir_version: ...>; its protobuf with the
  // field of the same meaning, 08 and a small number.
  if (trimmed.starts_with("<") || text.starts_with("\x08") ||
      hasLine(text, "ir_version:") || trimmed.starts_with("module") ||
      trimmed.starts_with("ML\xEFR"))
    return Format::Onnx;
  if (hasYamlKey(text) || hasLine(text, "- "))
    return Format::PipeEdge;
  return Format::Unknown;
}

Cluster instances::makeDefaultCluster() {
  constexpr int32_t numDevices = 4;
  Cluster cluster;
  for (int32_t d = 0; d < numDevices; ++d) {
    ClusterDevice &device = cluster.devices.emplace_back();
    device.name = "device-" + std::to_string(d);
    device.memory = int64_t(16) << 30;
  }
  for (int32_t from = 0; from < numDevices; ++from)
    for (int32_t to = 0; to < numDevices; ++to)
      cluster.links.push_back({from == to ? 0 : int64_t(10'000'000'000), 0});
  return cluster;
}

/// time * fastest / rate, rounded up.
static int64_t scaleTime(int64_t time, int64_t fastest, int64_t rate) {
  // Neither factor is above 10^18, so the product fits 128 bits.
  __int128 scaled = (__int128(time) * fastest + rate - 1) / rate;
  return scaled >= placement::Unlimited ? placement::Unlimited - 1
                                        : int64_t(scaled);
}

void instances::addDevices(placement::Problem &problem, const Cluster &cluster,
                           ArrayRef<int64_t> times) {
  // 0 where no device states a figure; all are equally fast then.
  int64_t fastest = 0;
  for (const ClusterDevice &device : cluster.devices)
    if (int64_t rate = device.operationsPerSecond("f32"); rate != Unlimited)
      fastest = std::max(fastest, rate);
  std::vector<int64_t> rates;
  for (const ClusterDevice &device : cluster.devices) {
    int64_t rate = device.operationsPerSecond("f32");
    if (rate == Unlimited)
      rate = fastest;
    // Devices of one rate share a row of times.
    auto place = std::find(rates.begin(), rates.end(), rate);
    problem.devices.push_back({device.name, device.memory,
                               static_cast<int32_t>(place - rates.begin())});
    if (place == rates.end())
      rates.push_back(rate);
  }
  for (int64_t rate : rates)
    for (int64_t time : times)
      problem.taskTime.push_back(
          rate == fastest ? time : scaleTime(time, fastest, rate));
  static_cast<Network &>(problem) = cluster;
}
