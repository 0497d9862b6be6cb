//===- SharedVectorTest.cpp - Copies that share until one changes ---------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/SharedVector.h"

#include <gtest/gtest.h>

using onnx_split::SharedVector;

TEST(SharedVectorTest, CopiesShareUntilOneChanges) {
  const SharedVector<int> first = {1, 2, 3};
  SharedVector<int> second = first;
  EXPECT_EQ(second.data(), first.data());
  second[1] = 5;
  EXPECT_NE(second.data(), first.data());
  EXPECT_EQ(first, (SharedVector<int>{1, 2, 3}));
  EXPECT_EQ(second, (SharedVector<int>{1, 5, 3}));
  // Alone again, it changes in place.
  const int *place = second.data();
  second[0] = 4;
  EXPECT_EQ(second.data(), place);
}

TEST(SharedVectorTest, EveryChangeLeavesTheOther) {
  const SharedVector<int> given = {1, 2, 3};
  auto changed = [&](auto change) {
    SharedVector<int> copy = given;
    change(copy);
    EXPECT_EQ(given, (SharedVector<int>{1, 2, 3}));
    return copy.get();
  };
  using List = std::vector<int>;
  EXPECT_EQ(changed([](auto &v) { v.push_back(4); }), (List{1, 2, 3, 4}));
  EXPECT_EQ(changed([](auto &v) { v.assign(2, 7); }), (List{7, 7}));
  EXPECT_EQ(changed([](auto &v) { v.clear(); }), List());
  EXPECT_EQ(changed([](auto &v) { v = {9}; }), (List{9}));
  EXPECT_EQ(changed([](auto &v) {
              for (int &element : v)
                element *= 2;
            }),
            (List{2, 4, 6}));
  EXPECT_EQ(changed([](auto &v) {
              List more = {8, 9};
              v.insert(std::as_const(v).begin() + 1, more.begin(), more.end());
            }),
            (List{1, 8, 9, 2, 3}));
}

TEST(SharedVectorTest, OfNothing) {
  SharedVector<int> none;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(std::as_const(none).begin(), std::as_const(none).end());
  SharedVector<int> copy = none;
  copy.push_back(1);
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(copy.size(), 1u);
}
