//===- DnnPartitioning.h - Instances of dnn-partitioning --------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The throughput instances of Tarnawski et al., "Efficient Algorithms for
/// Device Placement of DNN Graph Operators" (NeurIPS 2020): a graph, k equal
/// accelerators with a memory cap, and CPUs.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_INSTANCES_DNNPARTITIONING_H
#define ONNX_SPLIT_INSTANCES_DNNPARTITIONING_H

#include "onnx-split/Instances/Instance.h"

namespace onnx_split::instances {

/// The file as it is.
struct DnnGraph {
  /// An operator.
  struct Node {
    /// Times in the file's unit, milliseconds in the published instances.
    double acceleratorTime = 0, cpuTime = 0;
    bool onAccelerator = true;
    bool isBackward = false;
    /// Bytes, rounded up.
    int64_t size = 0;
    /// Nodes of one class are placed together; -1 for a node without one.
    int64_t colour = -1;
    /// What the file calls it.
    int64_t id = 0;
  };
  struct Edge {
    int32_t from = 0, to = 0;
    /// Time of moving the producer's output to or from an accelerator.
    double cost = 0;
  };
  std::string name;
  std::vector<Node> nodes;
  std::vector<Edge> edges;
  int32_t numAccelerators = 0, numCpus = 0;
  /// Sum of the sizes of an accelerator's nodes.
  int64_t acceleratorMemory = 0;
};

/// Reads maxSizePerFPGA, maxFPGAs, maxCPUs, nodes (id, supportedOnFpga,
/// cpuLatency, fpgaLatency, size, isBackwardNode, colorClass) and edges
/// (sourceId, destId, cost). `id`s may be any integers.
std::optional<DnnGraph> readDnnGraph(llvm::MemoryBufferRef buffer,
                                     llvm::SourceMgr &sourceMgr);

/// The graph under this project's own model, the largest of the times of
/// stages and links. A task is a colour class, or several that depend on each
/// other in a cycle. A producer's output is one tensor with the largest cost of
/// its edges, which every message of it takes on its link, also to and from
/// CPUs. Only `size` takes memory, and only on accelerators: it is scaled
/// until activations and buffers do not count. None, with a message, for
/// graphs with backward nodes, whose stages would be visited twice.
std::optional<Instance> makeDnnProblem(const DnnGraph &graph,
                                       std::string &message);

/// The same graph in its authors' load model, in 1e-9 of the file's unit. A
/// producer with edges of several costs takes the largest. Backward nodes are
/// treated like all others. For placements, tasks are called by their ids, and
/// devices accelerator-0, ..., cpu-0, ....
std::optional<Instance> makeSumInstance(const DnnGraph &graph,
                                        std::string &message);

} // namespace onnx_split::instances

#endif // ONNX_SPLIT_INSTANCES_DNNPARTITIONING_H
