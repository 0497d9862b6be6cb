//===- IdealsTest.cpp - Atoms and ideals against plain definitions --------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Placement/Ideals.h"

#include "gtest/gtest.h"

#include <random>
#include <set>

using namespace onnx_split::placement;

namespace {

/// All ideals by trying every set of atoms.
std::set<uint64_t> naiveIdeals(int32_t numAtoms, const Edges &edges) {
  std::set<uint64_t> result;
  for (uint64_t bits = 0; bits < uint64_t(1) << numAtoms; ++bits) {
    bool closed = true;
    for (auto [from, to] : edges)
      closed &= !(bits >> to & 1) || (bits >> from & 1);
    if (closed)
      result.insert(bits);
  }
  return result;
}

Edges randomEdges(std::mt19937 &random, int32_t n, int percent, bool acyclic) {
  Edges edges;
  for (int32_t a = 0; a < n; ++a)
    for (int32_t b = acyclic ? a + 1 : 0; b < n; ++b)
      if (a != b && static_cast<int>(random() % 100) < percent)
        edges.emplace_back(a, b);
  return edges;
}

TEST(Ideals, EqualPlainEnumeration) {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    int32_t n = static_cast<int32_t>(random() % 11);
    Edges edges = randomEdges(random, n, static_cast<int>(random() % 70), true);
    std::set<uint64_t> expected = naiveIdeals(n, edges), found;
    Ideals ideals(n, edges, 5000);
    ASSERT_TRUE(ideals.complete());
    int previous = 0;
    for (size_t k = 0; k < ideals.size(); ++k) {
      uint64_t bits = n ? *ideals.bits(k) : 0;
      int size = __builtin_popcountll(bits);
      EXPECT_LE(previous, size);
      previous = size;
      EXPECT_TRUE(found.insert(bits).second) << "twice";
    }
    EXPECT_EQ(found, expected);
  }
}

TEST(Ideals, ParentsLackTheLastAtom) {
  std::mt19937 random(3);
  for (int i = 0; i < 500; ++i) {
    int32_t n = 1 + static_cast<int32_t>(random() % 10);
    Ideals ideals(
        n, randomEdges(random, n, static_cast<int>(random() % 70), true), 5000);
    ASSERT_TRUE(ideals.complete());
    for (size_t k = 1; k < ideals.size(); ++k) {
      uint64_t bits = *ideals.bits(k);
      int32_t last = 63 - __builtin_clzll(bits);
      EXPECT_EQ(ideals.lastAtom(k), last);
      ASSERT_LT(ideals.parent(k), k);
      EXPECT_EQ(*ideals.bits(ideals.parent(k)), bits & ~(uint64_t(1) << last));
    }
  }
}

TEST(Ideals, SpansWords) {
  // Two chains of 70 that share nothing: 71 x 71.
  Edges edges;
  for (int32_t a = 0; a + 2 < 140; ++a)
    edges.emplace_back(a, a + 2);
  Ideals ideals(140, edges, 5041);
  ASSERT_TRUE(ideals.complete());
  EXPECT_EQ(ideals.size(), 5041u);
  EXPECT_TRUE(ideals.contains(5040, 139));
  EXPECT_TRUE(ideals.isSubset(17, 5040));
  EXPECT_FALSE(ideals.isSubset(5040, 17));
}

TEST(Ideals, GivesUpAtTheLimit) {
  // 64 free atoms: 2^64 ideals. A chain of 3: four.
  EXPECT_FALSE(Ideals(64, {}, 1000).complete());
  EXPECT_FALSE(Ideals(1000000, {}, 1000000).complete());
  EXPECT_FALSE(Ideals(3, {{0, 1}, {1, 2}}, 3).complete());
  EXPECT_TRUE(Ideals(3, {{0, 1}, {1, 2}}, 4).complete());
}

TEST(Ideals, OfNothing) {
  Ideals ideals(0, {}, 1);
  ASSERT_TRUE(ideals.complete());
  EXPECT_EQ(ideals.size(), 1u);
}

TEST(Atoms, ClosesCyclesThroughMergedTasks) {
  // 0 -> 1 -> 2 with 0 and 2 together encloses 1; 3 stays apart.
  Atoms atoms = contractAtoms(4, {{0, 1}, {1, 2}, {2, 3}}, {{0, 2}});
  EXPECT_EQ(atoms.atomOf, (std::vector<int32_t>{0, 0, 0, 1}));
  EXPECT_EQ(atoms.edges, (Edges{{0, 1}}));
  EXPECT_EQ(atoms.tasks[0], (std::vector<int32_t>{0, 1, 2}));
}

TEST(Atoms, NumbersFollowTheSmallestTasks) {
  Atoms atoms = contractAtoms(4, {{3, 0}, {1, 0}}, {});
  EXPECT_EQ(atoms.atomOf, (std::vector<int32_t>{3, 0, 1, 2}));
}

TEST(Atoms, EqualReachability) {
  // Two tasks share an atom exactly if each reaches the other along edges and,
  // both ways, along what is together.
  std::mt19937 random(2);
  for (int i = 0; i < 2000; ++i) {
    int32_t n = 1 + static_cast<int32_t>(random() % 9);
    Edges edges =
        randomEdges(random, n, static_cast<int>(random() % 30), false);
    Edges together = randomEdges(random, n, 4, true);
    std::vector<std::vector<char>> reach(n, std::vector<char>(n));
    for (int32_t a = 0; a < n; ++a)
      reach[a][a] = true;
    for (auto [a, b] : edges)
      reach[a][b] = true;
    for (auto [a, b] : together)
      reach[a][b] = reach[b][a] = true;
    for (int32_t k = 0; k < n; ++k)
      for (int32_t a = 0; a < n; ++a)
        for (int32_t b = 0; b < n; ++b)
          reach[a][b] |= reach[a][k] && reach[k][b];
    Atoms atoms = contractAtoms(n, edges, together);
    for (int32_t a = 0; a < n; ++a)
      for (int32_t b = 0; b < n; ++b)
        EXPECT_EQ(atoms.atomOf[a] == atoms.atomOf[b],
                  reach[a][b] && reach[b][a]);
    for (auto [from, to] : atoms.edges)
      EXPECT_LT(from, to);
  }
}

TEST(Atoms, LongChainsNeedNoDeepStack) {
  Edges edges;
  for (int32_t t = 0; t + 1 < 300000; ++t)
    edges.emplace_back(t, t + 1);
  EXPECT_EQ(contractAtoms(300000, edges, {}).tasks.size(), 300000u);
  EXPECT_EQ(contractAtoms(300000, edges, {{299999, 0}}).tasks.size(), 1u);
}

} // namespace
