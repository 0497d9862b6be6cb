//===- ReadersTest.cpp - Tests of the instance readers --------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/DnnPartitioning.h"
#include "onnx-split/Instances/Instance.h"
#include "onnx-split/Instances/Run.h"

#include "onnx-split/Placement/Placement.h"

#include "llvm/Support/MemoryBuffer.h"

#include <gtest/gtest.h>

using namespace onnx_split;
using namespace onnx_split::instances;
using placement::None;
using placement::Unlimited;

namespace {

struct Text {
  llvm::MemoryBufferRef add(llvm::StringRef text, llvm::StringRef name) {
    auto buffer = llvm::MemoryBuffer::getMemBufferCopy(text, name);
    llvm::MemoryBufferRef ref = *buffer;
    sourceMgr.AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
    return ref;
  }
  llvm::SourceMgr sourceMgr;
};

std::optional<Instance> pipeDream(llvm::StringRef text,
                                  const Cluster &cluster) {
  Text file;
  return readPipeDream(file.add(text, "dir/net.graph.txt"), file.sourceMgr,
                       cluster);
}

std::string errorsOf(const std::function<void()> &run) {
  testing::internal::CaptureStderr();
  run();
  return testing::internal::GetCapturedStderr();
}

constexpr char figures[] = "forward_compute_time=1.5, "
                           "backward_compute_time=9, activation_size=100, "
                           "parameter_size=7.000";

} // namespace

TEST(InstanceTest, TimesArePrintedExactly) {
  EXPECT_EQ(formatTimeIn(17789900, 6), "17.7899");
  EXPECT_EQ(formatTimeIn(1, 9), "0.000000001");
  EXPECT_EQ(formatTimeIn(2000000, 6), "2");
  EXPECT_EQ(formatTimeIn(0, 6), "0");
  EXPECT_EQ(formatTimeIn(120, 0), "120");
  EXPECT_EQ(formatTimeIn(Unlimited, 6), "inf");
}

TEST(InstanceTest, FormatsAreToldByContent) {
  Text file;
  auto format = [&](llvm::StringRef text) {
    return detectFormat(file.add(text, "x"));
  };
  EXPECT_EQ(format("{\"nodes\": []}"), Format::DnnPartitioning);
  EXPECT_EQ(format("node1 -- ReLU -- forward_compute_time=1, "),
            Format::PipeDream);
  EXPECT_EQ(format("[NodeNames]\n[ComputeNode-0]\n"), Format::Helix);
  EXPECT_EQ(format("[T4]\nvram_size = 1 * GB\n"), Format::Helix);
  EXPECT_EQ(format("m:\n  parameters_out: [1]\n"), Format::PipeEdge);
  EXPECT_EQ(format("t:\n  model_profiles:\n"), Format::PipeEdge);
  EXPECT_EQ(format("type:\n- host\n"), Format::PipeEdge);
  EXPECT_EQ(format("version: 1\ndevices: []\n"), Format::Cluster);
  EXPECT_EQ(format("<ir_version: 8>"), Format::Onnx);
  EXPECT_EQ(format("\x08\x0a"), Format::Onnx);
  EXPECT_EQ(format("hello"), Format::Unknown);
  EXPECT_EQ(format(""), Format::Unknown);
}

