//===- SyntheticNetwork.h - Links of generated problems ---------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Which devices of a generated problem are linked, and along which of them its
/// plan is planted.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INSTANCES_SYNTHETICNETWORK_H
#define ONNX_SPLIT_LIB_INSTANCES_SYNTHETICNETWORK_H

#include "onnx-split/Instances/Synthetic.h"

#include <random>
#include <utility>

namespace onnx_split::instances {

/// Uniform up to a bias of no matter; the same on every platform, unlike the
/// library's distributions.
int64_t below(std::mt19937_64 &draw, int64_t bound);

/// The pairs that are linked, each once, and a path along them. Empty links:
/// all pairs.
struct SyntheticNetwork {
  std::vector<std::pair<int32_t, int32_t>> links;
  std::vector<int32_t> path;
};

/// Devices have numbers by chance, so that those of a path tell nothing; with
/// all links they are numbered along it, and nothing is drawn. The path has all
/// devices, but those of a tree or a star that no path passes.
SyntheticNetwork makeNetwork(SyntheticTopology topology, int32_t numDevices,
                             std::mt19937_64 &draw);

} // namespace onnx_split::instances

#endif // ONNX_SPLIT_LIB_INSTANCES_SYNTHETICNETWORK_H
