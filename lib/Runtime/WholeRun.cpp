//===- WholeRun.cpp - The whole model in a child process ------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WholeRun.h"

#include "onnx-split/Support/ChildProcess.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <chrono>

using namespace onnx_split;
using namespace onnx_split::runtime;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

Expected<Session> WholeModel::load() const {
  SessionOptions options;
  options.optimise = Optimise::Off;
  if (bytes.empty())
    return Session::load(path, options);
  options.dataFolder = "/";
  return Session::load(path, bytes, options);
}

std::string runtime::describeCrash() {
  return "ONNX Runtime " + getRuntimeVersion() + " crashes";
}

StringRef runtime::describeFilling(Filling filling) {
  switch (filling) {
  case Filling::Random:
    return "random inputs";
  case Filling::WholeZeros:
    return "whole numbers that are all 0";
  case Filling::WholeOnes:
    return "whole numbers that are all 1";
  case Filling::Zeros:
    return "numbers that are all 0";
  case Filling::Ones:
    return "numbers that are all 1";
  }
  return "";
}

/// The fillings that may do where `first` does not; the first one included.
/// Where there are no whole numbers, those that are about them are the same.
static std::vector<Filling> listFillings(Filling first,
                                         const FilledInputs &filled) {
  std::vector<Filling> fillings = {first};
  for (Filling next : {Filling::WholeZeros, Filling::WholeOnes, Filling::Zeros,
                       Filling::Ones}) {
    bool whole = next == Filling::WholeZeros || next == Filling::WholeOnes;
    if (next > first && (whole ? filled.anyWhole : filled.anyReal))
      fillings.push_back(next);
  }
  return fillings;
}

namespace {
/// The work of the child process.
class WholeRun {
public:
  /// `again`: an earlier child crashed with the filling before that of `from`.
  WholeRun(const WholeModel &what, InputOptions from, bool again,
           SharedNumber &place)
      : model(what), options(std::move(from)), isSecond(again), at(place) {}

  /// `at` while the model is loaded and its inputs are made; behind it, one
  /// more than the filling.
  static constexpr int64_t Loading = 0;

  Expected<std::string>
  run(llvm::function_ref<Expected<std::string>(WholeResults)> read);

private:
  Error refuse(llvm::ArrayRef<Filling> tried, const FilledInputs &filled,
               const std::string &why);

  const WholeModel &model;
  InputOptions options;
  bool isSecond;
  SharedNumber &at;
};
} // namespace

/// No filling was good.
Error WholeRun::refuse(llvm::ArrayRef<Filling> tried,
                       const FilledInputs &filled, const std::string &why) {
  if (filled.names.empty())
    return createStringError("the whole model does not run: " + why);
  auto named = [](const std::string &name) { return "'" + name + "'"; };
  std::string others =
      llvm::join(llvm::map_range(tried.drop_front(), describeFilling), ", ");
  return createStringError(
      "the whole model does not run on " + describeFilling(tried.front()) +
      ": " + why + (others.empty() ? "" : "; nor on " + others) +
      "; give what it takes with --input NAME=FILE, for the " +
      (filled.names.size() == 1 ? "input " : "inputs ") +
      llvm::join(llvm::map_range(filled.names, named), ", "));
}

/// The answer: the filling, the refusal up to a zero byte, what `read` says.
Expected<std::string>
WholeRun::run(llvm::function_ref<Expected<std::string>(WholeResults)> read) {
  auto session = model.load();
  if (!session)
    return createStringError(
        "ONNX Runtime does not run the whole model: " +
        StringRef(llvm::toString(session.takeError())).rtrim());
  FilledInputs filled = findFilled(*session, options);
  if (isSecond && !filled.anyWhole)
    return createStringError("the numbers would be the same");
  std::vector<Filling> fillings = listFillings(options.filling, filled);
  std::string refusal;
  for (Filling filling : fillings) {
    at.set(Loading);
    options.filling = filling;
    auto inputs = makeInputs(*session, options);
    if (!inputs)
      return inputs.takeError();
    at.set(1 + int64_t(filling));
    auto results = session->run(*inputs);
    if (results) {
      auto bytes = read({*session, *inputs, std::move(*results)});
      if (!bytes)
        return bytes;
      return std::string(1, char(filling)) + refusal + '\0' + *bytes;
    }
    std::string why =
        StringRef(llvm::toString(results.takeError())).rtrim().str();
    if (refusal.empty())
      refusal = why;
  }
  return refuse(fillings, filled, refusal);
}

/// Whether another child may fare better than the one that died: where it ran
/// on numbers that the next filling changes. Kernels check their operands less
/// well where those are lengths or indices.
static bool mayGoOn(const ChildDied &died, int64_t at) {
  return died.hasCrashed() && (at == 1 + int64_t(Filling::Random) ||
                               at == 1 + int64_t(Filling::WholeZeros));
}

static std::string describeDeath(const ChildDied &died, int64_t at) {
  std::string where =
      at == WholeRun::Loading
          ? "while it loads the whole model"
          : "on the whole model with " + describeFilling(Filling(at - 1)).str();
  return (died.hasCrashed() ? describeCrash() + " " + where + ": "
                            : "ONNX Runtime, " + where + ": ") +
         died.getText().str();
}

Expected<WholeAnswer> runtime::runWholeModel(
    const WholeModel &model, const InputOptions &options,
    llvm::function_ref<Expected<std::string>(WholeResults)> read) {
  // The end of the first child, if another one follows.
  std::string death;
  InputOptions now = options;
  while (true) {
    SharedNumber at;
    auto answer = runInChild(
        [&] { return WholeRun(model, now, !death.empty(), at).run(read); });
    if (answer) {
      StringRef text = *answer;
      WholeAnswer result;
      result.filling = Filling(text.empty() ? 0 : text.front());
      auto [refusal, bytes] = text.drop_front().split('\0');
      result.refusal = death.empty() ? refusal.str() : death;
      result.bytes = bytes.str();
      return result;
    }
    bool again = false;
    Error other =
        llvm::handleErrors(answer.takeError(), [&](const ChildDied &died) {
          if (death.empty())
            death = describeDeath(died, at.get());
          again = mayGoOn(died, at.get());
        });
    // A crash says more than what the model refused after it.
    if (death.empty())
      return other;
    llvm::consumeError(std::move(other));
    if (!again)
      return createStringError(death);
    now.filling = Filling(at.get());
  }
}
