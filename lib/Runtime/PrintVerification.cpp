//===- PrintVerification.cpp - What a verification found ------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Runtime/Verify.h"

#include "onnx-split/Support/Counted.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace onnx_split;
using namespace onnx_split::runtime;

/// Three digits: "0.001", "1e-06".
static std::string inShort(double number) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.3g", number);
  return text;
}

/// Two digits, without an exponent where that can still be read: "0.0002 %".
static std::string inPercent(double fraction) {
  double percent = 100 * fraction;
  std::string text;
  llvm::raw_string_ostream os(text);
  if (percent >= 1e-6 && percent < 10) {
    int decimals = 1 - int(std::floor(std::log10(percent)));
    os << llvm::format("%.*f", decimals, percent);
    // 0.010 says no more than 0.01.
    text = llvm::StringRef(text).rtrim('0').rtrim('.').str();
  } else {
    os << llvm::format("%.4g", percent);
  }
  return text + " %";
}

std::string Verification::Output::describeDifference() const {
  if (!mismatch.empty())
    return mismatch;
  if (identical)
    return "bit-identical";
  if (absolute == 0)
    return "no difference, but in the signs of zeros or in the bits of NaN";
  if (std::isinf(absolute))
    return "a value is NaN or infinite in one of the two alone";
  std::string text = "largest difference " + inShort(absolute);
  return largest == 0 ? text + ", where every value is 0"
                      : text + " (" + inPercent(relative) +
                            " of the largest value " + inShort(largest) + ")";
}

std::string Verification::Output::describeAllowed() const {
  std::string text = allowedRelative > 0 ? inPercent(allowedRelative) : "";
  if (allowedAbsolute > 0)
    text += (text.empty() ? "" : " or ") + inShort(allowedAbsolute) +
            (allowedAbsolute == 1 ? " step" : " steps");
  return text.empty() ? "none" : text;
}

bool Verification::allSame() const {
  return llvm::all_of(outputs,
                      [](const Output &output) { return output.same; });
}

/// The output that is furthest from what is allowed, of those that differ;
/// null: all are bit-identical.
static const Verification::Output *
findWorst(const std::vector<Verification::Output> &outputs) {
  const Verification::Output *worst = nullptr;
  auto isWorse = [](const Verification::Output &a,
                    const Verification::Output &b) {
    if (a.same != b.same)
      return !a.same;
    if (a.mismatch.empty() != b.mismatch.empty())
      return !a.mismatch.empty();
    return a.relative > b.relative;
  };
  for (const Verification::Output &output : outputs)
    if (!output.identical && (!worst || isWorse(output, *worst)))
      worst = &output;
  return worst;
}

void runtime::printVerification(const Verification &verification,
                                llvm::raw_ostream &os) {
  constexpr llvm::StringLiteral indent = "             ";
  const auto &outputs = verification.outputs;
  const Verification::Output *worst = findWorst(outputs);
  os << "verified     "
     << (verification.allSame() ? "the parts give" : "the parts DO NOT give")
     << " the model's " << counted(outputs.size(), "output")
     << (worst ? "" : ", bit-identical") << "\n";
  if (worst) {
    os << indent << worst->describeDifference() << " in output '" << worst->name
       << "', allowed " << worst->describeAllowed() << "\n";
    size_t identical = llvm::count_if(
        outputs, [](const auto &output) { return output.identical; });
    if (identical > 0)
      os << indent << "the other outputs: " << identical << " bit-identical, "
         << outputs.size() - identical - 1 << " not\n";
  }
  if (verification.hasStates)
    os << indent
       << (!outputs.empty() && outputs.front().steps > 1
               ? "in two steps, with the states between them"
               : "in one step alone: the whole model does not take its states "
                 "back with these inputs")
       << "\n";
  if (!verification.fedWith.empty())
    os << indent << "fed with " << verification.fedWith
       << ", since the model does not run on random inputs\n";
}
