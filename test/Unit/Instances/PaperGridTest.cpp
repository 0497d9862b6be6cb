//===- PaperGridTest.cpp - Tests of the base paper's problems -------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/PaperGrid.h"

#include "llvm/Support/MemoryBuffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

using namespace onnx_split;
using namespace onnx_split::instances;

namespace {

/// Pseudo-random numbers below a bound; the same everywhere.
class Draw {
public:
  explicit Draw(uint64_t seed) : state(seed * 2654435761u + 12345) {}
  int64_t below(int64_t bound) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<int64_t>(state >> 33) % bound;
  }

private:
  uint64_t state;
};

PaperModel randomModel(Draw &draw, int32_t numUnits) {
  PaperModel model;
  for (int32_t u = 0; u < numUnits; ++u)
    model.units.push_back(
        {4 * draw.below(30), draw.below(3) * draw.below(40), draw.below(1000)});
  return model;
}

/// The sizes that the paper's rules give the units a .. b - 1 as one slice.
int64_t sliceBytes(const PaperModel &model, MemoryRule rule, int32_t a,
                   int32_t b) {
  int64_t sum = 0;
  for (int32_t u = a; u < b; ++u) {
    if (rule == MemoryRule::Published && u == a)
      continue;
    const PaperUnit &unit = model.units[u];
    sum += unit.activationBytes +
           (rule == MemoryRule::Honest ? 4 : 1) * unit.parameters;
  }
  return sum;
}

std::optional<PaperModel> parse(const std::string &text) {
  llvm::SourceMgr sourceMgr;
  auto buffer = llvm::MemoryBuffer::getMemBuffer(text, "test.json");
  llvm::MemoryBufferRef ref = *buffer;
  sourceMgr.AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
  return readPaperModel(ref, sourceMgr);
}

} // namespace

/// Every cutting of small chains into slices: evaluate() finds a memory
/// violation exactly where the paper's rule does.
TEST(PaperGridTest, MemoryOfEverySliceIsThePapers) {
  Draw draw(1);
  int feasible = 0, infeasible = 0;
  for (int round = 0; round < 60; ++round) {
    int32_t numUnits = 1 + static_cast<int32_t>(draw.below(7));
    PaperModel model = randomModel(draw, numUnits);
    for (MemoryRule rule : {MemoryRule::Published, MemoryRule::Honest}) {
      int64_t memory = 1 + draw.below(300);
      placement::Problem problem = makePaperProblem(
          model, rule, memory, makePaperLinks(numUnits, 3), numUnits);
      ASSERT_EQ(problem.check(), "");
      for (int32_t cuts = 0; cuts < 1 << (numUnits - 1); ++cuts) {
        placement::Placement plan;
        bool fits = true;
        int32_t begin = 0;
        for (int32_t u = 0; u < numUnits; ++u) {
          plan.stageOf.push_back(static_cast<int32_t>(plan.deviceOf.size()));
          if (u + 1 == numUnits || cuts >> u & 1) {
            fits &= sliceBytes(model, rule, begin, u + 1) < memory;
            plan.deviceOf.push_back(static_cast<int32_t>(plan.deviceOf.size()));
            begin = u + 1;
          }
        }
        placement::Evaluation result = evaluate(problem, plan);
        EXPECT_EQ(result.violations.empty(), fits)
            << toString(rule) << ", round " << round << ", cuts " << cuts;
        (fits ? feasible : infeasible) += 1;
      }
    }
  }
  // Both answers occur, or this would test nothing.
  EXPECT_GT(feasible, 100);
  EXPECT_GT(infeasible, 100);
}

