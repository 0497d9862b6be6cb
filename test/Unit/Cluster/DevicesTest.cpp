//===- DevicesTest.cpp - Tests of devices and their types -----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ClusterTestUtil.h"

using namespace llvm;
using namespace onnx_split;

namespace {

using Compute = std::vector<std::pair<std::string, int64_t>>;

const char *const traitKeys =
    "compute, memory, memory_bandwidth, op_overhead, unsupported, types, "
    "runtime_memory, provider, provider_options, weight_cache, weight_stream";
const char *const elementTypes =
    "f64, f32, f16, bf16, f8, f4, i64, i32, i16, i8, i4";

/// The messages for one device in flow style, on line 2 from column 11.
Messages badDevice(StringRef fields) {
  return parseBad(("version: 1\ndevices: [{" + fields + "}]\n").str());
}

TEST(DevicesTest, EveryKey) {
  Cluster cluster = parseGood(R"(
version: 1
devices:
  - name: box_1.A-b
    compute: 2.5 TFLOP/s
    memory: 3.5 GiB
    memory_bandwidth: 4 GB/s
    op_overhead: 20 us
    unsupported: [Loop, "com.example:Op", "ai.onnx.ml:*", ai.onnx:If,
                  "ai.onnx:*"]
    types: [i8, f16]
    runtime_memory: 80 MiB
    weight_cache: 7.75 MiB
    weight_stream: 384 MB/s
)");
  ASSERT_EQ(cluster.devices.size(), 1u);
  const ClusterDevice &device = cluster.devices[0];
  EXPECT_EQ(device.name, "box_1.A-b");
  EXPECT_EQ(device.compute, (Compute{{"", 2500000000000}}));
  EXPECT_EQ(device.memory, 3758096384);
  EXPECT_EQ(device.memoryBandwidth, 4000000000);
  EXPECT_EQ(device.opOverheadNs, 20000);
  EXPECT_EQ(device.unsupported,
            (std::vector<std::string>{"Loop", "com.example:Op", "ai.onnx.ml:*",
                                      "If", "ai.onnx:*"}));
  EXPECT_EQ(device.types, (std::vector<std::string>{"i8", "f16"}));
  EXPECT_TRUE(device.computesIn("i8") && !device.computesIn("f32"));
  EXPECT_EQ(device.runtimeMemory, 83886080);
  EXPECT_EQ(device.weightCache, 8126464);
  EXPECT_EQ(device.weightStream, 384000000);
}

TEST(DevicesTest, CachesNeedARate) {
  // A type may state one of the two for its devices to add the other.
  Cluster cluster =
      parseGood("version: 1\n"
                "device_types: {npu: {weight_cache: 8 MB}}\n"
                "devices: [{name: a, type: npu, weight_stream: 1 GB/s}, "
                "{name: b, type: npu, weight_stream: 40 MB/s}, {name: c}]\n"
                "links: {default: {bandwidth: 1 MB/s}}\n");
  EXPECT_EQ(cluster.devices[0].weightCache, 8000000);
  EXPECT_EQ(cluster.devices[1].weightStream, 40000000);
  EXPECT_EQ(cluster.devices[2].weightCache, Unlimited);
  EXPECT_EQ(cluster.devices[2].weightStream, Unlimited);
  const char *noRate =
      "'weight_cache' needs 'weight_stream': the rate at which weights beyond "
      "it are read again for each item, such as 384 MB/s";
  EXPECT_EQ(badDevice("name: a, weight_cache: 8 MB"),
            Messages{std::string("c.yaml:2:35: error: ") + noRate});
  EXPECT_EQ(parseBad("version: 1\ndevice_types: {npu: {weight_cache: 8 MB}}\n"
                     "devices: [{name: a, type: npu}]\n"),
            Messages{std::string("c.yaml:3:27: error: ") + noRate});
  EXPECT_EQ(badDevice("name: a, weight_stream: 8 MB/s"),
            Messages{"c.yaml:2:36: error: 'weight_stream' needs "
                     "'weight_cache': how many bytes of weights stay in fast "
                     "memory, such as 7.8 MiB"});
  // One word about a bad figure is enough.
  EXPECT_EQ(badDevice("name: a, weight_cache: 8 MB, weight_stream: 0 B/s"),
            Messages{"c.yaml:2:56: error: '0 B/s' is zero; weight_stream "
                     "must be above 0"});
  EXPECT_EQ(badDevice("name: a, weight_cache: -1, weight_stream: 1 B/s"),
            Messages{"c.yaml:2:35: error: '-1' is negative; weight_cache must "
                     "be 0 or more"});
}

using Options = std::map<std::string, std::string>;

TEST(DevicesTest, Providers) {
  Cluster cluster = parseGood(R"(
version: 1
device_types:
  gpu: {provider: CUDAExecutionProvider, provider_options: {device_id: 0}}
devices:
  - {name: a, type: gpu}
  - {name: b, type: gpu, provider: CPUExecutionProvider}
  - {name: c, type: gpu, provider: CUDAExecutionProvider,
     provider_options: {device_id: 1, tf32: true, note: "", path: "a, b=c"}}
  - {name: d, count: 2, provider: my-npu.v2}
  - {name: e}
  - {name: f, type: gpu, provider: X, provider_options: {}}
links: {default: {bandwidth: 1 Gbit/s}}
)");
  auto expect = [&](StringRef device, StringRef name, const Options &options) {
    const ExecutionProvider &provider =
        cluster.devices[cluster.findDevice(device)].provider;
    EXPECT_EQ(provider.name, name) << device.str();
    EXPECT_EQ(provider.options, options) << device.str();
  };
  expect("a", "CUDAExecutionProvider", {{"device_id", "0"}});
  // Options are of the provider that they stand beside.
  expect("b", "CPUExecutionProvider", {});
  expect(
      "c", "CUDAExecutionProvider",
      {{"device_id", "1"}, {"note", ""}, {"path", "a, b=c"}, {"tf32", "true"}});
  expect("d-0", "my-npu.v2", {});
  expect("d-1", "my-npu.v2", {});
  expect("e", "", {});
  expect("f", "X", {});
}

TEST(DevicesTest, BadProviders) {
  const char *name = "; write the name that ONNX Runtime gives it, such as "
                     "CPUExecutionProvider";
  for (const char *text :
       {"a b", "A,x=1", "box=A", "3", "-1", ".5", "null", "~", "True", "off"})
    EXPECT_EQ(badDevice(("name: a, provider: '" + StringRef(text) + "'").str()),
              Messages{"c.yaml:2:31: error: bad provider '" +
                       std::string(text) + "'" + name});
  // Without quotes, as YAML has them.
  EXPECT_EQ(
      badDevice("name: a, provider: null"),
      Messages{std::string("c.yaml:2:31: error: bad provider 'null'") + name});
  EXPECT_EQ(
      badDevice("name: a, provider: 3"),
      Messages{std::string("c.yaml:2:31: error: bad provider '3'") + name});
  EXPECT_EQ(
      badDevice("name: a, provider: \"\""),
      Messages{std::string("c.yaml:2:31: error: bad provider ''") + name});
  EXPECT_EQ(badDevice("name: a, provider: [A]"),
            Messages{"c.yaml:2:31: error: found a list where the name of an "
                     "execution provider belongs"});
  EXPECT_EQ(badDevice("name: a, provider_options: {x: 1}"),
            Messages{"c.yaml:2:21: error: 'provider_options' belong to a "
                     "provider; add 'provider: NAME' beside them"});
  EXPECT_EQ(badDevice("name: a, provider: A, provider_options: [x]"),
            Messages{"c.yaml:2:52: error: found a list; 'provider_options' is "
                     "a mapping such as {num_of_threads: 2}"});
  EXPECT_EQ(badDevice("name: a, provider: A, provider_options: "
                      "{x: {y: 1}, z: [1], w: 1}"),
            (Messages{"c.yaml:2:56: error: found a mapping where the value of "
                      "a provider's option belongs",
                      "c.yaml:2:67: error: found a list where the value of a "
                      "provider's option belongs"}));
  EXPECT_EQ(badDevice("name: a, provider: A, provider_options: {x: }"),
            Messages{"c.yaml:2:53: error: found nothing where the value of a "
                     "provider's option belongs"});
  EXPECT_EQ(badDevice("name: a, provider: A, provider_options: {x: 1, x: 2}"),
            Messages{"c.yaml:2:59: error: option 'x' appears twice"});
  EXPECT_EQ(badDevice("name: a, provider: A, provider_options: {'x=y': 1}"),
            Messages{"c.yaml:2:53: error: bad key 'x=y' of a provider's "
                     "option; keys are made of letters, digits, '_', '.', '-' "
                     "and ':'"});
  std::string many;
  for (int i = 0; i < 33; ++i)
    many += (i ? ", k" : "k") + std::to_string(i) + ": 1";
  EXPECT_EQ(
      badDevice("name: a, provider: A, provider_options: {" + many + "}"),
      Messages{"c.yaml:2:52: error: more than 32 options of one provider"});
  EXPECT_EQ(badDevice("name: a, provider: A, provider_options: {x: " +
                      std::string(4097, 'v') + "}"),
            Messages{"c.yaml:2:56: error: more than 4096 bytes in one "
                     "option"});
  // A type's provider takes no options of its devices.
  EXPECT_EQ(parseBad("version: 1\ndevice_types: {t: {provider: A}}\n"
                     "devices: [{name: a, type: t, provider_options: {x: "
                     "1}}]\n"),
            Messages{"c.yaml:3:30: error: 'provider_options' belong to a "
                     "provider; add 'provider: NAME' beside them"});
}

TEST(DevicesTest, UnitsOfMostAmounts) {
  auto unitsOf = [](const std::string &devices) {
    return parseGood("version: 1\nlinks: {default: {bandwidth: 1 MB/s}}\n" +
                     devices)
        .byteUnits;
  };
  EXPECT_EQ(unitsOf("devices: [{name: a}, {name: b, memory: 260 B}]\n"),
            ByteUnits::Iec);
  EXPECT_EQ(unitsOf("devices: [{name: a, memory: 512 MB}]\n"), ByteUnits::Si);
  EXPECT_EQ(unitsOf("devices: [{name: a, memory: 512MiB}]\n"), ByteUnits::Iec);
  // As many of either.
  EXPECT_EQ(unitsOf("devices: [{name: a, memory: 512 MB}, "
                    "{name: b, memory: 1 GiB}]\n"),
            ByteUnits::Iec);
  EXPECT_EQ(unitsOf("devices: [{name: a, memory: 512 MB, runtime_memory: 30 "
                    "kB}, {name: b, memory: 1 GiB}]\n"),
            ByteUnits::Si);
  // Rates are no amounts, and a type is written once, whatever its devices.
  EXPECT_EQ(unitsOf("device_types: {t: {memory: 2 GB, memory_bandwidth: 4 "
                    "GB/s}}\ndevices: [{name: a, count: 3, type: t}, "
                    "{name: b, memory: 1 GiB}]\n"),
            ByteUnits::Iec);
}

TEST(DevicesTest, NothingStatedMeansUnlimited) {
  Cluster cluster = parseGood("version: 1\ndevices: [{name: a}]\n");
  ASSERT_EQ(cluster.devices.size(), 1u);
  const ClusterDevice &device = cluster.devices[0];
  EXPECT_TRUE(device.compute.empty());
  EXPECT_EQ(device.memory, Unlimited);
  EXPECT_EQ(device.memoryBandwidth, Unlimited);
  EXPECT_EQ(device.opOverheadNs, 0);
  EXPECT_TRUE(device.unsupported.empty());
  EXPECT_EQ(device.operationsPerSecond("f32"), Unlimited);
  EXPECT_TRUE(device.computesIn("i8") && device.computesIn("f32"));
  EXPECT_FALSE(device.runtimeMemory);
}

TEST(DevicesTest, ElementTypes) {
  EXPECT_EQ(badDevice("name: a, types: []"),
            Messages{std::string("c.yaml:2:28: error: found a list; 'types' "
                                 "lists the element types that the device "
                                 "computes in, such as [i8]; leave it out for "
                                 "all of them: ") +
                     elementTypes});
  EXPECT_EQ(badDevice("name: a, types: [i8, u8, i8]"),
            (Messages{"c.yaml:2:33: error: write 'i8' for 'u8': it includes "
                      "both kinds",
                      "c.yaml:2:37: error: element type 'i8' appears twice"}));
  EXPECT_EQ(badDevice("name: a, types: [int8]"),
            Messages{std::string("c.yaml:2:29: error: unknown element type "
                                 "'int8'; element types: ") +
                     elementTypes});
}

/// A name of a group or of a type stands for its devices.
TEST(DevicesTest, GroupsAndTypes) {
  Cluster cluster = parseGood(R"(
version: 1
device_types: {pi4: {memory: 1 GiB}, tpu: {}, none: {}}
devices:
  - {name: rack, type: pi4, count: 2}
  - {name: tpu, type: pi4}
  - {name: other, type: tpu}
links: {default: {bandwidth: 1 Gbit/s}}
)");
  using Devices = std::vector<int32_t>;
  EXPECT_EQ(cluster.findDevices("rack"), (Devices{0, 1}));
  EXPECT_EQ(cluster.findDevices("rack-1"), Devices{1});
  EXPECT_EQ(cluster.findDevices("pi4"), (Devices{0, 1, 2}));
  // A device comes before a type of its name.
  EXPECT_EQ(cluster.findDevices("tpu"), Devices{2});
  EXPECT_TRUE(cluster.findDevices("none").empty());
  EXPECT_TRUE(cluster.findDevices("pi").empty());
}

TEST(DevicesTest, ComputeByElementType) {
  Cluster cluster = parseGood(R"(
version: 1
devices:
  - name: a
    compute:
      {i8: 8 TOP/s, f64: 1 OP/s, f32: 2 OP/s, f16: 3 OP/s, bf16: 4 OP/s,
       f8: 5 OP/s, f4: 6 OP/s, i64: 7 OP/s, i32: 8 OP/s, i16: 9 OP/s,
       i4: 10 FLOP/s}
)");
  EXPECT_EQ(cluster.devices.at(0).compute, (Compute{{"i8", 8000000000000},
                                                    {"f64", 1},
                                                    {"f32", 2},
                                                    {"f16", 3},
                                                    {"bf16", 4},
                                                    {"f8", 5},
                                                    {"f4", 6},
                                                    {"i64", 7},
                                                    {"i32", 8},
                                                    {"i16", 9},
                                                    {"i4", 10}}));
}

TEST(DevicesTest, OperationsPerSecondFallsBack) {
  ClusterDevice device;
  EXPECT_EQ(device.operationsPerSecond("f32"), Unlimited);
  device.compute = {{"f16", 30}, {"i8", 20}};
  EXPECT_EQ(device.operationsPerSecond("f16"), 30);
  EXPECT_EQ(device.operationsPerSecond("i4"), 20) << "the smallest stated";
  device.compute.emplace_back("f32", 40);
  EXPECT_EQ(device.operationsPerSecond("i4"), 40) << "that of f32";
  device.compute.emplace_back("", 50);
  EXPECT_EQ(device.operationsPerSecond("i4"), 50) << "that of every type";
  EXPECT_EQ(device.operationsPerSecond("i8"), 20) << "its own";
}

TEST(DevicesTest, FindDevice) {
  Cluster cluster = parseGood(withDevices("links: {default: {bandwidth: 1 MB/s}"
                                          "}"));
  EXPECT_EQ(cluster.findDevice("a"), 0);
  EXPECT_EQ(cluster.findDevice("c"), 2);
  EXPECT_EQ(cluster.findDevice("d"), -1);
}

TEST(DevicesTest, OwnKeysOverrideTheType) {
  // The order of the sections does not matter.
  Cluster cluster = parseGood(R"(
devices:
  - {name: a, type: t}
  - {name: b, type: t, compute: {i8: 5 OP/s}, memory: 2 B,
     memory_bandwidth: 3 B/s, op_overhead: 4 ns, unsupported: []}
links: {default: {bandwidth: 1 bit/s}}
device_types:
  t: {compute: 10 OP/s, memory: 20 B, memory_bandwidth: 30 B/s,
      op_overhead: 40 ns, unsupported: [If]}
  unused: {}
version: 1
)");
  ASSERT_EQ(cluster.devices.size(), 2u);
  const ClusterDevice &a = cluster.devices[0], &b = cluster.devices[1];
  EXPECT_EQ(a.compute, (Compute{{"", 10}}));
  EXPECT_EQ(a.memory, 20);
  EXPECT_EQ(a.memoryBandwidth, 30);
  EXPECT_EQ(a.opOverheadNs, 40);
  EXPECT_EQ(a.unsupported, std::vector<std::string>{"If"});
  // A key is replaced as a whole: nothing of the type's compute is left.
  EXPECT_EQ(b.compute, (Compute{{"i8", 5}}));
  EXPECT_EQ(b.memory, 2);
  EXPECT_EQ(b.memoryBandwidth, 3);
  EXPECT_EQ(b.opOverheadNs, 4);
  EXPECT_TRUE(b.unsupported.empty());
}

TEST(DevicesTest, CountExpands) {
  Cluster cluster = parseGood(R"(
version: 1
devices:
  - {name: a}
  - {name: rack, count: 3, memory: 7 B}
  - {name: one, count: 1}
links: {default: {bandwidth: 1 bit/s}}
ingress: one
)");
  std::vector<std::string> names;
  for (const ClusterDevice &device : cluster.devices)
    names.push_back(device.name);
  EXPECT_EQ(names, (std::vector<std::string>{"a", "rack-0", "rack-1", "rack-2",
                                             "one-0"}));
  EXPECT_EQ(cluster.devices.at(3).memory, 7);
  EXPECT_EQ(cluster.ingress, 4);
}

TEST(DevicesTest, LargestCluster) {
  Cluster cluster = parseGood("version: 1\ndevices:\n- {name: a, count: 1023}\n"
                              "- name: b\nlinks: {default: {bandwidth: 1 "
                              "bit/s}}\n");
  EXPECT_EQ(cluster.devices.size(), size_t(MaxClusterDevices));
  EXPECT_EQ(cluster.links.size(), size_t(MaxClusterDevices) * 1024);
}

/// After the last error that is shown, the rest of a group is not read; nothing
/// may ask for it by name.
TEST(DevicesTest, GroupAfterTooManyErrors) {
  std::string text = "version: 1\ndevices:\n- {count: 3, name: a";
  for (int i = 0; i < 25; ++i)
    text += ", wrong" + std::to_string(i) + ": 1";
  for (const char *key : {"ingress", "egress", "profile"})
    text += (key == std::string("ingress") ? "}\n" : "") + std::string(key) +
            ": a\n";
  text += "links: {between: [{devices: [a, a-2], bandwidth: 1 bit/s}]}\n"
          "media: [{name: m, devices: [a, a-1], bandwidth: 1 bit/s}]\n";
  EXPECT_EQ(parseBad(text).size(), 21u);
}

TEST(DevicesTest, TooManyDevices) {
  EXPECT_EQ(parseBad("version: 1\ndevices:\n- {name: a, count: 1000}\n"
                     "- {name: b, count: 25}\n- {name: c, count: 1000}\n"),
            Messages{"c.yaml:4:20: error: more than 1024 devices in total, "
                     "which is the most a cluster may have"});
  for (const char *count : {"0", "1025", "1e12", "1000000000000", "-1", "2.5",
                            "x", "99999999999999999999999"})
    EXPECT_EQ(badDevice("name: a, count: " + std::string(count)),
              Messages{"c.yaml:2:28: error: bad count '" + std::string(count) +
                       "'; it must be a whole number from 1 to 1024"});
}

TEST(DevicesTest, BadLists) {
  const char *tail = "; 'devices' is a list of at least one device, for "
                     "example [{name: box, memory: 4 GiB}]";
  EXPECT_EQ(
      parseBad("version: 1\ndevices: []\n"),
      Messages{std::string("c.yaml:2:10: error: found an empty list") + tail});
  EXPECT_EQ(
      parseBad("version: 1\ndevices: {name: a}\n"),
      Messages{std::string("c.yaml:2:10: error: found a mapping") + tail});
  EXPECT_EQ(parseBad("version: 1\ndevices: box\n"),
            Messages{std::string("c.yaml:2:10: error: found 'box'") + tail});
  EXPECT_EQ(parseBad("version: 1\ndevices: [box]\n"),
            Messages{"c.yaml:2:11: error: found 'box'; a device is a mapping "
                     "with the keys name, type, count, compute, memory, "
                     "memory_bandwidth, op_overhead, unsupported, profile, "
                     "types, runtime_memory, provider, provider_options, "
                     "weight_cache, weight_stream"});
}

TEST(DevicesTest, Names) {
  auto bad = [](StringRef where, StringRef name) {
    return Messages{("c.yaml:" + where + ": error: bad name '" + name +
                     "' of a device; allowed are letters, digits, '.', '_' and "
                     "'-', not starting with '.', at most 64 characters")
                        .str()};
  };
  for (const char *name : {"a/b", ".a", "..", "a b", "\xC3\xA9", "a:b", "a\\b"})
    EXPECT_EQ(badDevice("name: " + std::string(name)), bad("2:18", name));
  EXPECT_EQ(badDevice("name: \"\""), bad("2:18", ""));
  EXPECT_EQ(badDevice("name: \"a\\0b\""), bad("2:18", "a?b"));
  std::string longest(64, 'a');
  parseGood("version: 1\ndevices: [{name: " + longest + "}]");
  EXPECT_EQ(badDevice("name: " + longest + "a"),
            bad("2:18", longest.substr(0, 60) + "..."));
  // The expanded name is the one that counts.
  EXPECT_EQ(badDevice("name: " + longest + ", count: 2"),
            bad("2:18", longest.substr(0, 60) + "..."));
  EXPECT_EQ(badDevice("memory: 1 MB"),
            Messages{"c.yaml:2:11: error: a device needs the key 'name'; for "
                     "example 'name: box'"});
  EXPECT_EQ(badDevice("name: [a]"),
            Messages{"c.yaml:2:18: error: found a list where the name of a "
                     "device belongs"});
}

TEST(DevicesTest, DuplicateNames) {
  const char *tail = " appears twice; every device needs a name of its own";
  EXPECT_EQ(parseBad("version: 1\ndevices:\n- name: a\n- name: b\n- name: a\n"),
            (Messages{std::string("c.yaml:5:9: error: device name 'a'") + tail,
                      "c.yaml:3:9: note: first here"}));
  EXPECT_EQ(
      parseBad("version: 1\ndevices:\n- name: a-1\n- {name: a, count: 2}\n"),
      (Messages{std::string("c.yaml:4:10: error: device name 'a-1'") + tail,
                "c.yaml:3:9: note: first here"}));
  // A group and a device of one name could not be told apart in 'links'.
  EXPECT_EQ(
      parseBad("version: 1\ndevices:\n- {name: a, count: 2}\n- name: a\n"),
      (Messages{std::string("c.yaml:4:9: error: device name 'a'") + tail,
                "c.yaml:3:10: note: first here"}));
}

TEST(DevicesTest, UnknownKeys) {
  EXPECT_EQ(
      badDevice("name: a, memory_bandwith: 4 GB/s"),
      Messages{"c.yaml:2:21: error: unknown key 'memory_bandwith' in a "
               "device (did you mean 'memory_bandwidth'?); allowed keys: "
               "name, type, count, compute, memory, memory_bandwidth, "
               "op_overhead, unsupported, profile, types, runtime_memory, "
               "provider, provider_options, weight_cache, weight_stream"});
  EXPECT_EQ(
      badDevice("name: a, Op-Overhead: 4 us, colour: red"),
      (Messages{"c.yaml:2:21: error: unknown key 'Op-Overhead' in a "
                "device (did you mean 'op_overhead'?); allowed keys: "
                "name, type, count, compute, memory, memory_bandwidth, "
                "op_overhead, unsupported, profile, types, runtime_memory, "
                "provider, provider_options, weight_cache, weight_stream",
                "c.yaml:2:40: error: unknown key 'colour' in a device; "
                "allowed keys: name, type, count, compute, memory, "
                "memory_bandwidth, op_overhead, unsupported, profile, types, "
                "runtime_memory, provider, provider_options, weight_cache, "
                "weight_stream"}));
  EXPECT_EQ(badDevice("name: a, memory: 1 MB, memory: 1 MB"),
            (Messages{"c.yaml:2:35: error: key 'memory' appears twice in a "
                      "device",
                      "c.yaml:2:21: note: first here"}));
  EXPECT_EQ(badDevice("name: a, memory:"),
            Messages{"c.yaml:2:21: error: key 'memory' has no value"});
}

TEST(DevicesTest, BadFigures) {
  EXPECT_EQ(badDevice("name: a, memory: 512"),
            Messages{"c.yaml:2:29: error: '512' has no unit; write for example "
                     "'512 MiB'; units of memory: B, kB, MB, GB, TB, KiB, MiB, "
                     "GiB, TiB"});
  EXPECT_EQ(badDevice("name: a, memory: -1 GB, memory_bandwidth: 0 B/s"),
            (Messages{"c.yaml:2:29: error: '-1 GB' is negative; memory must be "
                      "0 or more",
                      "c.yaml:2:54: error: '0 B/s' is zero; memory_bandwidth "
                      "must be above 0"}));
  EXPECT_EQ(badDevice("name: a, op_overhead: 2 h, runtime_memory: -1"),
            (Messages{"c.yaml:2:34: error: unknown unit 'h' in '2 h'; units of "
                      "op_overhead: ns, us, ms, s",
                      "c.yaml:2:55: error: '-1' is negative; runtime_memory "
                      "must be 0 or more"}));
  EXPECT_EQ(badDevice("name: a, op_overhead: [1 us]"),
            Messages{"c.yaml:2:34: error: found a list where one number with a "
                     "unit (ns, us, ms, s) belongs"});
  EXPECT_EQ(badDevice("name: a, compute: 3 GB/s")[0].substr(0, 57),
            "c.yaml:2:30: error: unknown unit 'GB/s' in '3 GB/s' (did ");
}

TEST(DevicesTest, BadCompute) {
  EXPECT_EQ(
      badDevice("name: a, compute: {fp32: 1 OP/s, i8: 1 OP/s, i8: 2 OP/s}"),
      (Messages{std::string("c.yaml:2:31: error: unknown key 'fp32' in "
                            "'compute' (did you mean 'f32'?); allowed keys: ") +
                    elementTypes,
                "c.yaml:2:57: error: key 'i8' appears twice in 'compute'",
                "c.yaml:2:45: note: first here"}));
  EXPECT_EQ(badDevice("name: a, compute: {}"),
            Messages{std::string("c.yaml:2:30: error: 'compute' is empty; "
                                 "leave the key out for an unlimited device, "
                                 "or give a figure by element type: ") +
                     elementTypes});
  EXPECT_EQ(badDevice("name: a, compute: {i8: , f32: 1 OP/s}"),
            Messages{"c.yaml:2:31: error: key 'i8' has no value"});
  EXPECT_EQ(badDevice("name: a, compute: {i8: 0 OP/s}"),
            Messages{"c.yaml:2:35: error: '0 OP/s' is zero; compute must be "
                     "above 0"});
}

TEST(DevicesTest, BadTypes) {
  EXPECT_EQ(parseBad("version: 1\ndevice_types: {pi4: {memory: 1 GB}}\n"
                     "devices: [{name: a, type: pi5}]\n"),
            Messages{"c.yaml:3:27: error: unknown device type 'pi5' (did you "
                     "mean 'pi4'?); device types: pi4"});
  EXPECT_EQ(badDevice("name: a, type: pi4"),
            Messages{"c.yaml:2:27: error: unknown device type 'pi4'; the file "
                     "has no 'device_types'"});
  EXPECT_EQ(parseBad("version: 1\ndevice_types: {x: {name: a}, x: {}}\n"
                     "devices: [{name: a}]\n"),
            (Messages{std::string("c.yaml:2:20: error: unknown key 'name' in a "
                                  "device type; allowed keys: ") +
                          traitKeys,
                      "c.yaml:2:30: error: device type 'x' appears twice",
                      "c.yaml:2:16: note: first here"}));
  EXPECT_EQ(parseBad("version: 1\ndevice_types: [x]\ndevices: [{name: a}]\n"),
            Messages{"c.yaml:2:15: error: found a list; 'device_types' is a "
                     "mapping from a name to the figures of that type"});
  EXPECT_EQ(parseBad("version: 1\ndevice_types: {x: 1}\n"
                     "devices: [{name: a}]\n"),
            Messages{std::string("c.yaml:2:19: error: found '1'; a device type "
                                 "is a mapping with the keys ") +
                     traitKeys});
}

TEST(DevicesTest, BadOperators) {
  auto bad = [](StringRef column, StringRef name) {
    return ("c.yaml:2:" + column + ": error: bad operator '" + name +
            "'; write 'Op' for the standard domain, \"domain:Op\", or "
            "\"domain:*\" for all of a domain")
        .str();
  };
  EXPECT_EQ(badDevice("name: a, unsupported: [\"*\", \":If\", \"a:b:c\", "
                      "\"Non*\"]"),
            (Messages{bad("35", "*"), bad("40", ":If"), bad("47", "a:b:c"),
                      bad("56", "Non*")}));
  EXPECT_EQ(badDevice("name: a, unsupported: [If, \"ai.onnx:If\"]"),
            (Messages{"c.yaml:2:39: error: operator 'If' appears twice",
                      "c.yaml:2:35: note: first here"}));
  EXPECT_EQ(badDevice("name: a, unsupported: If"),
            Messages{"c.yaml:2:34: error: found 'If'; 'unsupported' is a list "
                     "such as [Loop, \"ai.onnx.ml:*\"]"});
  std::string many;
  for (int i = 0; i < 501; ++i)
    many += "Op" + std::to_string(i) + ",";
  EXPECT_EQ(badDevice("name: a, unsupported: [" + many + "]"),
            Messages{"c.yaml:2:34: error: more than 500 operators in one list; "
                     "\"domain:*\" stands for all of a domain"});
}

} // namespace
