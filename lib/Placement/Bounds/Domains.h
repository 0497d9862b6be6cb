//===- Domains.h - Which devices can run each task within T -----*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// LB8: the domain of a task is the set of devices that may run it in a plan
/// with a bottleneck of at most T. A device leaves a domain where a message, or
/// what surely runs and travels besides, would then take more than T; what has
/// left takes others along (arc consistency, Mackworth 1977).
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_BOUNDS_DOMAINS_H
#define ONNX_SPLIT_LIB_PLACEMENT_BOUNDS_DOMAINS_H

#include "../SearchState.h"
#include "../Tables/Atoms.h"
#include "../Tables/Graph.h"
#include "../Tables/Wide.h"

namespace onnx_split::placement {

/// The first device of a set that has one.
inline int32_t lowest(uint64_t set) { return __builtin_ctzll(set); }

/// The devices of a stage that no other one sends to, and of one that sends to
/// no other one. Each contiguous plan of several stages has both, on two
/// devices.
struct EndStages {
  int32_t first = None, last = None;
};

class Domains {
public:
  /// A set of devices, one bit each.
  using Set = uint64_t;
  static constexpr size_t MaxDevices = 64;

  /// With `convex`, for stages that are contiguous in some order and one per
  /// device; without, for any that do not take turns. At most MaxDevices. Ends
  /// when the search, if there is one, is out of time.
  Domains(const Problem &problem, bool convex,
          const SearchState *search = nullptr);

  /// False: no plan has a bottleneck within the threshold. `allowed` is what
  /// somebody else knows of each task, or empty; only contiguous plans have
  /// ends. Linear in devices times readers for each round in which something is
  /// learnt, and quadratic in tasks for the first question about ends.
  bool narrow(int64_t threshold, const std::vector<Set> &allowed = {},
              EndStages ends = {});

  /// All devices.
  Set all() const {
    return numDevices == MaxDevices ? ~Set(0) : (Set(1) << numDevices) - 1;
  }

  // After true.
  /// Tasks that are on one device in every plan are one atom.
  const Atoms &atoms() const { return grouped; }
  Set ofAtom(int32_t atom) const { return domains[atom]; }
  /// Time of an atom on a device, in ns.
  int64_t timeOf(int32_t atom, int32_t device) const {
    return times[atom * numClasses + p.devices[device].speedClass];
  }
  /// Whether a stage on one device can send to one on the other.
  bool mayMeet(int32_t from, int32_t to) const {
    return from != ends.last && to != ends.first;
  }

private:
  /// What surely travels over a link, and what one choice adds.
  struct Traffic {
    bool any = false;
    int64_t bytes = 0, added = 0;
  };

  void measureLinks();
  void measureEnds();
  void startAtEnds();
  Set reachable(int32_t tensor, int32_t from) const;
  Set reaching(int32_t tensor, int32_t to) const;
  void tieUncuttable();
  bool formAtoms();
  bool restrict(int32_t atom, Set to);
  bool dropLarge();
  bool followArcs();
  bool followArc(int32_t tensor, int32_t maker, int32_t reader);
  bool followEnds();
  bool listFixed();
  bool listTraffic();
  bool dropOverloads();
  bool fitsBeside(int32_t atom, int32_t device);
  bool tieMore();
  bool canRunSome(int32_t end) const;
  bool canDoWork() const;
  bool outOfTime() { return isStopped |= search && search->outOfTime(); }

  bool isFixed(int32_t atom) const {
    return (domains[atom] & (domains[atom] - 1)) == 0;
  }
  int32_t makerOf(int32_t tensor) const {
    return grouped.atomOf[p.tensors[tensor].producer];
  }
  Traffic &traffic(int32_t from, int32_t to) {
    return surely[static_cast<size_t>(from) * numDevices + to];
  }
  void send(int32_t from, int32_t to, int64_t bytes);
  int64_t timeWith(int32_t from, int32_t to, const Traffic &load) const;

  const Problem &p;
  const Graph graph;
  const bool convex;
  const SearchState *search;
  const int32_t numDevices;
  const size_t numClasses;
  Edges edges;
  /// Index into `sizes`, by tensor.
  std::vector<size_t> sizeOf;
  std::vector<int64_t> sizes;

  /// By speed class and task: the time of all that leads to it, and of all that
  /// it leads to, with its own. Empty until somebody asks.
  std::vector<int64_t> workTo, workFrom;

  // For one threshold.
  int64_t threshold = 0;
  EndStages ends;
  /// By size and device: where a message of that size gets within the
  /// threshold, and where from.
  std::vector<Set> outward, inward;
  /// By task, as far as is known.
  std::vector<Set> ofTask;
  /// Tasks that are on one device.
  Edges together;
  Atoms grouped;
  std::vector<Set> domains;
  /// By atom and speed class.
  std::vector<int64_t> times;
  /// Of each atom, each once.
  std::vector<std::vector<int32_t>> weights;
  bool hasChanged = false, isStopped = false;

  // What is on one device alone.
  std::vector<int64_t> busyNs, heldBytes;
  /// By weight: the devices that surely hold it.
  std::vector<Set> holders;
  /// By tensor: the devices that surely read it.
  std::vector<Set> readers;
  std::vector<Traffic> surely;
  std::vector<int64_t> mediumNs;
  /// Links that one choice adds to.
  std::vector<std::pair<int32_t, int32_t>> touched;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_BOUNDS_DOMAINS_H
