//===- ProblemFileTest.cpp - Tests of problem.json and placements ---------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/ProblemFile.h"

#include "../Placement/TestProblems.h"

#include "onnx-split/Instances/DnnPartitioning.h"
#include "onnx-split/Instances/Run.h"

#include "llvm/Support/MemoryBuffer.h"

#include <gtest/gtest.h>

using namespace onnx_split;
using namespace onnx_split::instances;
using namespace onnx_split::placement;
using onnx_split::test::seeds;

namespace {
/// A text, and what a reader has said of it.
struct Source {
  explicit Source(llvm::StringRef text) {
    auto buffer = llvm::MemoryBuffer::getMemBufferCopy(text, "p.json");
    ref = *buffer;
    sourceMgr.AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
    sourceMgr.setDiagHandler(
        [](const llvm::SMDiagnostic &diagnostic, void *said) {
          *static_cast<std::string *>(said) +=
              std::to_string(diagnostic.getLineNo()) + ":" +
              std::to_string(diagnostic.getColumnNo() + 1) + ": " +
              diagnostic.getMessage().str() + "\n";
        },
        &messages);
  }
  std::optional<ProblemFile> problem() { return readProblem(ref, sourceMgr); }
  std::optional<Placement> placement(const ProblemFile &file) {
    return readPlacement(ref, file, sourceMgr);
  }
  llvm::MemoryBufferRef ref;
  llvm::SourceMgr sourceMgr;
  std::string messages;
};
} // namespace

static std::string textOf(const ProblemFile &file) {
  std::string text;
  llvm::raw_string_ostream os(text);
  writeProblem(file, os);
  return text;
}

static std::string textOf(const Placement &placement, const ProblemFile &file) {
  std::string text;
  llvm::raw_string_ostream os(text);
  writePlacement(placement, file, os);
  return text;
}

/// Without what has no meaning: a link that is none has no latency.
static Problem normal(Problem problem) {
  int32_t numDevices = static_cast<int32_t>(problem.devices.size());
  for (int32_t from = 0; from < numDevices; ++from)
    for (int32_t to = 0; to < numDevices; ++to) {
      size_t pair = problem.pair(from, to);
      if (from != to && problem.links[pair].bitsPerSecond != 0)
        continue;
      problem.links[pair] = Unlinked;
      if (!problem.mediumOf.empty())
        problem.mediumOf[pair] = None;
    }
  return problem;
}

/// What describe() leaves out.
static std::string rest(const Problem &problem) {
  std::string text;
  auto add = [&](int64_t value) { text += std::to_string(value) + " "; };
  for (const Task &task : problem.tasks)
    add(task.hasState);
  for (const Weight &weight : problem.weights)
    add(weight.isState);
  for (const Device &device : problem.devices) {
    add(device.messageNs);
    add(device.bytePs);
  }
  for (const Medium &medium : problem.media)
    for (int32_t device : medium.devices)
      add(device);
  add(problem.sequences);
  add(problem.revisit);
  add(problem.replicate);
  return text;
}

TEST(ProblemFileTest, WhatIsWrittenIsRead) {
  int withMedia = 0, withStates = 0, withAliases = 0;
  for (uint64_t seed : seeds(3000)) {
    ProblemFile file;
    file.name = "random";
    file.problem = placement::test::randomProblem(seed);
    file.problem.sequences = static_cast<int32_t>(seed % 3);
    file.problem.revisit = seed % 5 == 0;
    file.problem.replicate = seed % 7 == 0;
    if (seed % 4 == 0) {
      file.problem.tasks.front().hasState = true;
      file.problem.weights.push_back({"cache", 4, /*isState=*/true});
    }
    file.objective = static_cast<placement::Objective>(seed % 3);
    if (seed % 2 == 0)
      file.targetNs = static_cast<int64_t>(seed);
    file.maxLatencyNs = static_cast<int64_t>(seed) + 1;
    withMedia += !file.problem.media.empty();
    withStates += file.problem.tasks.front().hasState;
    for (const Tensor &tensor : file.problem.tensors)
      withAliases += tensor.aliasOf != None;
    std::string text = textOf(file);
    Source source(text);
    std::optional<ProblemFile> read = source.problem();
    ASSERT_TRUE(read) << source.messages << text;
    EXPECT_EQ(textOf(*read), text);
    EXPECT_EQ(placement::test::describe(read->problem),
              placement::test::describe(normal(file.problem)));
    EXPECT_EQ(rest(read->problem), rest(file.problem));
    EXPECT_EQ(read->objective, file.objective);
    EXPECT_EQ(read->targetNs, file.targetNs);
    EXPECT_EQ(read->maxLatencyNs, file.maxLatencyNs);
  }
  EXPECT_GT(withMedia, 0);
  EXPECT_GT(withStates, 0);
  EXPECT_GT(withAliases, 0);
}

