//===- ClusterTest.cpp - Tests of whole cluster files ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ClusterTestUtil.h"

#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;
using namespace onnx_split;

namespace {

const char *const keys =
    "version, device_types, devices, links, media, profile, ingress, egress";

TEST(ClusterTest, Complete) {
  ClusterFolder folder;
  folder.write("bandwidth.csv", ",cam0,npu\ncam0,0,7\nnpu,8,0\n");
  Cluster cluster = parseGood(R"(
version: 1
device_types:                        # optional
  pi4: {compute: 13.5 GFLOP/s, memory: 3.5 GiB, memory_bandwidth: 4 GB/s, op_overhead: 20 us}
devices:
  - {name: cam0, type: pi4, memory: 512 MiB}
  - {name: box, compute: {f32: 470 GFLOP/s, i8: 2 TOP/s}, memory: 4 GiB}
  - {name: rack, type: pi4, count: 8}
  - {name: npu, type: pi4, unsupported: [NonMaxSuppression, "ai.onnx.ml:*"]}
links:
  default: {bandwidth: 100 Mbit/s, latency: 1 ms}
  between:
    - {devices: [cam0, box], bandwidth: 22 Mbit/s, latency: 3 ms}
    - {from: box, to: cam0, bandwidth: 5 Mbit/s}
    - {devices: [cam0, npu], bandwidth: 0}
  matrix: bandwidth.csv
media:
  - {name: wifi, devices: [cam0, box], bandwidth: 54 Mbit/s}
ingress: cam0
egress: box
)",
                              folder.path("c.yaml"));
  ASSERT_EQ(cluster.devices.size(), 11u);
  EXPECT_EQ(cluster.devices[0].memory, 512 << 20);
  EXPECT_EQ(cluster.devices[0].operationsPerSecond("f32"), 13500000000);
  EXPECT_EQ(cluster.devices[1].operationsPerSecond("i8"), 2000000000000);
  EXPECT_EQ(cluster.devices[9].name, "rack-7");
  EXPECT_EQ(cluster.devices[10].unsupported.size(), 2u);
  EXPECT_EQ(cluster.link(0, 1).bitsPerSecond, 22000000);
  EXPECT_EQ(cluster.link(1, 0).bitsPerSecond, 5000000);
  EXPECT_EQ(cluster.link(1, 0).latencyNs, 3000000);
  EXPECT_EQ(cluster.link(0, 10).bitsPerSecond, 0) << "'between' wins";
  EXPECT_EQ(cluster.link(4, 5).bitsPerSecond, 100000000);
  EXPECT_EQ(cluster.mediumOf.at(1), 0);
  EXPECT_EQ(cluster.ingress, 0);
  EXPECT_EQ(cluster.egress, 1);
}

TEST(ClusterTest, NoPortsStated) {
  Cluster cluster = parseGood("version: 1\ndevices: [{name: a}]\n");
  EXPECT_EQ(cluster.ingress, -1);
  EXPECT_EQ(cluster.egress, -1);
}

TEST(ClusterTest, Ports) {
  EXPECT_EQ(parseBad("version: 1\ndevices: [{name: cam}, {name: r, count: 3}]\n"
                     "links: {default: {bandwidth: 1 bit/s}}\n"
                     "ingress: cat\negress: r\n"),
            (Messages{"c.yaml:4:10: error: unknown device 'cat' (did you mean "
                      "'cam'?); devices: cam, r, r-0, r-1, r-2",
                      "c.yaml:5:9: error: 'egress' is one device, but 'r' is a "
                      "group of 3; name one of them, for example 'r-0'"}));
  EXPECT_EQ(parseBad("version: 1\ndevices: [{name: a}]\ningress: [a]\n"),
            Messages{"c.yaml:3:10: error: found a list where the name of one "
                     "device belongs"});
}

TEST(ClusterTest, Version) {
  EXPECT_EQ(parseBad("devices: [{name: a}]\n"),
            Messages{"c.yaml:1:1: error: a cluster file needs the key "
                     "'version'; add 'version: 1' at the top"});
  for (const char *version : {"2", "1.0", "one"})
    EXPECT_EQ(
        parseBad("devices: [{name: a}]\nversion: " + std::string(version)),
        Messages{"c.yaml:2:10: error: unknown version '" +
                 std::string(version) +
                 "'; the one version of this format is 1"});
  EXPECT_EQ(parseBad("devices: [{name: a}]\nversion: [1]\n"),
            Messages{"c.yaml:2:10: error: found a list where a version number "
                     "belongs"});
  EXPECT_EQ(parseBad("devices: [{name: a}]\nversion:\n"),
            Messages{"c.yaml:2:1: error: key 'version' has no value"});
}

