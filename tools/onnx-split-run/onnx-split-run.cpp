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

#include "onnx-split/Cluster/Cluster.h"
#include "onnx-split/Report/Report.h"
#include "onnx-split/Runtime/Inputs.h"
#include "onnx-split/Runtime/Library.h"
#include "onnx-split/Runtime/Mpi/MeasureProfile.h"
#include "onnx-split/Runtime/Mpi/RunPlan.h"
#include "onnx-split/Runtime/Mpi/Watchdog.h"
#include "onnx-split/Support/CommandLine.h"
#include "onnx-split/Support/Duration.h"
#include "onnx-split/Support/ReadAtMost.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <set>
#include <thread>

#include <mpi.h>

using namespace onnx_split;
using namespace onnx_split::runtime;
namespace cl = llvm::cl;

namespace {
/// Every option of both modes; one object registers them all.
struct Options {
  cl::OptionCategory category{"onnx-split-run options"};
  cl::opt<std::string> plan{cl::Positional, cl::desc("PLAN.json"),
                            cl::cat(category)};
  cl::opt<std::string> profile{
      "profile", cl::value_desc("FILE"), cl::cat(category),
      cl::desc(
          "Instead of running a plan, measure devices and links, and write "
          "what cluster.yaml takes as 'profile: FILE'")};
  cl::opt<std::string> model{"model", cl::value_desc("MODEL"),
                             cl::desc("The model that --profile measures"),
                             cl::cat(category)};
  cl::opt<std::string> devices{
      "devices", cl::value_desc("CLUSTER.yaml"), cl::cat(category),
      cl::desc("The devices of --profile, one for each process in its order")};
  cl::opt<std::string> profileTime{
      "profile-time", cl::init("4s"), cl::value_desc("4s"), cl::cat(category),
      cl::desc("How long --profile runs the model on each device; links and "
               "messages take in proportion (default: 4s)")};
  cl::list<std::string> alsos{
      "also", cl::value_desc("NAME=1[,NAME=1...]"), cl::cat(category),
      cl::desc("A further operating point at which --profile measures nodes "
               "(repeatable); other dimensions are as --dim says")};
  cl::opt<bool> links{"links", cl::init(true), cl::cat(category),
                      cl::desc("--links=false: measure no links")};
  cl::list<std::string> inputs{
      "inputs", cl::value_desc("FOLDER"), cl::cat(category),
      cl::desc("Folder with input_0.pb (or .npy) and so on; several take turns "
               "(default: random inputs)")};
  cl::list<std::string> input{
      "input", cl::value_desc("NAME=FILE"), cl::cat(category),
      cl::desc("One input from a .npy or .pb file (repeatable)")};
  cl::list<std::string> shapes{
      "shape", cl::value_desc("NAME=1x3x224x224"), cl::cat(category),
      cl::desc("Shape of a random input that the part leaves open")};
  cl::list<std::string> dims{
      "dim", cl::value_desc("NAME=1"), cl::cat(category),
      cl::desc("Extent of a symbolic dimension of random inputs")};
  cl::opt<uint64_t> seed{
      "seed", cl::init(0), cl::value_desc("0"), cl::cat(category),
      cl::desc("Seed of random inputs, and of --arrivals=poisson")};
  cl::opt<int64_t> items{"items", cl::init(100), cl::value_desc("N"),
                         cl::desc("Items to measure (default: 100)"),
                         cl::cat(category)};
  cl::opt<int64_t> warmup{"warmup", cl::init(10), cl::value_desc("N"),
                          cl::desc("Items before those (default: 10); with "
                                   "--generate steps of the first prompt, of "
                                   "which no token counts (default: 0)"),
                          cl::cat(category)};
  cl::opt<int64_t> generate{
      "generate", cl::init(0), cl::value_desc("N"), cl::cat(category),
      cl::desc(
          "Instead of items, generate N tokens after each --prompt, with a "
          "decoder whose caches the plan keeps as state")};
  cl::opt<std::string> prompt{
      "prompt", cl::value_desc("FILE"), cl::cat(category),
      cl::desc("Tokens (.npy or .pb) that sequences begin with; the rows of a "
               "matrix take turns")};
  cl::opt<int64_t> sequences{
      "sequences", cl::init(1), cl::value_desc("S"), cl::cat(category),
      cl::desc("S sequences take turns, each with states of its own (default: "
               "1)")};
  cl::opt<int64_t> stopToken{"stop", cl::init(-1), cl::value_desc("ID"),
                             cl::cat(category),
                             cl::desc("This token ends its sequence")};
  cl::opt<int64_t> topK{
      "top-k", cl::init(0), cl::value_desc("K"), cl::cat(category),
      cl::desc("Draw tokens among the K with the largest scores (default: take "
               "the largest)")};
  cl::opt<double> temperature{
      "temperature", cl::init(0), cl::value_desc("T"), cl::cat(category),
      cl::desc("Draw tokens with scores divided by T, by --seed (default with "
               "--top-k: 1)")};
  cl::opt<double> rate{
      "rate", cl::init(0), cl::value_desc("R"),
      cl::desc("R items/s come, whether or not the first stage can take them; "
               "latency counts from then on (default: the first stage starts "
               "as fast as it goes)"),
      cl::cat(category)};
  cl::opt<ArrivalKind> arrivals{
      "arrivals",
      cl::init(ArrivalKind::Periodic),
      cl::cat(category),
      cl::value_desc("periodic|poisson"),
      cl::desc("How the items of --rate come: with equal times between them "
               "(default), or with random ones, as from many sources"),
      cl::values(clEnumValN(ArrivalKind::Periodic, "periodic",
                            "with equal times between them (default)"),
                 clEnumValN(ArrivalKind::Poisson, "poisson",
                            "with random times, as from many sources"))};
  cl::opt<int64_t> queue{
      "queue", cl::init(-1), cl::value_desc("Q"), cl::cat(category),
      cl::desc("Of the items of --rate, at most Q wait in front of the first "
               "stage; a further one is lost (default: all wait)")};
  cl::opt<Emulation> emulate{
      "emulate",
      cl::init(Emulation::None),
      cl::cat(category),
      cl::value_desc("none|latency|links"),
      cl::desc("Let senders keep messages, so that transfers take the times of "
               "the plan: not (default), for the latency, where the network "
               "has the rates, or until their link was free for them and then "
               "for the latency, for ranks on one machine"),
      cl::values(clEnumValN(Emulation::None, "none", "do not (default)"),
                 clEnumValN(Emulation::Latency, "latency",
                            "for the latency, where the network has the rates"),
                 clEnumValN(Emulation::Links, "links",
                            "until their link was free for them, and then for "
                            "the latency; for ranks on one machine"))};
  cl::opt<unsigned> threads{
      "threads", cl::init(0), cl::value_desc("N"), cl::cat(category),
      cl::desc("Threads of each part (default: the host's cores, shared among "
               "its ranks)")};
  cl::opt<Optimise> optimise{
      "optimise",
      cl::init(Optimise::All),
      cl::cat(category),
      cl::value_desc("all|extended|basic|off"),
      cl::desc("ONNX Runtime's graph optimisations: all (default), no new "
               "layouts, no fused operators, or none"),
      cl::values(clEnumValN(Optimise::All, "all", "all (default)"),
                 clEnumValN(Optimise::Extended, "extended", "no new layouts"),
                 clEnumValN(Optimise::Basic, "basic", "no fused operators"),
                 clEnumValN(Optimise::Off, "off", "none"))};
  cl::list<std::string> providers{
      "provider", cl::value_desc("[DEVICE=]PROVIDER[,KEY=VALUE...]"),
      cl::cat(category),
      cl::desc("Execution provider of a device, or of all others, in place of "
               "what the plan says (repeatable); the keys are its options, and "
               "library=PATH and device=NUMBER|KIND for plug-ins")};
  cl::opt<bool> strict{
      "strict", cl::cat(category),
      cl::desc("End if a provider does not take all nodes of its part")};
  cl::opt<std::string> timeout{
      "timeout", cl::init("60s"), cl::value_desc("60s"), cl::cat(category),
      cl::desc("End when a wire does not move for so long (default: 60s)")};
  cl::opt<std::string> saveOutputs{
      "save-outputs", cl::value_desc("DIR"), cl::cat(category),
      cl::desc("Write outputs of the measured items as "
               "DIR/item_I/output_K.pb")};
  cl::opt<bool> npy{"npy", cl::desc("Write them as .npy"), cl::cat(category)};
  cl::opt<std::string> json{"json", cl::value_desc("FILE"),
                            cl::desc("Write the figures as JSON"),
                            cl::cat(category)};
  cl::opt<std::string> trace{"trace", cl::value_desc("FILE"), cl::cat(category),
                             cl::desc("Write a trace for Chrome or Perfetto")};
  cl::opt<std::string> report{
      "report", cl::value_desc("FILE"), cl::cat(category),
      cl::desc("Write the page of onnx-split --report with what was measured")};
  cl::opt<bool> progress{
      "progress", cl::cat(category),
      cl::desc("A line on standard error each second, or, with "
               "--profile, on what is measured next")};
};
} // namespace

