//===- LinearProgram.cpp - Least cost within linear limits ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

///
/// \file
/// HiGHS is loaded when a programme is to be solved: what plans starts without
/// it, and plans without it where it is not.
///
//===----------------------------------------------------------------------===//

#include "LinearProgram.h"

#ifdef ONNX_SPLIT_HAS_HIGHS
#include <highs/interfaces/highs_c_api.h>

#include <dlfcn.h>

#include <algorithm>
#include <filesystem>
#include <string>
#endif

using namespace onnx_split::placement;

#ifdef ONNX_SPLIT_HAS_HIGHS

namespace {

/// The functions of the library that are used; null without it.
struct Highs {
#define EACH_FUNCTION(APPLY)                                                   \
  APPLY(create)                                                                \
  APPLY(destroy)                                                               \
  APPLY(setBoolOptionValue)                                                    \
  APPLY(setIntOptionValue)                                                     \
  APPLY(setDoubleOptionValue)                                                  \
  APPLY(setStringOptionValue)                                                  \
  APPLY(passLp)                                                                \
  APPLY(run)                                                                   \
  APPLY(getSolution)
#define DECLARE(NAME) decltype(&Highs_##NAME) NAME = nullptr;
  EACH_FUNCTION(DECLARE)
#undef DECLARE

  Highs();
  bool isLoaded = false;
};

} // namespace

/// The library in `lib` beside the program's `bin` first, then the system's.
Highs::Highs() {
  std::error_code error;
  std::filesystem::path program =
      std::filesystem::read_symlink("/proc/self/exe", error);
  void *library = nullptr;
  for (const std::string &name :
       {(program.parent_path().parent_path() / "lib/libhighs.so").string(),
        std::string("libhighs.so.1")})
    if (!library)
      library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return;
  isLoaded = true;
#define LOAD(NAME)                                                             \
  NAME = reinterpret_cast<decltype(NAME)>(dlsym(library, "Highs_" #NAME));     \
  isLoaded &= NAME != nullptr;
  EACH_FUNCTION(LOAD)
#undef LOAD
#undef EACH_FUNCTION
}

static const Highs &highs() {
  static const Highs loaded;
  return loaded;
}

bool onnx_split::placement::hasLinearPrograms() { return highs().isLoaded; }

LinearSolution onnx_split::placement::solveLinear(const LinearProgram &program,
                                                  double seconds,
                                                  LinearMethod method) {
  if (!hasLinearPrograms())
    return {};
  void *solver = highs().create();
  highs().setBoolOptionValue(solver, "output_flag", 0);
  highs().setIntOptionValue(solver, "threads", 1);
  highs().setDoubleOptionValue(solver, "time_limit", std::max(0.0, seconds));
  highs().setStringOptionValue(
      solver, "solver", method == LinearMethod::Simplex ? "simplex" : "ipm");
  // Prices need not be those of a vertex.
  highs().setStringOptionValue(solver, "run_crossover", "off");
  HighsInt numColumns = static_cast<HighsInt>(program.cost.size());
  HighsInt numRows = static_cast<HighsInt>(program.rowLower.size());
  HighsInt status = highs().passLp(
      solver, numColumns, numRows, static_cast<HighsInt>(program.value.size()),
      kHighsMatrixFormatRowwise, kHighsObjSenseMinimize, 0, program.cost.data(),
      program.lower.data(), program.upper.data(), program.rowLower.data(),
      program.rowUpper.data(), program.rowBegin.data(), program.column.data(),
      program.value.data());
  if (status != kHighsStatusError)
    status = highs().run(solver);
  LinearSolution solution{std::vector<double>(numRows),
                          std::vector<double>(numColumns)};
  std::vector<double> columnDuals(numColumns), rows(numRows);
  if (status == kHighsStatusError ||
      highs().getSolution(solver, solution.values.data(), columnDuals.data(),
                          rows.data(),
                          solution.duals.data()) == kHighsStatusError)
    solution = {};
  highs().destroy(solver);
  return solution;
}

#else

bool onnx_split::placement::hasLinearPrograms() { return false; }

LinearSolution
onnx_split::placement::solveLinear(const LinearProgram & /*program*/,
                                   double /*seconds*/,
                                   LinearMethod /*method*/) {
  return {};
}

#endif
