//===- PlanFile.h - What plan.json says -------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// plan.json as a struct, without MLIR: the one place that knows the names of
/// its keys (docs/plan.schema.json) and both writes and reads them.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_PLAN_PLANFILE_H
#define ONNX_SPLIT_PLAN_PLANFILE_H

#include "onnx-split/Support/Quantity/Format.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace onnx_split {

/// What ONNX Runtime computes with where nobody says anything.
inline constexpr llvm::StringLiteral DefaultProvider = "CPUExecutionProvider";

/// Names of a model's inputs that have no default, and of its outputs, in their
/// order.
struct PlanInterface {
  std::vector<std::string> inputs, outputs;
};

/// What a reader of plan.json is going to do with it. A reader asks for no more
/// than that: an edited plan need not have figures that are computed anew.
enum class PlanUse {
  /// Place nodes as the plan says: devices, nodes, and what it was made for.
  Apply,
  /// Run its parts as well: files, wires, and the figures to compare with.
  Run,
  /// Everything that was written; what nobody relies on may be missing.
  Study,
};

/// Times in nanoseconds, sizes in bytes. What a member means is said in the
/// schema; here is what the schema does not say.
struct PlanFile {
  /// A node of the source in a stage.
  struct Node {
    /// The position in the source graph; in the branch of an If that was
    /// folded that of the If, and `path` is the way from there.
    int64_t index = 0;
    std::string name;
    /// Another stage owns it.
    bool copied = false;
    std::vector<std::string> path;

    /// By the place in the source, which is what tells nodes apart.
    friend bool operator<(const Node &a, const Node &b) {
      return std::tie(a.index, a.path) < std::tie(b.index, b.path);
    }
  };
  /// What a runner computes with on a device, as the cluster file says; no name
  /// where it says nothing.
  struct Provider {
    std::string name;
    std::map<std::string, std::string> options;
  };
  /// A further device of a stage.
  struct Replica {
    std::string device;
    int64_t rank = 0;
    Provider provider = {};
  };
  /// An output that comes back as an input of the next item of its sequence,
  /// without leaving the stage, and the memory that both take.
  struct State {
    std::string input, output;
    int64_t bytes = 0;
    /// Both may be one buffer of the final length.
    bool isInPlace = false;
  };
  /// A part, and what it asks of its device.
  struct Stage {
    int64_t index = 0;
    std::string file;
    std::string device;
    int64_t rank = 0;
    Provider provider;
    /// Further devices that run the stage in turn. Their ranks follow those of
    /// the stages.
    std::vector<Replica> replicas;
    std::vector<Node> nodes;
    /// Inputs without a default, and outputs, of the part.
    std::vector<std::string> inputs, outputs;
    int64_t macs = 0, flops = 0, bytes = 0;
    int64_t weightBytes = 0, peakActivationBytes = 0, bufferBytes = 0;
    int64_t computeNs = 0;
    /// The part of `computeNs` that messages take.
    int64_t overheadNs = 0;
    /// What its process takes before any model.
    int64_t runtimeBytes = 0;
    /// Of its weights, those that stay in fast memory and those that are read
    /// again for each item, on the device that streams longest; both 0 where
    /// the cluster file states no cache.
    int64_t cachedBytes = 0, streamedBytes = 0;
    /// The part of `computeNs` that streaming takes, and what the first item
    /// takes instead of `computeNs`; 0 where it is as fast as the others.
    int64_t streamNs = 0, firstItemNs = 0;
    std::vector<State> states;
    /// What they take in all.
    int64_t stateBytes = 0;
    /// It has tensors of unknown size.
    bool memoryIsLowerBound = false;

