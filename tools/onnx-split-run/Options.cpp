//===- Options.cpp - The command line -------------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "onnx-split/Runtime/Mpi/Watchdog.h"
#include "onnx-split/Support/CommandLine.h"

#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <thread>

#include <mpi.h>

using namespace onnx_split;
using namespace onnx_split::runtime;

InputOptions onnx_split::makeInputOptions(const Options &options) {
  InputOptions inputs;
  inputs.files.assign(options.input.begin(), options.input.end());
  inputs.shapes.assign(options.shapes.begin(), options.shapes.end());
  inputs.dims.assign(options.dims.begin(), options.dims.end());
  inputs.seed = options.seed;
  return inputs;
}

int onnx_split::fail(const llvm::Twine &message) {
  const char *variable = ::getenv("OMPI_COMM_WORLD_RANK");
  int rank = 0;
  if (variable && !llvm::StringRef(variable).getAsInteger(10, rank) && rank > 0)
    std::this_thread::sleep_for(
        std::chrono::milliseconds(1000 + 250 * std::min(rank, 20)));
  llvm::errs() << "onnx-split-run: error: " << message << "\n";
  return 1;
}

int onnx_split::underMpi(int argc, char **argv, const ExecutionPlan *plan,
                         llvm::function_ref<int()> work) {
  // It forks, which it may only while there is one thread.
  startWatchdog(plan);
  int provided = 0;
  // This thread alone calls MPI; another one computes.
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
  int status = work();
  quietWatchdog();
  MPI_Finalize();
  return status;
}

std::optional<int> onnx_split::readOptions(int argc, char **argv,
                                           Options &options) {
  ProgramHelp help;
  help.usage = "mpirun -np STAGES onnx-split-run PLAN.json [options]";
  help.file = "PLAN.json";
  help.purpose = "Runs the parts of a split model over MPI, a process for each "
                 "stage, or measures a cluster.";
  cl::OptionCategory *groups[] = {&options.category};
  help.groups = groups;
  static constexpr llvm::StringRef examples[] = {
      "mpirun -np 3 onnx-split-run model.split/plan.json --items=200",
      "mpirun -np 2 onnx-split-run decoder.split/plan.json --generate=64 "
      "--prompt=prompt.npy",
      "mpirun --host cam0,box -np 2 onnx-split-run --profile=measured.json "
      "--model=model.onnx --devices=cluster.yaml",
      "onnx-split-run --emit-profile-of=cam0 --model=model.onnx"};
  help.examples = examples;
  help.statuses = "0 done; 1 wrong usage or bad input, or a rank failed; 4 "
                  "could not write";
  static constexpr std::pair<llvm::StringRef, llvm::StringRef> synonyms[] = {
      {"cluster", "devices"},
      {"tokens", "generate"},
      {"output", "save-outputs"}};
  help.synonyms = synonyms;
  return readCommandLine(argc, argv, help);
}
