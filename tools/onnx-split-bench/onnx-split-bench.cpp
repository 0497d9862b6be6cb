//===- onnx-split-bench.cpp - Planner benchmarks --------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The program `onnx-split-bench`: runs the planner on published instances, on
/// ONNX models, on generated problems (--synthetic) or on the grid of the base
/// paper (--paper-grid), and prints a CSV row for each to standard output.
/// Times are medians of --repeat runs. docs/Benchmarks.md says how each format
/// is understood, docs/PaperGrid.md what the columns of the grid are. With
/// --placement it plans nothing, but says what somebody else's plan is worth
/// (docs/Compare.md).
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Dialect/Split/Transforms/PassOptions.h"
#include "onnx-split/Instances/Inputs.h"
#include "onnx-split/Instances/NamedFiles.h"
#include "onnx-split/Instances/OnnxInstance.h"
#include "onnx-split/Instances/PaperGrid.h"
#include "onnx-split/Instances/PlacementsFile.h"
#include "onnx-split/Instances/Run.h"
#include "onnx-split/Instances/Synthetic.h"
#include "onnx-split/Support/CommandLine.h"
#include "onnx-split/Support/Duration.h"
#include "onnx-split/Support/Interrupt.h"
#include "onnx-split/Support/Progress.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace onnx_split;
using namespace onnx_split::instances;
using placement::SolutionClass;
using placement::Strategy;
namespace cl = llvm::cl;

