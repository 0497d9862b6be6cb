//===- StageRun.cpp - One rank of a run -----------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StageRun.h"

#include "onnx-split/Runtime/Inputs.h"
#include "onnx-split/Runtime/Mpi/Watchdog.h"
#include "onnx-split/Runtime/TensorFiles.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <chrono>
#include <thread>

using namespace onnx_split;
using namespace onnx_split::runtime;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;

/// Events of one rank that a trace keeps; the first ones, of which a person
/// looks at some hundreds.
static constexpr size_t MaxTrace = 20000;

/// How many of the first `items` a role runs: number r of n replicas those that
/// are r modulo n.
static int64_t countLocal(int64_t items, ExecutionPlan::Role role,
                          const ExecutionPlan &plan) {
  int64_t replicas = plan.stages[role.stage].countDevices();
  return (items - role.replica + replicas - 1) / replicas;
}

/// The stage whose part gives the scores of tokens; -1 where none does.
static int findScores(const ExecutionPlan &plan) {
  for (auto [index, stage] : llvm::enumerate(plan.stages))
    if (llvm::is_contained(stage.outputs, ScoresName))
      return int(index);
  return -1;
}

StageRun::StageRun(const ExecutionPlan &executed, const RunOptions &settings,
                   int rank, MPI_Comm ofWires, MPI_Comm ofTokens)
    : plan(executed), options(settings), role(executed.roles[rank]),
      items(settings.items + settings.warmup),
      localItems(countLocal(items, role, executed)),
      localWarmup(countLocal(settings.warmup, role, executed)),
      wires(executed, rank, ofWires, localItems, settings.emulate),
      waker(/*overSockets=*/countLocalRanks() == 1) {
  if (int64_t tokens = options.generation.tokens) {
    schedule.emplace(options.generation, options.sequences, options.warmup);
    localWarmup = options.warmup + options.sequences;
    int64_t wayBack = std::max<int64_t>(0, plan.roundTripNs - plan.latencyNs);
    int source = std::max(0, findScores(plan));
    tokenWires.emplace(ofTokens, int(plan.stages[source].rank),
                       options.emulate == Emulation::None ? 0 : wayBack);
    // Until the last is known, nobody knows how many there will be.
    tokenTimes.reserve(options.warmup + options.sequences * tokens);
    // Prompts have larger messages; but where there is nothing else, they
    // count.
    wires.firstCounted = tokens > 1 ? localWarmup : options.warmup;
  }
  if (role.stage != 0 || options.rate <= 0)
    return;
  ArrivalTimes times(options.arrivals, options.rate, options.arrivalSeed);
  if (options.queue)
    queue.emplace(std::move(times), options.queue);
  else
    arrivals.emplace(std::move(times));
}

//===----------------------------------------------------------------------===//
// Before the first item
//===----------------------------------------------------------------------===//

/// Why the part is not what the plan names, or nothing.
static std::string findStale(Session &part, const ExecutionPlan &plan,
                             ExecutionPlan::Role role) {
  auto differs = [&](llvm::StringRef key, llvm::StringRef wanted) {
    std::string found = part.getMetadata(key);
    return found == wanted ? ""
                           : (key + " is '" + found +
                              "' where the plan says '" + wanted + "'")
                                 .str();
  };
  std::string why = differs("onnx_split.stage", std::to_string(role.stage));
  if (why.empty())
    why = differs("onnx_split.source_digest", plan.sourceDigest);
  return why;
}

/// What the options say of the device, or of all, or what the plan says.
static Provider chooseProvider(const ExecutionPlan &plan,
                               ExecutionPlan::Role role,
                               const RunOptions &options) {
  for (const std::string &device : {plan.deviceOf(role), std::string()})
    if (auto given = options.providers.find(device);
        given != options.providers.end())
      return given->second;
  const ExecutionPlan::Provider &planned =
      plan.stages[role.stage].providerOf(role.replica);
  return planned.name.empty() ? Provider()
                              : Provider{planned.name, planned.options};
}

/// With --strict, a provider has to take all.
Error StageRun::checkAssignment() const {
  if (!options.strictProviders || provider.isCpu())
    return Error::success();
  const std::optional<NodeAssignment> &assignment = getAssignment();
  if (!assignment)
    return createStringError("--strict: ONNX Runtime " + getRuntimeVersion() +
                             " does not say which nodes a provider takes; 1.24 "
                             "does");
  std::string why = assignment->describe(provider.name);
  return why.empty() ? Error::success() : createStringError("--strict: " + why);
}

