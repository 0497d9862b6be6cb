//===- SearchState.h - What every solver works on ---------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The state that the solvers share: the best placement, the best bound, and
/// the time.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_SEARCHSTATE_H
#define ONNX_SPLIT_LIB_PLACEMENT_SEARCHSTATE_H

#include "onnx-split/Placement/Placement.h"

#include <array>
#include <atomic>
#include <chrono>

namespace onnx_split::placement {

class SearchState {
public:
  SearchState(const Problem &problem, const SolveOptions &options);

  /// A search for throughput within this one, of a problem that must outlive
  /// it, as this one must: contiguous stages, the same strategy, the time that
  /// is left here.
  SearchState part(const Problem &ofProblem) const;

  /// A copy that another thread may search, while this one is not touched but
  /// to be read. It ends when `cancelled` is set, as well; it reports to
  /// nobody.
  SearchState fork(const std::atomic<bool> &cancelled) const;
  /// From here on, `upper()` is no more than the value of a plan that another
  /// thread has, and writes there whenever it has a better one.
  void listenTo(const std::atomic<int64_t> &bestElsewhere) {
    elsewhere = &bestElsewhere;
  }
  /// Takes over what a fork has found and proven.
  void join(const SearchState &fork);

  /// What the objective makes small: the time between items or the latency in
  /// ns, or the number of devices.
  int64_t value(const Evaluation &evaluation) const;

  /// Plans are compared by these figures, one after another: the time between
  /// items, then latency, devices in use and wires; with the other objectives,
  /// what they make small comes first. The baselines of the paper are compared
  /// by the bottleneck alone, so that they stay what they are.
  using Rank = std::array<int64_t, 4>;
  Rank rankOf(const Evaluation &evaluation) const;
  bool isBaseline() const;

  /// By how much such a plan takes longer than the options allow, both limits
  /// together; 0: it is within them.
  int64_t overrun(int64_t intervalNs, int64_t latencyNs) const;
  /// Whether there is a limit that a plan can be within or not.
  bool isLimited() const {
    return options.maxLatencyNs != Unlimited ||
           (options.objective == Objective::Latency &&
            options.targetNs != Unlimited);
  }

  /// Evaluates the placement and keeps it if it is feasible and better by
  /// rank, or, with `evenIfEqual`, as good. Returns whether it is feasible.
  /// What found the value stays the method of plans of equal value.
  bool offer(const Placement &placement, bool evenIfEqual = false);
  /// Offers the plan of a part, if it has one, as found by the part's method.
  void offerPlanOf(const SearchState &part);

  /// Records that no placement of the class has a smaller value; Unlimited:
  /// that it has none. Holds for the narrower classes as well, and says nothing
  /// about wider ones.
  void raiseBound(int64_t least, BoundKind kind, SolutionClass ofClass);
  /// Gives the bound of one class to a wider one that is the same here.
  void widenBound(SolutionClass from, SolutionClass to);

  /// Value of the best placement, or of a better one elsewhere; Unlimited if
  /// there is none.
  int64_t upper() const {
    int64_t mine = result.found ? value(result.evaluation) : Unlimited;
    return elsewhere ? std::min<int64_t>(mine, *elsewhere) : mine;
  }
  /// Best bound for the placements of `scope`; Unlimited if there can be none.
  int64_t lower() const { return lower(scope); }
  int64_t lower(SolutionClass ofClass) const { return bound(ofClass).value; }
  /// The same with what it rests on: of several that are equal, the one of the
  /// widest class.
  Bound bound(SolutionClass ofClass) const;
  /// True when the best placement is proven within `scope`, up to the gap that
  /// is allowed, when there can be none, or when it is known whether
  /// `goodEnoughNs` can be reached.
  bool closed() const;
  /// Writes the bound and the class of the plan to the result.
  void finish();
  /// What is found after this was true rests on how fast the machine is, and
  /// the result says so.
  bool outOfTime() const {
    if (!(options.stop && *options.stop) && !(cancelled && *cancelled) &&
        std::chrono::steady_clock::now() < deadline)
      return false;
    strikeClock();
    return true;
  }
  /// From here on, what is found may rest on how fast the machine is.
  void strikeClock() const {
    for (const SearchState *it = this; it; it = it->whole)
      it->clockStruck = true;
  }
  bool hasClockStruck() const { return clockStruck; }
  double secondsSinceStart() const;
  double secondsLeft() const;
  void report() const;

  /// Runs a method if there is still something to gain. What is offered
  /// meanwhile was found by it, unless by one that it runs itself.
  template <typename Run> void improve(Method with, Run run) {
    if (closed() || outOfTime())
      return;
    by(with, run);
    report();
  }

  /// What is offered meanwhile was found by the method.
  template <typename Run> void by(Method with, Run run) {
    Method outer = method;
    method = with;
    run();
    method = outer;
  }

  /// Runs with a share of the time that is left.
  template <typename Run> void within(double share, Run run) {
    auto now = std::chrono::steady_clock::now(), all = deadline;
    deadline = now + std::chrono::duration_cast<std::chrono::nanoseconds>(
                         (all - now) * share);
    run();
    deadline = all;
  }

  /// Runs with another class to search.
  template <typename Run> void inScope(SolutionClass ofClass, Run run) {
    SolutionClass outer = scope;
    scope = ofClass;
    run();
    scope = outer;
  }

  const Problem &problem;
  SolveOptions options;
  std::chrono::steady_clock::time_point start, deadline;
  /// The class that is being searched.
  SolutionClass scope;
  /// Asks only whether there is a plan within this bottleneck, unless None.
  int64_t goodEnoughNs = None;
  Result result;
  /// Called with each plan that is better than all before; may be empty.
  std::function<void(const Placement &)> onImprovement;

private:
  static constexpr int NumClasses = 5;
  /// By class.
  Bound bounds[NumClasses];
  /// What is running.
  Method method;
  /// The search that this one is a part of, or null.
  const SearchState *whole = nullptr;
  /// Set where this is a fork whose work nobody waits for any longer.
  const std::atomic<bool> *cancelled = nullptr;
  /// Where another thread writes the value of its best plan, or null.
  const std::atomic<int64_t> *elsewhere = nullptr;
  /// Mutable, because asking for the time is what ends a search.
  mutable bool clockStruck = false;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_SEARCHSTATE_H