namespace {
/// Exit statuses that scripts rely on. NoPlan: for one instance at least, or a
/// placement that is none.
enum Status { Done = 0, BadInput = 1, NoPlan = 2, CannotWrite = 4 };

/// Every option of the program; one object registers them all.
struct Options {
  cl::OptionCategory category{"onnx-split-bench options"};
  cl::list<std::string> files{cl::Positional, cl::desc("FILE..."),
                              cl::cat(category)};
  cl::opt<Objective> objective{
      "objective",
      cl::init(Objective::Default),
      cl::cat(category),
      cl::value_desc("max|sum"),
      cl::desc("What is made small, the largest time of a device or link, or "
               "the largest sum of a device's computing and communicating "
               "(default: max, but sum for dnn-partitioning)"),
      cl::values(clEnumValN(Objective::Max, "max",
                            "the largest time of a device or link"),
                 clEnumValN(Objective::Sum, "sum",
                            "the largest sum of a device's computing and "
                            "communicating"))};
  cl::opt<SolutionClass> searchClass{
      "class",
      cl::init(SolutionClass::Contiguous),
      cl::cat(category),
      cl::value_desc("fixed-order|contiguous|revisiting"),
      cl::desc("The plans to search: contiguous in the order of the file, or "
               "in some topological order (default), or a device may hold "
               "several stages"),
      cl::values(clEnumValN(SolutionClass::FixedOrder, "fixed-order",
                            "contiguous in the order of the file"),
                 clEnumValN(SolutionClass::Contiguous, "contiguous",
                            "contiguous in some topological order (default)"),
                 clEnumValN(SolutionClass::Revisiting, "revisiting",
                            "a device may hold several stages"))};
  cl::opt<Strategy> strategy{"strategy", cl::init(Strategy::Auto),
                             cl::cat(category),
                             cl::value_desc(placement::strategyChoices()),
                             cl::desc(placement::strategyHelp())};
  cl::opt<std::string> timeLimit{
      "time-limit", cl::init("10s"), cl::value_desc("10s"), cl::cat(category),
      cl::desc("Take the best plan of an instance after that long (ms, s or "
               "min)")};
  cl::opt<uint64_t> seed{"seed", cl::init(0), cl::value_desc("0"),
                         cl::desc("Seed of all choices (default: 0)"),
                         cl::cat(category)};
  cl::opt<unsigned> repeat{"repeat", cl::init(1), cl::value_desc("N"),
                           cl::desc("Run N times; the time is the median"),
                           cl::cat(category)};
  cl::list<std::string> devices{
      "devices", cl::value_desc("CLUSTER"), cl::cat(category),
      cl::desc("Devices for PipeDream's profiles and ONNX models: a "
               "cluster.yaml or Helix's .ini (repeatable)")};
  cl::list<std::string> renames{
      "rename", cl::value_desc("TYPE=TYPE"), cl::cat(category),
      cl::desc("PipeEdge: a type of hosts takes the profile of another one "
               "(repeatable)")};
  cl::list<std::string> shapes{"shape", cl::value_desc("NAME=1x3x224x224"),
                               cl::cat(category),
                               cl::desc("ONNX: fix a graph input's shape "
                                        "(repeatable)")};
  cl::list<std::string> dims{"dim", cl::value_desc("NAME=1"), cl::cat(category),
                             cl::desc("ONNX: fix a symbolic dimension "
                                      "(repeatable)")};
  cl::list<std::string> assumes{"assume", cl::value_desc("NAME=1"),
                                cl::cat(category),
                                cl::desc("ONNX: the same, as onnx-split takes "
                                         "it (repeatable)")};
  cl::list<std::string> placements{
      "placement", cl::value_desc("FILE"), cl::cat(category),
      cl::desc("Evaluate this placement of the one instance, or a plan.json, "
               "instead of planning (repeatable)")};
  cl::opt<std::string> problemsFolder{
      "write-problems", cl::value_desc("DIR"), cl::cat(category),
      cl::desc("Write each instance there as NAME.problem.json")};
  cl::opt<std::string> placementsFile{
      "placements", cl::value_desc("FILE"), cl::cat(category),
      cl::desc("Write all plans into this file, with what their rows say, for "
               "utils/check-placements or others to check")};
  cl::opt<std::string> placementsFolder{
      "write-placements", cl::value_desc("DIR"), cl::cat(category),
      cl::desc("Write each plan there as NAME.placement.json")};
  cl::list<std::string> synthetic{
      "synthetic", cl::value_desc("TASKSxDEVICES"), cl::cat(category),
      cl::desc("Plan a generated problem of this size, whose optimum is "
               "46.12608 ms (repeatable)")};
  cl::opt<SyntheticShape> shape{
      "shape-of-synthetic",
      cl::init(SyntheticShape::Chain),
      cl::value_desc("chain|layers|fork-join"),
      cl::desc("The graph of --synthetic, with short skips (default), of eight "
               "lanes in an order that runs ahead, or of blocks of branches"),
      cl::values(clEnumValN(SyntheticShape::Chain, "chain",
                            "with short skips (default)"),
                 clEnumValN(SyntheticShape::Layers, "layers",
                            "eight lanes, in an order that runs ahead"),
                 clEnumValN(SyntheticShape::ForkJoin, "fork-join",
                            "blocks of branches between a fork and a join")),
      cl::cat(category)};
  cl::opt<SyntheticTopology> topology{
      "topology-of-synthetic",
      cl::init(SyntheticTopology::Full),
      cl::value_desc("full|path|path-and-random|tree|ring|star|grid"),
      cl::desc("Which devices of --synthetic are linked (default: all)"),
      cl::values(
          clEnumValN(SyntheticTopology::Full, "full", "all (default)"),
          clEnumValN(SyntheticTopology::Path, "path",
                     "each of the planted plan with the next"),
          clEnumValN(SyntheticTopology::PathAndRandom, "path-and-random",
                     "these, and each with three others"),
          clEnumValN(SyntheticTopology::Tree, "tree", "a binary tree"),
          clEnumValN(SyntheticTopology::Ring, "ring", "a ring"),
          clEnumValN(SyntheticTopology::Star, "star", "all with one"),
          clEnumValN(SyntheticTopology::Grid, "grid", "nearly a square")),
      cl::cat(category)};
  cl::opt<unsigned> spareMemory{
      "spare-memory-of-synthetic", cl::value_desc("PERCENT"),
      cl::desc("Tasks of --synthetic with weights, and devices with so much "
               "memory beyond what the planted plan needs (default: no limit)"),
      cl::cat(category)};
  cl::opt<unsigned> numSpeeds{
      "speeds-of-synthetic", cl::init(16), cl::value_desc("16"),
      cl::desc("How many speeds the devices of --synthetic have"),
      cl::cat(category)};
  cl::opt<std::string> paperGrid{
      "paper-grid", cl::value_desc("DIR"), cl::cat(category),
      cl::desc("Run the experiment of arXiv 2210.12219 with the models and "
               "cells of this folder")};
  cl::opt<unsigned> trials{"trials", cl::init(50), cl::value_desc("N"),
                           cl::desc("--paper-grid: clusters for each cell"),
                           cl::cat(category)};
  cl::opt<unsigned> asPublished{
      "as-published", cl::init(0), cl::value_desc("N"), cl::cat(category),
      cl::desc(
          "--paper-grid: run greedy and k-path alone, averaged as by the "
          "paper's authors (a failed matching is 0, each number of classes "
          "has its own clusters), N times over")};
  cl::opt<std::string> cells{
      "cells", cl::value_desc("PATTERN"), cl::cat(category),
      cl::desc("--paper-grid: only cells MODEL/MEMORY/NODES/RULE that match, "
               "such as 'ResNet50/*/50/honest'")};
};
} // namespace