Error StageRun::prepare() {
  startRuntime();
  figures.baseBytes = peakResidentBytes();
  const ExecutionPlan::Stage &stage = plan.stages[role.stage];
  llvm::SmallString<256> path(llvm::sys::path::parent_path(options.plan));
  llvm::sys::path::append(path, stage.file);
  if (!llvm::sys::fs::exists(path))
    return createStringError("the part '" + path +
                             "' is missing; copy the folder of the plan here");
  SessionOptions sessionOptions;
  sessionOptions.optimise = options.optimise;
  sessionOptions.threads = options.threads;
  sessionOptions.provider = provider = chooseProvider(plan, role, options);
  auto loaded = Session::load(path, sessionOptions);
  if (!loaded)
    return loaded.takeError();
  session.emplace(std::move(*loaded));
  if (std::string why = findStale(*session, plan, role); !why.empty())
    return createStringError("'" + path + "' is not of this plan: " + why);
  if (Error error = checkAssignment())
    return error;
  if (Error error = wires.prepare(*session))
    return error;

  if (Error error = states.prepare(plan, stage, *session, options))
    return error;
  if (Error error = makeGiven())
    return error;
  for (int slot = 0; slot < Slots; ++slot)
    bindings.emplace_back(session->get());
  // Touched before the run, so that a long one needs no more memory at its end.
  if (role.stage == 0)
    dues.assign(localItems, 0);
  ends.assign(localItems, 0);
  if (!tokenWires || !tokenWires->isSource())
    return Error::success();
  const Port *port = llvm::find_if(session->getOutputs(), [](const Port &p) {
    return p.name == ScoresName;
  });
  if (port == session->getOutputs().end())
    return createStringError("no output '" + ScoresName +
                             "' scores tokens; --generate needs it");
  scores = port - session->getOutputs().begin();
  for (int64_t sequence = 0; sequence < options.sequences; ++sequence)
    choices.emplace_back(options.generation.sampling, sequence);
  return Error::success();
}

/// Whether the user gives the input a value; a folder may.
static bool isInFiles(llvm::StringRef name, const InputOptions &inputs) {
  return llvm::any_of(inputs.files, [&](llvm::StringRef file) {
    return splitNameAndFile(file).first == name ||
           llvm::sys::fs::is_directory(file);
  });
}

