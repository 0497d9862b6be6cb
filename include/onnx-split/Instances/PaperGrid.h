//===- PaperGrid.h - The experiment of arXiv 2210.12219 ---------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The base paper's experiment: four image classifiers as chains of layers
/// between single-tensor cut points, over random wireless clusters of equal
/// devices. Only transfers take time. Every strategy sees the same clusters,
/// unless what the authors did is repeated (PaperGridOptions::repetitions).
///
/// Sizes and memories become a Problem exactly:
///  - Time. Transferring a cut point takes edges * elements * 64 / 1.44 / 2^20
///    Mbit over log2(1 + 283230 / d^2) Mbit/s. A tensor gets 16 * edges *
///    elements bytes, and the link 2.88 * 2^20 times its Mbit/s, rounded to an
///    integer above 8 * 10^6: an error below 10^-7.
///  - Memory. Tensors of the Problem count as activations and buffers, and in
///    the paper they do not. So weights and caps are multiplied by a power of
///    two above everything that a stage's tensors can add up to.
///  - The rule "published" leaves out the first unit of a slice: a slice of the
///    units a .. b - 1 takes w_(a+1) + ... + w_(b-1). See addPublishedWeights.
///  - With that rule greedy and k-path get the slices of the paper's program.
///    See cutAsPublished.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_INSTANCES_PAPERGRID_H
#define ONNX_SPLIT_INSTANCES_PAPERGRID_H

#include "onnx-split/Placement/Placement.h"

#include "llvm/Support/MemoryBufferRef.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

#include <optional>

namespace onnx_split::instances {

/// A unit is every layer after one cut point up to and including the next.
struct PaperUnit {
  /// 4 bytes for each element that its layers make.
  int64_t activationBytes = 0;
  int64_t parameters = 0;
  /// Outgoing edges of the cut point at its end, times its elements.
  int64_t sentElements = 0;
};

/// A chain of layers with a cut after each, as the experiment knows models.
struct PaperModel {
  std::string name;
  std::vector<PaperUnit> units;
};

/// Reads NAME.layers.json and finds its cut points: layers alone on their level
/// (longest distance from the input) that no edge jumps over.
std::optional<PaperModel> readPaperModel(llvm::MemoryBufferRef buffer,
                                         llvm::SourceMgr &sourceMgr);

/// What a slice takes of a device: as the paper counts, or all of it.
enum class MemoryRule {
  /// One byte for a weight, and the first unit of each slice is left out.
  Published,
  /// Four bytes for a weight, every unit counts.
  Honest
};
/// "published" or "honest".
const char *toString(MemoryRule rule);

/// Links of devices at random places of a square of 1 .. 150 m; the same for
/// the same seed on every machine with correctly rounded log2.
std::vector<placement::Link> makePaperLinks(int32_t numDevices, uint64_t seed);

/// The planner's problem; a slice must stay strictly below `memory` bytes.
placement::Problem makePaperProblem(const PaperModel &model, MemoryRule rule,
                                    int64_t memory,
                                    std::vector<placement::Link> links,
                                    int32_t numDevices);

/// The slices of the paper's program: with the least sum of what is sent, by
/// the rule "published", at most `maxSlices`. The program keeps the best ends
/// of a model from one memory to the next, from the smallest on, so that all
/// slices but the first are slices for the smallest memory. Boundaries from 0
/// to the number of units; empty where there are no such slices.
std::vector<int32_t> cutAsPublished(const PaperModel &model, int64_t memory,
                                    int64_t smallestMemory, int32_t maxSlices);

/// A model whose units are these slices, each of one byte.
PaperModel mergeUnits(const PaperModel &model,
                      const std::vector<int32_t> &boundaries);

/// Which cells of the grid to run, and how often.
struct PaperGridOptions {
  /// With published_values.csv, which names the cells, and *.layers.json.
  std::string folder;
  int32_t trials = 50;
  /// Not 0: run greedy and k-path alone, with the rule "published", and so many
  /// times what the paper's authors did once: k-path with each number of
  /// classes on clusters of its own, a failed matching averaged as 0, and the
  /// least of these averages.
  int32_t repetitions = 0;
  /// Of MODEL/MEMORY/NODES/RULE; empty: all.
  std::string cells;
  /// Of each run of the planner; its strategy and progress are ignored.
  placement::SolveOptions solve;
};

/// Runs the grid and prints a CSV row for each cell. Returns false after errors
/// in the files. `progress` may be empty.
bool runPaperGrid(const PaperGridOptions &options, llvm::SourceMgr &sourceMgr,
                  llvm::raw_ostream &os,
                  const std::function<void(const std::string &)> &progress);

} // namespace onnx_split::instances

#endif // ONNX_SPLIT_INSTANCES_PAPERGRID_H
