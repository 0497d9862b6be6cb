//===- ProblemKeys.h - The keys of problem.json -----------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the reader and the writer of problem.json agree on: its keys, in the
/// order in which they are written, and what a kind of links is.
///
/// Tasks, tensors, weights, devices and media are known by their positions,
/// names are for people. Times stand with the tasks, and links by kind, since
/// clusters have few different ones: a matrix says which kind each pair has.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INSTANCES_PROBLEMKEYS_H
#define ONNX_SPLIT_LIB_INSTANCES_PROBLEMKEYS_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <tuple>

namespace onnx_split::instances {

namespace key {
inline constexpr llvm::StringLiteral Version = "version";
inline constexpr llvm::StringLiteral Name = "name";
inline constexpr llvm::StringLiteral Source = "source";
inline constexpr llvm::StringLiteral Digest = "digest";
inline constexpr llvm::StringLiteral Objective = "objective";
inline constexpr llvm::StringLiteral TargetNs = "target_ns";
inline constexpr llvm::StringLiteral MaxLatencyNs = "max_latency_ns";
inline constexpr llvm::StringLiteral MinStages = "min_stages";
inline constexpr llvm::StringLiteral MaxStages = "max_stages";
inline constexpr llvm::StringLiteral Revisit = "revisit";
inline constexpr llvm::StringLiteral Replicate = "replicate";
inline constexpr llvm::StringLiteral Sequences = "sequences";
inline constexpr llvm::StringLiteral Devices = "devices";
inline constexpr llvm::StringLiteral MemoryBytes = "memory_bytes";
inline constexpr llvm::StringLiteral RuntimeBytes = "runtime_bytes";
inline constexpr llvm::StringLiteral SpeedClass = "speed_class";
inline constexpr llvm::StringLiteral MessageNs = "message_ns";
inline constexpr llvm::StringLiteral BytePs = "byte_ps";
inline constexpr llvm::StringLiteral WeightCacheBytes = "weight_cache_bytes";
inline constexpr llvm::StringLiteral StreamBytesPerSecond =
    "stream_bytes_per_second";
inline constexpr llvm::StringLiteral Media = "media";
inline constexpr llvm::StringLiteral Links = "links";
inline constexpr llvm::StringLiteral BitsPerSecond = "bits_per_second";
inline constexpr llvm::StringLiteral MessageTimeNs = "message_time_ns";
inline constexpr llvm::StringLiteral LatencyNs = "latency_ns";
inline constexpr llvm::StringLiteral Medium = "medium";
inline constexpr llvm::StringLiteral LinkOf = "link_of";
inline constexpr llvm::StringLiteral Ingress = "ingress";
inline constexpr llvm::StringLiteral Egress = "egress";
inline constexpr llvm::StringLiteral Weights = "weights";
inline constexpr llvm::StringLiteral Bytes = "bytes";
inline constexpr llvm::StringLiteral IsState = "is_state";
inline constexpr llvm::StringLiteral Tasks = "tasks";
inline constexpr llvm::StringLiteral Node = "node";
inline constexpr llvm::StringLiteral Index = "index";
inline constexpr llvm::StringLiteral Path = "path";
inline constexpr llvm::StringLiteral TimeNs = "time_ns";
inline constexpr llvm::StringLiteral Pin = "pin";
inline constexpr llvm::StringLiteral HasState = "has_state";
inline constexpr llvm::StringLiteral WhyNowhere = "why_nowhere";
inline constexpr llvm::StringLiteral Tensors = "tensors";
inline constexpr llvm::StringLiteral Producer = "producer";
inline constexpr llvm::StringLiteral Consumers = "consumers";
inline constexpr llvm::StringLiteral MessageBytes = "message_bytes";
inline constexpr llvm::StringLiteral CanCut = "can_cut";
inline constexpr llvm::StringLiteral MustCut = "must_cut";
inline constexpr llvm::StringLiteral IsOutput = "is_output";
inline constexpr llvm::StringLiteral AliasOf = "alias_of";
} // namespace key

// The keys that each object may have.
inline constexpr llvm::StringRef RootKeys[] = {
    key::Version,  key::Name,         key::Source,    key::Objective,
    key::TargetNs, key::MaxLatencyNs, key::MinStages, key::MaxStages,
    key::Revisit,  key::Replicate,    key::Sequences, key::Devices,
    key::Media,    key::Links,        key::LinkOf,    key::Ingress,
    key::Egress,   key::Weights,      key::Tasks,     key::Tensors};
inline constexpr llvm::StringRef DeviceKeys[] = {key::Name,
                                                 key::MemoryBytes,
                                                 key::RuntimeBytes,
                                                 key::SpeedClass,
                                                 key::MessageNs,
                                                 key::BytePs,
                                                 key::WeightCacheBytes,
                                                 key::StreamBytesPerSecond};
inline constexpr llvm::StringRef MediumKeys[] = {key::Name, key::Devices};
inline constexpr llvm::StringRef LinkKeys[] = {
    key::BitsPerSecond, key::MessageTimeNs, key::LatencyNs, key::Medium};
inline constexpr llvm::StringRef WeightKeys[] = {key::Name, key::Bytes,
                                                 key::IsState};
inline constexpr llvm::StringRef TaskKeys[] = {
    key::Name, key::Node,     key::TimeNs,    key::Weights,
    key::Pin,  key::HasState, key::WhyNowhere};
inline constexpr llvm::StringRef NodeKeys[] = {key::Index, key::Path};
inline constexpr llvm::StringRef TensorKeys[] = {
    key::Name,   key::Producer, key::Consumers, key::Bytes,  key::MessageBytes,
    key::CanCut, key::MustCut,  key::IsOutput,  key::AliasOf};

/// Everything that tells two links apart: bits per second, nanoseconds of a
/// message, nanoseconds of latency, and the position of the medium or None.
using LinkKind = std::tuple<int64_t, int64_t, int64_t, int32_t>;

} // namespace onnx_split::instances

#endif // ONNX_SPLIT_LIB_INSTANCES_PROBLEMKEYS_H
