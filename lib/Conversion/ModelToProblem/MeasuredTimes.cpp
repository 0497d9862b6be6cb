//===- MeasuredTimes.cpp - From profiles to node times --------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Profiles are of two kinds. Those of this project say which model they are
/// of, by its digest, and which node a time is of, by its position. Those of
/// ONNX Runtime say neither: kernels are found by the names of nodes, and what
/// time they leave over is shared out by the cost model.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Conversion/ModelToProblem/MeasuredTimes.h"

#include "NodeTime.h"
#include "Pins.h"

#include "onnx-split/Dialect/Onnx/Transforms/FoldBranches.h"

#include "onnx-split/Inference/Extents.h"
#include "onnx-split/Support/Quantity/Units.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <map>
#include <numeric>

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::split;

namespace {
/// Fills the times of every device of a cluster from its profiles.
class ProfileResolver {
public:
  ProfileResolver(ModelOp source, MeasuredCluster &devices,
                  const GraphCosts &modelCosts)
      : model(source), cluster(devices), costs(modelCosts) {}

  LogicalResult resolve();

private:
  struct SourceNode {
    /// In UTF-8, as it is in a profile.
    std::string name;
    OpCost cost;
    bool isConstant = false;
    /// Of the branch of an If that is no more.
    bool isOfFolded = false;
  };

  /// Gathers the nodes of the main graph, constants included, in their order.
  void gatherNodes();
  LogicalResult applyByIndex(const DeviceProfile &profile,
                             const ClusterDevice &device,
                             std::vector<int64_t> &times);
  SmallVector<int64_t> estimatesOf(ArrayRef<size_t> where,
                                   const ClusterDevice &device) const;
  LogicalResult applyOwn(const ClusterDevice &device, DeviceTimes &times);
  std::string findOtherShape(const DeviceProfile &profile, ExtentsUse use);
  void warnOfExtents();
  LogicalResult applyByName(const DeviceProfile &profile,
                            const ClusterDevice &device,
                            std::vector<int64_t> &times);
  LogicalResult reportNoMatch(const DeviceProfile &profile);
  void warnOfForeign(const DeviceProfile &profile, int64_t foreign,
                     int64_t total);
  void warnOfOtherModels();
  Location locationOf(const DeviceProfile &profile) {
    return FileLineColLoc::get(model.getContext(), profile.file, 0, 0);
  }

  ModelOp model;
  MeasuredCluster &cluster;
  const GraphCosts &costs;
  std::vector<SourceNode> nodes;
  /// Which of `nodes` stand at each position of the file: one, or what is left
  /// of an If.
  std::map<int64_t, SmallVector<size_t, 1>> sourceNodes;
  /// Positions of the nodes of each name; constants run once, before any item.
  llvm::StringMap<std::vector<size_t>> positions;
  /// Profiles with figures of nodes, but of other models; a device may have one
  /// of this model as well.
  std::vector<const DeviceProfile *> ofOtherModels;
  bool anyOfThisModel = false;
  /// A profile of this model, but of none of the extents that are planned for,
  /// and what differs; one that does not say.
  const DeviceProfile *ofOtherExtents = nullptr, *ofUnknownExtents = nullptr;
  std::string otherShape;
  /// Profiles whose kernels were warned of.
  llvm::SmallPtrSet<const DeviceProfile *, 4> warned;
};
} // namespace

void ProfileResolver::gatherNodes() {
  for (NodeOp node : model.getGraph().getBody().getOps<NodeOp>()) {
    int64_t position = int64_t(nodes.size());
    sourceNodes[getPlanIndex(node, position)].push_back(size_t(position));
    SourceNode &entry = nodes.emplace_back();
    entry.isOfFolded = node->hasAttr(PathAttrName);
    StringRef name = node.getNodeName().value_or("");
    entry.name =
        llvm::json::isUTF8(name) ? name.str() : llvm::json::fixUTF8(name);
    entry.cost = costs.getCost(node);
    entry.isConstant = costs.getConstants().isConstant(node);
    if (!entry.name.empty() && !entry.isConstant)
      positions[entry.name].push_back(nodes.size() - 1);
  }
}

