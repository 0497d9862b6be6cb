//===- OptionUse.cpp - Which options count in which mode ------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "llvm/ADT/STLExtras.h"

#include <functional>
#include <initializer_list>

using namespace onnx_split;
using llvm::createStringError;
using llvm::Error;

/// Lists have no operator& that gives an Option.
using OptionRef = std::reference_wrapper<const cl::Option>;

Mode onnx_split::modeOf(const Options &options) {
  if (options.profileOf.getNumOccurrences() > 0)
    return Mode::ProfileOf;
  return options.profile.empty() ? Mode::Run : Mode::Profile;
}

/// The first of them that the command line has, or null.
static const cl::Option *findGiven(std::initializer_list<OptionRef> options) {
  for (const cl::Option &option : options)
    if (option.getNumOccurrences() > 0)
      return &option;
  return nullptr;
}

/// LLVM would let the last one count. Lists may be given any number of times.
static Error checkRepeated(const Options &options) {
  const cl::Option *repeated = nullptr;
  for (const auto &entry : cl::getRegisteredOptions()) {
    const cl::Option *option = entry.second;
    if (llvm::is_contained(option->Categories, &options.category) &&
        option->getNumOccurrencesFlag() == cl::Optional &&
        option->getNumOccurrences() > 1 &&
        (!repeated || option->ArgStr < repeated->ArgStr))
      repeated = option;
  }
  if (!repeated)
    return Error::success();
  return createStringError("--" + repeated->ArgStr + " is given " +
                           llvm::Twine(repeated->getNumOccurrences()) +
                           " times, but counts once");
}

/// What a plan has no use for.
static Error checkRun(const Options &options) {
  if (!options.alsos.empty())
    return createStringError("--also is for --profile and --emit-profile-of; a "
                             "plan runs at the extents of its inputs");
  llvm::StringRef why = "; a plan names its parts and devices";
  if (const cl::Option *option =
          findGiven({options.model, options.profileTime}))
    return createStringError("--" + option->ArgStr +
                             " is for --profile and --emit-profile-of" + why);
  if (const cl::Option *option = findGiven({options.devices, options.links}))
    return createStringError("--" + option->ArgStr + " is for --profile" + why);
  return Error::success();
}

/// What neither way of measuring has a use for.
static Error checkMeasuring(const Options &options, llvm::StringRef mode) {
  if (findGiven({options.providers, options.strict}))
    return createStringError(
        "--provider and --strict are for running a plan; --profile measures "
        "the CPU's provider, and python -m onnx_split_run.profile others");
  if (const cl::Option *option = findGiven(
          {options.items, options.warmup, options.generate, options.prompt,
           options.sequences, options.stopToken, options.topK,
           options.temperature, options.rate, options.arrivals, options.queue,
           options.emulate, options.timeout, options.saveOutputs, options.npy,
           options.json, options.trace, options.report}))
    return createStringError("--" + option->ArgStr +
                             " is for running a plan; " + mode);
  return Error::success();
}

/// What has no use where only links are measured.
static Error checkLinksAlone(const Options &options) {
  if (!options.alsos.empty())
    return createStringError(
        "--also needs --model=MODEL, whose nodes are measured there");
  if (const cl::Option *option =
          findGiven({options.inputs, options.input, options.shapes,
                     options.dims, options.seed, options.optimise}))
    return createStringError("--" + option->ArgStr +
                             " needs --model=MODEL, which runs with it");
  return Error::success();
}

Error onnx_split::checkUse(const Options &options) {
  if (Error error = checkRepeated(options))
    return error;
  switch (modeOf(options)) {
  case Mode::Run:
    return checkRun(options);
  case Mode::Profile:
    if (Error error =
            checkMeasuring(options, "--profile measures devices and links"))
      return error;
    return options.model.empty() ? checkLinksAlone(options) : Error::success();
  case Mode::ProfileOf:
    break;
  }
  if (Error error = checkMeasuring(
          options, "--emit-profile-of measures this machine alone"))
    return error;
  if (findGiven({options.links}))
    return createStringError("--links is for --profile; --emit-profile-of "
                             "measures this machine alone");
  return Error::success();
}
