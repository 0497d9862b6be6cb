//===- PlanFileTest.cpp - Tests of plan.json as a struct ------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Plan/PlanFile.h"

#include "onnx-split/Plan/SavedPlan.h"

#include "llvm/Support/JSON.h"
#include "gtest/gtest.h"

using namespace onnx_split;

static std::string textOf(const PlanFile &plan) {
  std::string text;
  llvm::raw_string_ostream os(text);
  writePlan(plan, os);
  return text;
}

static std::string errorOf(llvm::StringRef text, PlanUse use) {
  auto plan = parsePlanFile(text, "p", use);
  return plan ? "" : llvm::toString(plan.takeError());
}

/// Every member has a value of its own.
static PlanFile makePlan() {
  PlanFile plan;
  plan.sourceFile = "m.onnx";
  plan.sourceDigest = "aa";
  plan.clusterFile = "c.yaml";
  plan.clusterDigest = "bb";
  plan.interface = {{"x", "x2"}, {"y"}};
  plan.objective = "devices";
  plan.strategy = "exact";
  plan.method = "ideal search";
  plan.planClass = "contiguous";
  plan.seed = UINT64_MAX;
  plan.bottleneckNs = 7;
  plan.lowerBoundNs = 6;
  plan.lowerBoundName = "LB1";
  plan.lowerBoundClass = "revisiting";
  plan.lowerBoundDevices = 2;
  plan.targetNs = 0;
  plan.latencyNs = 9;
  plan.ratePerSecond = 1e9 / 7;
  PlanFile::Stage first;
  first.file = "a.onnx";
  first.device = "p";
  first.nodes = {{0, "n", false, {}}, {3, "", true, {"then_branch", "1"}}};
  first.inputs = {"x"};
  first.outputs = {"w"};
  PlanFile::Stage second;
  second.index = 1;
  second.file = "b.onnx";
  second.device = "q";
  second.rank = 1;
  second.replicas = {{"r", 2}, {"s", 3}};
  second.inputs = {"w", "x2"};
  second.outputs = {"y"};
  second.macs = 10;
  second.flops = 21;
  second.bytes = 12;
  second.weightBytes = 13;
  second.peakActivationBytes = 14;
  second.bufferBytes = 15;
  second.computeNs = 16;
  second.overheadNs = 17;
  second.memoryIsLowerBound = true;
  second.states = {{"h", "hn", 18}};
  second.stateBytes = 18;
  plan.stages = {first, second};
  plan.wires = {
      {"w", "t", 0, 1, "float32", "sequence", {1, -1}, false, 8, 5, 4, 3}};
  plan.copied = {{"k", 2, {0, 1}}};
  plan.unknown = {{"n", "Op", "it has no formula"}, {"", "Op2", ""}};
  plan.options = {{"N=1"}, {"x=1x2"}, {"M=3"},  {"N=4", "N=5"},
                  {"i=1"}, true,      {"auto"}, 3};
  plan.demands = {{"a*=p"}, {"t"}, {"u", "v"}, 2, 3};
  plan.assumed = {"N=1"};
  plan.assumedSpeeds = {"box: i8 counts as f32, 470 GFLOP/s"};
  plan.atMost = {"u", "v"};
  plan.observed = {"o"};
  plan.open = {"q"};
  plan.inputShapes = {"x=1x2"};
  plan.points = {{"N=4", 70, 90, 95}};
  plan.messageLimits = {{"p", "q", 40, 20}};
  return plan;
}

TEST(PlanFile, WrittenAndReadBack) {
  PlanFile plan = makePlan();
  std::string text = textOf(plan);
  auto read = parsePlanFile(text, "p", PlanUse::Study);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  // No member has its default, so what is not read shows.
  EXPECT_EQ(textOf(*read), text);
  EXPECT_EQ(read->seed, UINT64_MAX);
  EXPECT_EQ(read->ratePerSecond, plan.ratePerSecond);
  ASSERT_EQ(read->stages.size(), 2u);
  EXPECT_EQ(read->stages[0].nodes[1].path, plan.stages[0].nodes[1].path);
  EXPECT_EQ(read->stages[1].countDevices(), 3);
  EXPECT_EQ(read->stages[1].deviceOf(2), "s");
  EXPECT_EQ(read->stages[1].rankOf(0), 1);
  EXPECT_EQ(read->stages[1].memoryBytes(), 60);
  EXPECT_EQ(read->wires[0].shape, plan.wires[0].shape);
}

TEST(PlanFile, DefaultsAreReadBackToo) {
  std::string text = textOf(PlanFile());
  auto read = parsePlanFile(text, "p", PlanUse::Study);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ(textOf(*read), text);
  EXPECT_EQ(read->lowerBoundDevices, std::nullopt);
}