/// Adds `amount` to the times at `where`, in proportion to the weights and to
/// the last nanosecond: each gets the difference of two neighbouring partial
/// sums, both rounded down. A time of -1 counts as 0. `where` is not empty.
static void spread(int64_t amount, ArrayRef<size_t> where,
                   ArrayRef<int64_t> weights, std::vector<int64_t> &times) {
  // Weights that say nothing count alike; the limit keeps the product below
  // in range.
  bool allZero = llvm::all_of(weights, [](int64_t w) { return w == 0; });
  auto weightOf = [&](size_t i) -> __int128 {
    return allZero ? 1 : std::min(weights[i], MaxQuantityTimeNs);
  };
  __int128 total = 0, sum = 0;
  for (size_t i = 0; i < where.size(); ++i)
    total += weightOf(i);
  int64_t given = 0;
  for (size_t i = 0; i < where.size(); ++i) {
    sum += weightOf(i);
    int64_t upToHere = static_cast<int64_t>(amount * sum / total);
    int64_t &time = times[where[i]];
    time = std::max<int64_t>(time, 0) + upToHere - given;
    given = upToHere;
  }
}

/// Takes the times of a profile of this model. Nodes that it leaves out stay -1
/// and are estimated. The time of an If that --set has folded goes to what is
/// left of it. Fails where an index or a name is not the model's.
LogicalResult ProfileResolver::applyByIndex(const DeviceProfile &profile,
                                            const ClusterDevice &device,
                                            std::vector<int64_t> &times) {
  times.assign(nodes.size(), -1);
  int64_t last = sourceNodes.empty() ? -1 : sourceNodes.rbegin()->first;
  for (const MeasuredNode &measured : profile.nodes) {
    if (measured.index > last)
      return emitError(locationOf(profile))
             << "the profile has node " << measured.index
             << ", but the model's last is " << last;
    auto found = sourceNodes.find(measured.index);
    if (found == sourceNodes.end())
      continue;
    ArrayRef<size_t> places = found->second;
    const SourceNode &first = nodes[places.front()];
    if (first.isOfFolded) {
      spread(measured.ns, places, estimatesOf(places, device), times);
      continue;
    }
    if (!measured.name.empty() && !first.name.empty() &&
        measured.name != first.name)
      return emitError(locationOf(profile))
             << "node " << measured.index << " is '" << measured.name
             << "' in the profile, but '" << first.name << "' in the model";
    times[places.front()] = measured.ns;
  }
  return success();
}

SmallVector<int64_t>
ProfileResolver::estimatesOf(ArrayRef<size_t> where,
                             const ClusterDevice &device) const {
  return llvm::map_to_vector(where, [&](size_t index) {
    return estimateTime(nodes[index].cost, device);
  });
}

/// Always fails: a profile without any node of the model would leave nothing
/// but estimates that look measured.
LogicalResult ProfileResolver::reportNoMatch(const DeviceProfile &profile) {
  auto named = llvm::find_if(nodes, [](const SourceNode &node) {
    return !node.name.empty() && !node.isConstant;
  });
  InFlightDiagnostic error = emitError(locationOf(profile));
  error << "no kernel of the profile, such as '" << profile.nodes.front().name
        << "', has the name of a node of the model, ";
  if (named == nodes.end())
    error << "whose nodes have no names";
  else
    error << "such as '" << named->name << "'; is it of another model?";
  return error;
}

/// Warns where more than a tenth of the time is of no node.
void ProfileResolver::warnOfForeign(const DeviceProfile &profile,
                                    int64_t foreign, int64_t total) {
  // Devices of a group share a profile.
  if (foreign <= total / 10 || !warned.insert(&profile).second)
    return;
  emitWarning(locationOf(profile))
      << llvm::formatv(
             "{0:F0} % of the time is of kernels that are no nodes of "
             "the model, as after fusion; it is spread over nodes by "
             "the cost model",
             100.0 * double(foreign) / double(total))
             .str();
}

