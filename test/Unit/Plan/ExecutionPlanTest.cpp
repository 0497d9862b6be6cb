//===- ExecutionPlanTest.cpp - Unit tests ---------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Plan/ExecutionPlan.h"

#include "onnx-split/Support/TemporaryFolder.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace onnx_split;

/// Two stages, the second on two devices, and one wire.
static const char *const PlanText = R"({
  "version": 1, "source": {"file": "m", "digest": "d"},
  "inputs": ["x"], "outputs": ["y"], "bottleneck_ns": 5, "latency_ns": 9,
  "stages": [
    {"index": 0, "file": "a.onnx", "device": "p", "rank": 0,
     "nodes": [{"index": 0, "name": "n"}], "inputs": ["x"], "outputs": ["w"],
     "weight_bytes": 1, "peak_activation_bytes": 2, "buffer_bytes": 4,
     "compute_ns": 5},
    {"index": 1, "file": "b.onnx", "device": "q", "rank": 1,
     "replicas": [{"device": "r", "rank": 2}],
     "nodes": [], "inputs": ["w"], "outputs": ["y"],
     "weight_bytes": 0, "peak_activation_bytes": 0, "buffer_bytes": 0,
     "compute_ns": 3}],
  "wires": [{"wire": "w", "tensor": "t", "from": 0, "to": 1, "dtype": "float32",
             "shape": [1, -1], "bytes": 8, "tag": 7, "seq": 0, "time_ns": 4}]
})";

static std::string read(std::string plan, ExecutionPlan &result) {
  TemporaryFolder folder;
  std::string path = folder.pathOf("plan.json");
  std::error_code error;
  llvm::raw_fd_ostream(path, error) << plan;
  auto read = readExecutionPlan(path);
  if (!read)
    return llvm::toString(read.takeError());
  result = std::move(*read);
  return "";
}

static std::string readChanged(llvm::StringRef from, llvm::StringRef to) {
  std::string changed = PlanText;
  size_t place = changed.find(from.str());
  EXPECT_NE(place, std::string::npos) << from.str();
  changed.replace(place, from.size(), to.str());
  ExecutionPlan plan;
  return read(changed, plan);
}

TEST(ExecutionPlan, RolesOfRanks) {
  ExecutionPlan plan;
  ASSERT_EQ(read(PlanText, plan), "");
  ASSERT_EQ(plan.countRanks(), 3);
  EXPECT_EQ(plan.deviceOf(plan.roles[0]), "p");
  EXPECT_EQ(plan.deviceOf(plan.roles[1]), "q");
  EXPECT_EQ(plan.deviceOf(plan.roles[2]), "r");
  EXPECT_EQ(plan.roles[2].stage, 1);
  EXPECT_EQ(plan.roles[2].replica, 1);
  EXPECT_EQ(plan.stages[0].memoryBytes(), 7);
  EXPECT_EQ(plan.wires[0].shape, (std::vector<int64_t>{1, -1}));
}

TEST(ExecutionPlan, Providers) {
  ExecutionPlan plan;
  std::string text = PlanText, device = R"("device": "r", )";
  text.insert(text.find(device) + device.size(),
              R"("provider": "X", "provider_options": {"b": "2", "a": ""}, )");
  ASSERT_EQ(read(text, plan), "");
  EXPECT_EQ(plan.stages[0].provider.name, "");
  EXPECT_EQ(plan.stages[1].providerOf(0).name, "");
  const ExecutionPlan::Provider &provider = plan.stages[1].providerOf(1);
  EXPECT_EQ(provider.name, "X");
  EXPECT_EQ(provider.options,
            (std::map<std::string, std::string>{{"a", ""}, {"b", "2"}}));
  // Written and read again.
  std::string written;
  llvm::raw_string_ostream os(written);
  writePlan(plan, os);
  llvm::Expected<PlanFile> again = parsePlanFile(written, "p", PlanUse::Run);
  ASSERT_TRUE(bool(again)) << llvm::toString(again.takeError());
  EXPECT_EQ(again->stages[1].providerOf(1).options, provider.options);
  EXPECT_EQ(written.find("provider"), written.rfind("\"provider\"") + 1);
}

TEST(ExecutionPlan, Errors) {
  struct Case {
    const char *from, *to, *words;
  } cases[] = {
      {"\"rank\": 2", "\"rank\": 1", "rank 1 of stage 1"},
      {"\"rank\": 2", "\"rank\": 2, \"provider_options\": {\"a\": \"b\"}",
       "belong to a provider"},
      {"\"rank\": 2",
       "\"rank\": 2, \"provider\": \"X\", \"provider_options\": {\"a\": 1}",
       "expected string"},
      {"\"rank\": 2", "\"rank\": 3", "rank 3 of stage 1"},
      {"\"rank\": 2", "\"rank\": -1", "from 0 to 32767"},
      {"\"to\": 1", "\"to\": 0", "later stage"},
      {"\"to\": 1", "\"to\": 2", "goes to stage 2, which there is not"},
      {"\"from\": 0", "\"from\": -1", "later stage"},
      {"\"tag\": 7", "\"tag\": 40000", "from 0 to 32767"},
      {"\"wire\": \"w\"", "\"wire\": \"v\"", "is no output of stage 0"},
      {"b.onnx", "/etc/passwd", "is no file beside the plan"},
      {"b.onnx", "..", "is no file beside the plan"},
      {"\"stages\": [", "\"stages\": [], \"more\": [", "no stages"},
      {"\"version\": 1", "\"version\": 3", "must be 1 or 2"},
      {"{", "[", "not JSON"},
  };
  for (const Case &wrong : cases) {
    std::string message = readChanged(wrong.from, wrong.to);
    EXPECT_NE(message.find(wrong.words), std::string::npos)
        << wrong.to << ": " << message;
  }
}

/// Wires of a pair are one group, in the order of `seq` wherever they stand in
/// the file; what a file says of sizes does not overflow.
TEST(ExecutionPlan, GroupsOfWires) {
  std::string text = PlanText;
  auto replace = [&](llvm::StringRef from, llvm::StringRef to) {
    size_t place = text.find(from.str());
    ASSERT_NE(place, std::string::npos);
    text.replace(place, from.size(), to.str());
  };
  replace("\"outputs\": [\"w\"]", "\"outputs\": [\"w\", \"v\", \"u\"]");
  replace("\"inputs\": [\"w\"]", "\"inputs\": [\"w\", \"v\", \"u\"]");
  replace("\"bytes\": 8, \"tag\": 7, \"seq\": 0, \"time_ns\": 4}",
          R"("bytes": 8, "tag": 7, "seq": 2, "time_ns": 4},
     {"wire": "v", "tensor": "s", "from": 0, "to": 1, "dtype": "int8",
      "shape": [], "bytes": 1, "tag": 5, "seq": 1, "time_ns": 3},
     {"wire": "u", "tensor": "r", "from": 0, "to": 1, "dtype": "int8",
      "shape": [3], "bytes": 9223372036854775807, "tag": 9, "seq": 2,
      "time_ns": 1})");
  ExecutionPlan plan;
  ASSERT_EQ(read(text, plan), "");
  ASSERT_EQ(plan.groups.size(), 1u);
  const ExecutionPlan::WireGroup &group = plan.groups[0];
  EXPECT_EQ(group.from, 0);
  EXPECT_EQ(group.to, 1);
  EXPECT_EQ(group.wires, (std::vector<int>{1, 0, 2}));
  EXPECT_EQ(plan.tagOf(group), 5);
  EXPECT_EQ(group.timeNs, 8);
  EXPECT_EQ(group.bytes, INT64_MAX);
}
