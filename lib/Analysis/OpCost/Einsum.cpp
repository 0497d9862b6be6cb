//===- Einsum.cpp - Cost of Einsum ----------------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Einsum is counted as the cheapest sequence of products of two operands, and
/// each product as one multiply-accumulate per combination of the labels of
/// both where a label is summed over, else one multiplication. A label that
/// only one operand has and nobody else needs is summed first.
///
//===----------------------------------------------------------------------===//

#include "Estimate.h"
#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace onnx_split;
using namespace onnx_split::opcost;

using Labels = llvm::SmallBitVector;

/// All orders of up to that many operands are tried; more are taken from left
/// to right.
static constexpr size_t MostForAllOrders = 6;

/// Labels are numbered: letters, then the axes of "..." from the right.
static constexpr unsigned Letters = 52;

static unsigned letterIndex(char c) {
  return c >= 'a' ? c - 'a' : c - 'A' + 26;
}

namespace {
/// Figures of part of the expression.
struct Work {
  Count macs, ops;
  int64_t flops() const { return (macs * 2 + ops).value(); }
};

class Expression {
public:
  /// False where the equation does not fit the operands.
  bool parse(llvm::StringRef equation, llvm::ArrayRef<TensorInfo> tensors);
  Work cheapest() const;

private:
  /// Reads the labels of one term; `tensor` gives their extents.
  std::optional<Labels> parseTerm(llvm::StringRef term,
                                  const TensorInfo &tensor);
  bool parseResult(llvm::StringRef term);
  void noteExtent(unsigned label, int64_t size);
  Count size(const Labels &labels) const;
  void sumPrivate(Labels &labels, const Labels &kept, Work &work) const;
  Work combine(Labels a, Labels b, const Labels &needed) const;
  Work allOrders() const;
  Work leftToRight() const;

  llvm::SmallVector<Labels, 4> operands;
  Labels result;
  unsigned labelCount = Letters;
  /// Largest known extent of each label, and whether one is unknown.
  llvm::SmallVector<int64_t> extents;
  Labels open;
  /// Times a letter occurs, for the implicit result.
  unsigned occurrences[Letters] = {};
};
} // namespace

//===----------------------------------------------------------------------===//
// Parsing
//===----------------------------------------------------------------------===//

bool Expression::parse(llvm::StringRef equation,
                       llvm::ArrayRef<TensorInfo> tensors) {
  size_t ellipsisAxes = 0;
  for (const TensorInfo &tensor : tensors) {
    if (!tensor.present || !tensor.hasRank)
      return false;
    ellipsisAxes = std::max(ellipsisAxes, tensor.dims.size());
  }
  labelCount = Letters + ellipsisAxes;
  extents.assign(labelCount, -1);
  open.resize(labelCount);
  result.resize(labelCount);

  std::string text;
  llvm::copy_if(equation, std::back_inserter(text),
                [](char c) { return !llvm::isSpace(c); });
  auto [left, right] = llvm::StringRef(text).split("->");
  bool isExplicit = llvm::StringRef(text).contains("->");
  llvm::SmallVector<llvm::StringRef> terms;
  left.split(terms, ',');
  if (tensors.empty() || terms.size() != tensors.size())
    return false;
  for (size_t i = 0, e = terms.size(); i < e; ++i) {
    std::optional<Labels> labels = parseTerm(terms[i], tensors[i]);
    if (!labels)
      return false;
    operands.push_back(*labels);
  }
  if (isExplicit)
    return parseResult(right);
  // What "..." stands for, and every letter that occurs once.
  for (const Labels &labels : operands)
    for (unsigned label : labels.set_bits())
      if (label >= Letters || occurrences[label] == 1)
        result.set(label);
  return true;
}

std::optional<Labels> Expression::parseTerm(llvm::StringRef term,
                                            const TensorInfo &tensor) {
  auto [before, after] = term.split("...");
  bool hasEllipsis = term.contains("...");
  size_t named = before.size() + after.size(), rank = tensor.dims.size();
  if (hasEllipsis ? named > rank : named != rank)
    return std::nullopt;

  Labels labels(labelCount);
  size_t axis = 0;
  auto take = [&](llvm::StringRef letters) {
    for (char c : letters) {
      if (!llvm::isAlpha(c))
        return false;
      unsigned label = letterIndex(c);
      ++occurrences[label];
      labels.set(label);
      noteExtent(label, tensor.dims[axis++]);
    }
    return true;
  };
  if (!take(before))
    return std::nullopt;
  for (size_t left = rank - named; left > 0; --left) {
    unsigned label = Letters + left - 1;
    labels.set(label);
    noteExtent(label, tensor.dims[axis++]);
  }
  if (!take(after))
    return std::nullopt;
  return labels;
}

bool Expression::parseResult(llvm::StringRef term) {
  auto [before, after] = term.split("...");
  if (term.contains("..."))
    for (const Labels &labels : operands)
      for (unsigned label : labels.set_bits())
        if (label >= Letters)
          result.set(label);
  for (llvm::StringRef letters : {before, after})
    for (char c : letters) {
      if (!llvm::isAlpha(c) || !occurrences[letterIndex(c)])
        return false;
      result.set(letterIndex(c));
    }
  return true;
}