TEST(ProblemFileTest, PlansAreTheSame) {
  int found = 0;
  for (uint64_t seed : seeds(300)) {
    ProblemFile file;
    file.problem = placement::test::randomProblem(seed);
    Source source(textOf(file));
    std::optional<ProblemFile> read = source.problem();
    ASSERT_TRUE(read) << source.messages;
    placement::SolveOptions options;
    // Small ones end by themselves.
    options.timeLimitSeconds = 100;
    placement::Result before = solve(file.problem, options),
                      after = solve(read->problem, options);
    ASSERT_EQ(before.found, after.found);
    EXPECT_EQ(before.bound.value, after.bound.value);
    EXPECT_EQ(before.placement.stageOf, after.placement.stageOf);
    EXPECT_EQ(before.placement.deviceOf, after.placement.deviceOf);
    EXPECT_EQ(before.evaluation.intervalNs, after.evaluation.intervalNs);
    EXPECT_EQ(before.evaluation.latencyNs, after.evaluation.latencyNs);
    if (!before.found)
      continue;
    ++found;
    Source saved(textOf(before.placement, *read));
    std::optional<Placement> again = saved.placement(*read);
    ASSERT_TRUE(again) << saved.messages;
    EXPECT_EQ(again->stageOf, before.placement.stageOf);
    EXPECT_EQ(again->deviceOf, before.placement.deviceOf);
  }
  EXPECT_GT(found, 10);
}

TEST(ProblemFileTest, NodesOfAModelAreKept) {
  ProblemFile file;
  file.problem = placement::test::chain(2, {1, 2}, {3}).get();
  file.sourceDigest = "12ab";
  file.nodes = {{4, {}}, {7, {"then", "2"}}};
  Source source(textOf(file));
  std::optional<ProblemFile> read = source.problem();
  ASSERT_TRUE(read) << source.messages;
  EXPECT_EQ(read->sourceDigest, file.sourceDigest);
  EXPECT_TRUE(read->nodes == file.nodes);
}

/// Every key that has to be there, and no other.
static constexpr char smallest[] = R"({"version": 1,
"devices": [{"name": "a"},
            {"name": "b"}],
"tasks": [{"time_ns": [5]},
          {"time_ns": [null]}],
"tensors": [{"bytes": 8}]})";

TEST(ProblemFileTest, WhatMayBeLeftOut) {
  Source source(smallest);
  std::optional<ProblemFile> read = source.problem();
  ASSERT_TRUE(read) << source.messages;
  EXPECT_EQ(read->problem.devices[1].memory, Unlimited);
  EXPECT_EQ(read->problem.taskTime, (std::vector<int64_t>{5, Unlimited}));
  EXPECT_EQ(read->problem.link(0, 1), Unlinked);
  EXPECT_EQ(read->problem.ingress, None);
  EXPECT_TRUE(read->problem.tensors[0].canCut);
  EXPECT_EQ(read->problem.tensors[0].sent(), 8);
  EXPECT_EQ(read->problem.maxStages, 0);
  EXPECT_EQ(read->problem.sequences, 0);
  EXPECT_TRUE(read->nodes.empty());
  EXPECT_EQ(read->targetNs, Unlimited);
}

