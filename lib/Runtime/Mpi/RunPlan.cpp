//===- RunPlan.cpp - Runs a plan over MPI ---------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "onnx-split/Runtime/Mpi/RunPlan.h"

#include "RunReport.h"

#include "onnx-split/Runtime/Mpi/Watchdog.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>
#include <thread>

using namespace onnx_split;
using namespace onnx_split::runtime;

/// Loading a large part from a slow card takes its time; ranks wait that long
/// for each other before the first item.
static constexpr double StartSeconds = 600;

/// Ends all ranks. The watchdog is told that the reason is known.
[[noreturn]] static void endAll(const llvm::Twine &message, MPI_Comm comm) {
  quietWatchdog();
  // One write, so that lines of several ranks do not mix.
  llvm::errs() << ("onnx-split-run: error: " + message + "\n").str();
  llvm::errs().flush();
  MPI_Abort(comm, 1);
  std::_Exit(1);
}

/// Prints the first text that says something, once, on rank 0. True if one
/// does.
static bool reportFirst(llvm::ArrayRef<std::string> texts, int rank) {
  for (const std::string &text : texts) {
    if (text.empty())
      continue;
    if (rank == 0)
      llvm::errs() << "onnx-split-run: error: " << text << "\n";
    return true;
  }
  return false;
}

/// The first rank that differs from rank 0, as a text for all.
static std::string findOdd(llvm::ArrayRef<std::string> texts,
                           const ExecutionPlan &plan, llvm::StringRef what) {
  for (auto [rank, text] : llvm::enumerate(texts))
    if (text != texts.front())
      return describeRole(plan, int(rank)) + " has " + what.str() + " '" +
             text + "', but " + describeRole(plan, 0) + " has '" +
             texts.front() + "'; all must have the same";
  return "";
}

static bool writeFile(const std::string &path,
                      llvm::function_ref<void(llvm::raw_ostream &)> write) {
  std::error_code error;
  llvm::raw_fd_ostream os(path, error);
  if (!error) {
    write(os);
    os.close();
    error = os.error();
    os.clear_error();
  }
  if (error)
    llvm::errs() << "onnx-split-run: error: " << path
                 << ": cannot write: " << error.message() << "\n";
  return !error;
}

int runtime::runPlan(const ExecutionPlan &plan, const RunOptions &settings) {
  MPI_Comm comm;
  MPI_Comm_dup(MPI_COMM_WORLD, &comm);
  // A peer that is gone shows as an error here before mpirun ends this rank.
  MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN);
  int rank = 0, size = 0;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  getActivity().rank = rank;
  if (size != plan.countRanks()) {
    if (rank == 0)
      llvm::errs() << "onnx-split-run: error: " << settings.plan << " needs "
                   << plan.countRanks()
                   << " processes, one for each stage and replica, but there "
                      "are "
                   << size << "; start it with mpirun -np " << plan.countRanks()
                   << "\n";
    return 1;
  }
  RunOptions options = settings;
  if (options.threads == 0)
    options.threads =
        std::max(1u, std::thread::hardware_concurrency() / countLocalRanks());

  StageRun run(plan, options, rank, comm);
  std::string failure;
  if (llvm::Error error = run.prepare())
    failure =
        describeRole(plan, rank) + ": " + llvm::toString(std::move(error));
  std::vector<std::string> failures = gatherTexts(failure, comm, StartSeconds);
  std::vector<std::string> digests =
      gatherTexts(plan.digest, comm, StartSeconds);
  std::vector<std::string> versions =
      gatherTexts("ONNX Runtime " + getRuntimeVersion(), comm, StartSeconds);
  if (failures.empty() || digests.empty() || versions.empty())
    endAll(describeRole(plan, rank) + " waited " +
               llvm::Twine(int(StartSeconds)) +
               " s for the others to load their parts",
           comm);
  // Different plans explain other failures, so they come first.
  for (const std::string &why :
       {findOdd(digests, plan, "a plan.json with the digest"),
        findOdd(versions, plan, "the runtime")})
    if (reportFirst(why, rank))
      return 1;
  if (reportFirst(failures, rank))
    return 1;

  int64_t offset = measureClockOffset(comm);
  if (!meet(comm, StartSeconds))
    endAll(describeRole(plan, rank) + ": the others did not get ready", comm);
  if (llvm::Error error = run.run(offset))
    endAll(describeRole(plan, rank) + ": " + llvm::toString(std::move(error)),
           comm);
  getActivity().waitsFor = -1;
  RunReport report = gatherReport(plan, options, run, comm);
  bool written = true;
  if (rank == 0) {
    printReport(plan, report, llvm::outs());
    if (!options.jsonFile.empty())
      written &= writeFile(options.jsonFile, [&](llvm::raw_ostream &os) {
        writeReport(plan, options, report, os);
      });
    if (!options.traceFile.empty())
      written &= writeFile(options.traceFile, [&](llvm::raw_ostream &os) {
        writeTrace(plan, report, os);
      });
  }
  return written ? 0 : 4;
}
