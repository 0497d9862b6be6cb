//===- States.h - Outputs that come back as inputs --------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// State: an output of the model that is an input of the next item of the same
/// sequence, such as the key/value caches of a decoder or the hidden state of a
/// recurrent network. Files do not say so; exporters name both ends by
/// conventions (docs/Models.md).
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_ANALYSIS_STATES_H
#define ONNX_SPLIT_ANALYSIS_STATES_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

#include <string>
#include <vector>

namespace onnx_split {

/// An input and the output whose value it has for the next item.
struct StatePair {
  std::string input, output;
  /// The user named it, so that it must stay together; a convention otherwise.
  bool isRequested = false;
};

/// The pairs of the model's main graph, in the order of its inputs. `options`
/// are those of --state: "auto", which goes by the conventions, "none", or
/// INPUT=OUTPUT with globs, where what `*` matches in the one stands for that
/// in the other; none is "auto". Pairs that are named count before those of a
/// convention. Inputs with a default are no state.
///
/// An input and an output of a convention are a pair only if one can be the
/// other: tensors of one element type and rank, whose known extents are equal,
/// or on one axis larger in the output (a cache that grows); a warning
/// otherwise. Fails, with errors at the model, where an option cannot be read,
/// or names what the model does not have or what cannot be a pair.
mlir::FailureOr<std::vector<StatePair>>
findStates(graph::ModelOp model, llvm::ArrayRef<std::string> options);

/// Whether the next item of a sequence needs what comes of this one, by names:
/// tokens go in ("input_ids"), their scores come out ("logits"), and there are
/// caches ("past..."), whether they stay or are sent. States alone do not make
/// items wait.
bool generatesTokens(graph::ModelOp model);

/// The node for which a cache may be one buffer of its final length that is
/// both input and output, or null: the one operator that reads it makes the
/// next, which nobody else reads, and only writes what is new.
/// GroupQueryAttention of ONNX Runtime does, if that holds for its keys and its
/// values; it goes by other inputs for how much of the buffer is filled.
graph::NodeOp findInPlaceNode(mlir::Value input, mlir::Value output);

/// "past_key_values.*.key -> present.*.key", numbers in names as `*`; each
/// pattern once, in the order of the pairs.
std::vector<std::string>
describeStates(llvm::ArrayRef<std::pair<std::string, std::string>> pairs);

} // namespace onnx_split

#endif // ONNX_SPLIT_ANALYSIS_STATES_H
