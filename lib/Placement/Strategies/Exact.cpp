//===- Exact.cpp - The searches that prove --------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Two label settings share the work. The one over the given order tracks sets
/// of devices and walks long chains fast; where the graph has other orders it
/// proves nothing about them. The one over ideals covers every order and needs
/// no sets of devices, but has to hold all ideals of the graph.
///
//===----------------------------------------------------------------------===//

#include "Exact.h"

#include "../Bounds/Bounds.h"
#include "../FixedOrder/Search.h"
#include "../FixedOrder/StageWindows.h"
#include "../IdealSearch/Search.h"
#include "../Ideals/Lattice.h"
#include "Strategies.h"

using namespace onnx_split::placement;

void onnx_split::placement::searchGivenOrder(SearchState &search, bool beam) {
  beam |= !hasFewDeviceSets(DeviceGroups(search.problem));
  search.improve(beam ? Method{"beam search"}
                      : Method{"fixed-order search", /*isExact=*/true},
                 [&] { searchFixedOrder(search, beam); });
}

void onnx_split::placement::searchEveryOrder(SearchState &search) {
  if (search.scope >= SolutionClass::Contiguous)
    search.improve({"ideal search", /*isExact=*/true},
                   [&] { searchContiguous(search); });
}

/// The same, with all of the time for the question whether any plan is better.
void onnx_split::placement::provePlanBest(SearchState &search) {
  search.improve({"ideal search", /*isExact=*/true}, [&] {
    searchContiguous(search, /*givenOrder=*/false, Climb::AtOnce);
  });
}

/// The given order alone: a bound for this class only, unless the graph has no
/// other order.
void onnx_split::placement::proveGivenOrder(SearchState &search,
                                            bool oneOrder) {
  search.inScope(SolutionClass::FixedOrder, [&] {
    boundBySuperDevice(search);
    searchGivenOrder(search, /*beam=*/false);
  });
  if (oneOrder && search.scope != SolutionClass::FixedOrder)
    search.widenBound(SolutionClass::FixedOrder, SolutionClass::Contiguous);
}

void onnx_split::placement::searchExact(SearchState &search) {
  if (search.scope > SolutionClass::FixedOrder) {
    OtherOrder other(search.problem);
    if (other.repeatsWeights())
      search.within(ExactPolicy().otherOrder, [&] {
        search.improve({"other order"},
                       [&] { other.search(search, /*isExact=*/true); });
      });
  }
  proveContiguous(search);
}

void onnx_split::placement::proveContiguous(SearchState &search) {
  if (search.scope == SolutionClass::FixedOrder) {
    proveGivenOrder(search, /*oneOrder=*/true);
    return;
  }
  constexpr ExactPolicy policy;
  DeviceGroups devices(search.problem);
  bool oneOrder = hasOneOrder(search.problem);
  bool manySets =
      DeviceSets(devices).size() > policy.manySets &&
      (!oneOrder || static_cast<int32_t>(devices.size()) > policy.manyGroups);
  if (manySets) {
    search.within(policy.idealsFirst, [&] { searchEveryOrder(search); });
    proveGivenOrder(search, oneOrder);
    return;
  }
  search.within(oneOrder ? policy.onlyOrder : policy.oneOfOrders,
                [&] { proveGivenOrder(search, oneOrder); });
  searchEveryOrder(search);
}
