//===- PaperGrid.cpp - Running the base paper's grid ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/PaperGrid.h"

#include "onnx-split/Instances/Instance.h"
#include "onnx-split/Support/Progress.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/GlobPattern.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <array>
#include <cmath>
#include <map>

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::instances;
using placement::Strategy;

namespace {

/// A row of published_values.csv.
struct Cell {
  std::string model;
  int64_t memoryMiB = 0;
  int32_t nodes = 0;
  /// As in the file; empty where nothing was published.
  StringRef kPath, kPathMedian, greedy, random;
};

/// One strategy over the trials of a cell.
struct Tally {
  /// Trials with a plan, and the sum of their bottlenecks.
  int32_t found = 0;
  __int128 sumNs = 0;
  /// Over the trials that our planner solved as well.
  __int128 pairedNs = 0, oursNs = 0;
  /// What the paper calls the optimum: the largest transfer of the strategy's
  /// own cuts over the fastest link of the cluster.
  __int128 referenceNs = 0;
  /// By trial, with or without a plan.
  std::vector<double> seconds;
};

constexpr std::array<Strategy, 3> Baselines{Strategy::Random, Strategy::Greedy,
                                            Strategy::KPath};

/// Runs the cells one by one; a row is printed when a cell is complete.
class Grid {
public:
  Grid(const PaperGridOptions &gridOptions, SourceMgr &sources,
       raw_ostream &stream,
       const std::function<void(const std::string &)> &callback)
      : options(gridOptions), sourceMgr(sources), os(stream),
        progress(callback) {}
  bool run();

private:
  /// A file of the folder; none after an error.
  std::optional<MemoryBufferRef> load(const Twine &name);
  bool readCells(MemoryBufferRef buffer);
  const PaperModel *findModel(const std::string &name);
  void runCell(const Cell &cell, const PaperModel &model, MemoryRule rule);
  /// `sliced` is for greedy and k-path, if they have slices of their own; null
  /// if there are none.
  void runTrial(const placement::Problem &problem,
                const placement::Problem *sliced, int32_t trial);
  /// What the paper's program makes of the cell; none where it cannot.
  std::optional<PaperModel> sliceAsPublished(const Cell &cell,
                                             const PaperModel &model) const;
  void printRow(const Cell &cell, MemoryRule rule);
  void repeatCell(const Cell &cell, const PaperModel &slices);
  void repeatCells(const std::vector<const Cell *> &chosen);

  const PaperGridOptions &options;
  SourceMgr &sourceMgr;
  raw_ostream &os;
  const std::function<void(const std::string &)> &progress;
  std::vector<Cell> cells;
  /// By name, as far as they have been read.
  std::map<std::string, PaperModel> models;

  // Of the present cell.
  std::array<Tally, Baselines.size()> tallies;
  Tally ours;
  /// The sum of the bounds of the trials that our planner solved.
  __int128 boundNs = 0;
  /// Trials: with a proof that there is no plan; with a plan that is proven
  /// best; in which some baseline has a better plan than our planner, or one
  /// where that has none.
  int32_t infeasible = 0, proven = 0, worse = 0;
};

} // namespace

std::optional<MemoryBufferRef> Grid::load(const Twine &name) {
  SmallString<128> path(options.folder);
  sys::path::append(path, name);
  auto buffer = MemoryBuffer::getFile(path);
  if (!buffer) {
    errs() << path
           << ": error: cannot read the file: " << buffer.getError().message()
           << '\n';
    return std::nullopt;
  }
  MemoryBufferRef result = **buffer;
  sourceMgr.AddNewSourceBuffer(std::move(*buffer), SMLoc());
  return result;
}