/// The planner against enumeration by the paper's own definitions: every way to
/// cut small chains, on every sequence of devices.
TEST(PaperGridTest, PlannerFindsThePapersOptimum) {
  Draw draw(2);
  constexpr int32_t numDevices = 4;
  int feasible = 0, cutUp = 0;
  for (int round = 0; round < 40; ++round) {
    int32_t numUnits = 2 + static_cast<int32_t>(draw.below(5));
    PaperModel model = randomModel(draw, numUnits);
    std::vector<placement::Link> links =
        makePaperLinks(numDevices, 100 + round);
    for (MemoryRule rule : {MemoryRule::Published, MemoryRule::Honest}) {
      int64_t memory = 100 + draw.below(200);
      int64_t best = placement::Unlimited;
      for (int32_t cuts = 0; cuts < 1 << (numUnits - 1); ++cuts) {
        std::vector<int64_t> sent;
        bool fits = true;
        int32_t begin = 0;
        for (int32_t u = 0; u < numUnits; ++u) {
          bool isLast = u + 1 == numUnits;
          if (!isLast && !(cuts >> u & 1))
            continue;
          fits &= sliceBytes(model, rule, begin, u + 1) < memory;
          begin = u + 1;
          if (!isLast)
            sent.push_back(16 * model.units[u].sentElements);
        }
        if (!fits || sent.size() + 1 > numDevices)
          continue;
        std::vector<int32_t> devices{0, 1, 2, 3};
        do {
          int64_t slowest = 0;
          for (size_t i = 0; i < sent.size(); ++i)
            slowest = std::max(
                slowest,
                placement::transferTime(
                    links[devices[i] * numDevices + devices[i + 1]], sent[i]));
          best = std::min(best, slowest);
        } while (std::next_permutation(devices.begin(), devices.end()));
      }
      placement::SolveOptions options;
      options.timeLimitSeconds = 1000;
      placement::Result result = solve(
          makePaperProblem(model, rule, memory, links, numDevices), options);
      ASSERT_EQ(result.found, best != placement::Unlimited) << round;
      if (!result.found) {
        EXPECT_TRUE(result.provenInfeasible()) << round;
        continue;
      }
      EXPECT_EQ(result.evaluation.bottleneckNs, best) << round;
      EXPECT_EQ(result.bound.value, best) << round;
      ++feasible;
      cutUp += best > 0;
    }
  }
  EXPECT_GT(feasible, 20);
  EXPECT_GT(cutUp, 10);
  EXPECT_LT(feasible, 80);
}

/// Against every way to cut small chains.
TEST(PaperGridTest, SlicesHaveTheLeastSumAndAFreeFirstOne) {
  Draw draw(3);
  int several = 0, none = 0, larger = 0;
  for (int round = 0; round < 300; ++round) {
    int32_t numUnits = 1 + static_cast<int32_t>(draw.below(7));
    PaperModel model = randomModel(draw, numUnits);
    int64_t smallest = 1 + draw.below(120),
            memory = smallest + draw.below(2) * draw.below(200);
    int32_t maxSlices = 1 + static_cast<int32_t>(draw.below(4));
    int64_t least = placement::Unlimited;
    for (int32_t cuts = 0; cuts < 1 << (numUnits - 1); ++cuts) {
      int64_t sum = 0;
      int32_t begin = 0, slices = 0;
      bool fits = true;
      for (int32_t u = 0; u < numUnits; ++u) {
        if (u + 1 < numUnits && !(cuts >> u & 1))
          continue;
        fits &= sliceBytes(model, MemoryRule::Published, begin, u + 1) <
                (begin == 0 ? memory : smallest);
        sum += u + 1 < numUnits ? model.units[u].sentElements : 0;
        begin = u + 1;
        ++slices;
      }
      if (fits && slices <= maxSlices)
        least = std::min(least, sum);
    }
    std::vector<int32_t> boundaries =
        cutAsPublished(model, memory, smallest, maxSlices);
    ASSERT_EQ(boundaries.empty(), least == placement::Unlimited) << round;
    if (boundaries.empty()) {
      ++none;
      continue;
    }
    EXPECT_EQ(boundaries.front(), 0);
    EXPECT_EQ(boundaries.back(), numUnits);
    int64_t sum = 0;
    for (size_t i = 1; i < boundaries.size(); ++i) {
      int64_t bytes = sliceBytes(model, MemoryRule::Published,
                                 boundaries[i - 1], boundaries[i]);
      EXPECT_LT(bytes, i == 1 ? memory : smallest) << round;
      larger += bytes >= smallest;
      if (boundaries[i] < numUnits)
        sum += model.units[boundaries[i] - 1].sentElements;
    }
    EXPECT_EQ(sum, least) << round;
    EXPECT_LE(static_cast<int32_t>(boundaries.size()) - 1, maxSlices);
    several += boundaries.size() > 2;
  }
  EXPECT_GT(several, 30);
  EXPECT_GT(none, 30);
  EXPECT_GT(larger, 10);
}

TEST(PaperGridTest, MergedUnitsAreCutBetweenAll) {
  PaperModel model;
  model.units = {{9, 9, 10}, {9, 9, 20}, {9, 9, 30}, {9, 9, 0}};
  PaperModel merged = mergeUnits(model, {0, 2, 3, 4});
  ASSERT_EQ(merged.units.size(), 3u);
  EXPECT_EQ(merged.units[0].sentElements, 20);
  EXPECT_EQ(merged.units[1].sentElements, 30);
  placement::Result result = solve(
      makePaperProblem(merged, MemoryRule::Honest, 2, makePaperLinks(3, 1), 3),
      {});
  ASSERT_TRUE(result.found);
  EXPECT_EQ(result.placement.stageOf, (std::vector<int32_t>{0, 1, 2}));
}

