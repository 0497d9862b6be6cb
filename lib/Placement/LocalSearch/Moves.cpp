//===- Moves.cpp - Small changes of a plan --------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Moves.h"

#include "../Tables/Atoms.h"

#include <algorithm>
#include <unordered_set>

using namespace onnx_split::placement;

/// Moving more tasks at once than this is left to probing.
static constexpr int32_t MostTasks = 4096;

Moves::Moves(Loads &planLoads, bool fixedOrder, uint64_t seed)
    : loads(planLoads), p(loads.problem()), keepOrder(fixedOrder),
      atoms(atomsOf(p, keepOrder,
                    [](const Tensor &tensor) { return !tensor.canCut; })),
      random(seed) {}

//===----------------------------------------------------------------------===//
// Doing
//===----------------------------------------------------------------------===//

/// Whole atoms, so that none is torn.
void Moves::moveTasks(const std::vector<int32_t> &list, int32_t stage) {
  for (int32_t task : list)
    for (int32_t t : atoms.tasks[atoms.atomOf[task]]) {
      left.push_back(loads.stageOf(t));
      loads.moveTask(t, stage);
    }
}

/// Stages from which all tasks have gone.
void Moves::dropEmpty() {
  std::sort(left.begin(), left.end());
  left.erase(std::unique(left.begin(), left.end()), left.end());
  for (int32_t stage : left)
    if (loads.tasksOf(stage).empty())
      loads.removeStage(stage);
  left.clear();
}

void Moves::apply(const Move &move) {
  change(move);
  dropEmpty();
}

void Moves::change(const Move &move) {
  switch (move.kind) {
  case Move::Kind::Shift: {
    const std::vector<int32_t> &here = loads.tasksOf(move.a);
    bool isLast = loads.positionOf(move.b) > loads.positionOf(move.a);
    // From the end, so that little is shifted in the list of the stage.
    std::vector<int32_t> list(isLast ? here.end() - move.c : here.begin(),
                              isLast ? here.end() : here.begin() + move.c);
    std::reverse(list.begin(), list.end());
    moveTasks(list, move.b);
    return;
  }
  case Move::Kind::Atom:
    moveTasks({atoms.tasks[move.a].front()}, move.b);
    return;
  case Move::Kind::Cone: {
    int32_t stage = loads.stageOf(atoms.tasks[move.a].front());
    moveTasks(
        coneOf(move.a, loads.positionOf(move.b) > loads.positionOf(stage)),
        move.b);
    return;
  }
  case Move::Kind::Exchange: {
    int32_t first = atoms.tasks[move.a].front();
    int32_t second = atoms.tasks[move.b].front();
    int32_t stage = loads.stageOf(first);
    moveTasks({first}, loads.stageOf(second));
    moveTasks({second}, stage);
    return;
  }
  case Move::Kind::Device:
    loads.setDevice(move.a, move.b);
    return;
  case Move::Kind::Swap: {
    int32_t first = loads.deviceOf(move.a);
    loads.setDevice(move.a, loads.deviceOf(move.b));
    loads.setDevice(move.b, first);
    return;
  }
  case Move::Kind::Extract: {
    const std::vector<int32_t> &here = loads.tasksOf(move.a);
    std::vector<int32_t> middle(here.begin() + move.b,
                                here.begin() + move.b + move.c);
    std::vector<int32_t> rest(here.begin() + move.b + move.c, here.end());
    int32_t position = loads.positionOf(move.a) + (move.b > 0);
    int32_t stage = loads.insertStage(position, move.d);
    // From the end, so that little is shifted in the list of a large stage.
    if (rest.empty() && move.b > MostTasks)
      std::reverse(middle.begin(), middle.end());
    moveTasks(middle, stage);
    if (!rest.empty() && move.b > 0) {
      int32_t behind = loads.insertStage(position + 1, loads.deviceOf(move.a));
      moveTasks(rest, behind);
    }
    return;
  }
  case Move::Kind::Reverse:
    for (int32_t i = move.a, j = move.b; i < j; ++i, --j) {
      int32_t first = loads.order()[i], second = loads.order()[j];
      int32_t device = loads.deviceOf(first);
      loads.setDevice(first, loads.deviceOf(second));
      loads.setDevice(second, device);
    }
    return;
  }
}

