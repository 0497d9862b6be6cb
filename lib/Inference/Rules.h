//===- Rules.h - Which rules types are inferred by --------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Which rules types are inferred by: ONNX's, with a newer version's where that
/// reads values that the older one did not look at, and without what a hostile
/// model could crash or keep busy. Private to the library.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INFERENCE_RULES_H
#define ONNX_SPLIT_LIB_INFERENCE_RULES_H

#include "onnx/defs/schema.h"

#include <map>

namespace onnx_split {

/// ONNX's schemas, but with the newest inference rules for operators whose
/// inputs and attributes still mean the same, and without those that a hostile
/// model could keep busy. For inference only: the schemas allow more than the
/// model's operator set does.
class InferenceRules : public onnx::ISchemaRegistry {
public:
  const onnx::OpSchema *GetSchema(const std::string &opType, int version,
                                  const std::string &domain) const override;

private:
  /// Schemas whose rule is not asked about unsafe nodes, by their original.
  mutable std::map<const onnx::OpSchema *, onnx::OpSchema> guarded;
};

/// True for an input that no node may leave out; an optional one may stand
/// before a required one.
bool isRequired(const onnx::OpSchema &schema, int input);

/// True for a node that does not have what its operator requires: ONNX's rules
/// read it without looking.
bool isMalformed(const onnx::NodeProto &node, const onnx::OpSchema &schema);

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_INFERENCE_RULES_H