TEST(PipeDreamTest, InputsAreNoTasksAndListsAreAddedUp) {
  std::string text = "node1 -- Input -- forward_compute_time=600, "
                     "backward_compute_time=0, activation_size=11, "
                     "parameter_size=0\n"
                     "node3 -- b -- " +
                     std::string(figures) +
                     "\n"
                     "node2 -- LSTM(1, -- 2) -- forward_compute_time=0.001, "
                     "backward_compute_time=0, activation_size=[1.0; 2; 4], "
                     "parameter_size=0\n"
                     "\tnode1 -- node2\n\tnode2 -- node3\n";
  std::optional<Instance> instance = pipeDream(text, makeDefaultCluster());
  ASSERT_TRUE(instance);
  const placement::Problem &problem = instance->problem;
  EXPECT_EQ(problem.check(), "");
  EXPECT_EQ(instance->name, "net");
  ASSERT_EQ(problem.tasks.size(), 2u);
  EXPECT_EQ(problem.tasks[0].name, "node2");
  EXPECT_EQ(problem.taskTime, (std::vector<int64_t>{1000, 1500000}));
  ASSERT_EQ(problem.weights.size(), 1u);
  EXPECT_EQ(problem.weights[0].bytes, 7);
  ASSERT_EQ(problem.tensors.size(), 3u);
  EXPECT_EQ(problem.tensors[0].producer, None);
  EXPECT_EQ(problem.tensors[0].bytes, 11);
  EXPECT_EQ(problem.tensors[1].bytes, 7);
  EXPECT_EQ(problem.tensors[1].consumers, std::vector<int32_t>{1});
  EXPECT_FALSE(problem.tensors[1].isOutput);
  EXPECT_TRUE(problem.tensors[2].isOutput);
  EXPECT_EQ(problem.devices.size(), 4u);
}

TEST(PipeDreamTest, SlowerDevicesTakeLongerByTheRatioOfCompute) {
  Cluster cluster = makeDefaultCluster();
  cluster.devices[0].compute = {{"", 300}};
  cluster.devices[1].compute = {{"f32", 100}};
  cluster.devices[2].compute = {{"", 7}};
  std::optional<Instance> instance =
      pipeDream("node1 -- a -- " + std::string(figures) + "\n", cluster);
  ASSERT_TRUE(instance);
  const placement::Problem &problem = instance->problem;
  EXPECT_EQ(problem.timeOf(0, 0), 1500000);
  EXPECT_EQ(problem.timeOf(0, 1), 4500000);
  // 1500000 * 300 / 7, rounded up.
  EXPECT_EQ(problem.timeOf(0, 2), 64285715);
  // Without a figure: as fast as the fastest.
  EXPECT_EQ(problem.timeOf(0, 3), 1500000);
}

TEST(PipeDreamTest, ErrorsNameThePlace) {
  auto errors = [](const std::string &text) {
    return errorsOf(
        [&] { EXPECT_FALSE(pipeDream(text, makeDefaultCluster())); });
  };
  std::string node1 = "node1 -- a -- " + std::string(figures) + "\n";
  std::string node2 = "node2 -- a -- " + std::string(figures) + "\n";
  auto has = [&](const std::string &text, const char *message) {
    std::string log = errors(text);
    EXPECT_NE(log.find(message), std::string::npos) << log;
  };
  has(node1 + "node2 a\n", "net.graph.txt:2:1: error: expected 'NAME -- ");
  has(node1 + node1, "net.graph.txt:2:1: error: there is a node 'node1'");
  has(node1 + "\tnode1 -- node7\n",
      "net.graph.txt:2:11: error: there is no node 'node7'");
  has(node1 + "\tnode1\n", "2:2: error: expected an edge");
  has(node1 + node2 + "\tnode1 -- node2\n\tnode2 -- node1\n",
      "'node1' depends on itself through a cycle");
  has("n -- a -- forward_compute_time=-1, backward_compute_time=0",
      "1:32: error: expected a number of at least 0");
  has("n -- a -- forward_compute_time=1e30, backward_compute_time=0",
      "too large");
  has("n -- a -- forward_compute_time=1 backward_compute_time=0",
      "expected ','");
  has("n -- a -- backward_compute_time=0", "expected 'forward_compute_time='");
  has("n -- a -- forward_compute_time=1, backward_compute_time=0, "
      "activation_size=[1; 2, parameter_size=0",
      "expected ';' or ']'");
  has(node1.substr(0, 20) + std::string("\xff"), "UTF-8");
}