TEST(ProblemFileTest, WhatIsWrongIsSaidWhereItIs) {
  struct Case {
    const char *from, *to, *message;
  };
  const Case cases[] = {
      {"\"version\": 1", "\"version\": 2", "1:13: unknown version '2'"},
      {"\"version\": 1", "\"version\": 1, \"egres\": 0",
       "1:25: unknown key 'egres' in a problem (did you mean 'egress'?)"},
      {"\"version\": 1", "\"version\": 1, \"version\": 1",
       "1:27: key 'version' appears twice"},
      {"\"version\": 1", "\"version\": 1, \"objective\": \"rate\"",
       "1:29: unknown objective 'rate'"},
      {"\"version\": 1", "\"version\": 1, \"min_stages\": 2, \"max_stages\": 1",
       "1:30: 'min_stages' is above 'max_stages'"},
      {"\"version\": 1", "\"version\": 1, \"revisit\": 1",
       "1:27: found '1'; 'revisit' is true or false"},
      {"\"version\": 1", "\"version\": 1, \"ingress\": 2",
       "1:27: found '2'; 'ingress' takes the position of a device, from 0 to "
       "1"},
      {"\"name\": \"b\"", "\"name\": \"a\"",
       "3:13: two devices are called 'a'"},
      {"\"name\": \"b\"", "\"nam\": \"b\"", "3:13: missing key 'name'"},
      {"\"name\": \"b\"", "\"name\": \"b\", \"memory_bytes\": -1",
       "3:43: found '-1'; 'memory_bytes' is a whole number"},
      {"\"name\": \"b\"",
       "\"name\": \"b\", \"memory_bytes\": 9223372036854775807",
       "'memory_bytes' is a whole number from 0 to 9223372036854775806"},
      {"\"name\": \"b\"", "\"name\": \"b\", \"speed_class\": 1",
       "4:23: a task has a time for each speed class, 2 in all, not 1"},
      {"[5]", "5", "4:23: found '5'; 'time_ns' is a list"},
      {"[5]", "[5.5]", "4:24: found '5.5'; 'time_ns' is a whole number"},
      {"\"time_ns\": [5]", "\"time\": [5]", "4:11: missing key 'time_ns'"},
      {"[5]", "[5], \"weights\": [0]",
       "4:40: found '0'; 'weights' takes the position of a weight, and there "
       "is none"},
      {"[5]", "[5], \"node\": {\"path\": []}", "4:36: missing key 'index'"},
      {"\"bytes\": 8", "\"bytes\": 8, \"producer\": 2",
       "6:38: found '2'; 'producer' takes the position of a task"},
      {"\"bytes\": 8", "\"bytes\": 8, \"producer\": 1, \"consumers\": [0]",
       "task 0 reads what task 1 makes"},
      {"\"bytes\": 8", "\"bytes\": 8, \"consumers\": [1, 1]",
       "'consumers' ascends, each task once, but here is 1 behind 1"},
      {"\"bytes\": 8", "\"bytes\": 8, \"alias_of\": 0",
       "6:38: the task that makes an alias reads the tensor"},
      {"\"bytes\": 8", "\"name\": \"x\"", "6:13: missing key 'bytes'"},
      {"\"tasks\"", "\"links\": [{\"bits_per_second\": 0}], \"tasks\"",
       "4:11: a link has a rate above 0"},
      {"\"tasks\"", "\"link_of\": [[null, null]], \"tasks\"",
       "4:12: 'link_of' has 1 rows, but there are 2 devices"},
      {"\"tasks\"", "\"link_of\": [[null], [null, null]], \"tasks\"",
       "4:13: a row of 'link_of' is a list of 2 links"},
      {"\"tasks\"", "\"link_of\": [[null, 0], [null, null]], \"tasks\"",
       "4:20: found '0'; 'link_of' takes the position of a link, and there is "
       "none"},
      {"\"tasks\"", "\"links\": [{\"medium\": 0}], \"tasks\"",
       "'medium' takes the position of a medium, and there is none"},
      {"{\"time_ns\": [5]},", "3,", "4:11: found '3'; a task is an object"},
      {"{\"name\": \"a\"},\n            {\"name\": \"b\"}", "",
       "2:12: there is no device"},
      {"8}]}", "8}]", "6:26: expected ',' or '}'"},
  };
  for (const Case &each : cases) {
    std::string text = smallest;
    size_t place = text.find(each.from);
    ASSERT_NE(place, std::string::npos) << each.from;
    text.replace(place, std::string(each.from).size(), each.to);
    Source source(text);
    EXPECT_FALSE(source.problem()) << text;
    EXPECT_NE(source.messages.find(each.message), std::string::npos)
        << each.message << "\n"
        << source.messages;
  }
}