/// Reads published_values.csv. Its columns are the model, the memory in MiB,
/// the number of nodes, the least bottleneck of k-path over the numbers of
/// classes, the number that gave it, the median over them, the bottlenecks of
/// greedy and random, and a note; bottlenecks are in seconds.
bool Grid::readCells(MemoryBufferRef buffer) {
  auto fail = [&](StringRef place, const Twine &message) {
    sourceMgr.PrintMessage(errs(), SMLoc::getFromPointer(place.begin()),
                           SourceMgr::DK_Error, message);
    return false;
  };
  StringRef text = buffer.getBuffer();
  auto [header, rest] = text.split('\n');
  if (!header.starts_with("model,node_memory_MB,nodes,kpath_min"))
    return fail(text, "expected the published values, with a header "
                      "'model,node_memory_MB,nodes,kpath_min...'");
  while (!rest.empty()) {
    StringRef line;
    std::tie(line, rest) = rest.split('\n');
    if (line.trim().empty())
      continue;
    SmallVector<StringRef> fields;
    line.trim().split(fields, ',');
    Cell cell;
    constexpr size_t numFields = 8;
    if (fields.size() < numFields)
      return fail(line, "expected " + Twine(numFields) + " fields");
    cell.model = fields[0].str();
    // Memory up to 1 GiB can be scaled within 64 bits.
    if (fields[1].getAsInteger(10, cell.memoryMiB) || cell.memoryMiB < 1 ||
        cell.memoryMiB > 1024)
      return fail(fields[1], "expected a memory of 1 to 1024 MiB");
    if (fields[2].getAsInteger(10, cell.nodes) || cell.nodes < 1 ||
        cell.nodes > MaxClusterDevices)
      return fail(fields[2],
                  "expected 1 to " + Twine(MaxClusterDevices) + " nodes");
    cell.kPath = fields[3];
    cell.kPathMedian = fields[5];
    cell.greedy = fields[6] == "nan" ? "" : fields[6];
    cell.random = fields[7] == "nan" ? "" : fields[7];
    cells.push_back(std::move(cell));
  }
  return true;
}

/// The model of that name, read at the first call; null after an error. It
/// stays where it is.
const PaperModel *Grid::findModel(const std::string &name) {
  auto it = models.find(name);
  if (it == models.end()) {
    std::optional<MemoryBufferRef> buffer = load(name + ".layers.json");
    std::optional<PaperModel> model;
    if (buffer)
      model = readPaperModel(*buffer, sourceMgr);
    if (!model)
      return nullptr;
    it = models.emplace(name, std::move(*model)).first;
  }
  return &it->second;
}