/// Says what is wrong with the command line; to be returned.
static Status fail(const llvm::Twine &message) {
  llvm::errs() << "onnx-split-bench: error: " << message << '\n';
  return BadInput;
}

/// The grid of the base paper, a row for each cell. `solve` holds for each run
/// of the planner in it.
static Status runGrid(const Options &options,
                      const placement::SolveOptions &solve) {
  if (options.trials < 1 || options.trials > 1000000)
    return fail("--trials takes a number of 1 to 1000000");
  if (options.asPublished > 100000)
    return fail("--as-published takes a number of at most 100000");
  PaperGridOptions grid;
  grid.folder = options.paperGrid;
  grid.trials = static_cast<int32_t>(options.trials);
  grid.repetitions = static_cast<int32_t>(options.asPublished);
  grid.cells = options.cells;
  grid.solve = solve;
  llvm::SourceMgr sourceMgr;
  Progress progress;
  return runPaperGrid(grid, sourceMgr, llvm::outs(),
                      [&](const std::string &text) { progress.show(text); })
             ? Done
             : BadInput;
}

namespace {
/// Plans instances one by one: a row each, and the files that were asked for.
struct Planner {
  Planner(const Options &options, RunOptions &runOptions)
      : run(runOptions), problems(options.problemsFolder, ".problem.json"),
        placements(options.placementsFolder, ".placement.json"),
        plansPath(options.placementsFile) {}

  /// What becomes of one instance lasts unless something worse did before.
  void plan(const Instance &instance);
  bool isStopped() const { return *run.solve.stop; }
  Status finish();

  RunOptions &run;
  NamedFiles problems, placements;
  PlacementsFile plans;
  std::string plansPath;
  Status status = Done;
};
} // namespace

void Planner::plan(const Instance &instance) {
  // The sum has a problem of its own, which the format cannot say.
  if (!instance.sum &&
      !problems.write(instance.name, [&](llvm::raw_ostream &os) {
        writeProblem(instance, os);
      }))
    status = CannotWrite;
  std::optional<FoundPlan> found;
  if (!runInstance(instance, run, llvm::outs(), &found)) {
    if (status == Done)
      status = NoPlan;
    return;
  }
  if (!placements.write(instance.name, [&](llvm::raw_ostream &os) {
        writePlacement(found->placement, instance, os);
      }))
    status = CannotWrite;
  if (!plansPath.empty())
    plans.add(instance, *found);
}

/// The file of all plans, if it was asked for.
Status Planner::finish() {
  if (!plansPath.empty() && !plans.write(plansPath))
    status = CannotWrite;
  return status;
}