/// Removes key by key, in all objects of one kind at once, and returns those
/// that are missed.
static std::string missedKeys(PlanUse use) {
  auto whole = llvm::json::parse(textOf(makePlan()));
  EXPECT_TRUE(bool(whole));
  std::string missed;
  auto tryWithout = [&](const char *name, auto objectOf) {
    std::vector<std::string> keys;
    for (auto &[key, value] : *objectOf(*whole->getAsObject()))
      keys.push_back(key.str());
    llvm::sort(keys);
    for (const std::string &key : keys) {
      llvm::json::Value less = *whole;
      objectOf(*less.getAsObject())->erase(key);
      std::string text = llvm::formatv("{0}", less).str();
      std::string error = errorOf(text, use);
      if (error.find("missing value at") != std::string::npos)
        missed += (missed.empty() ? "" : " ") + (name + key);
      else
        EXPECT_EQ(error, "") << key;
    }
  };
  using llvm::json::Object;
  auto firstOf = [](llvm::StringRef list) {
    return [list](Object &plan) {
      return plan.getArray(list)->front().getAsObject();
    };
  };
  tryWithout("", [](Object &plan) { return &plan; });
  tryWithout("source.", [](Object &plan) { return plan.getObject("source"); });
  tryWithout("cluster.",
             [](Object &plan) { return plan.getObject("cluster"); });
  tryWithout("options.",
             [](Object &plan) { return plan.getObject("options"); });
  tryWithout("stage.", firstOf("stages"));
  tryWithout("node.", [](Object &plan) {
    Object *stage = plan.getArray("stages")->front().getAsObject();
    return stage->getArray("nodes")->front().getAsObject();
  });
  tryWithout("replica.", [](Object &plan) {
    Object *stage = (*plan.getArray("stages"))[1].getAsObject();
    return stage->getArray("replicas")->front().getAsObject();
  });
  tryWithout("wire.", firstOf("wires"));
  return missed;
}

TEST(PlanFile, ReadersMissOnlyWhatTheyUse) {
  const std::string applied = "source stages version source.digest "
                              "stage.device stage.nodes node.index "
                              "replica.device";
  const std::string run =
      "bottleneck_ns inputs latency_ns outputs source stages version wires "
      "source.digest stage.buffer_bytes stage.compute_ns stage.device "
      "stage.file stage.inputs stage.nodes stage.outputs "
      "stage.peak_activation_bytes stage.rank stage.weight_bytes node.index "
      "node.name replica.device replica.rank wire.bytes wire.dtype wire.from "
      "wire.shape wire.tag wire.tensor wire.time_ns wire.to wire.wire";
  EXPECT_EQ(missedKeys(PlanUse::Apply), applied);
  EXPECT_EQ(missedKeys(PlanUse::Run), run);
  EXPECT_EQ(missedKeys(PlanUse::Study), run);
}

TEST(PlanFile, ErrorsSayWhere) {
  auto changed = [](llvm::StringRef from, llvm::StringRef to) {
    std::string text = textOf(makePlan());
    size_t place = text.find(from.str());
    EXPECT_NE(place, std::string::npos) << from.str();
    return text.replace(place, from.size(), to.str());
  };
  EXPECT_EQ(errorOf("[]", PlanUse::Apply),
            "p: expected object when parsing plan");
  EXPECT_EQ(
      errorOf(changed("\"digest\": \"aa\"", "\"digest\": 5"), PlanUse::Apply),
      "p: expected string at plan.source.digest");
  EXPECT_EQ(
      errorOf(changed("\"index\": 3", "\"index\": \"3\""), PlanUse::Apply),
      "p: expected integer at plan.stages[0].nodes[1].index");
  EXPECT_EQ(errorOf(changed("\"rank\": 3", "\"rank\": 32768"), PlanUse::Run),
            "p: must be from 0 to 32767 at plan.stages[1].replicas[1].rank");
  EXPECT_EQ(errorOf(changed("\"to\": 1", "\"to\": 0"), PlanUse::Run),
            "p: must be a later stage than from at plan.wires[0].to");
  EXPECT_EQ(
      errorOf(changed("\"version\": 2", "\"version\": 3"), PlanUse::Apply),
      "p: must be 1 or 2 at plan.version");
  // Figures are nobody's business who computes them anew.
  EXPECT_EQ(
      errorOf(changed("\"macs\": 10", "\"macs\": \"many\""), PlanUse::Run), "");
  EXPECT_EQ(
      errorOf(changed("\"macs\": 10", "\"macs\": \"many\""), PlanUse::Study),
      "p: expected integer at plan.stages[1].macs");
}

TEST(SavedPlan, TakesWhatDecides) {
  auto saved = parsePlan(textOf(makePlan()), "p");
  ASSERT_TRUE(bool(saved)) << llvm::toString(saved.takeError());
  EXPECT_EQ(saved->sourceDigest, "aa");
  EXPECT_EQ(saved->options.also, (std::vector<std::string>{"N=4", "N=5"}));
  ASSERT_EQ(saved->stages.size(), 2u);
  EXPECT_EQ(saved->stages[1].device, "q");
  EXPECT_EQ(saved->stages[1].replicas, (std::vector<std::string>{"r", "s"}));
  EXPECT_TRUE(saved->stages[0].nodes[1].copied);
}
