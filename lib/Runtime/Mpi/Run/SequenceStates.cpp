//===- SequenceStates.cpp - What a stage keeps between items --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SequenceStates.h"

#include "onnx-split/Runtime/Inputs.h"
#include "onnx-split/Runtime/TensorFiles.h"
#include "onnx-split/Support/Counted.h"
#include "onnx-split/Support/Quantity/Format.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

using namespace onnx_split;
using namespace onnx_split::runtime;
using llvm::createStringError;
using llvm::Error;

/// The axis along which the output is longer than the input, by the names of
/// open extents, or by their places where they have none: the first is the
/// batch. -1 where there is none.
static int findGrowth(const Port &input, const Port &output) {
  for (size_t axis = 0; axis < input.dims.size(); ++axis) {
    if (input.dims[axis] >= 0)
      continue;
    bool named = axis < output.symbols.size() && !input.symbols[axis].empty() &&
                 !output.symbols[axis].empty();
    if (named ? input.symbols[axis] != output.symbols[axis] : axis > 0)
      return int(axis);
  }
  return -1;
}

/// Whether input and output are of one size as the plan counts them: its bytes
/// are those of an input for each sequence and of one output.
static bool isFixed(const PlanFile::State &state, const Port &input,
                    const ExecutionPlan &plan, const InputOptions &options) {
  auto dims = findShape(input, options);
  if (!dims) {
    llvm::consumeError(dims.takeError());
    return false;
  }
  uint64_t bytes = getElementBytes(input.elementType);
  for (int64_t extent : *dims)
    bytes = llvm::SaturatingMultiply(bytes, uint64_t(extent));
  uint64_t copies = uint64_t(std::max<int64_t>(1, plan.options.sequences)) + 1;
  return uint64_t(state.bytes) == llvm::SaturatingMultiply(bytes, copies);
}

/// Bytes of a state with that many tokens; at most what fits.
static uint64_t bytesAt(const Ort::Value &empty, int growth, int64_t tokens) {
  if (growth < 0)
    return getTensorBytes(empty);
  auto info = empty.GetTensorTypeAndShapeInfo();
  uint64_t bytes = getElementBytes(info.GetElementType());
  for (auto [axis, extent] : llvm::enumerate(info.GetShape()))
    bytes = llvm::SaturatingMultiply(
        bytes, uint64_t(int(axis) == growth ? tokens : extent));
  return bytes;
}

/// How many tokens the longest sequence has at the end, of which the last was
/// not read.
static int64_t countTokens(const Generation &generation) {
  size_t longest = 0;
  for (const std::vector<int64_t> &prompt : generation.prompts)
    longest = std::max(longest, prompt.size());
  return int64_t(longest) + generation.tokens - 1;
}

/// Adds the pair where it is to be kept, and to `needed` what it takes.
Error SequenceStates::addPair(const PlanFile::State &state,
                              const ExecutionPlan &plan, Session &session,
                              const RunOptions &options, uint64_t &needed) {
  const Generation &generation = options.generation;
  const Port *input = session.findInput(state.input);
  const Port *output =
      llvm::find_if(session.getOutputs(), [&](const Port &port) {
        return port.name == state.output;
      });
  if (!input || output == session.getOutputs().end() || !input->isTensor())
    return createStringError("the plan keeps '" + state.output + "' for '" +
                             state.input +
                             "', which the part has not as output and input");
  InputOptions begin = options.inputs.front();
  begin.filling = Filling::Zeros;
  bool grows = !isFixed(state, *input, plan, begin);
  if (grows && generation.tokens == 0)
    return Error::success();
  int growth = grows ? findGrowth(*input, *output) : -1;
  Port first = *input;
  if (growth >= 0)
    first.dims[growth] = 0;
  if (generation.tokens > 0 && !first.dims.empty() && first.dims[0] < 0)
    first.dims[0] = 1;
  auto values = makeInputs({first}, plan.interface.inputs, begin);
  if (!values)
    return values.takeError();
  Pair &pair = pairs.emplace_back();
  pair.input = state.input;
  pair.output = output - session.getOutputs().begin();
  pair.initial = std::move(values->begin()->second);
  // The inputs of all sequences, and the output of the one that runs.
  int64_t tokens = countTokens(generation);
  // A saved output has the length that the model gives it.
  if (state.isInPlace && growth >= 0 && options.saveOutputs.empty()) {
    pair.sharedShape = pair.initial.GetTensorTypeAndShapeInfo().GetShape();
    pair.sharedShape[growth] = tokens;
  }
  needed = llvm::SaturatingMultiplyAdd(
      uint64_t(options.sequences), bytesAt(pair.initial, growth, tokens - 1),
      llvm::SaturatingAdd(needed, bytesAt(pair.initial, growth, tokens)));
  return Error::success();
}