/// Generated problems, one row each; ends at the first without a plan, and
/// after the one that an interrupt ends. All sizes are read before the first
/// one is planned.
static Status runSynthetic(const Options &options, RunOptions &run) {
  if (options.spareMemory > 1000000)
    return fail("--spare-memory-of-synthetic takes a number of at most "
                "1000000");
  if (options.numSpeeds < 1 || options.numSpeeds > 100000)
    return fail("--speeds-of-synthetic takes a number of 1 to 100000");
  std::vector<std::pair<int32_t, int32_t>> sizes;
  for (llvm::StringRef size : options.synthetic) {
    auto [tasks, devices] = size.split('x');
    int32_t numTasks = 0, numDevices = 0;
    if (tasks.getAsInteger(10, numTasks) ||
        devices.getAsInteger(10, numDevices) || numDevices < 1 ||
        numDevices > 1024 || numTasks < numDevices || numTasks > 1000000)
      return fail("--synthetic takes TASKSxDEVICES with 1 to 1024 devices and "
                  "as many to 1000000 tasks, not '" +
                  size + "'");
    sizes.push_back({numTasks, numDevices});
  }
  SyntheticCluster cluster;
  cluster.topology = options.topology;
  if (options.spareMemory.getNumOccurrences() > 0)
    cluster.sparePercent = static_cast<int32_t>(options.spareMemory);
  cluster.numSpeeds = static_cast<int32_t>(options.numSpeeds);
  printRunHeader(llvm::outs());
  Planner planner(options, run);
  for (auto [numTasks, numDevices] : sizes) {
    planner.plan(makeSynthetic(numTasks, numDevices, options.seed,
                               options.shape, cluster)
                     .instance);
    if (planner.status != Done || planner.isStopped())
      break;
  }
  return planner.finish();
}

/// Each placement of the one instance, a row each.
static Status evaluatePlacements(const Options &options, const RunOptions &run,
                                 std::vector<Instance> &instances) {
  if (instances.size() != 1)
    return fail("--placement is of one instance, but the files hold " +
                llvm::Twine(instances.size()) +
                "; --write-problems writes each into a file of its own");
  Instance &instance = instances.front();
  if (run.hasClass || !instance.hasDemands)
    instance.problem.revisit =
        run.solve.searchClass == SolutionClass::Revisiting;
  NamedFiles written(options.placementsFolder, ".placement.json");
  Status status = Done;
  printEvaluationHeader(llvm::outs());
  for (const std::string &path : options.placements) {
    auto buffer = llvm::MemoryBuffer::getFile(path);
    if (!buffer) {
      llvm::errs() << path << ": error: cannot read the file: "
                   << buffer.getError().message() << '\n';
      return BadInput;
    }
    llvm::MemoryBufferRef text = **buffer;
    llvm::SourceMgr sourceMgr;
    sourceMgr.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
    std::optional<placement::Placement> placement =
        readPlacement(text, instance, sourceMgr);
    if (!placement)
      return BadInput;
    if (!evaluateInstance(instance, *placement, path, llvm::outs()))
      status = NoPlan;
    if (!written.write(instance.name, [&](llvm::raw_ostream &os) {
          writePlacement(*placement, instance, os);
        }))
      return CannotWrite;
  }
  return status;
}

/// The files as the options say to read them; none after a message.
static std::optional<Inputs> readFiles(const Options &options,
                                       llvm::SourceMgr &sourceMgr) {
  InputOptions input;
  input.files.assign(options.files.begin(), options.files.end());
  input.devices.assign(options.devices.begin(), options.devices.end());
  input.objective = options.objective;
  for (llvm::StringRef rename : options.renames) {
    auto [from, to] = rename.split('=');
    if (from.empty() || to.empty()) {
      fail("--rename takes TYPE=TYPE, not '" + rename + "'");
      return std::nullopt;
    }
    input.pipeEdge.renames.push_back({from.str(), to.str()});
  }
  OnnxInstanceOptions onnx;
  onnx.shapes.assign(options.shapes.begin(), options.shapes.end());
  onnx.dims.assign(options.dims.begin(), options.dims.end());
  onnx.assumes.assign(options.assumes.begin(), options.assumes.end());
  // Passed in, because only the reader of ONNX models needs MLIR.
  input.readOnnx = [&](llvm::StringRef path, const Cluster &cluster) {
    return readOnnxInstance(path, cluster, onnx);
  };
  return readInputs(input, sourceMgr);
}

