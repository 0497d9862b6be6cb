//===- Experts.cpp - Cost of mixtures of experts --------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// com.microsoft MoE and QMoE: every token goes through k of E experts, each of
/// two or three matrix products. Only the weights of experts that are asked are
/// read: at most k per token.
///
//===----------------------------------------------------------------------===//

#include "Estimate.h"

using namespace onnx_split;
using namespace onnx_split::opcost;

/// Results per score of the router: the softmax, and the choice.
static constexpr int64_t RouteOps = 5 + 1;

/// Results per value between the two products.
static int64_t activationOps(llvm::StringRef activation) {
  if (activation == "identity")
    return 0;
  if (activation == "gelu")
    return 5;
  if (activation == "silu")
    return 2; // sigmoid, product
  if (activation == "swiglu")
    return 4; // scale, sigmoid, two products
  if (activation == "geglu")
    return 10; // by tanh, product
  return 1;
}

namespace {
/// One of the matrix products of all experts.
struct Layer {
  /// Operand with the weights, [E, rows, columns].
  size_t weights;
  /// [E, rows], or no operand.
  size_t bias;
  /// Bits per weight where several share a byte, else 0.
  int64_t packedBits;
};

class Mixture {
public:
  explicit Mixture(Estimate &figures) : estimate(figures) {
    tokens = elementsBesides(estimate.input(0), -1);
    int64_t chosen = estimate.getInt("k", 1);
    visits = tokens * Count(chosen);
    experts = extent(estimate.input(1), 1);
  }

  /// The weights of one expert, unpacked.
  Count countWeights(const Layer &layer) const {
    Count stored = elementsFrom(estimate.input(layer.weights), 1);
    return layer.packedBits > 0 ? (stored * 8).dividedBy(layer.packedBits)
                                : stored;
  }

  void addLayer(const Layer &layer) {
    if (!estimate.hasInput(layer.weights))
      return;
    const TensorInfo &weights = estimate.input(layer.weights);
    Count perExpert = countWeights(layer), read = Count::min(experts, visits);
    estimate.addMacs(visits * perExpert);
    // Unpacking scales every weight that is read.
    if (layer.packedBits)
      estimate.addOps(read * perExpert);
    if (estimate.hasInput(layer.bias))
      estimate.addOps(visits * extent(weights, 1));
    estimate.setRead(layer.weights, read * elementsFrom(weights, 1));
  }

  /// The router, the activation, and the weighted sum of the results. `last`
  /// is the operand that has the inner size as its columns.
  void addRest(const Layer &last) {
    Count inner = extent(estimate.input(last.weights), 2);
    if (last.packedBits > 0)
      inner = (inner * 8).dividedBy(last.packedBits);
    estimate.addOps(estimate.inputElements(1) * RouteOps);
    estimate.addOps(visits * inner *
                    activationOps(estimate.getString("activation_type")));
    estimate.addOps(visits * extent(estimate.input(0), -1) * 2);
  }

private:
  Estimate &estimate;
  /// `visits`: of tokens to experts.
  Count tokens, visits, experts;
};
} // namespace

/// (input[..., H], router_probs[tokens, E], then weights and bias of each
/// product).
static void mixture(Estimate &estimate, int64_t) {
  Mixture mixture(estimate);
  mixture.addLayer({2, 3, 0});
  mixture.addLayer({4, 5, 0});
  mixture.addLayer({6, 7, 0});
  mixture.addRest({4, 5, 0});
}

/// (input, router_probs, then weights, scales and bias of each product, ...).
/// Weights of a byte or less share bytes of uint8.
static void quantisedMixture(Estimate &estimate, int64_t) {
  int64_t bits = estimate.getInt("expert_weight_bits", 4);
  auto bitsOf = [&](llvm::StringRef name) {
    int64_t given = estimate.getInt(name, bits);
    if (given < 1 || given > 8)
      estimate.contradict();
    return std::clamp<int64_t>(given, 1, 8);
  };
  Mixture mixture(estimate);
  Layer second = {5, 7, bitsOf("fc2_expert_weight_bits")};
  mixture.addLayer({2, 4, bitsOf("fc1_expert_weight_bits")});
  mixture.addLayer(second);
  mixture.addLayer({8, 10, bitsOf("fc3_expert_weight_bits")});
  mixture.addRest(second);
}

llvm::ArrayRef<OpEntry> opcost::expertOps() {
  static constexpr OpEntry table[] = {
      {Microsoft, "MoE", mixture},
      {Microsoft, "QMoE", quantisedMixture},
  };
  return table;
}