/// Extents of one label may differ where one of them is 1 and is repeated.
void Expression::noteExtent(unsigned label, int64_t size) {
  if (size < 0)
    open.set(label);
  else if (extents[label] != 0)
    extents[label] = size == 0 ? 0 : std::max(extents[label], size);
}

Count Expression::size(const Labels &labels) const {
  Count count = 1;
  for (unsigned label : labels.set_bits()) {
    // Only 1 may be another extent where it is not known.
    bool known = extents[label] > 1 || extents[label] == 0 || !open.test(label);
    int64_t bound = std::max<int64_t>(extents[label], known ? 0 : 1);
    count *= known ? Count(bound) : Count::atLeast(bound);
  }
  return count;
}

//===----------------------------------------------------------------------===//
// Orders of evaluation
//===----------------------------------------------------------------------===//

/// Sums over the labels that are not among `kept`: one addition per element.
void Expression::sumPrivate(Labels &labels, const Labels &kept,
                            Work &work) const {
  if (!labels.test(kept))
    return;
  work.ops += size(labels);
  labels &= kept;
}

/// The product of two factors, of which the labels in `needed` remain.
Work Expression::combine(Labels a, Labels b, const Labels &needed) const {
  Work work;
  // A label of one factor alone cannot pair with anything of the other.
  Labels keptOfA = b, keptOfB = a;
  keptOfA |= needed;
  keptOfB |= needed;
  sumPrivate(a, keptOfA, work);
  sumPrivate(b, keptOfB, work);
  Labels all = a;
  all |= b;
  // test(): is there a label outside of `needed`, that is, a summed one?
  (all.test(needed) ? work.macs : work.ops) += size(all);
  return work;
}

/// Dynamic programming over subsets of the operands.
Work Expression::allOrders() const {
  unsigned count = operands.size(), full = (1u << count) - 1;
  llvm::SmallVector<Labels> unions(full + 1, Labels(labelCount));
  for (unsigned subset = 1; subset <= full; ++subset)
    for (unsigned i = 0; i < count; ++i)
      if (subset & (1u << i))
        unions[subset] |= operands[i];

  /// Labels that the product of a subset still needs: those of the result and
  /// of the operands outside.
  auto neededBy = [&](unsigned subset) {
    Labels needed = unions[full & ~subset];
    needed |= result;
    return needed;
  };
  auto labelsOf = [&](unsigned subset) {
    Labels labels = unions[subset];
    if (subset & (subset - 1))
      labels &= neededBy(subset);
    return labels;
  };

  llvm::SmallVector<Work> best(full + 1);
  for (unsigned subset = 1; subset <= full; ++subset) {
    // A single operand comes for nothing.
    if (!(subset & (subset - 1)))
      continue;
    bool first = true;
    Labels needed = neededBy(subset);
    for (unsigned a = (subset - 1) & subset; a; a = (a - 1) & subset) {
      unsigned b = subset & ~a;
      if (a < b)
        continue;
      Work work = combine(labelsOf(a), labelsOf(b), needed);
      work.macs += best[a].macs + best[b].macs;
      work.ops += best[a].ops + best[b].ops;
      if (first || work.flops() < best[subset].flops())
        best[subset] = work;
      first = false;
    }
  }
  return best[full];
}

Work Expression::leftToRight() const {
  // What the operands from i on and the result need.
  llvm::SmallVector<Labels> needed(operands.size() + 1, result);
  for (size_t i = operands.size(); i-- > 0;) {
    needed[i] = needed[i + 1];
    needed[i] |= operands[i];
  }
  Work total;
  Labels left = operands[0];
  for (size_t i = 1, e = operands.size(); i < e; ++i) {
    Work work = combine(left, operands[i], needed[i + 1]);
    total.macs += work.macs;
    total.ops += work.ops;
    left |= operands[i];
    left &= needed[i + 1];
  }
  return total;
}

Work Expression::cheapest() const {
  if (operands.size() == 1) {
    Work work;
    Labels labels = operands[0];
    sumPrivate(labels, result, work);
    return work;
  }
  return operands.size() <= MostForAllOrders ? allOrders() : leftToRight();
}

static void einsum(Estimate &estimate, int64_t) {
  llvm::SmallVector<TensorInfo> tensors;
  for (size_t i = 0, e = estimate.inputCount(); i < e; ++i)
    tensors.push_back(estimate.input(i));
  Expression expression;
  if (!expression.parse(estimate.getString("equation"), tensors)) {
    estimate.addMacs(Count::atLeast(0));
    return;
  }
  Work work = expression.cheapest();
  // A mere transposition has no type that it computes in.
  if (work.macs.value() || !work.macs.isExact())
    estimate.addMacs(work.macs);
  if (work.ops.value() || !work.ops.isExact())
    estimate.addOps(work.ops);
}

llvm::ArrayRef<OpEntry> opcost::einsumOps() {
  static constexpr OpEntry table[] = {
      {Standard, "Einsum", einsum},
  };
  return table;
}
