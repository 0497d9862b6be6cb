//===- Instance.h - Planner instances of other projects ---------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads the partitioning problems that other projects publish, so that the
/// planner can be compared on them. How each format is understood, and where
/// its model and ours differ, is said at each reader.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_INSTANCES_INSTANCE_H
#define ONNX_SPLIT_INSTANCES_INSTANCE_H

#include "onnx-split/Cluster/Cluster.h"
#include "onnx-split/Instances/ProblemFile.h"
#include "onnx-split/Instances/Sum.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/MemoryBufferRef.h"

namespace onnx_split::instances {

/// How an instance's file measures time.
struct TimeUnit {
  /// "ns", "ms", "s".
  const char *name = "ns";
  /// One unit is 10^digits planner's time steps, which are nanoseconds in a
  /// Problem.
  unsigned digits = 0;
};

/// The exact value in the unit, without trailing zeros: 17789900 with 6 digits
/// is "17.7899". Unlimited is "inf".
std::string formatTimeIn(int64_t time, unsigned digits);

/// One problem of a file, with a name, and what the file asks of a plan.
struct Instance : ProblemFile {
  /// As printed: "pipedream", "pipeedge" and so on.
  const char *format = "";
  /// The file says which plans are allowed: the permissions of `problem` and
  /// the objective are its own.
  bool hasDemands = false;
  /// Where the load model is the sum; of `problem` the names of tasks and
  /// devices alone count then.
  std::optional<placement::SumProblem> sum;
  TimeUnit unit;
  /// By task, what the file calls the nodes or layers that it is made of.
  std::vector<std::vector<std::string>> parts;
};

/// Whose format a file has.
enum class Format {
  Unknown,
  DnnPartitioning,
  PipeDream,
  PipeEdge,
  Helix,
  /// problem.json.
  Problem,
  /// A cluster.yaml of this project.
  Cluster,
  /// A protobuf, or ONNX's text form.
  Onnx
};

/// Tells the format by content. Cheap: it looks for words that the format
/// cannot do without, and leaves errors to the reader.
Format detectFormat(llvm::MemoryBufferRef buffer);

/// PipeDream's profile, graph.txt: lines "nodeN -- description --
/// forward_compute_time=ms, backward_compute_time=ms, activation_size=bytes,
/// parameter_size=bytes" and, indented by a tab, edges "nodeA -- nodeB". Only
/// the forward pass counts. As in PipeDream's optimiser, nodes whose
/// description begins with "Input" are the model's inputs and take no time, and
/// a list of sizes is added up. A node's output is one tensor for all its
/// readers. Devices, links and memory are the cluster's, see addDevices.
std::optional<Instance> readPipeDream(llvm::MemoryBufferRef buffer,
                                      llvm::SourceMgr &sourceMgr,
                                      const Cluster &cluster);

/// The cluster for profiles that come without one: 4 identical devices of 16
/// GiB, every pair linked with 10 Gbit/s and no latency.
Cluster makeDefaultCluster();

/// Appends the cluster's devices, links and media to a problem whose tasks
/// were measured: `times` are nanoseconds on the fastest device. Others take
/// longer by the ratio of the figures `compute` for f32; a device without that
/// figure is as fast as the fastest. What only matters for operators
/// (memory_bandwidth, op_overhead, unsupported) plays no part.
void addDevices(placement::Problem &problem, const Cluster &cluster,
                llvm::ArrayRef<int64_t> times);

/// Helix's generated clusters (.ini): compute nodes with types, and links with
/// bandwidth and latency, which hold for both directions unless both are given.
/// `profiles` is the file of machine types (VRAM, NIC speeds); a link is no
/// faster than the two NICs. Node i is named "type-i". Compute is the type's
/// peak 16-bit tensor rate by its data sheet (T4 65, L4 121, V100 125, A100 312
/// TFLOP/s; "T4x2" is two of them), of which only the ratios matter. The
/// coordinator (source and sink) computes nothing and is left out.
std::optional<Cluster> readHelix(llvm::MemoryBufferRef cluster,
                                 llvm::MemoryBufferRef profiles,
                                 llvm::SourceMgr &sourceMgr);

/// True for the file of machine types, false for a cluster.
bool isHelixProfiles(llvm::MemoryBufferRef buffer);

/// How PipeEdge's files are put together.
struct PipeEdgeOptions {
  /// (type in devices.yml, type in device_types.yml): use that profile.
  std::vector<std::pair<std::string, std::string>> renames;
};

/// PipeEdge's models.yml, device_types.yml and devices.yml, told apart by
/// content: every model with every file of devices, for each data type and
/// batch size that all types of the devices were profiled with. A chain of
/// layers; the profile's seconds; tensors of parameters_out * batch * element
/// size; links between two hosts with the lower bw_Mbps of their types (2^20
/// bit/s); weights mem_MB (2^20 bytes), cap below mem_MB of the type, since
/// PipeEdge demands strictly less. Memory differs in one point: PipeEdge adds
/// a stage's input and output once more for processing, and here it is the peak
/// of the live activations. A type without profile takes that of the one
/// profiled type that differs in the number at the end of the name only.
std::vector<Instance> readPipeEdge(llvm::ArrayRef<llvm::MemoryBufferRef> files,
                                   llvm::SourceMgr &sourceMgr,
                                   const PipeEdgeOptions &options);

} // namespace onnx_split::instances

#endif // ONNX_SPLIT_INSTANCES_INSTANCE_H