TEST(HelixTest, LinksHoldBothWaysAndNicsLimitThem) {
  Text file;
  std::optional<Cluster> cluster = readHelix(
      file.add("# comment\n[NodeNames]\ntotal_compute_nodes=2\n"
               "[ComputeNode-0]\ntype=T4x2\nconnected_nodes=['sink', 1]\n"
               "[ComputeNode-1]\ntype=A100\nconnected_nodes=[0]\n"
               "[ComputeNode-2]\ntype=A100\nconnected_nodes=[]\n"
               "[Link-source-0]\nbandwidth=1 * mbps\nlatency=1 * MilliSec\n"
               "[Link-0-1]\nbandwidth=14.2 * mbps\nlatency=55 * MilliSec\n"
               "[Link-1-2]\nbandwidth=20 * gbps\nlatency=1 * MicroSec\n"
               "[Link-2-1]\nbandwidth=5 * kbps\nlatency=0\n",
               "c.ini"),
      file.add("[SourceNode]\nvram_size=-1\n"
               "[T4x2]\ninbound_nic_speed=10 * gbps\n"
               "outbound_nic_speed = 10 * gbps\nvram_size = 32 * GB\n"
               "[A100]\ninbound_nic_speed=9 * gbps\n"
               "outbound_nic_speed = -1\nvram_size = -1\n",
               "p.ini"),
      file.sourceMgr);
  ASSERT_TRUE(cluster);
  ASSERT_EQ(cluster->devices.size(), 3u);
  EXPECT_EQ(cluster->devices[0].name, "T4x2-0");
  EXPECT_EQ(cluster->devices[0].memory, 32'000'000'000);
  EXPECT_EQ(cluster->devices[0].operationsPerSecond("f32"),
            130'000'000'000'000);
  EXPECT_EQ(cluster->devices[1].memory, Unlimited);
  EXPECT_EQ(cluster->link(0, 1).bitsPerSecond, 14'200'000);
  EXPECT_EQ(cluster->link(1, 0).bitsPerSecond, 14'200'000);
  EXPECT_EQ(cluster->link(1, 0).latencyNs, 55'000'000);
  EXPECT_EQ(cluster->link(1, 2).bitsPerSecond, 9'000'000'000);
  EXPECT_EQ(cluster->link(2, 1).bitsPerSecond, 5'000);
  EXPECT_EQ(cluster->link(0, 2).bitsPerSecond, 0);
}

TEST(HelixTest, ErrorsNameThePlace) {
  const char *profiles = "[T4]\ninbound_nic_speed=1\noutbound_nic_speed=1\n"
                         "vram_size=1 * GB\n[Mine]\ninbound_nic_speed=1\n"
                         "outbound_nic_speed=1\nvram_size=1\n";
  auto has = [&](const std::string &text, const char *message) {
    std::string log = errorsOf([&] {
      Text file;
      EXPECT_FALSE(readHelix(file.add(text, "c.ini"),
                             file.add(profiles, "p.ini"), file.sourceMgr));
    });
    EXPECT_NE(log.find(message), std::string::npos) << log;
  };
  has("[ComputeNode-0]\ntype=K80\n",
      "c.ini:2:6: error: the machine profiles have no type 'K80'");
  has("[ComputeNode-0]\ntype=Mine\n", "the speed of the type 'Mine'");
  has("[ComputeNode-0]\n", "c.ini:1:2: error: 'ComputeNode-0' lacks 'type'");
  has("[ComputeNode-0]\ntype=T4\n[ComputeNode-0]\ntype=T4\n", "occurs twice");
  has("[ComputeNode-0]\ntype=T4\n[Link-0-1]\nbandwidth=1\nlatency=1\n",
      "there is no section '[ComputeNode-1]'");
  has("[ComputeNode-0]\ntype=T4\n[ComputeNode-1]\ntype=T4\n[Link-0-1]\n"
      "bandwidth=1 * furlong\nlatency=1\n",
      "c.ini:6:11: error: expected a figure such as '10 * gbps'");
  has("type=T4\n", "expected a section");
  has("[NodeNames]\nhello\n", "expected 'KEY=VALUE'");
  has("[NodeNames]\n", "the cluster has no '[ComputeNode-0]'");
}

namespace {
constexpr char models[] =
    "none:\n  layers: 0\n  mem_MB: []\n  parameters_in: 0\n"
    "  parameters_out: []\n"
    "net:\n  layers: 2\n  mem_MB: [1.5, 2]\n  parameters_in: 3\n"
    "  parameters_out: [10, 20]\n";
constexpr char types[] =
    "Fast-20:\n  bw_Mbps: 100\n  mem_MB: 8\n  model_profiles:\n    net:\n"
    "    - {batch_size: 2, dtype: torch.float32, time_s: [0.5, 0.25]}\n"
    "Slow:\n  bw_Mbps: 10\n  mem_MB: 4\n  model_profiles:\n    net:\n"
    "    - {batch_size: 2, dtype: torch.float32, time_s: [1, 2]}\n"
    "    - {batch_size: 4, dtype: torch.float32, time_s: [1, 2]}\n";

std::vector<Instance> pipeEdge(llvm::ArrayRef<std::string> texts,
                               const PipeEdgeOptions &options = {}) {
  Text file;
  std::vector<llvm::MemoryBufferRef> files;
  for (const std::string &text : texts)
    files.push_back(file.add(text, "f" + std::to_string(files.size())));
  return readPipeEdge(files, file.sourceMgr, options);
}
} // namespace

TEST(PipeEdgeTest, ModelsMeetHostsWhereAllAreProfiled) {
  // Fast-9 takes the profile of Fast-20. Only batch 2 is profiled on both.
  auto instances = pipeEdge({"Slow: [s0, s1]\nFast-9: [f0]\n", types, models});
  ASSERT_EQ(instances.size(), 1u);
  EXPECT_EQ(instances[0].name, "net:b2@f0");
  const placement::Problem &problem = instances[0].problem;
  EXPECT_EQ(problem.check(), "");
  ASSERT_EQ(problem.devices.size(), 3u);
  EXPECT_EQ(problem.devices[2].name, "f0");
  EXPECT_EQ(problem.devices[2].memory, (8 << 20) - 1);
  EXPECT_EQ(problem.timeOf(1, 0), 2'000'000'000);
  EXPECT_EQ(problem.timeOf(1, 2), 250'000'000);
  EXPECT_EQ(problem.link(0, 2).bitsPerSecond, 10 << 20);
  EXPECT_EQ(problem.weights[0].bytes, 3 << 19);
  ASSERT_EQ(problem.tensors.size(), 3u);
  EXPECT_EQ(problem.tensors[0].bytes, 3 * 4 * 2);
  EXPECT_EQ(problem.tensors[1].bytes, 10 * 4 * 2);
  EXPECT_TRUE(problem.tensors[2].isOutput);
}

TEST(PipeEdgeTest, RenamesChooseAProfile) {
  PipeEdgeOptions options;
  options.renames = {{"Other", "Slow"}};
  auto instances = pipeEdge({models, types, "Other: [a]\n"}, options);
  ASSERT_EQ(instances.size(), 2u);
  EXPECT_EQ(instances[1].name, "net:b4@f2");
  EXPECT_EQ(instances[0].problem.timeOf(0, 0), 1'000'000'000);
}

TEST(PipeEdgeTest, ErrorsNameThePlace) {
  auto has = [&](llvm::ArrayRef<std::string> texts, const char *message) {
    std::string log = errorsOf([&] { EXPECT_TRUE(pipeEdge(texts).empty()); });
    EXPECT_NE(log.find(message), std::string::npos) << log;
  };
  has({models, types}, "there are no hosts (devices.yml)");
  has({types, "Slow: [a]\n"}, "there are no models (models.yml)");
  has({models, types, "Other: [a]\n"},
      "f2:1:1: error: there is no device type 'Other'; --rename Other=TYPE");
  has({models, types, "Slow: []\n"}, "names no host");
  has({models, types, "- a\n"}, "expected models, device types or lists");
  has({models, types, "Slow: 3\n"}, "is neither a model");
  has({"net:\n  layers: 3\n  mem_MB: [1]\n  parameters_in: 1\n"
       "  parameters_out: [1]\n",
       types, "Slow: [a]\n"},
      "has 3 layers but a list of 1 figures");
  has({models, "Slow:\n  bw_Mbps: -1\n  mem_MB: 1\n", "Slow: [a]\n"},
      "'bw_Mbps' takes a number of at least 0");
  has({models,
       "Slow:\n  bw_Mbps: 1\n  mem_MB: 1\n  model_profiles:\n    net:\n"
       "    - {batch_size: 2, dtype: torch.float32, time_s: [1]}\n",
       "Slow: [a]\n"},
      "the profile has 1 times but the model 'net' has 2 layers");
}

namespace {
std::optional<DnnGraph> dnnGraph(llvm::StringRef text) {
  Text file;
  return readDnnGraph(file.add(text, "dir/net.json"), file.sourceMgr);
}
} // namespace

TEST(DnnPartitioningTest, ColourClassesAreOneTask) {
  // 5 and 9 are of one colour, and 7 lies between them: all three are one task.
  std::optional<DnnGraph> graph = dnnGraph(R"({
    "maxSizePerFPGA": 100, "maxFPGAs": 2, "maxCPUs": 1, "nodes": [
    {"id": 9, "supportedOnFpga": 1, "cpuLatency": 4, "fpgaLatency": 2,
     "size": 10, "isBackwardNode": 0, "colorClass": 3},
    {"id": 7, "supportedOnFpga": true, "cpuLatency": 8, "fpgaLatency": 0.5,
     "size": 0, "isBackwardNode": false},
    {"id": 5, "supportedOnFpga": 1, "cpuLatency": 1, "fpgaLatency": 1,
     "size": 20, "isBackwardNode": 0, "colorClass": 3},
    {"id": 1, "supportedOnFpga": 0, "cpuLatency": 16, "fpgaLatency": 0,
     "size": 0, "isBackwardNode": 0}],
    "edges": [{"sourceId": 5, "destId": 7, "cost": 1},
              {"sourceId": 7, "destId": 9, "cost": 1},
              {"sourceId": 9, "destId": 1, "cost": 0.25}]})");
  ASSERT_TRUE(graph);
  std::string message;
  std::optional<Instance> instance = makeDnnProblem(*graph, message);
  ASSERT_TRUE(instance);
  const placement::Problem &problem = instance->problem;
  EXPECT_EQ(problem.check(), "");
  ASSERT_EQ(problem.tasks.size(), 2u);
  ASSERT_EQ(problem.devices.size(), 3u);
  EXPECT_EQ(problem.timeOf(0, 0), 3'500'000);
  EXPECT_EQ(problem.timeOf(0, 2), 13'000'000);
  EXPECT_EQ(problem.timeOf(1, 0), Unlimited);
  EXPECT_EQ(problem.timeOf(1, 2), 16'000'000);
  ASSERT_EQ(problem.tensors.size(), 1u);
  EXPECT_EQ(
      placement::transferTime(problem.link(0, 1), problem.tensors[0].bytes),
      250'000);
  // 30 of 100 are taken on an accelerator, whatever the transfers.
  EXPECT_TRUE(evaluate(problem, {{0, 1}, {0, 2}}).violations.empty());
}

TEST(DnnPartitioningTest, OnlySizesTakeMemory) {
  for (int64_t cap : {29, 30}) {
    std::optional<DnnGraph> graph =
        dnnGraph("{\"maxSizePerFPGA\": " + std::to_string(cap) + R"(,
      "maxFPGAs": 2, "maxCPUs": 0, "nodes": [
      {"id": 0, "cpuLatency": 1, "fpgaLatency": 1, "size": 30},
      {"id": 1, "cpuLatency": 1, "fpgaLatency": 1, "size": 30}],
      "edges": [{"sourceId": 0, "destId": 1, "cost": 1000}]})");
    ASSERT_TRUE(graph);
    std::string message;
    std::optional<Instance> instance = makeDnnProblem(*graph, message);
    ASSERT_TRUE(instance);
    EXPECT_EQ(evaluate(instance->problem, {{0, 1}, {0, 1}}).violations.empty(),
              cap == 30);
  }
}

TEST(DnnPartitioningTest, ErrorsNameThePlace) {
  auto has = [&](llvm::StringRef text, const char *message) {
    std::string log = errorsOf([&] { EXPECT_FALSE(dnnGraph(text)); });
    EXPECT_NE(log.find(message), std::string::npos) << log;
  };
  auto file = [](const std::string &nodes, const std::string &edges) {
    return "{\"maxSizePerFPGA\": 1, \"maxFPGAs\": 1, \"maxCPUs\": 0, "
           "\"nodes\": [" +
           nodes + "], \"edges\": [" + edges + "]}";
  };
  std::string node = "{\"id\": 1, \"fpgaLatency\": 1, \"cpuLatency\": 1, "
                     "\"size\": 1}";
  has("{\n  \"nodes\": 1,,\n}", "net.json:2:15: error: not valid JSON");
  has("{\"nodes\": []}", "net.json: error: missing value at "
                         "file.maxSizePerFPGA");
  has(file(node + "," + node, ""), "two nodes have the id 1");
  has(file(node, "{\"sourceId\": 1, \"destId\": 4, \"cost\": 1}"),
      "no node has the id 4 of file.edges[0]");
  has(file("{\"id\": 1, \"fpgaLatency\": -1, \"cpuLatency\": 1, "
           "\"size\": 1}",
           ""),
      "at file.nodes[0].fpgaLatency");
  has(file("{\"id\": 1, \"fpgaLatency\": 1, \"cpuLatency\": 1, "
           "\"size\": 1, \"supportedOnFpga\": \"yes\"}",
           ""),
      "expected true, false, 1 or 0");
  has("{\"maxSizePerFPGA\": 1, \"maxFPGAs\": 0, \"maxCPUs\": 0, "
      "\"nodes\": [], \"edges\": []}",
      "there must be a device");
  has(std::string(200, '['), "nested more than 100 levels deep");
}

TEST(DnnPartitioningTest, BackwardNodesHaveNoMaximum) {
  std::optional<DnnGraph> graph = dnnGraph(
      R"({"maxSizePerFPGA": 1, "maxFPGAs": 1, "maxCPUs": 0, "nodes": [
      {"id": 1, "fpgaLatency": 1, "cpuLatency": 1, "size": 1,
       "isBackwardNode": 1}], "edges": []})");
  ASSERT_TRUE(graph);
  std::string message;
  EXPECT_FALSE(makeDnnProblem(*graph, message));
  EXPECT_NE(message.find("use --objective=sum"), std::string::npos);
}

TEST(DnnPartitioningTest, SumOfComputingAndCommunicating) {
  // Two accelerators: both nodes on one take 3 + 5; apart, the first one takes
  // 3 + 0.25 to send, the second 5 + 0.25 to receive.
  std::optional<DnnGraph> graph = dnnGraph(R"({
    "maxFPGAs": 2, "maxCPUs": 0, "maxSizePerFPGA": 100,
    "nodes": [
      {"id": 7, "supportedOnFpga": 1, "cpuLatency": 9, "fpgaLatency": 3,
       "size": 10, "isBackwardNode": 0, "colorClass": 70},
      {"id": 9, "supportedOnFpga": 1, "cpuLatency": 9, "fpgaLatency": 5,
       "size": 10, "isBackwardNode": 0, "colorClass": 90}],
    "edges": [{"sourceId": 7, "destId": 9, "cost": 0.25}]})");
  ASSERT_TRUE(graph);
  std::string message;
  std::optional<Instance> instance = makeSumInstance(*graph, message);
  ASSERT_TRUE(instance) << message;
  std::string text;
  llvm::raw_string_ostream os(text);
  EXPECT_TRUE(runInstance(*instance, {}, os));
  EXPECT_EQ(llvm::StringRef(text).split(',').second.take_front(20),
            "5.25,5.25,contiguous");
}