/// The instances of all files, one row each. A file whose contents are wrong,
/// and an instance without a plan, decide the status and leave the others their
/// rows; the file decides before the plan. Where a file cannot be loaded, or a
/// cluster is wrong, there are no instances. An interrupt ends the instance
/// with its best plan, and no other follows.
static Status runFiles(const Options &options, RunOptions &run) {
  llvm::SourceMgr sourceMgr;
  std::optional<Inputs> inputs = readFiles(options, sourceMgr);
  if (!inputs)
    return BadInput;
  if (!options.placements.empty())
    return inputs->failed ? BadInput
                          : evaluatePlacements(options, run, inputs->instances);
  if (!inputs->instances.empty())
    printRunHeader(llvm::outs());
  Planner planner(options, run);
  for (const Instance &instance : inputs->instances) {
    Progress progress("planning " + instance.name);
    run.solve.progress = [&](int64_t upper, int64_t lower) {
      progress.show(llvm::formatv(
          "{0}: best {1} {3}, bound {2} {3}", instance.name,
          formatTimeIn(upper, instance.unit.digits),
          formatTimeIn(lower, instance.unit.digits), instance.unit.name));
    };
    planner.plan(instance);
    if (planner.isStopped())
      break;
  }
  Status status = planner.finish();
  return inputs->failed ? BadInput : status;
}

static std::optional<int> readOptions(int argc, char **argv, Options &options) {
  ProgramHelp help;
  help.usage = "onnx-split-bench FILE... [options]";
  help.file = "FILE";
  help.purpose = "Runs the planner on published instances, and prints a row of "
                 "CSV for each.";
  cl::OptionCategory *groups[] = {&options.category};
  help.groups = groups;
  static constexpr llvm::StringRef examples[] = {
      "onnx-split-bench model.onnx --devices examples/factory.yaml",
      "onnx-split-bench resnet50.graph.txt --time-limit=3s",
      "onnx-split-bench problem.json --placement mine.json",
      "onnx-split-bench --synthetic=1000x10"};
  help.examples = examples;
  help.statuses = "0 done; 1 wrong usage or bad input; 2 no plan of some "
                  "instance, or a placement that is none; 4 could not write";
  return readCommandLine(argc, argv, help);
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  Options options;
  if (std::optional<int> status = readOptions(argc, argv, options))
    return *status;
  RunOptions run;
  run.repeat = options.repeat;
  run.solve.strategy = options.strategy;
  run.solve.searchClass = options.searchClass;
  run.hasClass = options.searchClass.getNumOccurrences() > 0;
  run.solve.seed = options.seed;
  run.solve.timeLimitSeconds = parseDuration(options.timeLimit);
  if (run.solve.timeLimitSeconds == 0)
    return fail(
        "--time-limit takes a time above 0, such as 10s, 500ms or 2min, not '" +
        options.timeLimit + "'");
  if (run.repeat < 1 || run.repeat > 1000000)
    return fail("--repeat takes a number of 1 to 1000000");
  bool isGrid = !options.paperGrid.empty();
  bool isSynthetic = !options.synthetic.empty();
  if (isGrid && isSynthetic)
    return fail("--paper-grid and --synthetic do not go together; give one of "
                "them");
  if ((isGrid || isSynthetic) && !options.files.empty())
    return fail(llvm::Twine(isGrid ? "--paper-grid" : "--synthetic") +
                " takes no FILE, but there is '" + options.files.front() + "'");
  if (!options.placements.empty() && options.files.empty())
    return fail("--placement takes the FILE whose instance it is of");
  if (!options.placementsFile.empty() &&
      (isGrid || !options.placements.empty()))
    return fail("--placements writes the plans of instances, and " +
                llvm::Twine(isGrid ? "--paper-grid" : "--placement") +
                " makes none");
  if (!isGrid && !isSynthetic && options.files.empty())
    return fail("expected FILE..., --synthetic TASKSxDEVICES or --paper-grid "
                "DIR; see --help");
  // Takes the best plan so far; a second one ends the program.
  InterruptFlag interrupt;
  run.solve.stop = &interrupt.flag();
  if (isGrid)
    return runGrid(options, run.solve);
  if (isSynthetic)
    return runSynthetic(options, run);
  return runFiles(options, run);
}
