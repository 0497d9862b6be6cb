//===- Relaxation.h - Shares of tasks on devices ----------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// LB9: atoms may be shared among the devices of their domains, and so may the
/// messages between them. The least largest load is a linear programme. Any
/// prices of what devices, links and media are busy with bound it, if no
/// message is worth more than its link asks for it; the dual values are good
/// ones. docs/Planner.md has the proof.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_BOUNDS_RELAXATION_H
#define ONNX_SPLIT_LIB_PLACEMENT_BOUNDS_RELAXATION_H

#include "Domains.h"
#include "LinearProgram.h"

#include <limits>

namespace onnx_split::placement {

class Relaxation {
public:
  /// How a tensor that leaves a device is told: by shares that are not read
  /// where they are made, which makes a small programme, or by flows from each
  /// device to each other one, which cannot leave where it is not made.
  enum class Rows { Cuts, Flows };

  /// With the domains as they are after Domains::narrow(threshold). Where the
  /// programme would have more entries than `mostEntries`, it has only the
  /// tensors of most bytes. Where there are more than `mostAtoms`, clusters of
  /// atoms stand for them: no bound is one of the problem then, but the prices
  /// of loads are near those of the whole.
  Relaxation(const Problem &problem, const Domains &domains, int64_t threshold,
             Rows rows, int64_t mostEntries = 400000,
             int32_t mostAtoms = std::numeric_limits<int32_t>::max());

  /// The programme, whose rows are those that dual values are for.
  const LinearProgram &program() const { return lp; }
  bool isComplete() const { return isWhole; }
  /// Solves the programme, and anew with rows that shares break and whole tasks
  /// and messages keep; they stay in it.
  LinearSolution solve(const SearchState &search);

  /// No plan with a bottleneck of at most the threshold has a smaller one than
  /// this, in ns, whatever the dual values are. Integers alone.
  int64_t boundBy(const std::vector<double> &duals);
  /// Prices of what devices, links, media and memory have to do, by their
  /// index. Empty: there are none.
  struct LoadPrices {
    std::vector<Wide> load, room;
  };
  LoadPrices pricesOfLoads(const std::vector<double> &duals);
  /// As boundBy(), by these prices, whatever they are, and prices of flows that
  /// so many sweeps over the atoms find for them. Each takes time linear in
  /// readers times pairs of devices.
  int64_t boundByLoads(const LoadPrices &prices, int sweeps);
  /// As boundBy(), by these prices, from the least that can be had where all
  /// devices of a side are as good as the best of it: a cut.
  int64_t boundBySides(const LoadPrices &prices);
  /// By task: the devices that it may be on, by the last boundBy().
  std::vector<Domains::Set> allowed() const;

  /// By a solution of the programme: contiguous stages near it, each task where
  /// most of it is, unless what it reads is made behind that.
  Placement rounded(const LinearSolution &solution) const;
  /// By a solution of the programme: the share of an atom on devices.
  double shareOf(int32_t atom, Domains::Set on,
                 const LinearSolution &solution) const;
  /// What an atom adds to loads as a share of the threshold: its work where it
  /// takes least, and what it sends or reads over the slowest link.
  std::vector<double> weightOfAtoms() const;

private:
  using Set = Domains::Set;
  /// Tensors of one maker that the same atoms read: they travel together.
  struct Bundle {
    /// None: the ingress device.
    int32_t maker = None;
    std::vector<int32_t> readers;
    int64_t bytes = 0;
    Set from = 0;
    /// By pair of devices: the column of its message; None where it is not
    /// sent.
    std::vector<int32_t> message;
    /// By reader and device: the rows by which flows add up to the share of the
    /// maker, and of the reader; or those that say that it is sent from there,
    /// or gets there, unless both are on one device. None where there is none.
    std::vector<int32_t> outRow, inRow;
    /// By reader and pair of devices: the row by which a flow is in the
    /// message. None where the flow of an only reader is the message.
    std::vector<int32_t> flowRow;
  };

  /// A bundle and one of its readers: what having the maker on a device earns,
  /// and the reader.
  struct Edge {
    size_t bundle = 0, reader = 0;
    std::vector<Wide> made, read;
  };

  /// Of a load within the threshold, what takes `unit` ns or more counts, once
  /// for each unit that is full; `most` of these fit.
  struct WholeItems {
    int64_t unit = 0, most = 0;
    int32_t row = None;
    int64_t countOf(int64_t time) const {
      return std::min(time / unit, most + 1);
    }
  };

  /// What a device, a link or a medium has to do.
  struct Load {
    /// None for links of a medium, which are no more than that.
    int32_t row = None;
    /// The column of each task or message, and its time in ns.
    struct Entry {
      int32_t column = None;
      int64_t time = 0;
    };
    std::vector<Entry> entries;
    std::vector<WholeItems> counted;
  };

