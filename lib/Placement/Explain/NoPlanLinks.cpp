//===- NoPlanLinks.cpp - Links that a plan would need ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NoPlan.h"

#include "../Text.h"

#include <algorithm>

using namespace onnx_split::placement;

void Explainer::missingLinks() {
  for (const Tensor &tensor : p.tensors) {
    int32_t from =
        tensor.producer == None ? p.ingress : p.tasks[tensor.producer].pin;
    if (from == None)
      continue;
    for (int32_t reader : tensor.consumers) {
      int32_t to = p.tasks[reader].pin;
      if (to == None || linked(from, to))
        continue;
      say("tensor " + quoted(tensor.name) + " goes from device " +
          quoted(device(from)) + " to " + quoted(device(to)) +
          ", which are not linked");
      break;
    }
  }
  auto count = [&](auto &&has) {
    int64_t number = 0;
    for (size_t d = 0; d < p.devices.size(); ++d)
      number += has(static_cast<int32_t>(d));
    return number;
  };
  if (p.ingress != None && p.devices.size() > 1 &&
      count([&](int32_t d) { return linked(p.ingress, d); }) == 1)
    say("the ingress device " + quoted(device(p.ingress)) +
        " has no link to any other device");
  if (p.egress != None && p.devices.size() > 1 &&
      count([&](int32_t d) { return linked(d, p.egress); }) == 1)
    say("no other device has a link to the egress device " +
        quoted(device(p.egress)));
  int64_t numLinks = 0;
  for (size_t d = 0; d < p.devices.size(); ++d)
    numLinks += count([&](int32_t to) {
      return static_cast<int32_t>(d) != to &&
             linked(static_cast<int32_t>(d), to);
    });
  if (numLinks == 0 && p.devices.size() > 1)
    say("none of the " + std::to_string(p.devices.size()) +
        " devices is linked to another one");
}

/// A pinned node needs results of another one, but no chain of links leads from
/// the one's device to the other's.
void Explainer::unreachablePins() {
  size_t numDevices = p.devices.size();
  std::vector<char> isPinned(numDevices, 0);
  for (const Task &task : p.tasks)
    if (task.pin != None)
      isPinned[task.pin] = 1;
  for (size_t d = 0; d < numDevices && !isOver(); ++d) {
    if (!isPinned[d])
      continue;
    int32_t start = static_cast<int32_t>(d);
    // A pinned task before each task, or None.
    std::vector<int32_t> from(p.tasks.size(), None);
    for (size_t t = 0; t < p.tasks.size(); ++t)
      if (p.tasks[t].pin == start)
        from[t] = static_cast<int32_t>(t);
    std::vector<char> isReached(numDevices, 0);
    std::vector<int32_t> queue{start};
    isReached[d] = 1;
    for (size_t i = 0; i < queue.size(); ++i)
      for (size_t to = 0; to < numDevices; ++to)
        if (!isReached[to] && linked(queue[i], static_cast<int32_t>(to))) {
          isReached[to] = 1;
          queue.push_back(static_cast<int32_t>(to));
        }
    for (size_t t = 0; t < p.tasks.size(); ++t) {
      int32_t pin = p.tasks[t].pin;
      if (from[t] != None && pin != None && !isReached[pin]) {
        say("node " + quoted(p.tasks[t].name) + " on device " +
            quoted(device(pin)) + " needs results of node " +
            quoted(p.tasks[from[t]].name) + " on device " +
            quoted(device(start)) +
            ", but no chain of links leads from there to it; a link from " +
            quoted(device(start)) + " to " + quoted(device(pin)) +
            " is missing");
        break;
      }
      if (from[t] != None)
        for (int32_t x : graph.madeBy(static_cast<int32_t>(t)))
          for (int32_t reader : p.tensors[x].consumers)
            if (from[reader] == None)
              from[reader] = from[t];
    }
  }
}

/// Devices that no link joins, in either direction, cannot work together.
void Explainer::separateGroups() {
  size_t numDevices = p.devices.size();
  std::vector<int32_t> group(numDevices, None);
  std::vector<std::string> names;
  for (size_t d = 0; d < numDevices; ++d) {
    if (group[d] != None)
      continue;
    std::vector<int32_t> members{static_cast<int32_t>(d)};
    group[d] = static_cast<int32_t>(names.size());
    for (size_t i = 0; i < members.size(); ++i)
      for (size_t to = 0; to < numDevices; ++to) {
        int32_t other = static_cast<int32_t>(to);
        if (group[to] == None &&
            (linked(members[i], other) || linked(other, members[i]))) {
          group[to] = group[d];
          members.push_back(other);
        }
      }
    std::sort(members.begin(), members.end());
    constexpr size_t most = 6;
    std::string text;
    for (size_t i = 0; i < std::min(most, members.size()); ++i)
      text += (i > 0 ? ", " : "") + quoted(device(members[i]));
    if (members.size() > most)
      text += " and " + std::to_string(members.size() - most) + " more";
    names.push_back(std::move(text));
  }
  // Not linked at all has been said before.
  if (names.size() < 2 || names.size() == numDevices)
    return;
  std::string text = "the devices fall into " + std::to_string(names.size()) +
                     " groups without links between them:";
  constexpr size_t most = 5;
  for (size_t i = 0; i < std::min(most, names.size()); ++i)
    text += (i > 0 ? "; " : " ") + names[i];
  say(text + (names.size() > most ? "; ..." : ""));
}
