//===- Registry.cpp - Which function costs which operator -----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Estimate.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"

using namespace onnx_split;
using namespace onnx_split::opcost;

using DomainTable = llvm::StringMap<const OpEntry *>;

static llvm::StringRef canonical(llvm::StringRef domain) {
  return domain == "ai.onnx" ? llvm::StringRef() : domain;
}

/// The entries of all families by domain and operator. Made at first use.
static const llvm::StringMap<DomainTable> &registry() {
  static const llvm::StringMap<DomainTable> table = [] {
    llvm::StringMap<DomainTable> domains;
    for (llvm::ArrayRef<OpEntry> family :
         {attentionOps(),     classicalOps(),     controlFlowOps(),
          convolutionOps(),   dataMovementOps(),  detectionOps(),
          einsumOps(),        elementwiseOps(),   expertOps(),
          matrixProductOps(), normalisationOps(), poolingOps(),
          quantisationOps(),  randomOps(),        recurrentOps(),
          reductionOps(),     resizeOps(),        runtimeAttentionOps(),
          sequenceOps(),      signalOps(),        sortingOps(),
          trainingOps()})
      for (const OpEntry &entry : family)
        domains[entry.domain][entry.opType] = &entry;
    return domains;
  }();
  return table;
}

static const OpEntry *find(llvm::StringRef domain, llvm::StringRef opType) {
  const llvm::StringMap<DomainTable> &domains = registry();
  auto table = domains.find(canonical(domain));
  return table == domains.end() ? nullptr : table->second.lookup(opType);
}

bool onnx_split::hasOpCost(llvm::StringRef domain, llvm::StringRef opType) {
  return find(domain, opType) != nullptr;
}

OpCost onnx_split::computeOpCost(const OpQuery &query) {
  Estimate estimate(query);
  const OpEntry *entry = find(query.domain, query.opType);
  // A function of the model replaces the operator of the same name.
  if (!query.bodies.empty() && !(entry && entry->ownsBodies))
    estimate.setBodyCost(query.bodies.front(), 1);
  else if (isAliasOp(query.domain, query.opType))
    estimate.setNoTraffic();
  else if (entry)
    entry->cost(estimate, entry->factor);
  else
    estimate.markUnknown(UnknownCause::NoFormula);
  return estimate.finish();
}

bool onnx_split::isAliasOp(llvm::StringRef domain, llvm::StringRef opType) {
  return canonical(domain).empty() &&
         llvm::StringSwitch<bool>(opType)
             .Cases({"Reshape", "Squeeze", "Unsqueeze", "Flatten"}, true)
             .Cases({"Identity", "BitCast"}, true)
             .Default(false);
}

bool onnx_split::isNondeterministicOp(llvm::StringRef domain,
                                      llvm::StringRef opType) {
  if (canonical(domain).empty())
    return llvm::StringSwitch<bool>(opType)
        .Cases({"RandomNormal", "RandomNormalLike"}, true)
        .Cases({"RandomUniform", "RandomUniformLike"}, true)
        .Cases({"Bernoulli", "Multinomial", "Dropout"}, true)
        .Default(false);
  if (domain == Microsoft)
    return llvm::StringSwitch<bool>(opType)
        .Cases({"BiasDropout", "BitmaskDropout", "BitmaskBiasDropout"}, true)
        .Case("Sampling", true)
        .Default(false);
  return false;
}
