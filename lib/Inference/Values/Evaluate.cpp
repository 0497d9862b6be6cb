//===- Evaluate.cpp - Which function evaluates which operator -------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"

#include "Accept.h"
#include "Evaluation.h"

#include "llvm/ADT/StringMap.h"

using namespace onnx_split;
using namespace onnx_split::values;

/// The entries of all families by operator. Made at first use.
static const llvm::StringMap<const Entry *> &registry() {
  static const llvm::StringMap<const Entry *> table = [] {
    llvm::StringMap<const Entry *> entries;
    for (llvm::ArrayRef<Entry> family :
         {arithmeticEntries(), unaryEntries(), comparisonEntries(),
          shapeEntries(), reshapingEntries(), movementEntries(),
          slicingEntries(), gatheringEntries(), scatteringEntries(),
          reductionEntries(), selectionEntries()})
      for (const Entry &entry : family)
        entries[entry.opType] = &entry;
    return entries;
  }();
  return table;
}

bool onnx_split::canEvaluate(llvm::StringRef opType) {
  return registry().contains(opType);
}

/// Most operators need an element of some operand; these need none.
static bool hasEnough(const NodeValues &operands) {
  return operands.values.empty() ||
         llvm::is_contained({"Shape", "Size", "EyeLike"},
                            operands.node.op_type()) ||
         llvm::any_of(operands.values, [](const KnownTensor *value) {
           return value != nullptr;
         });
}

llvm::SmallVector<std::optional<KnownTensor>>
onnx_split::evaluate(const NodeValues &operands) {
  Evaluation evaluation(operands);
  const Entry *entry = registry().lookup(operands.node.op_type());
  if (entry && hasEnough(operands) && isAccepted(operands))
    entry->evaluate(evaluation);
  return evaluation.finish();
}