TEST(ProblemFileTest, HostileFilesEndSoon) {
  // More errors than a person reads, nesting, values without end, no text.
  std::string tasks = "{}";
  for (int i = 0; i < 100000; ++i)
    tasks += ",{}";
  Source many(R"({"version": 1, "devices": [{"name": "a"}], "tasks": [)" +
              tasks + "]}");
  EXPECT_FALSE(many.problem());
  EXPECT_LT(many.messages.size(), 10000u);
  EXPECT_NE(many.messages.find("more errors from here on are not shown"),
            std::string::npos);
  Source deep(std::string(100000, '['));
  EXPECT_FALSE(deep.problem());
  EXPECT_NE(deep.messages.find("nested more than"), std::string::npos);
  Source binary(llvm::StringRef("{\"version\": \0}", 14));
  EXPECT_FALSE(binary.problem());
  Source list("[]");
  EXPECT_FALSE(list.problem());
  EXPECT_EQ(list.messages, "1:1: found a list; a problem is an object\n");
}

TEST(PlacementFileTest, NamesAndPositions) {
  ProblemFile file;
  file.problem = placement::test::chain(3, {1, 2, 3}, {4, 5}).get();
  for (const char *name : {"x", "y", "z"})
    file.problem.tasks[name[0] - 'x'].name = name;
  const std::string devices[] = {file.problem.devices[2].name,
                                 file.problem.devices[0].name};
  Source source(R"({"stages": [{"device": ")" + devices[0] +
                R"(", "tasks": ["x", 1], "replicas": [1]},
                     {"device": 0, "tasks": ["z"]}]})");
  std::optional<Placement> read = source.placement(file);
  ASSERT_TRUE(read) << source.messages;
  EXPECT_EQ(read->stageOf, (std::vector<int32_t>{0, 0, 1}));
  EXPECT_EQ(read->deviceOf, (std::vector<int32_t>{2, 0}));
  EXPECT_EQ(read->replicas, (std::vector<std::vector<int32_t>>{{1}, {}}));
  Source again(textOf(*read, file));
  std::optional<Placement> same = again.placement(file);
  ASSERT_TRUE(same) << again.messages;
  EXPECT_EQ(same->stageOf, read->stageOf);
  EXPECT_EQ(same->replicas, read->replicas);
}

/// Of a plan.json, nodes count; constants, which are no tasks, and copies are
/// passed over.
TEST(PlacementFileTest, PlansAreRead) {
  ProblemFile file;
  file.problem = placement::test::chain(2, {1, 2}, {3}).get();
  file.sourceDigest = "d";
  file.nodes = {{1, {}}, {4, {"else", "0"}}};
  std::string plan = R"({"version": 2, "source": {"digest": "d"}, "stages": [
    {"device": ")" + file.problem.devices[1].name +
                     R"(", "file": "s", "nodes": [{"index": 0}, {"index": 1}]},
    {"device": ")" + file.problem.devices[0].name +
                     R"(", "nodes": [{"index": 1, "copied": true},
      {"index": 4, "path": ["else", "0"]}]}]})";
  Source source(plan);
  std::optional<Placement> read = source.placement(file);
  ASSERT_TRUE(read) << source.messages;
  EXPECT_EQ(read->stageOf, (std::vector<int32_t>{0, 1}));
  EXPECT_EQ(read->deviceOf, (std::vector<int32_t>{1, 0}));
  file.sourceDigest = "other";
  Source stale(plan);
  EXPECT_FALSE(stale.placement(file));
  EXPECT_NE(stale.messages.find("1:37: the placement is for a model with "
                                "another digest than the problem's, 'other'"),
            std::string::npos)
      << stale.messages;
}