/// The inputs that both modes take, without folders.
static InputOptions makeInputOptions(const Options &options) {
  InputOptions inputs;
  inputs.files.assign(options.input.begin(), options.input.end());
  inputs.shapes.assign(options.shapes.begin(), options.shapes.end());
  inputs.dims.assign(options.dims.begin(), options.dims.end());
  inputs.seed = options.seed;
  return inputs;
}

/// How items come, or what is wrong with the options that say so.
static llvm::Error readArrivals(const Options &options, RunOptions &run) {
  run.rate = options.rate;
  run.arrivals = options.arrivals;
  run.arrivalSeed = options.seed;
  if (!(run.rate >= 0 && run.rate < 1e9))
    return llvm::createStringError("--rate takes a number of items/s");
  bool hasQueue = options.queue.getNumOccurrences() > 0;
  for (auto [name, isGiven] :
       {std::pair("--arrivals", options.arrivals.getNumOccurrences() > 0),
        {"--queue", hasQueue}})
    if (isGiven && run.rate == 0)
      return llvm::createStringError(llvm::Twine(name) +
                                     " needs --rate=R, the items/s that come");
  constexpr int64_t maxQueue = 1'000'000;
  if (hasQueue && (options.queue < 0 || options.queue > maxQueue))
    return llvm::createStringError(
        "--queue takes a number of items from 0 to 1000000");
  if (hasQueue)
    run.queue = options.queue;
  return llvm::Error::success();
}

