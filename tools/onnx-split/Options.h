//===- Options.h - The command line's options -------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The options of `onnx-split`, and what has to be done with them before the
/// pipeline can run.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_TOOLS_ONNX_SPLIT_OPTIONS_H
#define ONNX_SPLIT_TOOLS_ONNX_SPLIT_OPTIONS_H

#include "onnx-split/Pipeline/Pipeline.h"
#include "onnx-split/Runtime/Observe.h"
#include "onnx-split/Runtime/Verify.h"
#include "onnx-split/Target/Onnx/Export.h"

#include "mlir/IR/Location.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Path.h"

namespace onnx_split {

namespace cl = llvm::cl;

/// The summary on standard output.
enum class Format { Table, Json };

/// What is written beside the parts and plan.json.
enum class Emit { Mpi, Problem, Compose, Genai, OrtLayers };

/// Every option of the program; one object registers them all. Those of the
/// pipeline are stored in it (cl::location), so that their defaults are those
/// of the passes. What is an option of its own here either needs reading first
/// or is no business of a pass.
struct Options {
  /// A repeatable option of a pass.
  using List = cl::list<std::string, llvm::SmallVector<std::string>>;

  PipelineOptions pipeline;

  cl::OptionCategory whatGroup{"What is split"}, whereGroup{"Where it may go"},
      planGroup{"How to plan"}, writeGroup{"What is written"},
      checkGroup{"How to check"};
  cl::opt<std::string> model{cl::Positional, cl::Required, cl::desc("MODEL"),
                             cl::cat(whatGroup)};
  cl::opt<std::string, true> devices{
      "devices",
      cl::location(pipeline.place.devices),
      cl::Required,
      cl::value_desc("CLUSTER.yaml"),
      cl::desc("The devices and links to split over"),
      cl::cat(whereGroup)};
  cl::opt<std::string> output{
      "o", cl::value_desc("DIR"), cl::cat(writeGroup),
      cl::desc("Output folder (default: <model stem>.split)")};
  cl::opt<Boundary, true> boundary{
      "boundary", cl::location(pipeline.place.boundary),
      cl::value_desc("ops|io|opaque"),
      cl::desc("Send/Recv nodes with bodies (default), plain graph inputs and "
               "outputs as most converters need, or nodes without bodies"),
      cl::cat(writeGroup)};
  cl::opt<WeightsMode> weights{
      "weights",
      cl::init(WeightsMode::Auto),
      cl::value_desc("auto|embed|external"),
      cl::desc("Where the parts' weights go: as in the model, but in a data "
               "file past 2 GiB (default), inside the parts, or in a data file "
               "beside each"),
      cl::values(clEnumValN(WeightsMode::Auto, "auto",
                            "as in the model; external past 2 GiB (default)"),
                 clEnumValN(WeightsMode::Embed, "embed", "inside the parts"),
                 clEnumValN(WeightsMode::External, "external",
                            "in a data file beside each part")),
      cl::cat(writeGroup)};
  cl::opt<bool> allowLinkedWeights{
      "allow-linked-weights", cl::cat(whatGroup),
      cl::desc("Read external weights through symbolic links and from files "
               "with several names, as model hubs keep them")};
  cl::opt<placement::Objective, true> objective{
      "objective", cl::location(pipeline.place.objective), cl::cat(planGroup),
      cl::value_desc("throughput|latency|devices"),
      cl::desc("Smallest bottleneck (default), smallest time of one item, or "
               "fewest devices")};
  cl::opt<double, true> targetRate{
      "target-rate", cl::location(pipeline.place.targetRate),
      cl::value_desc("R"), cl::cat(planGroup),
      cl::desc("Items/s that the plan must reach (default: any)")};
  cl::opt<placement::Strategy, true> strategy{
      "strategy", cl::location(pipeline.place.strategy), cl::cat(planGroup),
      cl::value_desc(placement::strategyChoices()),
      cl::desc(placement::strategyHelp())};
  cl::opt<std::string> timeLimit{
      "time-limit", cl::init("10s"), cl::value_desc("10s"), cl::cat(planGroup),
      cl::desc(
          "Take the best plan after that long (ms, s or min; default: 10s)")};
  cl::opt<double, true> gap{
      "gap", cl::location(pipeline.place.gap), cl::value_desc("0.05"),
      cl::desc("Stop planning at this relative gap (default: 0)"),
      cl::cat(planGroup)};
  cl::opt<uint64_t, true> seed{
      "seed", cl::location(pipeline.place.seed), cl::value_desc("0"),
      cl::desc("Seed of all choices (default: 0)"), cl::cat(planGroup)};
  List shapes{"shape", cl::location(pipeline.inferTypes.shapes),
              cl::value_desc("NAME=1x3x224x224"), cl::cat(whatGroup),
              cl::desc("Fix a graph input's shape (repeatable)")};
  List dims{
      "dim", cl::location(pipeline.inferTypes.dims), cl::value_desc("NAME=1"),
      cl::cat(whatGroup),
      cl::desc("Fix a dimension: a symbol, INPUT[AXIS], or * for all that are "
               "open (repeatable)")};
  List assumes{
      "assume", cl::location(pipeline.inferTypes.assumes),
      cl::value_desc("NAME=1"), cl::cat(whatGroup),
      cl::desc("A dimension's value for planning alone; the parts keep it open "
               "(repeatable)")};
  List alsos{
      "also", cl::location(pipeline.inferTypes.alsos),
      cl::value_desc("NAME=V[,NAME=V...]"), cl::cat(whatGroup),
      cl::desc("A further operating point: the plan must fit the memory there "
               "too, and its rate there is printed (repeatable)")};
  cl::list<std::string> set{
      "set", cl::value_desc("INPUT=VALUE"), cl::cat(whatGroup),
      cl::desc("Replace a graph input by a constant: a scalar, a list or "
               "@file.npy. An If on it becomes its branch (repeatable)")};
  cl::opt<std::string, true> unknownOp{
      "unknown-op", cl::location(pipeline.annotateCost.unknownOp),
      cl::value_desc("bytes|error"),
      cl::desc("Operators without a known cost: count their bytes (default), "
               "or refuse"),
      cl::cat(whatGroup)};
  List pins{
      "pin", cl::location(pipeline.place.pins),
      cl::value_desc("PATTERN=DEVICE"), cl::cat(whereGroup),
      cl::desc("Nodes run on the device, or on one of its group or type: "
               "PATTERN is a glob on names, #INDEX, op:TYPE or tensor:NAME; "
               "later ones override (repeatable)")};
  List cuts{"cut", cl::location(pipeline.place.cuts), cl::value_desc("TENSOR"),
            cl::cat(whereGroup),
            cl::desc("The tensor must cross devices (repeatable)")};
  List noCuts{"no-cut", cl::location(pipeline.place.noCuts),
              cl::value_desc("TENSOR"), cl::cat(whereGroup),
              cl::desc("The tensor must not cross devices (repeatable)")};
  List states{
      "state", cl::location(pipeline.place.states),
      cl::value_desc("auto|none|IN=OUT"), cl::cat(whatGroup),
      cl::desc("Outputs that come back as inputs for the next item, such as "
               "caches: both stay with their stage. auto (default) goes by the "
               "names that exporters give; globs pair by what * matches "
               "(repeatable)")};
  cl::opt<unsigned, true> sequences{
      "sequences", cl::location(pipeline.place.sequences), cl::value_desc("S"),
      cl::desc("Sequences in flight, of which each has one item at a time "
               "(default: 1 where an item needs the token that its predecessor "
               "gave, otherwise any number of items)"),
      cl::cat(whatGroup)};
  cl::opt<unsigned, true> maxStages{
      "max-stages", cl::location(pipeline.place.maxStages), cl::value_desc("N"),
      cl::desc("At most N stages"), cl::cat(whereGroup)};
  cl::opt<unsigned, true> stages{
      "stages", cl::location(pipeline.place.stages), cl::value_desc("N"),
      cl::desc("Exactly N stages"), cl::cat(whereGroup)};
  cl::opt<std::string> maxLatency{
      "max-latency", cl::value_desc("T"), cl::cat(planGroup),
      cl::desc("One item may take T at most, such as 50ms")};
  cl::opt<bool, true> revisit{
      "revisit", cl::location(pipeline.place.revisit), cl::cat(whereGroup),
      cl::desc("Allow a device to hold several stages")};
  cl::opt<bool, true> replicate{
      "replicate", cl::location(pipeline.place.replicate), cl::cat(whereGroup),
      cl::desc("Allow several devices to run one stage in turn")};
  cl::opt<std::string, true> plan{
      "plan", cl::location(pipeline.place.plan), cl::value_desc("PLAN.json"),
      cl::cat(planGroup),
      cl::desc("Apply a saved plan instead of planning; it is verified")};
  cl::opt<bool, true> explain{
      "explain", cl::location(pipeline.place.explain), cl::cat(planGroup),
      cl::desc("Say below the summary what limits the plan, and how much "
               "a better device or link would help")};
  cl::opt<bool, true> pareto{
      "pareto", cl::location(pipeline.place.pareto), cl::cat(planGroup),
      cl::desc("List every plan that no other beats in both rate and latency; "
               "takes up to the time limit once more")};
  List whatIfs{
      "what-if", cl::location(pipeline.place.whatIfs), cl::value_desc("CHANGE"),
      cl::cat(planGroup),
      cl::desc("The best plan after a change: 'medium wifi=300 Mbit/s', 'link "
               "a,b=1 Gbit/s', 'device nano compute x2', 'device nano memory=8 "
               "GiB', 'device tpu weight_cache=16 MiB', '+1 pi4' or 'without "
               "pi4-1' (repeatable)")};
  List whys{"why", cl::location(pipeline.place.whys), cl::value_desc("TENSOR"),
            cl::cat(planGroup),
            cl::desc("Say below the summary why the tensor is cut or not, and "
                     "what the plan would be the other way (repeatable)")};
  cl::list<Emit> emit{
      "emit",
      cl::CommaSeparated,
      cl::cat(writeGroup),
      cl::value_desc("mpi|problem|compose|genai|ort-layers"),
      cl::desc("Write more beside the parts: for mpi a host file, and the "
               "command by which mpirun runs the plan on the devices; for "
               "problem what the planner was given, for other planners; for "
               "compose a container for each device; for genai a decoder's "
               "pipeline for onnxruntime-genai; for ort-layers one model for "
               "ONNX Runtime with the stage of each node (repeatable)"),
      cl::values(clEnumValN(Emit::Mpi, "mpi",
                            "a host file, and the command by which "
                            "mpirun runs the plan on the devices"),
                 clEnumValN(Emit::Problem, "problem",
                            "problem.json, what the planner was given"),
                 clEnumValN(Emit::Compose, "compose",
                            "compose.yaml, a container for each device"),
                 clEnumValN(Emit::Genai, "genai",
                            "genai_config.json, the parts of a decoder as a "
                            "pipeline of onnxruntime-genai"),
                 clEnumValN(Emit::OrtLayers, "ort-layers",
                            "annotated.onnx, the whole model with the stage "
                            "of each node for ONNX Runtime"))};
  bool emits(Emit what) const { return llvm::is_contained(emit, what); }
  cl::opt<std::string> verify{
      "verify", cl::ValueOptional, cl::value_desc("TOL"), cl::cat(checkGroup),
      cl::desc(
          "Run whole and parts in ONNX Runtime on the same input and "
          "compare (default: by the types, for float32 1e-4 of the largest "
          "absolute value)")};
  cl::opt<bool> observe{
      "observe", cl::cat(whatGroup),
      cl::desc("Run the whole model once in ONNX Runtime and take the extents "
               "that no inference can know")};
  cl::opt<bool> printObserved{
      "print-observed", cl::Hidden, cl::cat(whatGroup),
      cl::desc("Say on standard error what --observe saw")};
  cl::list<std::string> inputs{
      "input", cl::value_desc("NAME=FILE"), cl::cat(whatGroup),
      cl::desc("What --verify and --observe feed an input with, .npy or .pb, "
               "or a folder with input_0.pb (default: random, by --seed; "
               "repeatable)")};
  cl::opt<std::string> report{
      "report", cl::ValueOptional, cl::value_desc("FILE"), cl::cat(writeGroup),
      cl::desc("Write a page that shows the plan: report.html in the output "
               "folder, or FILE; FILE.json is the data alone")};
  /// Where the parts go.
  std::string getFolder() const {
    return output.empty() ? (llvm::sys::path::stem(model) + ".split").str()
                          : output.getValue();
  }
  bool asksForReport() const { return report.getNumOccurrences() > 0; }
  cl::opt<bool> dryRun{"dry-run", cl::cat(writeGroup),
                       cl::desc("Plan and print, write nothing; needs no "
                                "weights on disk")};
  cl::opt<Format> format{
      "format",
      cl::init(Format::Table),
      cl::value_desc("table|json"),
      cl::desc("Summary on standard output, for people (default) or plan.json"),
      cl::values(clEnumValN(Format::Table, "table", "for people (default)"),
                 clEnumValN(Format::Json, "json", "plan.json")),
      cl::cat(writeGroup)};
  cl::opt<bool> force{
      "force", cl::desc("Replace an output folder that this program wrote"),
      cl::cat(writeGroup)};
};

/// Reads the command line; see readCommandLine().
std::optional<int> readOptions(int argc, char **argv, Options &options);

/// Takes --dim, --shape, --set, --assume and --also from a saved plan where the
/// command line has none; of --assume, each dimension by itself. Fails where it
/// has other ones of the first three, which the parts depend on. A plan that
/// cannot be read is passed over: the pipeline reports it.
llvm::LogicalResult adoptSavedOptions(Options &options, mlir::Location loc);

/// Checks what no library can, because only the command line says it, and ends
/// the options of the pipeline with what needs reading. Errors are emitted at
/// `loc`.
llvm::LogicalResult finishPipelineOptions(Options &options, mlir::Location loc);

/// The files that the command line names to be read. Where an option can be
/// understood in two ways (FILE, NAME=FILE), both paths are listed, so that
/// some may be empty or name nothing.
std::vector<std::string> listFilesRead(const Options &options);

/// Checks what is asked with --verify, before any work is done; nothing where
/// it is not asked for. Fails, with an error at `loc`, where the options do not
/// go with it or no runtime can be used.
mlir::FailureOr<std::optional<runtime::VerifyRequest>>
makeVerifyRequest(const Options &options, llvm::StringRef folder,
                  mlir::Location loc);

/// The same for --observe; which values are wanted is not known yet.
mlir::FailureOr<std::optional<runtime::ObserveRequest>>
makeObserveRequest(const Options &options, mlir::Location loc);

} // namespace onnx_split

#endif // ONNX_SPLIT_TOOLS_ONNX_SPLIT_OPTIONS_H
