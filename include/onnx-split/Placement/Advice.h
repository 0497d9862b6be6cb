//===- Advice.h - Why a plan is no faster, and what would help --*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What limits a plan, and how much faster plans would be if one device or link
/// were better.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_PLACEMENT_ADVICE_H
#define ONNX_SPLIT_PLACEMENT_ADVICE_H

#include "onnx-split/Placement/Placement.h"

namespace onnx_split::placement {

/// The whole model on one device.
struct OneDevice {
  int32_t device = None;
  /// In ns; Unlimited where it cannot be.
  int64_t intervalNs = Unlimited, latencyNs = Unlimited;
  /// Why not, as a few words; empty where it can be.
  std::string whyNot;
};

/// What single devices do, without the demands to cut and for several stages,
/// which no single device meets, and without those to pin. One of each kind is
/// evaluated, fast ones first, of large problems until no other can be the
/// best, and the device `also` in any case, unless it is None. Sorted by
/// device. What they do is of the problem; that they can has to be so of the
/// further points as well, which are the same with other sizes.
std::vector<OneDevice> onSingleDevices(const Problem &problem, int32_t also,
                                       const std::vector<Problem> &points = {});

/// What takes longest in a feasible plan, as one sentence with names, its time
/// in milliseconds, and the task or tensor with the largest share.
std::string describeBottleneck(const Problem &problem, const Placement &plan);

/// After a search that found no plan: none keeps the limits of the options, by
/// what it has proven.
bool isProvenImpossible(const SolveOptions &options, const Result &result);

/// explainInfeasible() after such a search: advice is about plans within the
/// limits of the options, and where a plan may exist it begins with what may
/// find one. Takes as long as secondsToExplain() says.
std::vector<std::string> explainNoPlan(const Problem &problem,
                                       const SolveOptions &options,
                                       const Result &result);

/// A part of an item's way: a stage that computes, or a message.
struct PathStep {
  /// None: the message counts.
  int32_t stage = None;
  Message message;
  /// Of several devices, the one that the stage takes longest on, and the pair
  /// between which the message does.
  int32_t device = None, from = None, to = None;
  /// What it adds to the latency.
  int64_t timeNs = 0;
};

/// The longest path of an item through a feasible plan, first step first; the
/// times add up to its latency. Messages that take no time are left out.
std::vector<PathStep> longestPath(const Problem &problem,
                                  const Placement &plan);

/// A change of one thing, and the plan that it makes possible.
struct WhatIf {
  /// Such as "device 'box' twice as fast".
  std::string change;
  /// Of the best plan found for the changed problem, by the objective: its
  /// bottleneck or latency in ns, or the number of its devices; Unlimited:
  /// none.
  int64_t value = Unlimited;
  /// What the same plan is worth without the change; Unlimited where it is
  /// none then. What is no more than this is not the change's doing.
  int64_t unchanged = Unlimited;
  /// No plan of the class that was searched is better.
  bool proven = false;
  /// False where the time was over before.
  bool isTried = true;
};

/// Solves the problem again for each of these changes: one device of each kind
/// twice as fast, with twice the memory or weight cache, or once more; each
/// link and each medium that the plan uses twice as fast, with half the
/// latency. Devices are of one kind if exchanging them changes nothing; a
/// change to one of a kind stands for all. At most `maxChanges` changes, those
/// of devices first; `options.timeLimitSeconds` is for all of them together.
/// Sorted by value, then in the order above.
std::vector<WhatIf> whatHelps(const Problem &problem, const Placement &plan,
                              const SolveOptions &options,
                              size_t maxChanges = 64);

/// What a plan for a changed problem is worth in the old one, by the objective:
/// its devices are known by their place and name. Unlimited where it is no plan
/// there or does not keep the limits.
int64_t valueUnchanged(const Problem &old, const Problem &changed,
                       const Placement &plan, const SolveOptions &options);

/// Plans of which none is beaten by another in both the time between items and
/// the latency, the fastest first.
struct ParetoFront {
  std::vector<Result> plans;
  /// Each is proven, and there is none besides of that class.
  bool isComplete = true;
  SolutionClass ofClass = SolutionClass::Replicating;
};

/// Solves the problem for throughput with ever smaller limits of the latency
/// (the epsilon-constraint method of Haimes, Lasdon and Wismer 1971).
/// `options.timeLimitSeconds` is for all plans together; the limits that they
/// state hold, too.
ParetoFront findParetoFront(const Problem &problem,
                            const SolveOptions &options);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_PLACEMENT_ADVICE_H
