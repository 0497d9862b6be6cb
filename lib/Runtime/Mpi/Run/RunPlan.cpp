//===- RunPlan.cpp - Runs a plan over MPI ---------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Runtime/Mpi/RunPlan.h"

#include "../Waker.h"
#include "RunReport.h"

#include "onnx-split/Report/Report.h"
#include "onnx-split/Runtime/Inputs.h"
#include "onnx-split/Runtime/Library.h"
#include "onnx-split/Runtime/Mpi/Watchdog.h"
#include "onnx-split/Support/WriteFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>

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

/// Whether another rank noticed before this one that the run has failed. Where
/// one rank stops, all others wait for something before long; the one that
/// began to wait first is the one beside it. `since` is on the clock of rank 0.
static bool isKnownToOthers(int64_t since, int rank, int size, MPI_Comm comm) {
  constexpr int tag = 4;
  constexpr int64_t patienceNs = 300'000'000;
  std::vector<MPI_Request> requests(size, MPI_REQUEST_NULL);
  for (int other = 0; other < size; ++other)
    if (other != rank)
      MPI_Isend(&since, 1, MPI_INT64_T, other, tag, comm, &requests[other]);
  Waker waker(/*overSockets=*/countLocalRanks() == 1);
  for (int64_t end = hostNow() + patienceNs; hostNow() < end;) {
    int found = 0;
    MPI_Status status;
    MPI_Iprobe(MPI_ANY_SOURCE, tag, comm, &found, &status);
    if (!found) {
      waker.wait(/*progressed=*/false, /*sending=*/true);
      continue;
    }
    int64_t theirs = 0;
    MPI_Recv(&theirs, 1, MPI_INT64_T, status.MPI_SOURCE, tag, comm,
             MPI_STATUS_IGNORE);
    if (theirs < since || (theirs == since && status.MPI_SOURCE < rank))
      return true;
  }
  return false;
}

