//===- Solve.cpp - The solver of the SUM model ----------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How plans of the SUM model are searched: bounds that hold for any placement,
/// the best contiguous plan, and, where a device may be revisited, annealing
/// from there.
///
//===----------------------------------------------------------------------===//

#include "Model.h"

#include <algorithm>

using namespace onnx_split;
using namespace onnx_split::placement;
using namespace onnx_split::placement::sum;

namespace {

/// Prefixes of the atoms' own order, the empty one first: a bit for each atom,
/// in `words` words for each prefix.
std::vector<uint64_t> prefixes(int32_t numAtoms, size_t words) {
  std::vector<uint64_t> bits((numAtoms + size_t(1)) * words);
  for (size_t i = 1; i <= static_cast<size_t>(numAtoms); ++i) {
    std::copy_n(&bits[(i - 1) * words], words, &bits[i * words]);
    bits[i * words + (i - 1) / 64] |= uint64_t(1) << ((i - 1) % 64);
  }
  return bits;
}

/// Searches the cuts of one order, which gives a plan quickly and with it
/// narrow windows, then all ideals. Only those prove something, if they are
/// complete and the time is enough.
void solveContiguous(const Model &model, const Clock &clock,
                     SumResult &result) {
  int32_t n = model.numAtoms();
  size_t words = (n + 63) / 64;
  // The table of prefixes is quadratic.
  if (n > 5000)
    return;
  std::vector<uint64_t> order = prefixes(n, words);
  searchCuts(model, {n + size_t(1), words, order.data()}, clock, "fixed order",
             result);
  // The program keeps 12 bytes per ideal and state: below 600 MB in all.
  size_t states = (model.problem.numAccelerators + size_t(1)) *
                  (model.problem.numCpus + size_t(1));
  size_t maxIdeals = std::min<size_t>(200000, 50000000 / states);
  Ideals ideals(n, model.atoms.edges, maxIdeals);
  if (!ideals.complete() ||
      !searchCuts(model, {ideals.size(), words, ideals.bits(0)}, clock,
                  "ideals", result))
    return;
  if (result.found)
    raise(result.objective, "exact", SolutionClass::Contiguous, result);
  else
    result.provenInfeasible = true;
}

} // namespace

SumResult placement::solveSum(const SumProblem &problem,
                              const SumOptions &options) {
  auto start = std::chrono::steady_clock::now();
  double seconds = std::clamp(options.timeLimitSeconds, 0.0, 1e8);
  Clock clock{start + std::chrono::nanoseconds(int64_t(seconds * 1e9)),
              options.stop};
  SumResult result;
  // Bounds and annealing are about any placement, so that only colours hold
  // tasks together.
  Model any(problem, /*contiguous=*/false);
  if (any.numAtoms() == 0) {
    offer(problem, {}, "trivial", result);
    result.boundName = "exact";
    return result;
  }
  raise(workBound(any), "work", SolutionClass::Revisiting, result);
  raise(cheapestSetBound(any, clock), "cheapest set", SolutionClass::Revisiting,
        result);

  bool revisits = options.searchClass == SolutionClass::Revisiting;
  // A result of its own: what is proven of contiguous plans bounds no other
  // ones.
  SumResult contiguous = result;
  solveContiguous(Model(problem, /*contiguous=*/true), clock, contiguous);
  if (!revisits) {
    result = contiguous;
  } else if (contiguous.found) {
    result.found = true;
    result.deviceOf = contiguous.deviceOf;
    result.objective = contiguous.objective;
    result.tier = contiguous.tier;
    anneal(any, options.seed, clock, options.maxRounds, result);
  }
  result.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count();
  return result;
}
