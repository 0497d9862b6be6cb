//===- PrintVerification.cpp - What a verification found ------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Runtime/Verify.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace onnx_split;
using namespace onnx_split::runtime;

bool Verification::allSame() const {
  return llvm::all_of(outputs,
                      [](const Output &output) { return output.same; });
}

void runtime::printVerification(const Verification &verification,
                                llvm::raw_ostream &os) {
  size_t count = verification.outputs.size();
  double absolute = 0, relative = 0;
  for (const Verification::Output &output : verification.outputs) {
    absolute = std::max(absolute, output.absolute);
    relative = std::max(relative, output.relative);
  }
  os << "verified     "
     << (verification.allSame() ? "the parts give" : "the parts DO NOT give")
     << " the model's " << count << (count == 1 ? " output" : " outputs")
     << llvm::format(" within %g\n", verification.tolerance)
     << llvm::format("             largest difference %g, relative to the "
                     "largest value %g\n",
                     absolute, relative);
}