/// What to generate, or what is wrong with the options that say so.
static llvm::Error readGeneration(const Options &options, RunOptions &run) {
  constexpr int64_t most = 1'000'000;
  run.sequences = options.sequences;
  if (run.sequences < 1 || run.sequences > 65536)
    return llvm::createStringError(
        "--sequences takes a number from 1 to 65536");
  bool wanted = options.generate.getNumOccurrences() > 0;
  for (const cl::Option *option :
       {static_cast<const cl::Option *>(&options.prompt),
        static_cast<const cl::Option *>(&options.stopToken),
        static_cast<const cl::Option *>(&options.topK),
        static_cast<const cl::Option *>(&options.temperature)})
    if (!wanted && option->getNumOccurrences() > 0)
      return llvm::createStringError("--" + option->ArgStr +
                                     " needs --generate=N, the tokens to "
                                     "generate");
  if (!wanted)
    return llvm::Error::success();
  for (const cl::Option *option :
       {static_cast<const cl::Option *>(&options.items),
        static_cast<const cl::Option *>(&options.rate)})
    if (option->getNumOccurrences() > 0)
      return llvm::createStringError("--generate goes without --" +
                                     option->ArgStr);
  if (options.generate < 1 || options.generate > most)
    return llvm::createStringError("--generate takes a number of tokens from 1 "
                                   "to 1000000");
  if (options.generate * run.sequences > 100 * most)
    return llvm::createStringError(
        "--generate times --sequences is above 100000000 tokens");
  if (options.topK < 0 || !(options.temperature >= 0) ||
      (options.temperature == 0 && options.temperature.getNumOccurrences() > 0))
    return llvm::createStringError(
        "--top-k takes a number from 0, and --temperature one above 0");
  if (options.prompt.empty())
    return llvm::createStringError(
        "--generate needs --prompt=FILE, the tokens to begin with");
  auto prompts = readPrompts(options.prompt);
  if (!prompts)
    return prompts.takeError();
  run.generation.tokens = options.generate;
  run.generation.prompts = std::move(*prompts);
  if (options.stopToken >= 0)
    run.generation.stop = options.stopToken;
  run.generation.sampling = {options.topK, options.temperature, options.seed};
  if (options.topK > 0 && options.temperature == 0)
    run.generation.sampling.temperature = 1;
  run.items = options.generate * run.sequences;
  run.warmup = options.warmup.getNumOccurrences() > 0 ? options.warmup : 0;
  if (run.warmup > options.generate)
    return llvm::createStringError(
        "--warmup takes at most as many steps as --generate");
  return llvm::Error::success();
}