/// Spreads three small numbers over 64 bits (the finaliser of splitmix64).
static uint64_t mixSeeds(uint64_t seed, uint64_t nodes, uint64_t trial) {
  uint64_t x = seed * 0x9E3779B97F4A7C15 + (nodes << 32) + trial + 1;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

/// See Tally::referenceNs.
static int64_t referenceOf(const placement::Problem &problem,
                           const placement::Evaluation &evaluation) {
  placement::Link fastest{0, 0};
  size_t numDevices = problem.devices.size();
  for (size_t i = 0; i < problem.links.size(); ++i)
    if (i / numDevices != i % numDevices)
      fastest.bitsPerSecond =
          std::max(fastest.bitsPerSecond, problem.links[i].bitsPerSecond);
  int64_t largest = 0;
  for (const placement::Wire &wire : evaluation.wires)
    largest = std::max(largest, problem.tensors[wire.tensor].bytes);
  return largest == 0 ? 0 : placement::transferTime(fastest, largest);
}

std::optional<PaperModel>
Grid::sliceAsPublished(const Cell &cell, const PaperModel &model) const {
  int64_t smallest = cell.memoryMiB;
  for (const Cell &other : cells)
    if (other.model == cell.model)
      smallest = std::min(smallest, other.memoryMiB);
  std::vector<int32_t> boundaries =
      cutAsPublished(model, cell.memoryMiB << 20, smallest << 20, cell.nodes);
  if (boundaries.empty())
    return std::nullopt;
  return mergeUnits(model, boundaries);
}

/// Slices of one byte on devices with room for one of them.
static placement::Problem makeSlicedProblem(const PaperModel &slices,
                                            std::vector<placement::Link> links,
                                            int32_t numDevices) {
  return makePaperProblem(slices, MemoryRule::Honest, /*memory=*/2,
                          std::move(links), numDevices);
}

/// Every strategy on one problem. Seeds differ from trial to trial and not from
/// cell to cell.
void Grid::runTrial(const placement::Problem &problem,
                    const placement::Problem *sliced, int32_t trial) {
  placement::SolveOptions solveOptions = options.solve;
  solveOptions.seed = mixSeeds(options.solve.seed, 0, trial);
  solveOptions.strategy = Strategy::Auto;
  placement::Result best = solve(problem, solveOptions);
  int64_t bestNs = best.evaluation.bottleneckNs;
  ours.seconds.push_back(best.seconds);
  infeasible += best.provenInfeasible();
  if (best.found) {
    ++ours.found;
    ours.sumNs += bestNs;
    boundNs += best.bound.value;
    proven += best.bound.value >= bestNs;
  }
  bool isWorse = false;
  for (size_t i = 0; i < Baselines.size(); ++i) {
    solveOptions.strategy = Baselines[i];
    const placement::Problem *own =
        Baselines[i] == Strategy::Random ? &problem : sliced;
    placement::Result result;
    if (own)
      result = solve(*own, solveOptions);
    Tally &tally = tallies[i];
    tally.seconds.push_back(result.seconds);
    if (!result.found)
      continue;
    int64_t ns = result.evaluation.bottleneckNs;
    ++tally.found;
    tally.sumNs += ns;
    tally.referenceNs += referenceOf(*own, result.evaluation);
    isWorse |= !best.found || bestNs > ns;
    if (best.found) {
      // Means over different trials could not be compared.
      tally.pairedNs += ns;
      tally.oursNs += bestNs;
    }
  }
  worse += isWorse;
}

/// All trials of a cell. Prints nothing where an interrupt came first, for
/// means of fewer trials would look like all others.
void Grid::runCell(const Cell &cell, const PaperModel &model, MemoryRule rule) {
  tallies = {};
  ours = {};
  boundNs = 0;
  infeasible = proven = worse = 0;
  std::optional<PaperModel> slices;
  if (rule == MemoryRule::Published)
    slices = sliceAsPublished(cell, model);
  for (int32_t trial = 0; trial < options.trials; ++trial) {
    if (progress)
      progress(cell.model + ", " + std::to_string(cell.memoryMiB) + " MiB, " +
               std::to_string(cell.nodes) + " nodes, " + toString(rule) +
               ": trial " + std::to_string(trial + 1) + " of " +
               std::to_string(options.trials));
    // The same clusters for all models, memories and rules.
    auto links = makePaperLinks(
        cell.nodes, mixSeeds(options.solve.seed, cell.nodes, trial));
    placement::Problem problem =
        makePaperProblem(model, rule, cell.memoryMiB << 20, links, cell.nodes);
    std::optional<placement::Problem> sliced;
    if (slices)
      sliced = makeSlicedProblem(*slices, std::move(links), cell.nodes);
    if (rule == MemoryRule::Honest)
      sliced = problem;
    runTrial(problem, sliced ? &*sliced : nullptr, trial);
    if (options.solve.stop && *options.solve.stop)
      return;
  }
  printRow(cell, rule);
}

/// The mean of times in nanoseconds, rounded down, in seconds; or nothing.
static std::string meanOf(__int128 sumNs, int32_t count) {
  return count == 0 ? std::string()
                    : formatTimeIn(static_cast<int64_t>(sumNs / count), 9);
}

/// a / b, or nothing where b is 0.
static std::string ratioOf(__int128 a, __int128 b) {
  std::string text;
  raw_string_ostream stream(text);
  if (b > 0)
    stream << format("%.4f", static_cast<double>(a) / static_cast<double>(b));
  return text;
}

/// Of an even number of values, the upper of the two in the middle.
static double medianOf(std::vector<double> values) {
  if (values.empty())
    return 0;
  auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

static constexpr StringLiteral Header =
    "model,memory_mib,nodes,rule,trials,solved,infeasible,proven,worse,"
    "random_s,greedy_s,kpath_s,ours_s,bound_s,"
    "random_found,greedy_found,kpath_found,"
    "random_ratio,greedy_ratio,kpath_ratio,"
    "published_random_s,published_greedy_s,published_kpath_s,"
    "published_kpath_median_s,"
    "ours_median_seconds,ours_worst_seconds,kpath_median_seconds,"
    "kpath_reference_s\n";

/// One row in the order of `Header`; the third of the baselines is k-path.
void Grid::printRow(const Cell &cell, MemoryRule rule) {
  Progress::Pause pause;
  os << cell.model << ',' << cell.memoryMiB << ',' << cell.nodes << ','
     << toString(rule) << ',' << options.trials << ',' << ours.found << ','
     << infeasible << ',' << proven << ',' << worse;
  for (const Tally &tally : tallies)
    os << ',' << meanOf(tally.sumNs, tally.found);
  os << ',' << meanOf(ours.sumNs, ours.found) << ','
     << meanOf(boundNs, ours.found);
  for (const Tally &tally : tallies)
    os << ',' << tally.found;
  for (const Tally &tally : tallies)
    os << ',' << ratioOf(tally.pairedNs, tally.oursNs);
  os << ',' << cell.random << ',' << cell.greedy << ',' << cell.kPath << ','
     << cell.kPathMedian << ',' << format("%.6f", medianOf(ours.seconds)) << ','
     << format("%.6f",
               *std::max_element(ours.seconds.begin(), ours.seconds.end()))
     << ',' << format("%.6f", medianOf(tallies[2].seconds)) << ','
     << meanOf(tallies[2].referenceNs, tallies[2].found) << '\n';
  os.flush();
}

namespace {
/// The mean of some values, and how they differ.
class Spread {
public:
  void add(double value) {
    ++count;
    sum += value;
    squares += value * value;
  }
  double mean() const { return sum / count; }
  /// Of one value, by the sample; 0 for one value.
  double deviation() const {
    return count < 2
               ? 0
               : std::sqrt(std::max(0.0, squares - sum * mean()) / (count - 1));
  }
  /// Of the mean.
  double error() const { return deviation() / std::sqrt(count); }

private:
  double count = 0, sum = 0, squares = 0;
};

/// A strategy over all repetitions of the experiment, in seconds.
struct Repeated {
  /// What each repetition comes to, and the standard errors of those means.
  Spread values, errors;
  int32_t failed = 0;
};
} // namespace

/// The bottlenecks in seconds of a strategy on clusters that depend on the
/// seed; trials without a plan count as 0, and in `failed`.
static Spread averageAsPublished(const PaperModel &slices, int32_t numDevices,
                                 int32_t trials,
                                 const placement::SolveOptions &solveOptions,
                                 int32_t &failed) {
  Spread seconds;
  placement::SolveOptions own = solveOptions;
  for (int32_t trial = 0; trial < trials; ++trial) {
    own.seed = mixSeeds(solveOptions.seed, numDevices, trial);
    placement::Result result =
        solve(makeSlicedProblem(slices, makePaperLinks(numDevices, own.seed),
                                numDevices),
              own);
    seconds.add(result.found
                    ? static_cast<double>(result.evaluation.bottleneckNs) * 1e-9
                    : 0);
    failed += !result.found;
  }
  return seconds;
}

/// The experiment of the paper's authors, several times over; prints nothing
/// where an interrupt came first.
void Grid::repeatCell(const Cell &cell, const PaperModel &slices) {
  Repeated greedy, kPath;
  placement::SolveOptions own = options.solve;
  auto average = [&](uint64_t seed, Repeated &strategy) {
    own.seed = seed;
    return averageAsPublished(slices, cell.nodes, options.trials, own,
                              strategy.failed);
  };
  auto add = [](const Spread &mean, Repeated &strategy) {
    strategy.values.add(mean.mean());
    strategy.errors.add(mean.error());
  };
  for (int32_t r = 0; r < options.repetitions; ++r) {
    if (progress)
      progress(cell.model + ", " + std::to_string(cell.memoryMiB) + " MiB, " +
               std::to_string(cell.nodes) + " nodes: repetition " +
               std::to_string(r + 1) + " of " +
               std::to_string(options.repetitions));
    own.strategy = Strategy::Greedy;
    add(average(mixSeeds(options.solve.seed, r, 0), greedy), greedy);
    own.strategy = Strategy::KPath;
    std::optional<Spread> least;
    for (own.kPathClasses = 2; own.kPathClasses <= 20; own.kPathClasses += 3) {
      Spread mean =
          average(mixSeeds(options.solve.seed, r, own.kPathClasses), kPath);
      if (!least || mean.mean() < least->mean())
        least = mean;
    }
    add(*least, kPath);
    if (options.solve.stop && *options.solve.stop)
      return;
  }
  Progress::Pause pause;
  os << cell.model << ',' << cell.memoryMiB << ',' << cell.nodes << ','
     << options.trials << ',' << options.repetitions;
  for (auto *strategy : {&greedy, &kPath})
    os << ',' << (strategy == &greedy ? cell.greedy : cell.kPath)
       << format(",%.6g,%.3g,%.3g,", strategy->values.mean(),
                 strategy->errors.mean(), strategy->values.deviation())
       << strategy->failed;
  os << '\n';
  os.flush();
}

static constexpr StringLiteral RepeatedHeader =
    "model,memory_mib,nodes,trials,repetitions,published_greedy_s,greedy_s,"
    "greedy_error_s,greedy_deviation_s,greedy_failed,published_kpath_s,kpath_s,"
    "kpath_error_s,kpath_deviation_s,kpath_failed\n";

/// Only cells with a published value: others have no slices, or one.
void Grid::repeatCells(const std::vector<const Cell *> &chosen) {
  os << RepeatedHeader;
  for (const Cell *cell : chosen) {
    if (cell->greedy.empty() && cell->kPath.empty())
      continue;
    if (std::optional<PaperModel> slices =
            sliceAsPublished(*cell, *findModel(cell->model)))
      repeatCell(*cell, *slices);
    if (options.solve.stop && *options.solve.stop)
      return;
  }
}

bool Grid::run() {
  // The pattern refers to the text.
  std::string text = options.cells.empty() ? "*" : options.cells;
  Expected<GlobPattern> pattern =
      GlobPattern::create(text, /*MaxSubPatterns=*/1000);
  if (!pattern) {
    errs() << "onnx-split-bench: error: malformed pattern '" << text
           << "': " << llvm::toString(pattern.takeError()) << '\n';
    return false;
  }
  std::optional<MemoryBufferRef> published = load("published_values.csv");
  if (!published || !readCells(*published))
    return false;
  // Read all files before hours of work.
  for (const Cell &cell : cells)
    if (!findModel(cell.model))
      return false;
  std::vector<std::pair<const Cell *, MemoryRule>> chosen;
  // One rule after the other, so that the rows of the paper's own come first.
  for (MemoryRule rule : {MemoryRule::Published, MemoryRule::Honest})
    for (const Cell &cell : cells)
      if (pattern->match(cell.model + "/" + std::to_string(cell.memoryMiB) +
                         "/" + std::to_string(cell.nodes) + "/" +
                         toString(rule)))
        chosen.push_back({&cell, rule});
  if (chosen.empty()) {
    errs() << "onnx-split-bench: error: no cell matches '" << text
           << "'; cells are MODEL/MEMORY/NODES/RULE, such as "
              "ResNet50/64/10/honest\n";
    return false;
  }
  if (options.repetitions > 0) {
    std::vector<const Cell *> repeated;
    for (auto [cell, rule] : chosen)
      if (rule == MemoryRule::Published)
        repeated.push_back(cell);
    repeatCells(repeated);
    return true;
  }
  os << Header;
  for (auto [cell, rule] : chosen) {
    runCell(*cell, *findModel(cell->model), rule);
    if (options.solve.stop && *options.solve.stop)
      break;
  }
  return true;
}

bool instances::runPaperGrid(
    const PaperGridOptions &options, SourceMgr &sourceMgr, raw_ostream &os,
    const std::function<void(const std::string &)> &progress) {
  return Grid(options, sourceMgr, os, progress).run();
}
