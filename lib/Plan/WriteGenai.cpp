//===- WriteGenai.cpp - A plan as a pipeline of onnxruntime-genai ---------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Names and extents are those of the parts. What only the model's makers know,
/// such as the token that ends a text, comes from the genai_config.json that
/// the model builder of onnxruntime-genai writes beside a model, or stays null,
/// which onnxruntime-genai refuses with the name of the key.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Plan/Genai.h"

#include "JsonText.h"
#include "onnx-split/Analysis/States.h"
#include "onnx-split/Plan/Plan.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <map>

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using llvm::createStringError;
using llvm::Expected;
namespace json = llvm::json;

static constexpr StringRef TokensInput = "input_ids";
static constexpr StringRef ScoresOutput = "logits";
/// Of its inputs, those that onnxruntime-genai makes without being asked to, by
/// the names that they have by default.
static constexpr StringRef MadeInputs[] = {TokensInput, "attention_mask",
                                           "position_ids"};

//===----------------------------------------------------------------------===//
// Caches
//===----------------------------------------------------------------------===//

namespace {
/// Names of the caches of all layers, with %d for the number of a layer.
struct Caches {
  std::string pastKey, pastValue, presentKey, presentValue;
  /// The inputs of the first layer.
  std::string firstKey;
  int64_t layers = 0;
};
/// A name with its one number taken out; no number where there is none, or more
/// than one.
struct Numbered {
  std::string pattern;
  std::optional<unsigned> number;
};
} // namespace

static Numbered takeNumber(StringRef name) {
  size_t begin = name.find_if(llvm::isDigit);
  StringRef digits =
      name.substr(begin).take_while([](char c) { return llvm::isDigit(c); });
  StringRef rest = name.substr(begin).drop_front(digits.size());
  unsigned number = 0;
  // The pattern is one of printf.
  if (digits.empty() || digits.getAsInteger(10, number) || name.contains('%') ||
      rest.find_if(llvm::isDigit) != StringRef::npos)
    return {};
  return {(name.take_front(begin) + "%d" + rest).str(), number};
}

/// Whether two patterns are of keys and of values, by the letter in which they
/// begin to differ.
static bool areKeyAndValue(StringRef one, StringRef other) {
  auto [first, second] =
      std::mismatch(one.begin(), one.end(), other.begin(), other.end());
  return first != one.end() && second != other.end() && *first == 'k' &&
         *second == 'v';
}

/// The caches among states, if these are a key and a value for each layer and
/// nothing else.
static std::optional<Caches>
findCaches(ArrayRef<std::pair<std::string, std::string>> states) {
  /// By the patterns of both ends; the numbers of the layers.
  std::map<std::pair<std::string, std::string>, std::vector<unsigned>> found;
  for (const auto &[input, output] : states) {
    Numbered past = takeNumber(input), present = takeNumber(output);
    if (!past.number || past.number != present.number)
      return std::nullopt;
    found[{past.pattern, present.pattern}].push_back(*past.number);
  }
  if (found.size() != 2)
    return std::nullopt;
  // "key" is before "value".
  auto &[keyNames, keys] = *found.begin();
  auto &[valueNames, values] = *std::next(found.begin());
  llvm::sort(keys);
  llvm::sort(values);
  if (keys != values || !areKeyAndValue(keyNames.first, valueNames.first) ||
      !areKeyAndValue(keyNames.second, valueNames.second))
    return std::nullopt;
  std::string firstKey = keyNames.first;
  firstKey.replace(firstKey.find("%d"), 2, std::to_string(keys.front()));
  return Caches{keyNames.first,    valueNames.first, keyNames.second,
                valueNames.second, firstKey,         int64_t(keys.size())};
}

//===----------------------------------------------------------------------===//
// What a model lacks
//===----------------------------------------------------------------------===//