/// Providers by device, or what is wrong with the options that name them. What
/// stands before the first '=' is a device unless a comma comes before it,
/// which begins a provider's options.
static llvm::Error readProviders(const Options &options, RunOptions &run) {
  run.strictProviders = options.strict;
  for (llvm::StringRef text : options.providers) {
    auto [device, named] = text.split('=');
    if (!text.contains('=') || device.contains(',')) {
      device = "";
      named = text;
    }
    llvm::Expected<Provider> provider = parseProvider(named);
    if (!provider)
      return llvm::createStringError("--provider: " +
                                     llvm::toString(provider.takeError()));
    if (!run.providers.emplace(device.str(), std::move(*provider)).second)
      return llvm::createStringError("--provider is given twice " +
                                     (device.empty()
                                          ? llvm::Twine("without a device")
                                          : "for '" + device + "'"));
  }
  return llvm::Error::success();
}

/// The options as the library takes them, or what is wrong with them.
static llvm::Expected<RunOptions> makeRunOptions(const Options &options) {
  RunOptions run;
  run.plan = options.plan;
  run.items = options.items;
  run.warmup = options.warmup;
  run.emulate = options.emulate;
  run.threads = options.threads;
  run.optimise = options.optimise;
  run.timeoutSeconds = parseDuration(options.timeout);
  run.saveOutputs = options.saveOutputs;
  run.saveAsNumpy = options.npy;
  run.jsonFile = options.json;
  run.traceFile = options.trace;
  run.pageFile = options.report;
  run.progress = options.progress;
  constexpr int64_t maxItems = 100'000'000;
  if (run.items < 1 || run.items > maxItems || run.warmup < 0 ||
      run.warmup > maxItems)
    return llvm::createStringError(
        "--items takes a number from 1 to 100000000, --warmup one from 0");
  if (llvm::Error error = readArrivals(options, run))
    return error;
  if (llvm::Error error = readGeneration(options, run))
    return error;
  if (llvm::Error error = readProviders(options, run))
    return error;
  if (run.threads > 1024)
    return llvm::createStringError("--threads takes a number up to 1024");
  if (run.timeoutSeconds == 0)
    return llvm::createStringError("--timeout takes a time such as 60s, not '" +
                                   options.timeout + "'");
  // Folders take turns; what the other options say holds in each of them.
  InputOptions common = makeInputOptions(options);
  if (llvm::Error error = checkSettings(common))
    return error;
  for (const std::string &folder : options.inputs) {
    run.inputs.push_back(common);
    run.inputs.back().files.push_back(folder);
  }
  if (run.inputs.empty())
    run.inputs.push_back(common);
  return run;
}

/// Says what is wrong before MPI has started. Mostly every rank meets the same
/// error, and the first to end makes mpirun end the others: so rank 0 speaks,
/// and the others only when it has not ended them meanwhile.
static int fail(const llvm::Twine &message) {
  const char *variable = ::getenv("OMPI_COMM_WORLD_RANK");
  int rank = 0;
  if (variable && !llvm::StringRef(variable).getAsInteger(10, rank) && rank > 0)
    std::this_thread::sleep_for(
        std::chrono::milliseconds(1000 + 250 * std::min(rank, 20)));
  llvm::errs() << "onnx-split-run: error: " << message << "\n";
  return 1;
}

