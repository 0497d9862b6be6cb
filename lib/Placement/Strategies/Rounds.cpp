//===- Rounds.cpp - Improvement and proof side by side --------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rounds.h"

#include "../LocalSearch/LocalSearch.h"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>

using namespace onnx_split::placement;

namespace {

class Rounds {
public:
  explicit Rounds(SearchState &ofSearch) : search(ofSearch) {}
  bool isOver() const;
  void prove(const ProofStep &step);
  void restartTwice();

private:
  SearchState &search;
  /// Of restarts; each has its own.
  uint64_t nextSeed = 0;
  int32_t numRounds = 0;
};

} // namespace

bool onnx_split::placement::isWithin(const SearchState &search, double gap) {
  double upper = static_cast<double>(search.upper());
  return search.result.found &&
         upper - static_cast<double>(search.lower()) <= gap * upper;
}

bool onnx_split::placement::isAsGoodAsProven(const SearchState &search) {
  // A question of yes or no is answered, or it is not.
  constexpr double perMille = 0.001;
  return search.goodEnoughNs == None && isWithin(search, perMille);
}

bool Rounds::isOver() const {
  return numRounds >= search.options.mostRounds || search.closed() ||
         search.outOfTime();
}

/// Near the best plan, and further and further away from it.
static void restart(SearchState &fork, uint64_t seed) {
  constexpr int32_t moves[] = {0, 2, 8, 32};
  fork.by({"local search"}, [&] {
    restartLocally(fork, {seed, moves[seed % std::size(moves)]});
  });
}

/// Runs both, at the same time if there is a thread to be had; else the first
/// one first, which is told whether the other one runs beside it.
static void runSideBySide(const std::function<void(bool)> &beside,
                          const std::function<void()> &here, bool twoThreads) {
  std::thread other;
  if (twoThreads) {
    try {
      other = std::thread(beside, true);
    } catch (const std::system_error &) {
      // The system has none left.
    }
  }
  if (!other.joinable())
    beside(false);
  here();
  if (other.joinable())
    other.join();
}

/// One restart beside the proof and, once the clock has struck, more of them
/// until the proof ends, which then makes use of what they find. A restart that
/// closes the search ends the proof, whose result then depends on who was
/// first, and is left out.
void Rounds::prove(const ProofStep &step) {
  std::atomic<bool> isProven{false}, isClosed{false};
  SearchState improver = search.fork(isProven), prover = search.fork(isClosed);
  bool isFree = search.hasClockStruck();
  prover.options.progress = search.options.progress;
  std::atomic<int64_t> best{search.upper()};
  if (isFree) {
    improver.onImprovement = [&](const Placement &) {
      best = improver.upper();
    };
    prover.listenTo(best);
  }
  auto improve = [&](bool isBeside) {
    do
      restart(improver, nextSeed++);
    while (isFree && isBeside && !improver.closed() && !improver.outOfTime());
    isClosed = improver.closed();
  };
  auto run = [&] {
    if (!isClosed)
      prover.within(step.share, [&] { step.run(prover); });
    if (prover.hasClockStruck() || isFree)
      isProven = true;
  };
  runSideBySide(improve, run, search.options.threads > 1);
  search.join(improver);
  if (!isClosed)
    search.join(prover);
  search.report();
  ++numRounds;
}

/// Both are waited for, so that it does not matter which one is first.
void Rounds::restartTwice() {
  const std::atomic<bool> never{false};
  SearchState first = search.fork(never), second = search.fork(never);
  uint64_t seed = nextSeed;
  nextSeed += 2;
  runSideBySide([&](bool) { restart(first, seed); },
                [&] { restart(second, seed + 1); }, search.options.threads > 1);
  search.join(first);
  search.join(second);
  search.report();
  ++numRounds;
}

void onnx_split::placement::searchInRounds(
    SearchState &search, const std::vector<ProofStep> &proofs) {
  Rounds rounds(search);
  for (const ProofStep &step : proofs) {
    if (rounds.isOver())
      return;
    if (!step.applies || step.applies(search))
      rounds.prove(step);
  }
  while (!rounds.isOver() && !isAsGoodAsProven(search))
    rounds.restartTwice();
}