std::vector<std::string>
onnx_split::listLackingForGenai(ModuleOp module,
                                ArrayRef<std::string> stateOptions) {
  std::vector<std::pair<std::string, std::string>> states;
  llvm::StringSet<> fed;
  fed.insert_range(MadeInputs);
  {
    // Planning looks for them as well, and says what is wrong.
    ScopedDiagnosticHandler quiet(module.getContext(),
                                  [](Diagnostic &) { return success(); });
    for (auto model : module.getOps<ModelOp>())
      if (auto pairs = findStates(model, stateOptions); succeeded(pairs))
        for (const StatePair &pair : *pairs) {
          states.emplace_back(pair.input, pair.output);
          fed.insert(pair.input);
        }
  }
  PlanInterface interface = gatherInterface(module);
  std::vector<std::string> lacking;
  if (!llvm::is_contained(interface.inputs, TokensInput))
    lacking.push_back("it has no input '" + TokensInput.str() + "'");
  if (!llvm::is_contained(interface.outputs, ScoresOutput))
    lacking.push_back("it has no output '" + ScoresOutput.str() + "'");
  if (states.empty())
    lacking.push_back("it has no caches that are states, such as "
                      "past_key_values.0.key with present.0.key");
  else if (!findCaches(states))
    lacking.push_back("its states are not a key and a value cache for each "
                      "layer, such as past_key_values.0.key and "
                      "past_key_values.0.value");
  // Without caches a model takes something else altogether.
  if (!states.empty())
    for (const std::string &input : interface.inputs)
      if (!fed.contains(input))
        lacking.push_back("onnxruntime-genai makes no input '" + input + "'");
  return lacking;
}

//===----------------------------------------------------------------------===//
// What the parts say
//===----------------------------------------------------------------------===//

/// An extent of an input or output of a part, by the name; nothing where it is
/// open or the axis is not there. A negative axis counts from the last.
static std::optional<int64_t> findExtent(ModuleOp module, StringRef name,
                                         int axis) {
  auto extentOf = [&](Type type) -> std::optional<int64_t> {
    auto tensor = dyn_cast<OnnxTensorType>(type);
    if (!tensor || !tensor.hasRank())
      return std::nullopt;
    int64_t rank = tensor.getDims().size(),
            place = axis < 0 ? rank + axis : axis;
    if (place < 0 || place >= rank)
      return std::nullopt;
    auto extent = dyn_cast<IntegerAttr>(tensor.getDims()[place]);
    return extent ? std::optional(extent.getInt()) : std::nullopt;
  };
  for (auto model : module.getOps<ModelOp>()) {
    GraphOp graph = model.getGraph();
    for (BlockArgument input : graph.getBody().getArguments())
      if (getValueName(input) == name)
        return extentOf(input.getType());
    Operation *terminator = graph.getBody().front().getTerminator();
    for (auto [info, value] :
         llvm::zip(graph.getOutputInfos().getAsRange<ValueInfoAttr>(),
                   terminator->getOperands()))
      if (info.getName() && info.getName().getValue() == name)
        return extentOf(value.getType());
  }
  return std::nullopt;
}

static json::Array texts(ArrayRef<std::string> strings) {
  json::Array array;
  for (const std::string &string : strings)
    array.push_back(toJsonText(string));
  return array;
}

/// What a stage computes with, where the cluster file says so; else it has the
/// session options of the decoder.
static json::Object makeSessionOptions(const PlanFile::Provider &provider) {
  json::Object options;
  for (const auto &[key, value] : provider.options)
    options[toJsonText(key)] = toJsonText(value);
  json::Object entry;
  entry[toJsonText(provider.name)] = std::move(options);
  json::Array providers;
  if (provider.name != DefaultProvider)
    providers.push_back(std::move(entry));
  return json::Object{{"provider_options", std::move(providers)}};
}

/// The stages in their order, each an object with one member.
static Expected<json::Array> makePipeline(const PlanFile &plan) {
  json::Array pipeline;
  for (const PlanFile::Stage &stage : plan.stages) {
    // States are never cut, but scores may be.
    if (llvm::is_contained(stage.inputs, ScoresOutput))
      return createStringError(
          "'" + ScoresOutput + "' goes to stage " + llvm::Twine(stage.index) +
          " as well, but onnxruntime-genai keeps it; with --boundary=ops what "
          "goes there has a name of its own");
    // What our runners are told of a plug-in.
    if (stage.provider.options.count("library") ||
        stage.provider.options.count("device"))
      return createStringError(
          "device '" + stage.device +
          "' computes with a plug-in of ONNX "
          "Runtime ('library' or 'device' among its provider_options), which "
          "genai_config.json cannot name");
    json::Object entry{{"filename", toJsonText(stage.file)},
                       {"inputs", texts(stage.inputs)},
                       {"outputs", texts(stage.outputs)}};
    if (!stage.provider.name.empty())
      entry["session_options"] = makeSessionOptions(stage.provider);
    json::Object member;
    member["stage" + std::to_string(stage.index)] = std::move(entry);
    pipeline.push_back(std::move(member));
  }
  return pipeline;
}