/// Nothing that a run writes takes the place of what it reads.
static llvm::Error checkResults(const RunOptions &run,
                                const ExecutionPlan &plan) {
  llvm::SmallString<256> folder = llvm::sys::path::parent_path(run.plan);
  auto inFolder = [&](llvm::StringRef name) {
    llvm::SmallString<256> file(folder);
    llvm::sys::path::append(file, name);
    return std::string(file);
  };
  std::vector<std::string> read = {run.plan, inFolder(ReportDataName)};
  for (const auto &role : plan.stages)
    read.insert(read.end(),
                {inFolder(role.file), inFolder(role.file + ".data")});
  for (const std::string &file : {run.jsonFile, run.traceFile, run.pageFile})
    for (const std::string &other : read)
      if (!file.empty() && llvm::sys::fs::equivalent(file, other))
        return llvm::createStringError(
            file + " would be replaced, which this run reads; give its results "
                   "another name");
  if (!run.pageFile.empty() &&
      (run.pageFile == run.jsonFile || run.pageFile == run.traceFile))
    return llvm::createStringError("--report=" + run.pageFile +
                                   " is the file of another option, too");
  return llvm::Error::success();
}

/// Providers are of devices that the plan has.
static llvm::Error checkProviders(const RunOptions &run,
                                  const ExecutionPlan &plan) {
  std::set<std::string> devices;
  for (ExecutionPlan::Role role : plan.roles)
    devices.insert(plan.deviceOf(role));
  for (const auto &[device, provider] : run.providers)
    if (!device.empty() && !devices.count(device))
      return llvm::createStringError(
          "--provider names '" + device +
          "', which has no stage; devices with stages are " +
          llvm::join(devices, ", "));
  return llvm::Error::success();
}

/// Rank 0 writes the page, so that nobody else needs what it is made of.
static llvm::Error checkPage(const RunOptions &run) {
  const char *rank = ::getenv("OMPI_COMM_WORLD_RANK");
  if (run.pageFile.empty() || (rank && llvm::StringRef(rank) != "0"))
    return llvm::Error::success();
  if (std::string why = whyNoReport(); !why.empty())
    return llvm::createStringError("--report: " + why);
  return readReportTexts(run.plan).takeError();
}