/// The runtime fuses nodes, adds some and takes some away. All of its time is
/// the model's: what belongs to no node goes to the nodes that have none.
LogicalResult ProfileResolver::applyByName(const DeviceProfile &profile,
                                           const ClusterDevice &device,
                                           std::vector<int64_t> &times) {
  times.assign(nodes.size(), -1);
  auto estimates = [&](ArrayRef<size_t> where) {
    return estimatesOf(where, device);
  };
  int64_t total = 0, foreign = 0;
  bool anyMatch = false;
  for (const MeasuredNode &measured : profile.nodes) {
    total += measured.ns;
    auto found = positions.find(measured.name);
    if (found == positions.end()) {
      foreign += measured.ns;
      continue;
    }
    anyMatch = true;
    spread(measured.ns, found->second, estimates(found->second), times);
  }
  if (!anyMatch)
    return reportNoMatch(profile);

  SmallVector<size_t> open, measuredOnes;
  for (size_t i = 0; i < nodes.size(); ++i)
    if (!nodes[i].isConstant)
      (times[i] < 0 ? open : measuredOnes).push_back(i);
  if (!open.empty())
    spread(foreign, open, estimates(open), times);
  else
    spread(
        foreign, measuredOnes,
        llvm::map_to_vector(measuredOnes, [&](size_t i) { return times[i]; }),
        times);
  warnOfForeign(profile, foreign, total);
  return success();
}

/// A measurement that is silently ignored would pass for one that is used.
void ProfileResolver::warnOfOtherModels() {
  if (anyOfThisModel || ofOtherModels.empty())
    return;
  constexpr size_t shown = 12;
  StringRef own = model.getDigest().value_or("");
  llvm::StringSet<> files;
  for (const DeviceProfile *profile : ofOtherModels)
    files.insert(profile->file);
  const DeviceProfile &first = *ofOtherModels.front();
  InFlightDiagnostic warning = emitWarning(locationOf(first));
  warning << "the profile is of a model with the digest "
          << StringRef(first.digest).take_front(shown)
          << "..., but this one has "
          << (own.empty() ? "none" : own.take_front(shown).str() + "...")
          << "; node times are estimated";
  if (files.size() > 1)
    warning << "; no other profile is of this one either";
}

/// Nor should one that is used without a reason.
void ProfileResolver::warnOfExtents() {
  if (ofOtherExtents)
    emitWarning(locationOf(*ofOtherExtents))
        << "the profile was taken at other extents: " << otherShape
        << "; node times of this point are estimated";
  auto assumed = model->getAttrOfType<ArrayAttr>(AssumedAttrName);
  if (ofUnknownExtents && ((assumed && !assumed.empty()) || countPoints(model)))
    emitWarning(locationOf(*ofUnknownExtents))
        << "the profile does not say at which extents it was taken, and "
           "counts as if at those that are planned for; measure again";
}

/// The first input that had another shape than at an operating point, as a
/// clause; empty where all agree. What is not known there may be anything, and
/// what --set has made a constant is no input any more.
std::string ProfileResolver::findOtherShape(const DeviceProfile &profile,
                                            ExtentsUse use) {
  for (BlockArgument input : model.getGraph().getBody().getArguments()) {
    auto found = profile.inputs.find(getValueName(input).str());
    auto type = dyn_cast<OnnxTensorType>(getPlannedType(input, use));
    if (found == profile.inputs.end() || !type || !type.hasRank())
      continue;
    auto differs = [&](size_t axis) {
      auto extent = dyn_cast<IntegerAttr>(type.getDims()[axis]);
      return extent && extent.getInt() != found->second[axis];
    };
    size_t rank = type.getDims().size();
    if (rank == found->second.size() &&
        llvm::none_of(llvm::seq<size_t>(0, rank), differs))
      continue;
    auto here = llvm::map_range(type.getDims(), [](Attribute extent) {
      auto known = dyn_cast<IntegerAttr>(extent);
      return known ? std::to_string(known.getInt()) : "?";
    });
    auto there = llvm::map_range(
        found->second, [](int64_t extent) { return std::to_string(extent); });
    auto text = [](const auto &extents) {
      std::string joined = llvm::join(extents, "x");
      return joined.empty() ? "a scalar" : joined;
    };
    return "'" + found->first + "' was " + text(there) + " there and is " +
           text(here) + " here";
  }
  return "";
}