Error SequenceStates::prepare(const ExecutionPlan &plan,
                              const ExecutionPlan::Stage &stage,
                              Session &session, const RunOptions &options) {
  uint64_t needed = 0;
  for (const PlanFile::State &state : stage.states)
    if (Error error = addPair(state, plan, session, options, needed))
      return error;
  if (options.generation.tokens > 0 && needed > uint64_t(stage.stateBytes))
    return createStringError(
        "the states of " + counted(options.sequences, "sequence") + " of " +
        counted(countTokens(options.generation), "token") + " take " +
        formatBytes(int64_t(std::min<uint64_t>(needed, INT64_MAX)),
                    plan.byteUnits()) +
        ", but the plan counts with " +
        formatBytes(stage.stateBytes, plan.byteUnits()) +
        "; generate less, or plan with --sequences and, by --assume or --also, "
        "the largest length");
  current.resize(options.sequences);
  restart();
  return Error::success();
}

bool SequenceStates::owns(llvm::StringRef input) const {
  return llvm::any_of(pairs,
                      [&](const Pair &pair) { return pair.input == input; });
}

/// A buffer of zeros, like those that a sequence begins with elsewhere.
static llvm::Expected<Ort::Value> makeBuffer(const Ort::Value &like,
                                             llvm::ArrayRef<int64_t> shape) {
  auto type = like.GetTensorTypeAndShapeInfo().GetElementType();
  auto buffer = makeTensor(type, shape);
  if (buffer)
    std::memset(buffer->GetTensorMutableRawData(), 0, getTensorBytes(*buffer));
  return buffer;
}

Error SequenceStates::bind(Ort::IoBinding &binding, int64_t sequence) {
  for (auto [pair, value] : llvm::zip(pairs, current[sequence])) {
    if (!value && !pair.sharedShape.empty()) {
      auto buffer = makeBuffer(pair.initial, pair.sharedShape);
      if (!buffer)
        return buffer.takeError();
      value = std::move(*buffer);
      bytes += int64_t(getTensorBytes(value));
    }
    binding.BindInput(pair.input.c_str(), value ? value : pair.initial);
  }
  return Error::success();
}

const Ort::Value *SequenceStates::bufferOf(size_t output,
                                           int64_t sequence) const {
  for (auto [pair, value] : llvm::zip(pairs, current[sequence]))
    if (pair.output == output && !pair.sharedShape.empty())
      return &value;
  return nullptr;
}

void SequenceStates::keep(std::vector<Ort::Value> &results, int64_t sequence) {
  for (auto [pair, value] : llvm::zip(pairs, current[sequence])) {
    if (!pair.sharedShape.empty())
      continue;
    if (value)
      bytes -= int64_t(getTensorBytes(value));
    value = std::move(results[pair.output]);
    bytes += int64_t(getTensorBytes(value));
  }
  mostBytes = std::max(mostBytes, bytes);
}

void SequenceStates::restart() {
  bytes = 0;
  for (std::vector<Ort::Value> &values : current) {
    values.clear();
    for (size_t i = 0; i < pairs.size(); ++i)
      values.emplace_back(nullptr);
  }
}