TEST(PlacementFileTest, WhatIsWrongIsSaidWhereItIs) {
  ProblemFile file;
  file.problem = placement::test::chain(2, {1, 2}, {3}).get();
  file.problem.devices[0].name = "cam";
  file.problem.tasks[0].name = file.problem.tasks[1].name = "same";
  struct Case {
    const char *text, *message;
  };
  const Case cases[] = {
      {"{}", "1:1: missing key 'stages' in a placement"},
      {R"({"stages": 1})", "1:12: found '1'; 'stages' is a list"},
      {R"({"stages": [{"tasks": [0, 1]}]})", "1:13: missing key 'device'"},
      {R"({"stages": [{"device": "can", "tasks": [0, 1]}]})",
       "1:24: no device is called 'can' (did you mean 'cam'?)"},
      {R"({"stages": [{"device": 2, "tasks": [0, 1]}]})",
       "1:24: found '2'; 'device' takes the position of a device, from 0 to 1"},
      {R"({"stages": [{"device": 0}]})", "1:13: a stage has 'tasks'"},
      {R"({"stages": [{"device": 0, "nodes": []}]})",
       "1:36: the problem does not say which nodes its tasks are"},
      {R"({"stages": [{"device": 0, "tasks": [0]}]})",
       "1:1: task 1, 'same', is in no stage"},
      {R"({"stages": [{"device": 0, "tasks": [0, 1, 0]}]})",
       "1:43: task 0, 'same', is in stages 0 and 0"},
      {R"({"stages": [{"device": 0, "tasks": [2]}]})",
       "1:37: found '2'; 'tasks' takes the position of a task, from 0 to 1"},
      {R"({"stages": [{"device": 0, "tasks": ["other"]}]})",
       "1:37: no task is called 'other'"},
      {R"({"stages": [{"device": 0, "tasks": ["same"]}]})",
       "1:37: several tasks are called 'same'"},
      {R"({"stages": [3]})", "1:13: missing key 'device' in a stage"},
  };
  for (const Case &each : cases) {
    Source source(each.text);
    EXPECT_FALSE(source.placement(file)) << each.text;
    EXPECT_NE(source.messages.find(each.message), std::string::npos)
        << each.message << "\n"
        << source.messages;
  }
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

static Instance instanceOf(Problem problem) {
  Instance instance;
  instance.name = "i";
  instance.format = "problem";
  instance.problem = std::move(problem);
  instance.hasDemands = true;
  return instance;
}

static std::string planRow(const Instance &instance, bool *found = nullptr) {
  std::string text;
  llvm::raw_string_ostream os(text);
  RunOptions options;
  testing::internal::CaptureStderr();
  bool isFound = runInstance(instance, options, os);
  testing::internal::GetCapturedStderr();
  if (found)
    *found = isFound;
  return text.substr(0, text.find(",auto,"));
}

/// 4 and 6 ns on two devices, 1 ns between them.
TEST(RunTest, AProblemSaysWhatIsMadeSmall) {
  Instance instance = instanceOf(placement::test::chain(2, {4, 6}, {1}).get());
  EXPECT_EQ(planRow(instance), "i,6,6,contiguous");
  instance.objective = placement::Objective::Latency;
  EXPECT_EQ(planRow(instance), "i,10,10,contiguous");
  instance.objective = placement::Objective::Devices;
  instance.targetNs = 9;
  EXPECT_EQ(planRow(instance), "i,2,2,contiguous");
  instance.targetNs = 10;
  EXPECT_EQ(planRow(instance), "i,1,1,contiguous");
  instance.objective = placement::Objective::Throughput;
  bool found = true;
  instance.targetNs = 5;
  planRow(instance, &found);
  EXPECT_FALSE(found);
  // A token is back after 4 + 1 + 6 ns and 8 ns; on one device after 10.
  instance.targetNs = Unlimited;
  instance.problem.sequences = 1;
  EXPECT_EQ(planRow(instance), "i,10,10,contiguous");
}

static std::string evaluationRow(const Instance &instance,
                                 const Placement &placement,
                                 std::string *messages = nullptr) {
  std::string text;
  llvm::raw_string_ostream os(text);
  testing::internal::CaptureStderr();
  evaluateInstance(instance, placement, "p", os);
  std::string said = testing::internal::GetCapturedStderr();
  if (messages)
    *messages = said;
  return text;
}

TEST(EvaluationTest, AnyPlacementGetsItsFigures) {
  Instance instance = instanceOf(placement::test::chain(2, {4, 6}, {7}).get());
  instance.problem.devices[1].name = "b";
  Placement placement{{0, 1}, {0, 1}};
  EXPECT_EQ(evaluationRow(instance, placement),
            "i,p,yes,7,link " + instance.problem.devices[0].name +
                " to b,17,7,7,LB6 connection,revisiting,ns,fixed-order,2,"
                "0\n");
  // Receiving takes two buffers of 7 bytes and the tensor itself.
  instance.problem.devices[1].memory = 20;
  instance.maxLatencyNs = 16;
  std::string messages;
  EXPECT_EQ(
      evaluationRow(instance, placement, &messages).find("i,p,no,7,link "), 0u);
  EXPECT_NE(
      messages.find("p: error: stage 1 needs 21 bytes but device 'b' has 20 "),
      std::string::npos)
      << messages;
  EXPECT_NE(messages.find("p: error: takes 17 ns for one item, but at most 16 "
                          "ns are allowed"),
            std::string::npos)
      << messages;
}

TEST(EvaluationTest, AgainstTheOrder) {
  Instance instance = instanceOf(placement::test::chain(2, {4, 6}, {7}).get());
  std::string messages;
  std::string row =
      evaluationRow(instance, Placement{{1, 0}, {0, 1}}, &messages);
  EXPECT_EQ(row.find("i,p,no,"), 0u) << row;
  EXPECT_NE(messages.find("goes back from stage 1 to stage 0"),
            std::string::npos)
      << messages;
  // The columns are as many as those of the header.
  std::string header;
  llvm::raw_string_ostream os(header);
  printEvaluationHeader(os);
  EXPECT_EQ(std::count(row.begin(), row.end(), ','),
            std::count(header.begin(), header.end(), ','));
}

TEST(EvaluationTest, TheSumHasConstraintsOfItsOwn) {
  DnnGraph graph;
  graph.name = "g";
  graph.nodes = {{2, 20, true, false, 6, 1, 10},
                 {3, 30, true, false, 6, 1, 11},
                 {1, 10, false, false, 0, -1, 12}};
  graph.edges = {{0, 2, 0.5}};
  graph.numAccelerators = 2;
  graph.numCpus = 1;
  graph.acceleratorMemory = 10;
  std::string message;
  std::optional<Instance> instance = makeSumInstance(graph, message);
  ASSERT_TRUE(instance) << message;
  Source source(
      R"({"stages": [{"device": "accelerator-0", "tasks": [0, 1, 2]}]})");
  std::optional<Placement> one = source.placement(*instance);
  ASSERT_TRUE(one) << source.messages;
  std::string messages;
  EXPECT_EQ(evaluationRow(*instance, *one, &messages),
            "g,p,no,6,device accelerator-0,,,,,,ms,contiguous,1,2\n");
  EXPECT_NE(messages.find("node 12 is on an accelerator"), std::string::npos);
  EXPECT_NE(messages.find("accelerator-0 has 12 bytes, but room for 10"),
            std::string::npos);
  Source apart(R"({"stages": [{"device": "accelerator-0", "tasks": [0]},
    {"device": "accelerator-1", "tasks": [1]}, {"device": "cpu-0", "tasks": [2]}]})");
  std::optional<Placement> three = apart.placement(*instance);
  ASSERT_TRUE(three) << apart.messages;
  EXPECT_EQ(evaluationRow(*instance, *three, &messages),
            "g,p,no,10,device cpu-0,,,,,,ms,contiguous,3,1\n");
  EXPECT_NE(messages.find("node 11 is not with the others of its class"),
            std::string::npos);
  // As the authors' programs write it, with their own figures.
  Source theirs(R"({"fpgas": [{"load": 5, "nodes": [10, 11]}, {"nodes": []}],
    "cpus": [{"load": 10, "nodes": [12]}], "maxLoad": 10})");
  std::optional<Placement> split = theirs.placement(*instance);
  ASSERT_TRUE(split) << theirs.messages;
  EXPECT_EQ(split->deviceOf, (std::vector<int32_t>{0, 2}));
  EXPECT_EQ(split->stageOf, (std::vector<int32_t>{0, 0, 1}));
  Source wrong(R"({"fpgas": [{"nodes": [10, 11, 7]}, {}, {"nodes": [12]}]})");
  EXPECT_FALSE(wrong.placement(*instance));
  EXPECT_EQ(wrong.messages, "1:31: no task is called '7'\n"
                            "1:36: missing key 'nodes' in a device\n"
                            "1:40: no device is called 'accelerator-2' (did "
                            "you mean 'accelerator-0'?); the problem has "
                            "accelerator-0, accelerator-1, cpu-0\n");
}

TEST(InputsTest, ProblemsAreToldFromOthers) {
  auto formatOf = [](const std::string &text) {
    return detectFormat(Source(text).ref);
  };
  EXPECT_EQ(formatOf(smallest), Format::Problem);
  EXPECT_EQ(
      formatOf(R"({"edges": [{"sourceId": 1, "destId": 2}], "tasks": 1})"),
      Format::DnnPartitioning);
}