/// Times count at the operating point that they were taken at. Those that do
/// not say where count at the first one, if there are no better ones.
LogicalResult ProfileResolver::applyOwn(const ClusterDevice &device,
                                        DeviceTimes &times) {
  unsigned numPoints = countPoints(model);
  const DeviceProfile *here = nullptr, *elsewhere = nullptr;
  std::string difference;
  std::vector<const DeviceProfile *> atPoints(numPoints);
  for (const auto &profile : device.profiles) {
    if (profile->nodes.empty() || profile->digest.empty())
      continue;
    if (profile->digest != model.getDigest().value_or("")) {
      ofOtherModels.push_back(profile.get());
      continue;
    }
    anyOfThisModel = true;
    bool isOpen = profile->inputs.empty();
    std::string other = findOtherShape(*profile, ExtentsUse::time());
    if (isOpen ? !here : other.empty())
      here = profile.get();
    if (!other.empty() && !elsewhere) {
      elsewhere = profile.get();
      difference = other;
    }
    for (unsigned i = 0; i < numPoints; ++i)
      if (!isOpen && findOtherShape(*profile, ExtentsUse::point(i)).empty())
        atPoints[i] = profile.get();
  }
  if (here && failed(applyByIndex(*here, device, times.nodesNs)))
    return failure();
  if (here && here->inputs.empty() && !ofUnknownExtents)
    ofUnknownExtents = here;
  if (!here && elsewhere && !ofOtherExtents) {
    ofOtherExtents = elsewhere;
    otherShape = difference;
  }
  times.pointsNs.resize(
      llvm::any_of(atPoints, [](const DeviceProfile *at) { return at; })
          ? numPoints
          : 0);
  for (auto [list, profile] : llvm::zip(times.pointsNs, atPoints))
    if (profile && failed(applyByIndex(*profile, device, list)))
      return failure();
  return success();
}

/// What messages and the process itself take is of the device and holds
/// whatever the model; times of nodes only count if the profile is of this one.
LogicalResult ProfileResolver::resolve() {
  gatherNodes();
  for (auto [device, times] : llvm::zip(cluster.devices, cluster.times)) {
    // A measurement never overrides the cluster file.
    bool statesMemory = device.runtimeMemory.has_value();
    for (const auto &profile : device.profiles) {
      if (!statesMemory && profile->runtimeMemoryBytes)
        device.runtimeMemory = profile->runtimeMemoryBytes;
      times.messageNs = profile->messageNs.value_or(times.messageNs);
      times.bytePs = profile->bytePs.value_or(times.bytePs);
      // Such an entry may be about messages alone.
      if (profile->nodes.empty())
        continue;
      if (profile->digest.empty() &&
          failed(applyByName(*profile, device, times.nodesNs)))
        return failure();
    }
    if (failed(applyOwn(device, times)))
      return failure();
  }
  warnOfOtherModels();
  warnOfExtents();
  return success();
}

FailureOr<MeasuredCluster> split::resolveProfiles(ModelOp model,
                                                  const Cluster &cluster,
                                                  const GraphCosts &costs) {
  MeasuredCluster measured(cluster);
  bool anyProfile =
      llvm::any_of(cluster.devices, [](const ClusterDevice &device) {
        return !device.profiles.empty();
      });
  if (anyProfile && failed(ProfileResolver(model, measured, costs).resolve()))
    return failure();
  return measured;
}
