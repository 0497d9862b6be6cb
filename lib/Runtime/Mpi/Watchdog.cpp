//===- Watchdog.cpp - Says how a process ended that cannot say it ---------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Runtime/Mpi/Watchdog.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <csignal>
#include <new>

#include <sys/mman.h>
#include <unistd.h>

using namespace onnx_split;
using namespace onnx_split::runtime;

static Activity *activity;

Activity &runtime::getActivity() {
  static Activity unshared;
  return activity ? *activity : unshared;
}

std::string runtime::describeRole(const ExecutionPlan &plan, int rank) {
  if (rank < 0 || rank >= plan.countRanks())
    return "rank " + std::to_string(rank);
  ExecutionPlan::Role role = plan.roles[rank];
  return "stage " + std::to_string(role.stage) + " on '" + plan.deviceOf(role) +
         "'";
}

/// `others`: how many wires more are meant.
static std::string describe(const ExecutionPlan &plan, int index,
                            size_t others) {
  const ExecutionPlan::Wire &wire = plan.wires[index];
  auto end = [&](int64_t number) {
    const ExecutionPlan::Stage &stage = plan.stages[number];
    std::string text = "stage " + std::to_string(number) + " on '";
    for (int64_t turn = 0; turn < stage.countDevices(); ++turn)
      text += (turn > 0 ? "', '" : "") + stage.deviceOf(turn);
    return text + "'";
  };
  return "wire '" + wire.name + "' (tensor '" + wire.tensor + "')" +
         (others == 0   ? ""
          : others == 1 ? " and 1 other"
                        : " and " + std::to_string(others) + " others") +
         " from " + end(wire.from) + " to " + end(wire.to);
}

std::string runtime::describeWire(const ExecutionPlan &plan, int index) {
  return describe(plan, index, /*others=*/0);
}

std::string runtime::describeGroup(const ExecutionPlan &plan, int index) {
  const std::vector<int> &wires = plan.groups[index].wires;
  return describe(plan, wires.front(), wires.size() - 1);
}

void runtime::quietWatchdog() { getActivity().quiet = true; }

/// The parent was asked to end: whoever asked knows why.
static void onTerminate(int signal) {
  getActivity().quiet = true;
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

[[noreturn]] static void watch(int pipe, const ExecutionPlan *plan) {
  // It outlives the group that mpirun ends, for the moment that it takes. The
  // parent may be stopped, and then not hear that it was asked to end.
  std::signal(SIGHUP, SIG_IGN);
  for (int signal : {SIGTERM, SIGINT})
    std::signal(signal, [](int) { activity->quiet = true; });
  char byte;
  while (::read(pipe, &byte, 1) < 0 && errno == EINTR)
    ;
  if (!activity->quiet) {
    int rank = activity->rank;
    std::string text = "onnx-split-run: error: ";
    text += plan ? describeRole(*plan, rank) : "rank " + std::to_string(rank);
    text += " ended without a word: it was killed, or its memory ran out";
    if (int64_t item = activity->item; item >= 0)
      text += "; it was at item " + std::to_string(item);
    if (int group = activity->waitsFor; plan && group >= 0)
      text += ", waiting for " + describeGroup(*plan, group);
    text += "\n";
    // One write, so that the lines of several processes do not mix.
    if (::write(STDERR_FILENO, text.data(), text.size()) < 0)
      ::_exit(1);
  }
  ::_exit(0);
}

void runtime::startWatchdog(const ExecutionPlan *plan) {
  void *shared = ::mmap(nullptr, sizeof(Activity), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int ends[2];
  if (shared == MAP_FAILED || ::pipe(ends) != 0)
    return;
  activity = new (shared) Activity;
  pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[1]);
    watch(ends[0], plan);
  }
  ::close(ends[0]);
  // The writing end stays open as long as this process lives.
  std::signal(SIGTERM, onTerminate);
  std::signal(SIGINT, onTerminate);
}
