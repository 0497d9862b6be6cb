//===- Strategies.cpp - Runs the strategy that was asked for --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Strategies.h"

using namespace onnx_split::placement;

void onnx_split::placement::runStrategy(SearchState &search) {
  switch (search.options.strategy) {
#define STRATEGY(ID, NAME, HELP, SEARCH)                                       \
  case Strategy::ID:                                                           \
    search.improve({NAME}, [&] { SEARCH(search); });                           \
    break;
#include "onnx-split/Placement/Strategies.def"
  }
}