/// What of its stage the atom leads to, or what leads to it, with itself: one
/// task of each atom.
std::vector<int32_t> Moves::coneOf(int32_t atom, bool forward) const {
  int32_t stage = loads.stageOf(atoms.tasks[atom].front());
  std::vector<int32_t> cone = {atoms.tasks[atom].front()};
  std::unordered_set<int32_t> seen = {atom};
  auto add = [&](int32_t task) {
    if (task != None && loads.stageOf(task) == stage &&
        seen.insert(atoms.atomOf[task]).second)
      cone.push_back(task);
  };
  for (size_t i = 0; i < cone.size(); ++i)
    for (int32_t t : atoms.tasks[atoms.atomOf[cone[i]]]) {
      if (forward) {
        for (int32_t x : loads.madeBy(t))
          for (int32_t reader : p.tensors[x].consumers)
            add(reader);
      } else {
        for (int32_t x : loads.readBy(t))
          add(p.tensors[x].producer);
      }
    }
  return cone;
}

//===----------------------------------------------------------------------===//
// Choosing
//===----------------------------------------------------------------------===//

/// An unused device if there is one, or, where devices may be revisited, any.
/// None: there is none.
int32_t Moves::anyDevice() {
  for (int32_t tries = 0; tries < 32; ++tries) {
    int32_t device = below(p.devices.size());
    if (p.revisit || loads.stagesOn(device).empty())
      return device;
  }
  return None;
}

/// 1, 2, 4, ... tasks and all of them: large steps do what coarser tasks would.
void Moves::addShifts(int32_t stage, std::vector<Move> &moves) {
  int32_t position = loads.positionOf(stage);
  int32_t size = static_cast<int32_t>(loads.tasksOf(stage).size());
  int32_t numStages = static_cast<int32_t>(loads.order().size());
  for (int32_t next : {position - 1, position + 1}) {
    if (next < 0 || next >= numStages)
      continue;
    int32_t other = loads.order()[next];
    int32_t otherSize = static_cast<int32_t>(loads.tasksOf(other).size());
    for (int32_t k = 1; k < size && k <= MostTasks; k *= 2)
      moves.push_back({Move::Kind::Shift, stage, other, k, None});
    for (int32_t k = 1; k < otherSize && k <= MostTasks; k *= 2)
      moves.push_back({Move::Kind::Shift, other, stage, k, None});
    if (size <= MostTasks)
      moves.push_back({Move::Kind::Shift, stage, other, size, None});
    if (otherSize <= MostTasks)
      moves.push_back({Move::Kind::Shift, other, stage, otherSize, None});
  }
}

/// The positions between the neighbours of the atom in the graph.
Moves::Range Moves::rangeOf(int32_t atom) const {
  Range range = {0, static_cast<int32_t>(loads.order().size()) - 1};
  for (int32_t t : atoms.tasks[atom]) {
    for (int32_t x : loads.readBy(t))
      if (int32_t from = p.tensors[x].producer;
          from != None && atoms.atomOf[from] != atom)
        range.low = std::max(range.low, loads.positionOf(loads.stageOf(from)));
    for (int32_t x : loads.madeBy(t))
      for (int32_t reader : p.tensors[x].consumers)
        if (atoms.atomOf[reader] != atom)
          range.high =
              std::min(range.high, loads.positionOf(loads.stageOf(reader)));
  }
  return range;
}

/// To the nearest and the furthest stage that the neighbours in the graph
/// allow.
void Moves::addAtoms(int32_t stage, std::vector<Move> &moves) {
  const std::vector<int32_t> &here = loads.tasksOf(stage);
  constexpr size_t most = 48;
  size_t count = std::min(here.size(), most);
  size_t begin = here.size() > most ? below(here.size()) : 0;
  int32_t position = loads.positionOf(stage);
  for (size_t i = 0; i < count; ++i) {
    int32_t atom = atoms.atomOf[here[(begin + i) % here.size()]];
    auto [low, high] = rangeOf(atom);
    int32_t targets[] = {low, position - 1, position + 1, high};
    for (size_t k = 0; k < 4; ++k)
      if (int32_t to = targets[k]; to >= low && to <= high && to != position &&
                                   (k == 0 || to != targets[k - 1]))
        moves.push_back({Move::Kind::Atom, atom, loads.order()[to], 0, None});
  }
}

Wide Moves::timeOf(int32_t atom, int32_t stage) const {
  Wide time = 0;
  for (int32_t t : atoms.tasks[atom])
    time += p.timeOf(t, loads.deviceOf(stage));
  return time;
}