//===----------------------------------------------------------------------===//
// The file
//===----------------------------------------------------------------------===//

/// The configuration of the whole model, empty where there is none of it.
static Expected<json::Object> readBeside(StringRef path, StringRef sourceFile,
                                         bool &isOfAnother) {
  llvm::sys::fs::file_status status;
  if (llvm::sys::fs::status(path, status) ||
      !llvm::sys::fs::is_regular_file(status))
    return json::Object();
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return createStringError(path + ": " + buffer.getError().message());
  auto value = json::parse((*buffer)->getBuffer());
  if (!value)
    return createStringError(path + ": " + toString(value.takeError()));
  json::Object *config = value->getAsObject();
  json::Object *model = config ? config->getObject("model") : nullptr;
  json::Object *decoder = model ? model->getObject("decoder") : nullptr;
  // A folder may hold several models.
  if (!decoder || decoder->getString("filename") !=
                      std::optional(llvm::sys::path::filename(sourceFile))) {
    isOfAnother = true;
    return json::Object();
  }
  return std::move(*config);
}

/// The member of that name, which becomes an object if it is none.
static json::Object &objectIn(json::Object &parent, StringRef key) {
  json::Value &member = parent[key];
  if (!member.getAsObject())
    member = json::Object();
  return *member.getAsObject();
}

/// An extent of the parts counts before what the file beside the model says.
static void setNumber(json::Object &object, StringRef key,
                      std::optional<int64_t> extent,
                      std::vector<std::string> &open) {
  json::Value &member = object[key];
  if (extent)
    member = *extent;
  else if (member.kind() == json::Value::Null)
    open.push_back(key.str());
}

Expected<GenaiConfig> onnx_split::makeGenaiConfig(ModuleOp module,
                                                  const PlanFile &plan,
                                                  StringRef beside) {
  std::vector<std::pair<std::string, std::string>> states;
  for (const PlanFile::Stage &stage : plan.stages)
    for (const PlanFile::State &state : stage.states)
      states.emplace_back(state.input, state.output);
  auto caches = findCaches(states);
  if (!caches)
    return createStringError("the caches do not stay with their stages");
  if (auto tokens = findExtent(module, TokensInput, 1))
    return createStringError("the parts take " + llvm::Twine(*tokens) +
                             " new tokens at a time, no more and no less; "
                             "leave that open with --assume in place of --dim");
  auto pipeline = makePipeline(plan);
  if (!pipeline)
    return pipeline.takeError();
  bool isOfAnother = false;
  auto config = readBeside(beside, plan.sourceFile, isOfAnother);
  if (!config)
    return config.takeError();
  std::vector<std::string> open;
  json::Object &model = objectIn(*config, "model");
  model["type"] = "decoder-pipeline";
  setNumber(model, "context_length", std::nullopt, open);
  setNumber(model, "eos_token_id", std::nullopt, open);
  setNumber(model, "vocab_size", findExtent(module, ScoresOutput, -1), open);
  json::Object &decoder = objectIn(model, "decoder");
  decoder.erase("filename");
  decoder["pipeline"] = std::move(*pipeline);
  decoder["num_hidden_layers"] = caches->layers;
  // [batch, heads, tokens, elements of a head].
  setNumber(decoder, "num_key_value_heads",
            findExtent(module, caches->firstKey, 1), open);
  setNumber(decoder, "head_size", findExtent(module, caches->firstKey, 3),
            open);
  json::Object &inputs = objectIn(decoder, "inputs");
  for (StringRef name : MadeInputs)
    if (llvm::is_contained(plan.interface.inputs, name))
      inputs[name] = name;
  inputs["past_key_names"] = toJsonText(caches->pastKey);
  inputs["past_value_names"] = toJsonText(caches->pastValue);
  json::Object &outputs = objectIn(decoder, "outputs");
  outputs["logits"] = ScoresOutput;
  outputs["present_key_names"] = toJsonText(caches->presentKey);
  outputs["present_value_names"] = toJsonText(caches->presentValue);
  return GenaiConfig{
      llvm::formatv("{0:2}\n", json::Value(std::move(*config))).str(),
      std::move(open), isOfAnother};
}
