//===- Families.h - Operators of ONNX Runtime, by family --------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How a family writes its operators down, and the families. What an operator
/// takes and makes is as in ONNX Runtime's docs/ContribOperators.md; where its
/// rules say less than its kernels do, the kernels count. Private to the
/// library.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INFERENCE_SCHEMAS_FAMILIES_H
#define ONNX_SPLIT_LIB_INFERENCE_SCHEMAS_FAMILIES_H

#include "onnx/defs/schema.h"
#include "llvm/ADT/ArrayRef.h"

namespace onnx_split::schemas {

inline constexpr const char *Standard = "";
inline constexpr const char *Microsoft = "com.microsoft";
inline constexpr const char *Nchwc = "com.microsoft.nchwc";

/// Sets types and shapes of a node's outputs. It may throw ONNX's
/// InferenceError; it must not trust the node beyond what the schema says,
/// which is that required inputs and attributes are there.
using Rule = void (*)(onnx::InferenceContext &context);

/// An operator in a few words, so that a family is a table.
struct Operator {
  const char *name;
  /// Names, separated by spaces: "data axes? rest*", where ? marks an optional
  /// one and * one that stands for any number.
  const char *inputs;
  const char *outputs;
  /// Names with a letter for their type, in capitals for a list: i for
  /// integers, f floats, s strings, t tensors, g graphs; ! for a required one:
  /// "num_heads:i! scale:f axes:I".
  const char *attributes;
  /// Null where only ONNX Runtime's kernel knows.
  Rule rule;
};

/// Adds first versions of operators. May throw what ONNX's registry throws.
void add(const char *domain, llvm::ArrayRef<Operator> operators);

void registerAttention();
void registerBlocked();
void registerElementwise();
void registerFused();
void registerGeneration();
void registerImages();
void registerNormalizations();
void registerPackedAttention();
void registerProducts();
void registerQuantised();
void registerQuantisedProducts();
void registerRecurrentAttention();
void registerTensors();

} // namespace onnx_split::schemas

#endif // ONNX_SPLIT_LIB_INFERENCE_SCHEMAS_FAMILIES_H
