//===- onnx-split-run.cpp - Runs a plan over MPI --------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The program `onnx-split-run`, which mpirun starts once for each stage of a
/// plan and for each further device of a stage. It runs the parts and measures
/// them, or, with --profile, measures the devices and links of a cluster, one
/// process on each. What one process can find wrong with the command line, the
/// plan or the cluster file is found before MPI starts: afterwards an error of
/// one rank has to end the others.
///
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "onnx-split/Runtime/Library.h"

#include "llvm/Support/InitLLVM.h"

using namespace onnx_split;

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  Options options;
  if (std::optional<int> status = readOptions(argc, argv, options))
    return *status;
  if (llvm::Error error = checkUse(options))
    return fail(llvm::toString(std::move(error)));
  if (std::string why = runtime::loadRuntime(); !why.empty())
    return fail(why);
  if (modeOf(options) == Mode::Run)
    return runPlanMode(options, argc, argv);
  return profileMode(options, argc, argv);
}