    /// How many devices run it in turn.
    int64_t countDevices() const { return 1 + int64_t(replicas.size()); }
    /// Number 0 is the stage's own device.
    const std::string &deviceOf(int64_t number) const {
      return number == 0 ? device : replicas[number - 1].device;
    }
    int64_t rankOf(int64_t number) const {
      return number == 0 ? rank : replicas[number - 1].rank;
    }
    const Provider &providerOf(int64_t number) const {
      return number == 0 ? provider : replicas[number - 1].provider;
    }
    /// Runtime, weights, states, activations and buffers; modulo 2^64 in a file
    /// that lies.
    int64_t memoryBytes() const {
      return int64_t(uint64_t(weightBytes) + peakActivationBytes + bufferBytes +
                     runtimeBytes + stateBytes);
    }
  };
  /// A tensor from one stage to another.
  struct Wire {
    /// What both parts call it.
    std::string name;
    std::string tensor;
    /// Indices of stages.
    int64_t from = 0, to = 0;
    std::string dtype;
    /// Not empty where the value is a sequence or an optional.
    std::string container;
    /// -1 where open.
    std::vector<int64_t> shape;
    /// Not even the number of extents is known, and `shape` is empty.
    bool openRank = false;
    int64_t bytes = 0, tag = 0, seq = 0, timeNs = 0;
  };
  /// A stage, or the ingress or egress device, whose stage is -1.
  struct End {
    int64_t stage = -1;
    std::string device;
  };
  /// What goes from one end to another for each item, all tensors at once.
  struct Message {
    End from, to;
    /// Tags, by seq; none where an end is no stage.
    std::vector<int64_t> wires;
    std::vector<std::string> tensors;
    /// How long it occupies its link, and how much longer it is on its way.
    int64_t bytes = 0, timeNs = 0, latencyNs = 0;
    /// Empty where it is in none, or where replicas use several.
    std::string medium;
  };
  /// What a directed link carries for an item, on average where replicas take
  /// turns.
  struct LinkLoad {
    std::string from, to, medium;
    int64_t loadNs = 0;
  };
  /// The same of a medium, or of a device with all its stages.
  struct Load {
    std::string name;
    int64_t loadNs = 0;
  };
  /// The whole model on one device, by its name; times are 0 where it cannot
  /// be, and `reason` says why not.
  struct Single {
    std::string device;
    int64_t bottleneckNs = 0, latencyNs = 0;
    std::string reason;
  };
  /// A plan that no other beats in both figures, and the devices of its stages.
  struct Choice {
    int64_t intervalNs = 0, latencyNs = 0;
    std::vector<std::string> devices;
    bool proven = false;
  };
  /// Devices between which no more messages than two are on their way, so that
  /// items follow each other no faster than this, whatever else is busy.
  struct MessageLimit {
    std::string from, to;
    int64_t roundTripNs = 0, intervalNs = 0;
  };
  /// What several parts have.
  struct Copied {
    std::string tensor;
    int64_t bytes = 0;
    /// In ascending order.
    std::vector<int64_t> stages;
  };
  /// A node without a known cost, in the order of stages and their nodes.
  struct Unknown {
    std::string node, op;
    /// A clause, or empty.
    std::string reason;
  };
  /// A further operating point that the plan was evaluated at.
  struct Point {
    std::string name;
    int64_t bottleneckNs = 0, latencyNs = 0;
    /// Between two items; as `PlanFile::getIntervalNs`.
    int64_t intervalNs = 0;
    /// Some device's nodes were measured, but not there.
    bool isEstimated = false;
  };
  /// What was asked for about dimensions, inputs and states, as on the command
  /// line; empty in version 1.
  struct Options {
    std::vector<std::string> dim, shape, assume, also, set;
    bool observed = false;
    /// In older files missing, which is "none".
    std::vector<std::string> state;
    /// In flight; 0: items do not wait for each other.
    int64_t sequences = 0;
  };

  /// What the user demands of a plan, as far as that leaves plans out: a bound
  /// says nothing about these. Stages: 0 where nothing was said.
  struct Demands {
    std::vector<std::string> pins, cuts, noCuts;
    int64_t minStages = 0, maxStages = 0;
    bool isSome() const {
      return !pins.empty() || !cuts.empty() || !noCuts.empty() ||
             minStages > 0 || maxStages > 0;
    }
  };

  /// A text beside the parts for another tool (--emit), and its SHA-256 as it
  /// was written: who has changed it since keeps it.
  struct Emitted {
    std::string file, digest;
  };

