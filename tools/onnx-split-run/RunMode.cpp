//===- RunMode.cpp - Runs a plan ------------------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "onnx-split/Report/Report.h"
#include "onnx-split/Runtime/Inputs.h"
#include "onnx-split/Runtime/Providers.h"
#include "onnx-split/Support/Duration.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <set>

using namespace onnx_split;
using namespace onnx_split::runtime;

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
  if (run.saveAsNumpy && run.saveOutputs.empty())
    return llvm::createStringError(
        "--npy needs --save-outputs=DIR, the folder of the outputs");
  if (run.threads > 1024)
    return llvm::createStringError("--threads takes a number up to 1024");
  if (run.timeoutSeconds == 0)
    return llvm::createStringError(
        "--timeout takes a time above 0, such as 60s, not '" + options.timeout +
        "'");
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

int onnx_split::runPlanMode(const Options &options, int argc, char **argv) {
  if (options.plan.empty())
    return fail("name the plan.json to run, --profile=FILE, or "
                "--emit-profile-of=DEVICE");
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