/// Of some atoms for one that takes a little less: of some in a stage that may
/// have the first one, the closest. What is in balance but for less than any
/// task takes gets no better otherwise.
void Moves::addExchanges(int32_t stage, std::vector<Move> &moves) {
  const std::vector<int32_t> &here = loads.tasksOf(stage);
  int32_t position = loads.positionOf(stage);
  constexpr size_t most = 24, tries = 8;
  for (size_t i = 0; i < std::min(here.size(), most); ++i) {
    int32_t atom = atoms.atomOf[here[below(here.size())]];
    auto [low, high] = rangeOf(atom);
    if (low >= high)
      continue;
    int32_t to = low + below(static_cast<size_t>(high - low));
    int32_t other = loads.order()[to < position ? to : to + 1];
    const std::vector<int32_t> &there = loads.tasksOf(other);
    Wide time = timeOf(atom, stage), closest = -1;
    int32_t best = None;
    for (size_t k = 0; k < tries; ++k) {
      int32_t candidate = atoms.atomOf[there[below(there.size())]];
      Range range = rangeOf(candidate);
      Wide itsTime = timeOf(candidate, stage);
      if (range.low <= position && position <= range.high && itsTime < time &&
          itsTime > closest) {
        closest = itsTime;
        best = candidate;
      }
    }
    if (best != None)
      moves.push_back({Move::Kind::Exchange, atom, best, 0, None});
  }
}

/// Of some atoms. They take apart what is beside each other in a stage, as
/// steps of a network that is unrolled over time.
void Moves::addCones(int32_t stage, std::vector<Move> &moves) {
  const std::vector<int32_t> &here = loads.tasksOf(stage);
  if (static_cast<int32_t>(here.size()) > MostTasks)
    return;
  int32_t position = loads.positionOf(stage);
  int32_t numStages = static_cast<int32_t>(loads.order().size());
  constexpr size_t most = 24;
  size_t count = std::min(here.size(), most);
  for (size_t i = 0; i < count; ++i) {
    int32_t atom = atoms.atomOf[here[below(here.size())]];
    for (int32_t next : {position - 1, position + 1})
      if (next >= 0 && next < numStages)
        moves.push_back({Move::Kind::Cone, atom, loads.order()[next], 0, None});
  }
}

void Moves::addDevices(int32_t stage, std::vector<Move> &moves) {
  constexpr size_t most = 24;
  size_t numDevices = p.devices.size(), numStages = loads.order().size();
  for (size_t i = 0; i < std::min(most, numDevices); ++i) {
    int32_t device = numDevices <= most ? static_cast<int32_t>(i) : anyDevice();
    if (device != None && device != loads.deviceOf(stage) &&
        (p.revisit || loads.stagesOn(device).empty()))
      moves.push_back({Move::Kind::Device, stage, device, 0, None});
  }
  for (size_t i = 0; i < std::min(most, numStages); ++i) {
    int32_t other = loads.order()[numStages <= most ? i : below(numStages)];
    if (other != stage)
      moves.push_back({Move::Kind::Swap, stage, other, 0, None});
  }
}

/// Parts of the stage for other devices. One per device means that they are at
/// its beginning or end.
void Moves::addExtracts(int32_t stage, std::vector<Move> &moves) {
  int32_t size = static_cast<int32_t>(loads.tasksOf(stage).size());
  for (int32_t k = 1; k < size && k <= MostTasks; k *= 2) {
    for (int32_t tries = 0; tries < 4; ++tries) {
      int32_t device = anyDevice();
      if (device == None)
        return;
      int32_t first = p.revisit        ? below(size - k + 1)
                      : tries % 2 == 0 ? 0
                                       : size - k;
      // What follows would move as well.
      if (first > 0 && size - first - k > MostTasks)
        first = size - k;
      moves.push_back({Move::Kind::Extract, stage, first, k, device});
    }
  }
}

void Moves::addReversals(int32_t stage, std::vector<Move> &moves) {
  int32_t position = loads.positionOf(stage);
  int32_t numStages = static_cast<int32_t>(loads.order().size());
  constexpr int32_t most = 12;
  for (int32_t i = 0; i < std::min(most, numStages); ++i) {
    int32_t other = numStages <= most ? i : below(numStages);
    // Of two it is a swap.
    if (std::abs(other - position) > 1 && std::abs(other - position) < 64)
      moves.push_back({Move::Kind::Reverse, std::min(other, position),
                       std::max(other, position), 0, None});
  }
}

std::vector<Move> Moves::around(const std::vector<int32_t> &stages,
                                size_t limit) {
  std::vector<Move> moves;
  for (int32_t stage : stages) {
    addShifts(stage, moves);
    addDevices(stage, moves);
    addExtracts(stage, moves);
    addReversals(stage, moves);
    if (!keepOrder) {
      addAtoms(stage, moves);
      addCones(stage, moves);
      addExchanges(stage, moves);
    }
  }
  for (size_t i = moves.size(); i > 1; --i)
    std::swap(moves[i - 1], moves[below(i)]);
  if (moves.size() > limit)
    moves.resize(limit);
  return moves;
}

Move Moves::any() {
  std::vector<Move> moves =
      around({loads.order()[below(loads.order().size())]}, 1);
  // With one stage, one device and one task there is nothing to do.
  return moves.empty() ? Move{Move::Kind::Device, loads.order().front(),
                              loads.deviceOf(loads.order().front()), 0, None}
                       : moves.front();
}