  std::string sourceFile, sourceDigest, clusterFile, clusterDigest;
  /// As most amounts in the cluster file; for what is printed, never for what
  /// is written here.
  bool siBytes = false;
  ByteUnits byteUnits() const {
    return siBytes ? ByteUnits::Si : ByteUnits::Iec;
  }
  PlanInterface interface;
  /// The strategy that was asked for ("plan": one was given) and the method
  /// that found the plan; empty where an older file does not say.
  std::string objective, strategy, method, planClass;
  uint64_t seed = 0;
  /// The clock ended a search: another run may find another plan.
  bool stoppedByClock = false;
  int64_t bottleneckNs = 0, lowerBoundNs = 0;
  std::string lowerBoundName, lowerBoundClass;
  /// Only for the objective of fewest devices.
  std::optional<int64_t> lowerBoundDevices;
  /// Limits of the time between items and of the latency, within which the
  /// bound holds.
  std::optional<int64_t> targetNs, maxLatencyNs;
  int64_t latencyNs = 0;
  /// After how long the next item of a sequence can begin, where it needs what
  /// comes of this one; else 0.
  int64_t roundTripNs = 0;
  /// The latency of the first item, which fills the caches of weights; 0 where
  /// it is that of the others.
  int64_t firstItemNs = 0;
  /// 0 for a plan that takes no time, which has no rate.
  double ratePerSecond = 0;
  std::vector<Stage> stages;
  std::vector<Wire> wires;
  /// In the order of their senders: the ingress device first, and of each stage
  /// what goes to the egress device last.
  std::vector<Message> messages;
  std::vector<LinkLoad> links;
  std::vector<Load> media;
  /// Those with a stage, in the order of the cluster.
  std::vector<Load> devices;
  /// Devices of the cluster without a stage.
  std::vector<std::string> idle;
  /// One of each kind, in the order of the cluster.
  std::vector<Single> singleDevices;
  /// With --pareto: the fastest first; and whether there are no others of a
  /// class of plans.
  std::vector<Choice> pareto;
  bool paretoComplete = false;
  std::string paretoClass;
  /// Remarks of --explain and --what-if.
  std::vector<std::string> explanation;
  /// Constants that more than one part holds, by name, and results of nodes
  /// that others hold as a constant or compute as well.
  std::vector<Copied> copied;
  std::vector<Unknown> unknown;
  Options options;
  Demands demands;
  /// What the figures rest on: dimensions that planning has values for and the
  /// parts leave open ("N=1"), tensors whose extents depend on data and count
  /// as at most, tensors with extents of one run, and tensors of unknown size.
  std::vector<std::string> assumed, atMost, observed, open;
  /// Nodes that do not take what they are given with these extents: the figures
  /// leave out what follows them.
  std::vector<std::string> refused;
  /// What the cluster file leaves open of how fast devices are, a line each.
  std::vector<std::string> assumedSpeeds;
  /// "x=1x3" for each input without a default whose extents planning knows.
  std::vector<std::string> inputShapes;
  std::vector<Point> points;
  /// Those that are more than the time between items.
  std::vector<MessageLimit> messageLimits;
  std::vector<Emitted> emitted;

  /// Time between two items: the bottleneck, or the round trip over the
  /// sequences in flight, which are those of the plan unless stated.
  int64_t getIntervalNs() const { return getIntervalNs(options.sequences); }
  int64_t getIntervalNs(int64_t sequences) const {
    int64_t share =
        sequences > 0 ? roundTripNs / sequences + (roundTripNs % sequences != 0)
                      : 0;
    return share > bottleneckNs ? share : bottleneckNs;
  }
};

/// Writes plan.json. The order of keys and all figures are deterministic.
void writePlan(const PlanFile &plan, llvm::raw_ostream &os);

/// Reads the text of a plan.json of any version. The error says where in the
/// text it is, after `name`. Members that `use` does not need stay empty.
llvm::Expected<PlanFile> parsePlanFile(llvm::StringRef text,
                                       llvm::StringRef name, PlanUse use);

} // namespace onnx_split

#endif // ONNX_SPLIT_PLAN_PLANFILE_H
