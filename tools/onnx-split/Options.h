//===- Options.h - The command line's options -------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef ONNX_SPLIT_TOOLS_ONNX_SPLIT_OPTIONS_H
#define ONNX_SPLIT_TOOLS_ONNX_SPLIT_OPTIONS_H

#include "onnx-split/Pipeline/Pipeline.h"
#include "onnx-split/Runtime/Observe.h"
#include "onnx-split/Runtime/Verify.h"
#include "onnx-split/Target/Onnx/Export.h"

#include "mlir/IR/Location.h"
#include "llvm/Support/CommandLine.h"

namespace onnx_split {

namespace cl = llvm::cl;

/// The summary on standard output.
enum class Format { Table, Json };

/// What is written beside the parts and plan.json.
enum class Emit { Nothing, Mpi };

/// Every option of the program; one object registers them all.
struct Options {
  cl::OptionCategory category{"onnx-split options"};
  cl::opt<std::string> model{cl::Positional, cl::Required, cl::desc("MODEL"),
                             cl::cat(category)};
  cl::opt<std::string> devices{
      "devices", cl::Required, cl::value_desc("CLUSTER.yaml"),
      cl::desc("The devices and links to split over"), cl::cat(category)};
  cl::opt<std::string> output{
      "o", cl::value_desc("DIR"), cl::cat(category),
      cl::desc("Output folder (default: <model stem>.split)")};
  cl::opt<std::string> boundary{
      "boundary", cl::init("ops"), cl::value_desc("ops|io|opaque"),
      cl::desc("Send/Recv nodes with bodies (default), plain graph inputs and "
               "outputs as most converters need, or nodes without bodies"),
      cl::cat(category)};
  cl::opt<WeightsMode> weights{
      "weights", cl::init(WeightsMode::Auto),
      cl::desc("Where the parts' weights go"),
      cl::values(clEnumValN(WeightsMode::Auto, "auto",
                            "as in the model; external past 2 GiB (default)"),
                 clEnumValN(WeightsMode::Embed, "embed", "inside the parts"),
                 clEnumValN(WeightsMode::External, "external",
                            "in a data file beside each part")),
      cl::cat(category)};
  cl::opt<bool> allowLinkedWeights{
      "allow-linked-weights", cl::cat(category),
      cl::desc("Read external weights through symbolic links and from files "
               "with several names, as model hubs keep them")};
  cl::opt<std::string> objective{
      "objective", cl::init("throughput"), cl::cat(category),
      cl::value_desc("throughput|latency|devices"),
      cl::desc("Smallest bottleneck (default), smallest time of one item, or "
               "fewest devices")};
  cl::opt<double> targetRate{
      "target-rate", cl::value_desc("R"), cl::cat(category),
      cl::desc("Items/s that the fewest devices must reach (default: any)")};
  cl::opt<std::string> strategy{
      "strategy", cl::init("auto"), cl::cat(category),
      cl::value_desc("auto|exact|local-search|k-path|greedy|random"),
      cl::desc("How to plan (default: auto)")};
  cl::opt<std::string> timeLimit{
      "time-limit", cl::init("10s"), cl::value_desc("10s"), cl::cat(category),
      cl::desc("Take the best plan after that long (ms, s or min)")};
  cl::opt<double> gap{"gap", cl::init(0), cl::value_desc("0.05"),
                      cl::desc("Stop planning at this relative gap"),
                      cl::cat(category)};
  cl::opt<uint64_t> seed{"seed", cl::init(0), cl::desc("Seed of all choices"),
                         cl::cat(category)};
  cl::list<std::string> shapes{
      "shape", cl::value_desc("NAME=1x3x224x224"), cl::cat(category),
      cl::desc("Fix a graph input's shape (repeatable)")};
  cl::list<std::string> dims{
      "dim", cl::value_desc("NAME=1"), cl::cat(category),
      cl::desc("Fix a dimension: a symbol, INPUT[AXIS], or * for all that are "
               "open (repeatable)")};
  cl::list<std::string> assumes{
      "assume", cl::value_desc("NAME=1"), cl::cat(category),
      cl::desc("A dimension's value for planning alone; the parts keep it open "
               "(repeatable)")};
  cl::list<std::string> alsos{
      "also", cl::value_desc("NAME=V[,NAME=V...]"), cl::cat(category),
      cl::desc("A further operating point: the plan must fit the memory there "
               "too, and its rate there is printed (repeatable)")};
  cl::list<std::string> set{
      "set", cl::value_desc("INPUT=VALUE"), cl::cat(category),
      cl::desc("Replace a graph input by a constant: a scalar, a list or "
               "@file.npy. An If on it becomes its branch (repeatable)")};
  cl::opt<std::string> unknownOp{
      "unknown-op", cl::init("bytes"), cl::value_desc("bytes|error"),
      cl::desc("Operators without a known cost: count their bytes (default), "
               "or refuse"),
      cl::cat(category)};
  cl::list<std::string> pins{
      "pin", cl::value_desc("PATTERN=DEVICE"), cl::cat(category),
      cl::desc("Nodes whose name matches run on the device (repeatable)")};
  cl::list<std::string> cuts{
      "cut", cl::value_desc("TENSOR"), cl::cat(category),
      cl::desc("The tensor must cross devices (repeatable)")};
  cl::list<std::string> noCuts{
      "no-cut", cl::value_desc("TENSOR"), cl::cat(category),
      cl::desc("The tensor must not cross devices (repeatable)")};
  cl::opt<unsigned> maxStages{"max-stages", cl::init(0), cl::value_desc("N"),
                              cl::desc("At most N stages"), cl::cat(category)};
  cl::opt<bool> revisit{"revisit", cl::cat(category),
                        cl::desc("Allow a device to hold several stages")};
  cl::opt<bool> replicate{
      "replicate", cl::cat(category),
      cl::desc("Allow several devices to run one stage in turn")};
  cl::opt<std::string> plan{
      "plan", cl::value_desc("PLAN.json"), cl::cat(category),
      cl::desc("Apply a saved plan instead of planning; it is verified")};
  cl::opt<bool> explain{
      "explain", cl::cat(category),
      cl::desc("Say on standard error what limits the plan, and how much "
               "faster a better device or link would make it")};
  cl::opt<Emit> emit{
      "emit", cl::init(Emit::Nothing), cl::cat(category),
      cl::desc("Write more beside the parts"),
      cl::values(clEnumValN(Emit::Mpi, "mpi",
                            "a host file, with which mpirun runs the plan"))};
  cl::opt<std::string> verify{
      "verify", cl::ValueOptional, cl::value_desc("TOL"), cl::cat(category),
      cl::desc("Run whole and parts in ONNX Runtime on the same input and "
               "compare (default: 1e-4 of the largest absolute value)")};
  cl::opt<bool> observe{
      "observe", cl::cat(category),
      cl::desc("Run the whole model once in ONNX Runtime and take the extents "
               "that no inference can know")};
  cl::opt<bool> printObserved{
      "print-observed", cl::Hidden, cl::cat(category),
      cl::desc("Say on standard error what --observe saw")};
  cl::list<std::string> inputs{
      "input", cl::value_desc("NAME=FILE"), cl::cat(category),
      cl::desc("What --verify and --observe feed an input with, .npy or .pb, "
               "or a folder with input_0.pb (default: random, by --seed; "
               "repeatable)")};
  cl::opt<bool> dryRun{"dry-run", cl::cat(category),
                       cl::desc("Plan and print, write nothing; needs no "
                                "weights on disk")};
  cl::opt<Format> format{
      "format", cl::init(Format::Table), cl::desc("Summary on standard output"),
      cl::values(clEnumValN(Format::Table, "table", "for people (default)"),
                 clEnumValN(Format::Json, "json", "plan.json")),
      cl::cat(category)};
  cl::opt<bool> force{"force", cl::desc("Replace the output folder"),
                      cl::cat(category)};
};

/// Takes --dim, --shape, --set, --assume and --also from a saved plan where the
/// command line has none. Fails where it has other ones of the first three,
/// which the parts depend on.
llvm::LogicalResult adoptSavedOptions(Options &options, mlir::Location loc);

/// Checks what no library can, because only the command line says it, and turns
/// the rest into options of the pipeline. Errors are emitted at `loc`.
mlir::FailureOr<std::unique_ptr<PipelineOptions>>
makePipelineOptions(const Options &options, mlir::Location loc);

/// Checks what is asked with --verify, before any work is done; nothing where
/// it is not asked for.
mlir::FailureOr<std::optional<runtime::VerifyRequest>>
makeVerifyRequest(const Options &options, llvm::StringRef folder,
                  mlir::Location loc);

/// The same for --observe; which values are wanted is not known yet.
mlir::FailureOr<std::optional<runtime::ObserveRequest>>
makeObserveRequest(const Options &options, mlir::Location loc);

} // namespace onnx_split

#endif // ONNX_SPLIT_TOOLS_ONNX_SPLIT_OPTIONS_H