/// Runs `work`, which returns the exit status, between MPI_Init and
/// MPI_Finalize, under a watchdog. `plan` gives the watchdog names of stages
/// and wires for its message; null where no plan is run.
template <typename Work>
static int underMpi(int argc, char **argv, const ExecutionPlan *plan,
                    Work work) {
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

/// The further operating points, or what is wrong with them.
static llvm::Error readAlsos(const Options &options, ProfileOptions &profile) {
  if (!options.alsos.empty() && options.model.empty())
    return llvm::createStringError(
        "--also needs --model=MODEL, whose nodes are measured there");
  for (llvm::StringRef also : options.alsos) {
    llvm::SmallVector<llvm::StringRef> values;
    also.split(values, ',');
    InputOptions point;
    for (llvm::StringRef value : values)
      point.dims.push_back(value.str());
    if (llvm::Error error = checkSettings(point)) {
      llvm::consumeError(std::move(error));
      return llvm::createStringError("--also takes NAME=EXTENT[,NAME=EXTENT "
                                     "...], such as N=1, not '" +
                                     also + "'");
    }
    profile.alsos.push_back(std::move(point.dims));
  }
  return llvm::Error::success();
}

/// The mode of --profile; returns the exit status.
static int profile(const Options &options, int argc, char **argv) {
  if (!options.providers.empty() || options.strict)
    return fail("--provider and --strict are for running a plan; --profile "
                "measures the CPU's provider, and python -m "
                "onnx_split_run.profile others");
  if (options.devices.empty() || !options.plan.empty())
    return fail("--profile takes no plan but --devices=CLUSTER.yaml, and "
                "--model=MODEL unless only links are measured");
  auto buffer = readAtMost(options.devices, MaxClusterBytes + 1);
  if (!buffer)
    return fail(options.devices + ": cannot read the cluster file: " +
                buffer.getError().message());
  // The messages are gathered for `fail`, which lets one rank speak.
  llvm::SourceMgr sourceMgr;
  std::string messages;
  sourceMgr.setDiagHandler(
      [](const llvm::SMDiagnostic &diagnostic, void *text) {
        llvm::raw_string_ostream os(*static_cast<std::string *>(text));
        diagnostic.print(nullptr, os << "\n", /*ShowColors=*/false);
      },
      &messages);
  auto cluster = parseCluster((*buffer)->getMemBufferRef(), sourceMgr);
  if (!cluster)
    return fail("the cluster file is not valid" +
                llvm::StringRef(messages).rtrim());
  ProfileOptions settings;
  settings.model = options.model;
  settings.output = options.profile;
  settings.measureLinks = options.links;
  settings.inputs = makeInputOptions(options);
  if (llvm::Error error = checkSettings(settings.inputs))
    return fail(llvm::toString(std::move(error)));
  settings.inputs.files.insert(settings.inputs.files.end(),
                               options.inputs.begin(), options.inputs.end());
  if (llvm::Error error = readAlsos(options, settings))
    return fail(llvm::toString(std::move(error)));
  settings.threads = options.threads;
  settings.optimise = options.optimise;
  settings.progress = options.progress;
  settings.seconds = parseDuration(options.profileTime);
  if (settings.seconds == 0)
    return fail("--profile-time takes a time such as 4s, not '" +
                options.profileTime + "'");
  return underMpi(argc, argv, nullptr,
                  [&] { return measureProfile(*cluster, settings); });
}

static std::optional<int> readOptions(int argc, char **argv, Options &options) {
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
      "--model=model.onnx --devices=cluster.yaml"};
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

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  Options options;
  if (std::optional<int> status = readOptions(argc, argv, options))
    return *status;
  if (std::string why = loadRuntime(); !why.empty())
    return fail(why);
  if (!options.profile.empty())
    return profile(options, argc, argv);
  if (options.plan.empty())
    return fail("name the plan.json to run, or --profile=FILE");
  if (!options.alsos.empty())
    return fail("--also is for --profile; a plan runs at the extents of its "
                "inputs");
  for (const cl::Option *option :
       {static_cast<const cl::Option *>(&options.model),
        static_cast<const cl::Option *>(&options.devices),
        static_cast<const cl::Option *>(&options.links),
        static_cast<const cl::Option *>(&options.profileTime)})
    if (option->getNumOccurrences() > 0)
      return fail("--" + option->ArgStr +
                  " is for --profile; a plan names its parts and devices");
  auto run = makeRunOptions(options);
  if (!run)
    return fail(llvm::toString(run.takeError()));
  auto plan = readExecutionPlan(run->plan);
  if (!plan)
    return fail(llvm::toString(plan.takeError()));
  if (llvm::Error error = checkResults(*run, *plan))
    return fail(llvm::toString(std::move(error)));
  if (llvm::Error error = checkProviders(*run, *plan))
    return fail(llvm::toString(std::move(error)));
  if (llvm::Error error = checkPage(*run))
    return fail(llvm::toString(std::move(error)));
  if (run->queue && plan->stages.front().countDevices() > 1)
    return fail("--queue needs a first stage on one device, but that of " +
                run->plan + " has " +
                llvm::Twine(plan->stages.front().countDevices()));
  if (run->generation.tokens > 0 &&
      plan->countRanks() > int(plan->stages.size()))
    return fail("--generate needs a plan without replicas, but " + run->plan +
                " has some");
  for (InputOptions &inputs : run->inputs) {
    if (llvm::Error error = checkShapeNames(inputs, plan->interface.inputs))
      return fail(llvm::toString(std::move(error)));
    inputs.plannedShapes = plan->inputShapes;
  }
  return underMpi(argc, argv, &*plan, [&] { return runPlan(*plan, *run); });
}
