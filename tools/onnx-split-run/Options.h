//===- Options.h - The command line -----------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Every option of onnx-split-run, and what all of its modes do with them.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_TOOLS_ONNX_SPLIT_RUN_OPTIONS_H
#define ONNX_SPLIT_TOOLS_ONNX_SPLIT_RUN_OPTIONS_H

#include "onnx-split/Runtime/InputOptions.h"
#include "onnx-split/Runtime/Mpi/RunPlan.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/CommandLine.h"

#include <optional>

namespace onnx_split {
namespace cl = llvm::cl;

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
  cl::opt<std::string> profileOf{
      "emit-profile-of", cl::value_desc("DEVICE"), cl::cat(category),
      cl::desc("Measure this machine alone as DEVICE, without mpirun, write "
               "DEVICE.json (or what --profile names), and print the lines for "
               "the cluster file")};
  cl::opt<std::string> model{
      "model", cl::value_desc("MODEL"), cl::cat(category),
      cl::desc("The model that --profile or --emit-profile-of measures")};
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
  cl::opt<runtime::ArrivalKind> arrivals{
      "arrivals",
      cl::init(runtime::ArrivalKind::Periodic),
      cl::cat(category),
      cl::value_desc("periodic|poisson"),
      cl::desc("How the items of --rate come: with equal times between them "
               "(default), or with random ones, as from many sources"),
      cl::values(clEnumValN(runtime::ArrivalKind::Periodic, "periodic",
                            "with equal times between them (default)"),
                 clEnumValN(runtime::ArrivalKind::Poisson, "poisson",
                            "with random times, as from many sources"))};
  cl::opt<int64_t> queue{
      "queue", cl::init(-1), cl::value_desc("Q"), cl::cat(category),
      cl::desc("Of the items of --rate, at most Q wait in front of the first "
               "stage; a further one is lost (default: all wait)")};
  cl::opt<runtime::Emulation> emulate{
      "emulate",
      cl::init(runtime::Emulation::None),
      cl::cat(category),
      cl::value_desc("none|latency|links"),
      cl::desc("Let senders keep messages, so that transfers take the times of "
               "the plan: not (default), for the latency, where the network "
               "has the rates, or until their link was free for them and then "
               "for the latency, for ranks on one machine"),
      cl::values(
          clEnumValN(runtime::Emulation::None, "none", "do not (default)"),
          clEnumValN(runtime::Emulation::Latency, "latency",
                     "for the latency, where the network has the rates"),
          clEnumValN(runtime::Emulation::Links, "links",
                     "until their link was free for them, and then for "
                     "the latency; for ranks on one machine"))};
  cl::opt<unsigned> threads{
      "threads", cl::init(0), cl::value_desc("N"), cl::cat(category),
      cl::desc("Threads of each part (default: the host's cores, shared among "
               "its ranks)")};
  cl::opt<runtime::Optimise> optimise{
      "optimise",
      cl::init(runtime::Optimise::All),
      cl::cat(category),
      cl::value_desc("all|extended|basic|off"),
      cl::desc("ONNX Runtime's graph optimisations: all (default), no new "
               "layouts, no fused operators, or none"),
      cl::values(
          clEnumValN(runtime::Optimise::All, "all", "all (default)"),
          clEnumValN(runtime::Optimise::Extended, "extended", "no new layouts"),
          clEnumValN(runtime::Optimise::Basic, "basic", "no fused operators"),
          clEnumValN(runtime::Optimise::Off, "off", "none"))};
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

/// What a command line asks for: to run a plan, to measure a cluster
/// (`--profile`), or this machine alone (`--emit-profile-of`).
enum class Mode { Run, Profile, ProfileOf };

Mode modeOf(const Options &options);

/// An error for an option that is given more often than it counts, or that has
/// no use in the mode.
llvm::Error checkUse(const Options &options);

/// Parses the command line, or answers it: then the exit status.
std::optional<int> readOptions(int argc, char **argv, Options &options);

/// The inputs that all modes take, without folders.
runtime::InputOptions makeInputOptions(const Options &options);

/// Says what is wrong before MPI has started, and returns the exit status.
/// Mostly every rank meets the same error, and the first to end makes mpirun
/// end the others: so rank 0 speaks, and the others only when it has not ended
/// them meanwhile.
int fail(const llvm::Twine &message);

/// Runs `work`, which returns the exit status, between MPI_Init and
/// MPI_Finalize, under a watchdog. `plan` gives the watchdog names of stages
/// and wires for its message; null where no plan is run.
int underMpi(int argc, char **argv, const ExecutionPlan *plan,
             llvm::function_ref<int()> work);

/// The modes: each returns the exit status.
int runPlanMode(const Options &options, int argc, char **argv);
int profileMode(const Options &options, int argc, char **argv);

} // namespace onnx_split

#endif // ONNX_SPLIT_TOOLS_ONNX_SPLIT_RUN_OPTIONS_H
