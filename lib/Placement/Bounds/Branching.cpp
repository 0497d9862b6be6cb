//===- Branching.cpp - One case after another -----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// LB11. Each better plan has an atom on one part of its domain or on the rest.
/// So the least bound of the two cases holds for all, and the case with the
/// least bound is split on (best first branch and bound, Land and Doig 1960).
///
//===----------------------------------------------------------------------===//

#include "Bounds.h"
#include "Relaxation.h"

#include "../Tables/DeviceGroups.h"

#include <algorithm>
#include <limits>
#include <map>

using namespace onnx_split::placement;

namespace {

using Set = Domains::Set;

using Case = OpenCases::Case;

/// One part of an atom's domain, against the rest.
struct Split {
  int32_t atom = None;
  Set part = 0;
  /// How heavy the atom is and how undecided, without a unit.
  double score = 0;
  /// The rest but for devices that change places with the part; known once the
  /// split is to be tried.
  Set rest = 0;
};

class Branching {
public:
  Branching(SearchState &ofSearch, SolutionClass boundedClass)
      : search(ofSearch), ofClass(boundedClass), p(ofSearch.problem), groups(p),
        domains(p, boundedClass <= SolutionClass::Contiguous, &ofSearch) {}

  /// What no plan with a bottleneck of at most the threshold is below; above
  /// the threshold: there is no such plan. The cases are all that can have one,
  /// and become those that are left. Gives up after so many in a row by which
  /// the least bound has not grown, and where they take too much memory.
  int64_t leastOf(OpenCases &cases, int64_t bottleneck, int64_t patience);

private:
  void examine(OpenCases &cases, Case allowed, int64_t bound);
  std::vector<Split> listSplits(const Relaxation &relaxation,
                                const LinearSolution &solution) const;
  std::vector<Set> partsOf(int32_t atom) const;
  Set exchangeable(Set part) const;
  std::vector<Case> casesOf(const Split &split, const Case &allowed,
                            const Atoms &atoms);
  size_t choicesLeft(const Case &narrowed) const;

  SearchState &search;
  const SolutionClass ofClass;
  const Problem &p;
  const DeviceGroups groups;
  Domains domains;
  int64_t threshold = 0;
};

} // namespace

/// Devices that change places with the only one of a part in any plan of the
/// case, that one among them: what can be with one of them can be with that
/// one. The part itself, if it has several.
Set Branching::exchangeable(Set part) const {
  if (part & (part - 1))
    return part;
  Set like = 0;
  int32_t device = lowest(part);
  for (int32_t d : groups.groups()[groups.groupOf(device)])
    like |= Set(1) << d;
  for (size_t a = 0; a < domains.atoms().tasks.size(); ++a) {
    Set of = domains.ofAtom(static_cast<int32_t>(a));
    like &= of & part ? of : ~of;
  }
  return like;
}

/// Parts of the atom's domain to tell apart: devices as fast as each other, and
/// single ones.
std::vector<Set> Branching::partsOf(int32_t atom) const {
  std::map<int32_t, Set> bySpeed;
  Set domain = domains.ofAtom(atom);
  for (Set left = domain; left; left &= left - 1)
    bySpeed[p.devices[lowest(left)].speedClass] |= left & -left;
  std::vector<Set> parts;
  for (auto [speed, part] : bySpeed)
    if (part != domain)
      parts.push_back(part);
  for (Set left = domain; left; left &= left - 1)
    parts.push_back(left & -left);
  return parts;
}

/// The split of each atom that the solution is least decided on, the heaviest
/// and least decided first.
std::vector<Split> Branching::listSplits(const Relaxation &relaxation,
                                         const LinearSolution &solution) const {
  std::vector<Split> splits;
  std::vector<double> weights = relaxation.weightOfAtoms();
  for (size_t a = 0; a < weights.size(); ++a) {
    int32_t atom = static_cast<int32_t>(a);
    Set domain = domains.ofAtom(atom);
    if ((domain & (domain - 1)) == 0)
      continue;
    Split best;
    for (Set part : partsOf(atom)) {
      constexpr double half = 0.5;
      double share = solution.values.empty()
                         ? half
                         : relaxation.shareOf(atom, part, solution);
      // What the solution has decided may still have to be split in the end.
      constexpr double decided = 0.01;
      double score = std::max(decided, std::min(share, 1 - share)) * weights[a];
      if (score > best.score || best.atom == None)
        best = {atom, part, score};
    }
    splits.push_back(best);
  }
  std::stable_sort(
      splits.begin(), splits.end(),
      [](const Split &a, const Split &b) { return a.score > b.score; });
  return splits;
}