/// Makes the inputs of the model that neither a wire nor the item before
/// brings. Where tokens are generated, random ones would make no sense.
Error StageRun::makeGiven() {
  std::vector<Port> ports;
  for (const Port &port : session->getInputs())
    if (!states.owns(port.name) &&
        llvm::none_of(plan.wires, [&](const ExecutionPlan::Wire &wire) {
          return wire.to == role.stage && wire.name == port.name;
        }))
      (schedule && isStepInput(port.name) ? stepPorts : ports).push_back(port);
  dimNames = listDimNames(ports);
  for (const InputOptions &set : options.inputs) {
    for (const Port &port : ports)
      if (schedule && !isInFiles(port.name, set))
        return createStringError("--generate does not know what the input '" +
                                 port.name + "' takes: give it with --input " +
                                 port.name +
                                 "=FILE or, if it is state, plan with --state");
    auto values = makeInputs(ports, plan.interface.inputs, set);
    if (!values)
      return values.takeError();
    given.push_back(std::move(*values));
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// The thread that computes
//===----------------------------------------------------------------------===//

/// Items without tokens are of the sequences in turn, beginning with the first
/// measured one.
int64_t StageRun::sequenceOf(int64_t local) {
  if (schedule) {
    std::lock_guard<std::mutex> lock(mutex);
    return schedule->sequenceOf(local);
  }
  int64_t item = wires.globalItem(local) - options.warmup;
  return (item % options.sequences + options.sequences) % options.sequences;
}

/// Binds what the step of the item makes of tokens.
Error StageRun::bindStep(Ort::IoBinding &binding, int64_t local) {
  if (stepPorts.empty())
    return Error::success();
  std::pair<std::vector<int64_t>, int64_t> step;
  {
    std::lock_guard<std::mutex> lock(mutex);
    step = schedule->stepOf(local);
  }
  for (const Port &port : stepPorts) {
    auto value = makeStepInput(port, {step.first, step.second});
    if (!value)
      return value.takeError();
    binding.BindInput(port.name.c_str(), *value);
  }
  return Error::success();
}

/// Binds what the wires brought for the item, and the inputs of the model, of
/// which data sets take turns.
Error StageRun::bindInputs(Ort::IoBinding &binding, int64_t local) {
  if (Error error = wires.unpack(local))
    return error;
  for (const InMessage &input : wires.getInputs())
    for (auto [wire, value] :
         llvm::zip(plan.groups[input.group].wires, input.values[local % Slots]))
      binding.BindInput(plan.wires[wire].name.c_str(), value);
  if (!states.isEmpty()) {
    if (local == (schedule ? options.warmup : localWarmup))
      states.restart();
    if (Error error = states.bind(binding, sequenceOf(local)))
      return error;
  }
  if (Error error = bindStep(binding, local))
    return error;
  // The first timed item takes the first set, whatever went before it.
  auto sets = int64_t(given.size());
  int64_t set = (wires.globalItem(local) - options.warmup) % sets;
  for (const auto &[name, value] : given[set < 0 ? set + sets : set])
    binding.BindInput(name.c_str(), value);
  return Error::success();
}

/// Puts what was computed where it is sent from, and keeps what the next item
/// of the sequence needs.
Error StageRun::takeOutputs(const Ort::IoBinding &binding, int64_t local) {
  std::vector<Ort::Value> results = binding.GetOutputValues();
  if (Error error = wires.pack(results, local))
    return error;
  if (!choices.empty())
    if (Error error = chooseToken(results, local))
      return error;
  if (!options.saveOutputs.empty() && wires.globalItem(local) >= options.warmup)
    if (Error error = saveOutputs(results, local))
      return error;
  if (!states.isEmpty())
    states.keep(results, sequenceOf(local));
  return Error::success();
}

/// The other thread tells all ranks.
Error StageRun::chooseToken(llvm::ArrayRef<Ort::Value> results, int64_t local) {
  auto token = choices[sequenceOf(local)].choose(results[scores]);
  if (!token)
    return token.takeError();
  // Draws of the first sequence begin behind the warm-up.
  if (local + 1 == options.warmup)
    choices.front() = TokenChoice(options.generation.sampling, 0);
  std::lock_guard<std::mutex> lock(mutex);
  chosen.push_back(*token);
  return Error::success();
}

/// Saves outputs of the model.
Error StageRun::saveOutputs(llvm::ArrayRef<Ort::Value> results, int64_t local) {
  for (auto [port, value] : llvm::zip(session->getOutputs(), results)) {
    auto output = llvm::find(plan.interface.outputs, port.name);
    if (output == plan.interface.outputs.end())
      continue;
    llvm::SmallString<256> path(options.saveOutputs);
    llvm::sys::path::append(
        path, "item_" + llvm::Twine(wires.globalItem(local) - options.warmup));
    if (std::error_code error = llvm::sys::fs::create_directories(path))
      return createStringError(path + ": cannot create: " + error.message());
    llvm::sys::path::append(
        path, "output_" + llvm::Twine(output - plan.interface.outputs.begin()) +
                  (options.saveAsNumpy ? ".npy" : ".pb"));
    if (Error error = writeValue(path, value, port.name))
      return error;
  }
  return Error::success();
}

/// Runs one item in its slot, from and to the buffers of the wires where their
/// sizes are known. What else ONNX Runtime has made for it is dropped at the
/// end: the plan counts the message, and no copy of it.
Error StageRun::computeItem(int64_t local) {
  Ort::IoBinding &binding = bindings[local % Slots];
  Error bound = guardedSteps("cannot bind", [&]() -> Error {
    if (Error error = bindInputs(binding, local))
      return error;
    auto memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeCPU);
    for (auto [number, port] : llvm::enumerate(session->getOutputs())) {
      const Ort::Value *view = wires.viewOf(number, local);
      if (!view && !states.isEmpty())
        view = states.bufferOf(number, sequenceOf(local));
      if (view)
        binding.BindOutput(port.name.c_str(), *view);
      else
        binding.BindOutput(port.name.c_str(), memory);
    }
    return Error::success();
  });
  if (bound)
    return bound;
  int64_t begin = hostNow(), cpu = threadCpuNs();
  if (Error error = session->run(binding))
    return error;
  int64_t end = hostNow();
  if (role.stage == 0 && options.rate <= 0)
    dues[local] = begin + clockOffset;
  ends[local] = end + clockOffset;
  if (local >= localWarmup) {
    computeNs.add(end - begin);
    computeCpuNs += threadCpuNs() - cpu;
  }
  if (trace.size() < trace.capacity())
    trace.push_back({TraceEvent::Compute, wires.globalItem(local), -1,
                     begin + clockOffset, ends[local]});
  return guardedSteps("outputs", [&]() -> Error {
    if (Error error = takeOutputs(binding, local))
      return error;
    binding.ClearBoundInputs();
    binding.ClearBoundOutputs();
    wires.release(local);
    return Error::success();
  });
}

/// Waits until the item is due, where items have a rate and this is the first
/// stage. The latency of one that was due before counts from then on: whoever
/// sent it does not know that the stage was busy.
void StageRun::awaitArrival(int64_t local) {
  if (!arrivals && !queue)
    return;
  // The stage is free from the start on, before it gets here.
  int64_t free = local == 0 ? 0 : hostNow() + clockOffset - start;
  int64_t lostBefore = queue ? queue->countLost() : 0;
  // Items of all replicas are of one source.
  int64_t due =
      queue ? queue->take(free) : arrivals->at(wires.globalItem(local));
  if (queue && local >= localWarmup)
    figures.lostItems += queue->countLost() - lostBefore;
  dues[local] = start + due;
  if (int64_t early = dues[local] - clockOffset - hostNow(); early > 0)
    std::this_thread::sleep_for(std::chrono::nanoseconds(early));
}

/// Waits until an item is known, its inputs are there, and the one before it in
/// its slot has left. False where it will not come.
bool StageRun::awaitItem(int64_t local) {
  int64_t before = hostNow();
  std::unique_lock<std::mutex> lock(mutex);
  auto isKnown = [&] { return !schedule || schedule->countKnown() > local; };
  canCompute.wait(lock, [&] {
    return stop || (isKnown() ? arrived > local : schedule->isOver());
  });
  int64_t ready = hostNow();
  canCompute.wait(lock, [&] { return stop || sent + Slots > local; });
  if (stop || !isKnown())
    return false;
  if (local >= localWarmup) {
    waitNs.add(ready - before);
    sendWaitNs.add(hostNow() - ready);
  }
  return true;
}

/// The thread that computes. An error ends it and is said by the other thread.
void StageRun::compute() {
  for (int64_t local = 0; local < localItems; ++local) {
    if (!awaitItem(local))
      return;
    awaitArrival(local);
    getActivity().item = wires.globalItem(local);
    Error error = computeItem(local);
    std::lock_guard<std::mutex> lock(mutex);
    if (error) {
      failure = "item " + std::to_string(wires.globalItem(local)) + ": " +
                llvm::toString(std::move(error));
      waker.notify();
      return;
    }
    computed = local + 1;
    waker.notify();
  }
}

//===----------------------------------------------------------------------===//
// The loop that communicates
//===----------------------------------------------------------------------===//

Error StageRun::stalled(int group) const {
  bool receives = plan.groups[group].to == role.stage;
  return createStringError(
      describeGroup(plan, group) + ": nothing " +
      (receives ? "came" : "could be sent") + " for " +
      llvm::Twine(int64_t(options.timeoutSeconds * 1000)) +
      " ms; the link, or the stage at its other end, has stalled. If an item "
      "may take that long, give more with --timeout");
}

/// A token is known here: there may be a further item.
void StageRun::learn(int64_t token) {
  lastToken = hostNow();
  tokenTimes.push_back(lastToken + clockOffset);
  std::lock_guard<std::mutex> lock(mutex);
  schedule->add(token);
  canCompute.notify_one();
}

/// Tells and hears of tokens. True if something moved.
Expected<bool> StageRun::moveTokens(int64_t done) {
  if (!tokenWires)
    return false;
  bool any = false;
  int64_t known = schedule->countTokens();
  if (tokenWires->isSource()) {
    for (; known < done; ++known, any = true) {
      int64_t token;
      {
        std::lock_guard<std::mutex> lock(mutex);
        token = chosen[known];
      }
      tokenWires->send(known, token);
      learn(token);
    }
    Expected<bool> left = tokenWires->progress();
    if (!left)
      return left;
    return any || *left;
  }
  while (!schedule->isOver()) {
    Expected<std::optional<int64_t>> token = tokenWires->receive(known);
    if (!token)
      return token.takeError();
    if (!*token)
      break;
    learn(**token);
    ++known;
    any = true;
  }
  if (!schedule->isOver() &&
      hostNow() - lastToken > int64_t(options.timeoutSeconds * 1e9) * 2)
    return createStringError(
        "no token came for " +
        llvm::Twine(int64_t(options.timeoutSeconds * 2000)) +
        " ms; if a step may take that long, give more with --timeout");
  return any;
}

/// The loop of the thread that calls MPI, until all items are computed and
/// sent. It alone changes `arrived`, `sent` and the schedule, as the other
/// thread does `computed`.
Error StageRun::communicate() {
  int64_t sendsBegun = 0, lastLine = hostNow();
  auto timeout = int64_t(options.timeoutSeconds * 1e9);
  while (true) {
    int64_t done;
    {
      std::lock_guard<std::mutex> lock(mutex);
      if (!failure.empty())
        return createStringError(failure);
      done = computed;
    }
    Expected<bool> tokensMoved = moveTokens(done);
    if (!tokensMoved)
      return tokensMoved.takeError();
    int64_t end = schedule ? schedule->countKnown() : localItems;
    wires.post(std::min(done + Slots, end));
    bool any = *tokensMoved || sendsBegun < done;
    for (; sendsBegun < done; ++sendsBegun)
      wires.send(sendsBegun, clockOffset);
    auto progressed = wires.progress(clockOffset);
    if (!progressed)
      return progressed.takeError();
    any |= *progressed;
    if (any) {
      std::lock_guard<std::mutex> lock(mutex);
      arrived = wires.countArrived();
      sent = wires.countSent();
      canCompute.notify_one();
    }
    if (done == end && wires.countSent() >= end &&
        (!schedule || (schedule->isOver() && !tokenWires->isSending())))
      return Error::success();
    getActivity().waitsFor = wires.findAwaited();
    if (int group = wires.findStalled(timeout, failedSince); group >= 0)
      return stalled(group);
    if (options.progress && role.replica == 0 &&
        role.stage + 1 == int(plan.stages.size()) &&
        hostNow() - lastLine > 1'000'000'000) {
      lastLine = hostNow();
      llvm::errs() << "onnx-split-run: item " << wires.globalItem(done)
                   << " of " << items << "\n";
    }
    waker.wait(any,
               wires.isSending() || (tokenWires && tokenWires->isSending()),
               std::min(wires.nextDeadline(),
                        tokenWires ? tokenWires->nextDeadline() : INT64_MAX));
  }
}

Error StageRun::run(int64_t offset, int64_t startNs) {
  clockOffset = offset;
  start = startNs;
  // Two threads add events, each to its own.
  if (options.keepsTrace()) {
    trace.reserve(MaxTrace);
    received.reserve(MaxTrace);
    wires.onReceive = [this](int group, int64_t item, int64_t sentNs,
                             int64_t arrivedNs) {
      if (received.size() < MaxTrace)
        received.push_back(
            {TraceEvent::Receive, item, group, sentNs, arrivedNs});
    };
  }
  lastToken = hostNow();
  // All items, where nothing is ever under way.
  arrived = wires.countArrived();
  sent = wires.countSent();
  int64_t cpu = threadCpuNs();
  std::thread thread([this] { compute(); });
  Error error = communicate();
  {
    std::lock_guard<std::mutex> lock(mutex);
    stop = true;
    canCompute.notify_one();
  }
  // A run inside ONNX Runtime cannot be ended; the process is about to.
  if (error) {
    thread.detach();
    failedSince = (failedSince ? failedSince : hostNow()) + clockOffset;
    return error;
  }
  thread.join();
  llvm::append_range(trace, received);
  // A stop token ends a run before the most that there can be.
  if (schedule)
    localItems = schedule->countKnown();
  int64_t measured = std::max<int64_t>(1, computeNs.getCount());
  figures.computeNs = computeNs.getMean();
  figures.computeCpuNs = computeCpuNs / measured;
  figures.communicationCpuNs =
      (threadCpuNs() - cpu) / std::max<int64_t>(1, localItems);
  figures.waitNs = waitNs.getMean();
  figures.sendWaitNs = sendWaitNs.getMean();
  figures.residentBytes = peakResidentBytes();
  figures.messagesSent = wires.countMessages();
  figures.stateBytes = states.largestBytes();
  if (schedule) {
    ends.resize(localItems);
    if (role.stage == 0)
      dues.resize(localItems);
  }
  return Error::success();
}