TEST(PaperGridTest, TransferTimeIsThePapers) {
  PaperModel model;
  model.units = {{0, 0, 1500000}, {0, 0, 0}};
  std::vector<placement::Link> links = makePaperLinks(2, 7);
  placement::Problem problem =
      makePaperProblem(model, MemoryRule::Honest, 100, links, 2);
  // 2.88 * 2^20 bit/s of the problem stand for 1 Mbit/s.
  double mbitPerSecond =
      static_cast<double>(links[1].bitsPerSecond) / 2.88 / 0x1p20;
  double mbit = 1500000.0 * 64 / 1.44 / 0x1p20;
  placement::Evaluation result = evaluate(problem, {{0, 1}, {0, 1}});
  EXPECT_NEAR(static_cast<double>(result.bottleneckNs) * 1e-9,
              mbit / mbitPerSecond, 1e-7);
  EXPECT_EQ(links[1].bitsPerSecond, links[2].bitsPerSecond);
}

TEST(PaperGridTest, LinksDependOnTheSeedAlone) {
  auto rates = [](uint64_t seed) {
    std::vector<int64_t> result;
    for (const placement::Link &link : makePaperLinks(5, seed))
      result.push_back(link.bitsPerSecond);
    return result;
  };
  EXPECT_EQ(rates(1), rates(1));
  EXPECT_NE(rates(1), rates(2));
  // The square's diagonal is 211 m: no link is slower than that.
  double slowest = 2.88 * 0x1p20 * std::log2(1 + 283230 / (2.0 * 149 * 149));
  for (int64_t rate : rates(1))
    EXPECT_GE(static_cast<double>(rate), slowest - 1);
}

/// in - a - b - add - out with an edge a - add that jumps over b: a is alone
/// on its level, and nothing jumps over it, but b's level is jumped over.
TEST(PaperGridTest, CutPointsAreAloneAndNotJumpedOver) {
  std::optional<PaperModel> model = parse(R"({"model": "m", "layers": [
    {"name": "in", "output_elements": 10, "parameters": 0, "inputs": []},
    {"name": "a", "output_elements": 20, "parameters": 3, "inputs": ["in"]},
    {"name": "b", "output_elements": 30, "parameters": 5, "inputs": ["a"]},
    {"name": "add", "output_elements": 40, "parameters": 0,
     "inputs": ["a", "b"]},
    {"name": "out", "output_elements": 7, "parameters": 11,
     "inputs": ["add"]}]})");
  ASSERT_TRUE(model);
  ASSERT_EQ(model->units.size(), 4u);
  EXPECT_EQ(model->units[0].activationBytes, 40);
  EXPECT_EQ(model->units[0].sentElements, 10);
  // Two edges leave a.
  EXPECT_EQ(model->units[1].sentElements, 40);
  EXPECT_EQ(model->units[2].activationBytes, 4 * (30 + 40));
  EXPECT_EQ(model->units[2].parameters, 5);
  EXPECT_EQ(model->units[2].sentElements, 40);
  EXPECT_EQ(model->units[3].parameters, 11);
  EXPECT_EQ(model->units[3].sentElements, 0);
}

TEST(PaperGridTest, RefusesWhatIsNoModel) {
  testing::internal::CaptureStderr();
  EXPECT_FALSE(parse("[1, 2"));
  EXPECT_FALSE(parse(R"({"model": "m", "layers": []})"));
  EXPECT_FALSE(parse(R"({"model": "m", "layers": [
    {"name": "a", "output_elements": -1, "parameters": 0, "inputs": []}]})"));
  EXPECT_FALSE(parse(R"({"model": "m", "layers": [
    {"name": "a", "output_elements": 1, "parameters": 0, "inputs": ["a"]}]})"));
  EXPECT_FALSE(parse(R"({"model": "m", "layers": [
    {"name": "a", "output_elements": 1, "parameters": 0, "inputs": ["z"]}]})"));
  EXPECT_FALSE(parse(R"({"model": "m", "layers": [{"name": "a",
    "output_elements": 1, "parameters": 1000000000, "inputs": []}]})"));
  std::string log = testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("test.json:1:6: error: not valid JSON"), std::string::npos)
      << log;
  EXPECT_NE(log.find("must be 1 to 10000 layers"), std::string::npos) << log;
  EXPECT_NE(log.find("must be between 0 and 2^30"), std::string::npos) << log;
  EXPECT_NE(log.find("depend on each other in a cycle"), std::string::npos);
  EXPECT_NE(log.find("reads 'z', which is no layer"), std::string::npos);
  EXPECT_NE(log.find("too large for this experiment"), std::string::npos);
}