/// The cases of a split that their domains do not exclude, each with these.
std::vector<Case> Branching::casesOf(const Split &split, const Case &allowed,
                                     const Atoms &atoms) {
  std::vector<Case> cases;
  // Of devices that change places one stands for all.
  for (Set part : {split.part, split.rest}) {
    Case made = allowed;
    for (int32_t t : atoms.tasks[split.atom])
      made[t] &= part;
    if (part == 0 || !domains.narrow(threshold, made))
      continue;
    for (size_t a = 0; a < domains.atoms().tasks.size(); ++a)
      for (int32_t t : domains.atoms().tasks[a])
        made[t] = domains.ofAtom(static_cast<int32_t>(a));
    cases.push_back(std::move(made));
  }
  return cases;
}

/// How many devices could still leave domains.
size_t Branching::choicesLeft(const Case &narrowed) const {
  size_t sum = 0;
  for (Set domain : narrowed)
    sum += __builtin_popcountll(domain) - 1;
  return sum;
}

/// Asks the domains and the relaxation of a case, and where neither excludes
/// it, splits it so that the larger part has least left.
void Branching::examine(OpenCases &cases, Case allowed, int64_t bound) {
  if (!domains.narrow(threshold, allowed) || search.outOfTime())
    return;
  // Some tenths of a second for HiGHS, mostly.
  constexpr int64_t mostEntries = 50000;
  Relaxation relaxation(p, domains, threshold, Relaxation::Rows::Cuts,
                        mostEntries);
  LinearSolution solution = relaxation.solve(search);
  int64_t known = relaxation.boundBy(solution.duals);
  if (known > threshold || search.outOfTime())
    return;
  if (known > 0)
    allowed = relaxation.allowed();
  bound = std::max(bound, coarse(known));
  // Of another order than the given one, mostly.
  if (!solution.values.empty() && search.scope > SolutionClass::FixedOrder)
    search.by({"rounding"},
              [&] { search.offer(relaxation.rounded(solution)); });
  std::vector<Split> splits = listSplits(relaxation, solution);
  // One placement is left, and neither knows all that it takes.
  if (splits.empty()) {
    cases.leastWhole = std::min(cases.leastWhole, bound);
    return;
  }
  // These are tried.
  constexpr size_t few = 8;
  splits.resize(std::min(splits.size(), few));
  for (Split &split : splits)
    split.rest = domains.ofAtom(split.atom) & ~exchangeable(split.part);
  const Atoms atoms = domains.atoms();
  std::vector<Case> best;
  size_t least = std::numeric_limits<size_t>::max();
  for (const Split &split : splits) {
    std::vector<Case> both = casesOf(split, allowed, atoms);
    size_t most = 0;
    for (const Case &made : both)
      most = std::max(most, choicesLeft(made));
    if (most < least) {
      least = most;
      best = std::move(both);
    }
  }
  for (Case &made : best)
    cases.open.emplace(bound, std::move(made));
}

int64_t Branching::leastOf(OpenCases &cases, int64_t bottleneck,
                           int64_t patience) {
  threshold = bottleneck;
  auto &open = cases.open;
  int64_t least = search.lower(ofClass), inVain = 0;
  if (!cases.areSplit) {
    cases.areSplit = true;
    open.emplace(least, Case(p.tasks.size(), domains.all()));
  }
  // Of a node of the map, beside what it holds.
  constexpr size_t mostBytes = size_t(256) << 20, bytesOfNode = 96;
  const size_t mostCases =
      mostBytes / (p.tasks.size() * sizeof(Set) + bytesOfNode);
  while (!open.empty() && open.size() <= mostCases && inVain < patience &&
         !search.closed() && !search.outOfTime()) {
    auto first = open.begin();
    if (first->first >= cases.leastWhole)
      break;
    // A better plan may have come from elsewhere.
    threshold = std::min(threshold, search.upper() - 1);
    inVain = first->first > least ? 0 : inVain + 1;
    least = std::max(least, first->first);
    examine(cases, first->second, least);
    // One that has not been examined to its end is still open.
    if (!search.outOfTime())
      open.erase(first);
  }
  if (!open.empty())
    least = std::max(least, open.begin()->first);
  else
    least = cases.leastWhole == Unlimited ? threshold + 1 : cases.leastWhole;
  return std::min(least, cases.leastWhole);
}

void onnx_split::placement::boundByBranching(SearchState &search,
                                             OpenCases &cases) {
  if (!canRelax(search))
    return;
  SolutionClass ofClass = std::max(search.scope, SolutionClass::Contiguous);
  Branching branching(search, ofClass);
  constexpr int64_t fine = 1024, patience = 40;
  // The first question is about any better plan, and goes on where it was left;
  // others are about fewer plans, by cases of their own.
  OpenCases *asked = &cases;
  raiseByBisection(
      search, BoundKind::Branching, ofClass,
      [&](int64_t threshold) {
        OpenCases own;
        int64_t least =
            branching.leastOf(asked ? *asked : own, threshold, patience);
        asked = nullptr;
        search.raiseBound(std::min(least, search.upper()), BoundKind::Branching,
                          ofClass);
        return least;
      },
      fine);
}