/// Ends a run that has failed: with the message, or, where another rank has
/// one, by waiting to be ended.
[[noreturn]] static void endRun(const llvm::Twine &message, int64_t since,
                                int rank, int size, MPI_Comm comm) {
  if (isKnownToOthers(since, rank, size, comm)) {
    quietWatchdog();
    constexpr int64_t patienceNs = 10'000'000'000;
    Waker waker(/*overSockets=*/countLocalRanks() == 1);
    for (int64_t end = hostNow() + patienceNs; hostNow() < end;)
      waker.wait(/*progressed=*/false, /*sending=*/false);
  }
  endAll(message, comm);
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

static bool writeResult(const std::string &path,
                        llvm::function_ref<void(llvm::raw_ostream &)> write) {
  std::error_code error = writeFile(path, write);
  if (error)
    llvm::errs() << "onnx-split-run: error: " << path
                 << ": cannot write: " << error.message() << "\n";
  return !error;
}

/// Why --dim names nothing, or nothing; `names` are those of each rank, one a
/// line. A name may be one of another rank's inputs.
static std::string findUnknownDim(llvm::ArrayRef<std::string> names,
                                  const ExecutionPlan &plan,
                                  const RunOptions &options) {
  std::vector<std::string> known;
  for (llvm::StringRef text : names) {
    llvm::SmallVector<llvm::StringRef> lines;
    text.split(lines, '\n', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
    for (llvm::StringRef line : lines)
      known.push_back(line.str());
  }
  llvm::sort(known);
  known.erase(llvm::unique(known), known.end());
  for (const InputOptions &inputs : options.inputs)
    if (llvm::Error error = checkDimNames(inputs, known, plan.options.dim))
      return llvm::toString(std::move(error));
  return "";
}

/// Loads the parts and compares what ranks must agree on. False where the run
/// cannot begin, which has then been said. Collective.
static bool prepareAll(StageRun &run, const ExecutionPlan &plan,
                       const RunOptions &options, int rank, MPI_Comm comm) {
  std::string failure;
  if (llvm::Error error = run.prepare())
    failure =
        describeRole(plan, rank) + ": " + llvm::toString(std::move(error));
  std::vector<std::string> failures = gatherTexts(failure, comm, StartSeconds);
  std::vector<std::string> digests =
      gatherTexts(plan.digest, comm, StartSeconds);
  std::vector<std::string> versions =
      gatherTexts("ONNX Runtime " + getRuntimeVersion(), comm, StartSeconds);
  std::vector<std::string> dims =
      gatherTexts(llvm::join(run.getDimNames(), "\n"), comm, StartSeconds);
  if (failures.empty() || digests.empty() || versions.empty() || dims.empty())
    endAll(describeRole(plan, rank) + " waited " +
               llvm::Twine(int(StartSeconds)) +
               " s for the others to load their parts",
           comm);
  // Different plans explain other failures, so they come first.
  for (const std::string &why :
       {findOdd(digests, plan, "a plan.json with the digest"),
        findOdd(versions, plan, "the runtime"),
        findUnknownDim(dims, plan, options)})
    if (reportFirst(why, rank))
      return false;
  if (reportFirst(failures, rank))
    return false;
  if (const std::optional<NodeAssignment> &assignment = run.getAssignment();
      assignment && !assignment->elsewhere.empty())
    llvm::errs() << ("onnx-split-run: " + describeRole(plan, rank) + ": " +
                     assignment->describe(run.getProvider().name) + "\n");
  return true;
}

/// Writes the page of the plan with what was measured.
static bool writePage(const ExecutionPlan &plan, const RunOptions &options,
                      const RunReport &report) {
  auto texts = readReportTexts(options.plan);
  if (!texts) {
    llvm::errs() << "onnx-split-run: error: "
                 << llvm::toString(texts.takeError()) << "\n";
    return false;
  }
  // So few that a page stays small.
  constexpr int64_t itemsShown = 200;
  llvm::raw_string_ostream run(texts->run), trace(texts->trace);
  writeReport(plan, options, report, run);
  writeTrace(plan, report, trace, itemsShown);
  return writeResult(options.pageFile, [&](llvm::raw_ostream &os) {
    onnx_split::writeReport(*texts, os);
  });
}

/// Prints and writes the figures, which rank 0 has. False where a file could
/// not be written.
static bool showReport(const ExecutionPlan &plan, const RunOptions &options,
                       const RunReport &report) {
  printReport(plan, options, report, llvm::outs());
  bool written = true;
  if (!options.jsonFile.empty())
    written &= writeResult(options.jsonFile, [&](llvm::raw_ostream &os) {
      writeReport(plan, options, report, os);
    });
  if (!options.traceFile.empty())
    written &= writeResult(options.traceFile, [&](llvm::raw_ostream &os) {
      writeTrace(plan, report, os);
    });
  if (!options.pageFile.empty())
    written &= writePage(plan, options, report);
  return written;
}

/// All ranks, with tags of their own. Collective.
static MPI_Comm makeCommunicator() {
  MPI_Comm comm;
  MPI_Comm_dup(MPI_COMM_WORLD, &comm);
  // A peer that is gone shows as an error here before mpirun ends this rank.
  MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN);
  return comm;
}

int runtime::runPlan(const ExecutionPlan &plan, const RunOptions &settings) {
  // Tags of wires are what the plan says. What else ranks have to tell each
  // other must not be taken for one of them.
  MPI_Comm comm = makeCommunicator(), ofWires = makeCommunicator(),
           ofTokens = makeCommunicator();
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
    options.threads = shareThreads();

  StageRun run(plan, options, rank, ofWires, ofTokens);
  if (!prepareAll(run, plan, options, rank, comm))
    return 1;
  int64_t offset = measureClockOffset(comm);
  std::optional<int64_t> start;
  if (meet(comm, StartSeconds))
    start = shareNumber(hostNow(), comm, StartSeconds);
  if (!start)
    endAll(describeRole(plan, rank) + ": the others did not get ready", comm);
  if (llvm::Error error = run.run(offset, *start))
    endRun(describeRole(plan, rank) + ": " + llvm::toString(std::move(error)),
           run.getFailedSince(), rank, size, comm);
  getActivity().waitsFor = -1;
  RunReport report = gatherReport(plan, options, run, comm);
  return rank != 0 || showReport(plan, options, report) ? 0 : 4;
}
