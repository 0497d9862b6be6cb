//===- DecisionLatency.cpp - When the stages of a label end ---------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decision.h"

#include "../Bounds/Tails.h"

#include <algorithm>

using namespace onnx_split::placement;

/// What is left behind each task, and the least way back that comes on top of
/// it where there are several stages.
void LatticeDecision::measureTails() {
  tails = leastTails(p, Graph(p));
  if (firstGroup == None || roundTripLimit == Unlimited)
    return;
  int32_t first = deviceOf(firstGroup);
  for (int32_t last = 0; last < static_cast<int32_t>(p.devices.size()); ++last)
    if (last != first)
      leastReturn = std::min(leastReturn, returnTime(p, last, first));
}

/// When the boundary messages of the stage are there. False: the stage alone
/// takes too long.
bool LatticeDecision::canArrive(Stage &stage) {
  if (!countsLatency)
    return true;
  int32_t device = deviceOf(stage.group);
  if (inputsRead.any)
    stage.arrivalNs =
        lattice.messages().delivery(p.ingress, device, inputsRead.sent);
  if (outputsMade.any)
    stage.deliveryNs =
        lattice.messages().delivery(device, p.egress, outputsMade.sent);
  return addSaturating(addSaturating(stage.arrivalNs, stage.deliveryNs),
                       stage.runNs) <= latencyLimit;
}

/// When the stage ends, after what it receives is there. False: too late.
bool LatticeDecision::schedule(const Label &label, const Stage &stage) {
  if (!countsLatency)
    return true;
  const uint16_t *groups = labels.groups(label);
  int64_t start = stage.arrivalNs;
  for (int32_t h = 0; h < label.numHolders; ++h)
    if (received[h].any)
      start = std::max(start, addSaturating(endOf(label, h),
                                            lattice.messages().delivery(
                                                deviceOf(groups[h]),
                                                lattice.devices().receiverOf(
                                                    stage.group, groups[h]),
                                                received[h].sent)));
  endNs = addSaturating(start, stage.runNs);
  return addSaturating(endNs, stage.deliveryNs) <= latencyLimit &&
         canReturn(label, stage);
}

/// False: behind the last stage, the way back to the first one takes too long.
bool LatticeDecision::canReturn(const Label &label, const Stage &stage) {
  if (firstGroup == None || stage.to != lattice.size() - 1)
    return true;
  const DeviceGroups &devices = lattice.devices();
  int32_t last = deviceOf(stage.group);
  // A group of the first stage that is this one's has another device there.
  int64_t back =
      stage.from == 0
          ? 0
          : returnTime(p, last, devices.receiverOf(firstGroup, stage.group));
  int64_t latest = std::max(labels.figuresOf(label)[numMedia],
                            addSaturating(endNs, stage.deliveryNs));
  return back != Unlimited && addSaturating(latest, back) <= roundTripLimit;
}

/// Of a holder of the label; its `numHolders` stands for the new stage.
int64_t LatticeDecision::endOf(const Label &label, int32_t holder) const {
  return holder == label.numHolders
             ? endNs
             : labels.figuresOf(label)[numCommon + numFigures * holder + 2];
}

/// Adds the figures of the label as a whole to the draft, whose holders are
/// known. False: what follows takes too long even on the fastest devices.
bool LatticeDecision::rankFigures(const Label &label, const Stage &stage) {
  if (!countsLatency)
    return true;
  LabelStore::Draft &draft = labels.draft();
  Slice<int32_t> after = lattice.open(stage.to);
  for (size_t i = 0; i < after.size(); ++i) {
    int64_t end =
        addSaturating(addSaturating(endOf(label, draft.oldOf[draft.key[i]]),
                                    lattice.messages().leastDelivery(after[i])),
                      lattice.longestTail(after[i], stage.to, tails));
    if (end > latencyLimit ||
        (leastReturn != Unlimited &&
         addSaturating(end, leastReturn) > roundTripLimit))
      return false;
  }
  const int64_t *common = labels.figuresOf(label) + numMedia;
  draft.figures.push_back(
      std::max(common[0], addSaturating(endNs, stage.deliveryNs)));
  if (wanted != Wanted::Tidiest)
    return true;
  draft.figures.push_back(common[1] + 1);
  draft.figures.push_back(common[2] + static_cast<int64_t>(readList.size()));
  return true;
}

/// Of the labels of the full ideal the best one, if any plan was not enough.
void LatticeDecision::chooseFinal() {
  int32_t full = lattice.size() - 1;
  labels.dropDominated(full);
  auto isBetter = [&](int32_t a, int32_t b) {
    const int64_t *mine = labels.figuresOf(labels[a]) + numMedia,
                  *other = labels.figuresOf(labels[b]) + numMedia;
    return std::lexicographical_compare(mine, mine + numCommon - numMedia,
                                        other, other + numCommon - numMedia);
  };
  for (int32_t l : labels.at(full))
    if (finalLabel == None || isBetter(l, finalLabel))
      finalLabel = l;
}