TEST(ClusterTest, TopLevelKeys) {
  EXPECT_EQ(parseBad("version: 1\n"),
            Messages{"c.yaml:1:1: error: a cluster file needs the key "
                     "'devices'; for example 'devices: [{name: box}]'"});
  EXPECT_EQ(
      parseBad("version: 1\ndevices: [{name: a}]\nlink: {}\nnotes: x\n"),
      (Messages{std::string("c.yaml:3:1: error: unknown key 'link' in a "
                            "cluster file (did you mean 'links'?); allowed "
                            "keys: ") +
                    keys,
                std::string("c.yaml:4:1: error: unknown key 'notes' in a "
                            "cluster file; allowed keys: ") +
                    keys}));
  EXPECT_EQ(parseBad("version: 1\ndevices: [{name: a}]\nversion: 1\n"),
            (Messages{"c.yaml:3:1: error: key 'version' appears twice in a "
                      "cluster file",
                      "c.yaml:1:1: note: first here"}));
}

TEST(ClusterTest, ReportsErrorsOfAllSections) {
  EXPECT_EQ(parseBad("devices: [{name: a, memory: x}, {name: b}]\n"
                     "links: {default: {bandwidth: x}}\nmedia: x\negress: x\n")
                .size(),
            5u);
}

/// Whatever else is wrong, what is known to be is said at once.
TEST(ClusterTest, ReportsKeysOfAllSections) {
  auto keysOf = [](const std::string &text) {
    std::vector<std::string> found;
    for (const std::string &message : parseBad(text)) {
      size_t begin = message.find("unknown key '");
      if (begin == std::string::npos)
        found.push_back(message);
      else
        found.push_back(message.substr(begin + 13, 4));
    }
    return found;
  };
  const char *links = "links:\n"
                      "  defa: {bandwidth: 1 Mbit/s}\n"
                      "  default: {bandwidth: 1 Mbit/s, late: 1 ms}\n"
                      "  between: [{devices: [a, b], band: 1 Mbit/s}]\n"
                      "media: [{nome: w, devices: [a, b]}]\n";
  std::string types = "device_type:\n  t: {comp: 1 GFLOP/s}\n";
  // A device without a name, and the sections that are misspelt themselves.
  EXPECT_EQ(
      keysOf("version: 1\ndevices: [{nume: a}, {name: b, memo: 1 GiB}]\n" +
             std::string(links)),
      (Messages{"nume", "memo", "defa", "late", "band", "nome"}));
  EXPECT_EQ(keysOf("version: 1\n" + types +
                   "device: [{name: a, memo: 1 GiB}, {name: b, type: t}]\n" +
                   links),
            (Messages{"devi", "devi", "comp", "memo", "defa", "late", "nome",
                      "band"}));
  EXPECT_EQ(keysOf("version: 1\n" + types + links),
            (Messages{"devi", "comp", "defa", "late", "band", "nome"}));
}

TEST(ClusterTest, StopsAfterTwentyErrors) {
  std::string text = "version: 1\ndevices:\n";
  for (int i = 0; i < 100; ++i)
    text += "- {name: a" + std::to_string(i) + ", memory: 1}\n";
  Messages messages = parseBad(text);
  ASSERT_EQ(messages.size(), 21u);
  EXPECT_EQ(messages[19].substr(0, 22), "c.yaml:22:23: error: '");
  EXPECT_EQ(messages[20],
            "c.yaml:23:23: note: more errors from here on are not shown");
}

TEST(ClusterTest, Examples) {
  struct {
    const char *name;
    size_t devices;
    size_t media;
  } examples[] = {{"four-devices.yaml", 4, 0}, {"two-boards-wifi.yaml", 3, 1}};
  for (auto &example : examples) {
    std::string path = std::string(CLUSTER_EXAMPLES_DIR) + "/" + example.name;
    ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getFile(path);
    ASSERT_TRUE(bool(buffer)) << path;
    Cluster cluster = parseGood((*buffer)->getBuffer(), path);
    EXPECT_EQ(cluster.devices.size(), example.devices);
    EXPECT_EQ(cluster.media.size(), example.media);
    // Every device of an example can work, and reach every other one.
    for (size_t from = 0; from < cluster.devices.size(); ++from) {
      EXPECT_NE(cluster.devices[from].operationsPerSecond("f32"), Unlimited);
      EXPECT_NE(cluster.devices[from].memory, Unlimited);
      for (size_t to = 0; to < cluster.devices.size(); ++to)
        EXPECT_EQ(cluster.link(from, to).bitsPerSecond > 0, from != to);
    }
  }
}

} // namespace