  void copyAtoms(const Domains &domains);
  bool use(const LoadPrices &prices);
  std::vector<Set> listSides() const;
  Wide cutBetween(Set side) const;
  Wide leastOf(const Bundle &bundle, Set from, Set to) const;
  Wide leastOf(int32_t atom, Set on) const;
  int64_t perSupply(Wide sum);
  /// So that all devices are allowed.
  void forgetCosts() {
    total = supply = 0;
    cost.assign(share.size(), 0);
  }
  void mergeAtoms(int32_t mostAtoms);
  void listEdges();
  void settle(Edge &edge, bool isMaker);
  Wide limitOf(const Edge &edge, int32_t from, int32_t to) const;
  void chargeLoads();
  void chargeFlows();
  int64_t finish();
  Wide leastCost(int32_t atom) const;
  void sweep(bool isForward);
  void give(Edge &edge, int32_t atom, int32_t other,
            const std::vector<Wide> &given);
  void listBundles();
  void keepHeaviest(int64_t mostEntries);
  void addAtoms();
  void addMessages(Bundle &bundle);
  void addCutRows(Bundle &bundle);
  void addFlows(Bundle &bundle);
  void addFlowsOf(Bundle &bundle, size_t reader);
  void listLoads();
  void listLink(int32_t from, int32_t to, Load &load) const;
  void addLoad(Load &load);
  void addRoom();
  static double tooMany(const Load &load, const WholeItems &items,
                        const LinearSolution &solution);
  void addRow(Load &load, WholeItems items);
  bool countWhole(const LinearSolution &solution);
  Wide priceOf(const Load &load, int64_t time) const;
  Wide priceOfMessage(int32_t from, int32_t to, int64_t bytes) const;
  void readPrices(const std::vector<double> &duals);
  void limitPrices(const Bundle &bundle);
  void priceByCuts();
  void priceByFlows();
  int64_t timeOn(int32_t from, int32_t to, int64_t bytes) const;
  bool flows(const Bundle &bundle, int32_t from, int32_t to) const {
    return from == to || bundle.message[from * numDevices + to] != None;
  }
  size_t flowOf(size_t reader, int32_t from, int32_t to) const {
    return (reader * numDevices + from) * numDevices + to;
  }
  /// Of a link, or of the medium that it is part of.
  size_t loadOfLink(int32_t from, int32_t to) const {
    int32_t medium = p.medium(from, to), pairs = numDevices * numDevices;
    return numDevices +
           (medium == None ? from * numDevices + to : pairs + medium);
  }
  int32_t columnOf(int32_t atom, int32_t device) const {
    return share[static_cast<size_t>(atom) * numDevices + device];
  }

  Set ofAtom(int32_t atom) const { return domainOf[atom]; }
  int64_t timeOf(int32_t atom, int32_t device) const {
    return times[static_cast<size_t>(atom) * numDevices + device];
  }
  Wide &costOf(int32_t atom, int32_t device) {
    return cost[static_cast<size_t>(atom) * numDevices + device];
  }

  const Problem &p;
  const Rows kind;
  const int64_t threshold;
  const int32_t numDevices;
  int32_t numAtoms;
  /// By task; by atom; by atom and device.
  std::vector<int32_t> atomOf;
  std::vector<Set> domainOf;
  std::vector<int64_t> times;
  /// By pair of devices: whether a stage on one can send to one on the other.
  std::vector<char> mayMeet;
  std::vector<Edge> edges;
  /// By atom: edges, as maker and as reader.
  std::vector<std::vector<int32_t>> edgesOf;
  /// By bundle: its edges.
  std::vector<std::vector<int32_t>> edgesOfBundle;
  /// Whether flows share what a message asks as they like.
  bool isPooled = false;
  /// Then messages may take longer than the threshold, lest there be none.
  bool isMerged = false;
  bool isWhole = true;
  std::vector<Bundle> bundles;
  LinearProgram lp;
  /// By atom and device: its column, or None.
  std::vector<int32_t> share;
  /// Of devices, then of links by pair of devices, then of media.
  std::vector<Load> loads;
  /// Of memory by device: its row, or None.
  std::vector<int32_t> roomRow;
  /// By atom: weights that no other atom reads, and outputs, in bytes; -1 for
  /// no outputs.
  std::vector<int64_t> ownWeights, outputBytes;

  // By the last dual values, in units of 2^-Digits of what they are.
  static constexpr int Digits = 40;
  std::vector<Wide> rowPrice;
  /// By atom and device: what it costs there.
  std::vector<Wide> cost;
  Wide total = 0, supply = 0;
};

/// Whether there is a plan to be below, its class is one that a Relaxation
/// bounds, the build has a solver, and the problem is not too large for one.
bool canRelax(const SearchState &search);

/// What no plan with a bottleneck of at most the threshold is below, as far as
/// LB8 and LB9 show in two rounds, each with what the other one has left; of
/// contiguous plans with these ends. Unlimited: there is no such plan.
int64_t boundWithin(const SearchState &search, Domains &domains,
                    Relaxation::Rows rows, int64_t threshold,
                    EndStages ends = {});

/// Whether every pair of devices has the same link. Then flows tell no more
/// than cuts, and what is proven in practice is proven without LB12.
bool hasOneLink(const Problem &p);

/// A bound that differs in the last digits from one machine to another, as
/// floating point may, rounded down to one that hardly does.
int64_t coarse(int64_t bound);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_BOUNDS_RELAXATION_H
