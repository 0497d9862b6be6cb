//===- States.cpp - Outputs that come back as inputs ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Analysis/States.h"

#include "onnx-split/Analysis/Constants.h"
#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Regex.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

//===----------------------------------------------------------------------===//
// Conventions of exporters
//===----------------------------------------------------------------------===//

/// Where `name` begins with `prefix`, adds it with `other` in that place.
static void addWithPrefix(StringRef name, StringRef prefix, StringRef other,
                          SmallVectorImpl<std::string> &candidates) {
  if (name.starts_with(prefix))
    candidates.push_back((other + name.drop_front(prefix.size())).str());
}

/// "state_in.3" may come back as "state_out.3". Only where another word says
/// that it is state: "image_in" and "image_out" are none.
static void addInAndOut(StringRef name,
                        SmallVectorImpl<std::string> &candidates) {
  static const llvm::StringSet<> words = {
      "state", "states", "mem", "membrane", "hidden", "cell", "cache"};
  constexpr llvm::StringLiteral separators("._/");
  bool isState = false;
  std::string renamed;
  for (StringRef rest = name; !rest.empty();) {
    size_t end = std::min(rest.find_first_of(separators), rest.size());
    StringRef word = rest.take_front(end);
    isState |= words.contains(word);
    renamed += word == "in" ? "out" : word.str();
    renamed += rest.substr(end, 1);
    rest = rest.drop_front(std::min(end + 1, rest.size()));
  }
  if (isState && renamed != name)
    candidates.push_back(renamed);
}

/// Outputs that `input` may be the next value of, by name alone; the first that
/// the model has counts.
static SmallVector<std::string> listCandidates(StringRef input) {
  SmallVector<std::string> candidates;
  // optimum, transformers.js, onnxruntime-genai; encoder-decoder models too.
  addWithPrefix(input, "past_key_values.", "present.", candidates);
  addWithPrefix(input, "past_key_values.", "present_key_values.", candidates);
  addWithPrefix(input, "past.", "present.", candidates);
  // GPT-2 of older exporters, and Whisper of ONNX Runtime's tools.
  addWithPrefix(input, "past_", "present_", candidates);
  // Silero VAD, and LSTMs in general.
  static const std::pair<StringRef, StringRef> exact[] = {
      {"state", "stateN"}, {"h", "hn"},    {"c", "cn"},    {"h0", "hn"},
      {"c0", "cn"},        {"h_0", "h_n"}, {"c_0", "c_n"},
  };
  for (auto [name, next] : exact)
    if (input == name)
      candidates.push_back(next.str());
  addInAndOut(input, candidates);
  return candidates;
}

//===----------------------------------------------------------------------===//
// Pairs
//===----------------------------------------------------------------------===//

/// Why the output cannot be the next value of the input, to follow "because";
/// empty where it can.
static std::string whyNoPair(Value input, Value output) {
  auto given = dyn_cast<OnnxTensorType>(input.getType());
  auto made = dyn_cast<OnnxTensorType>(output.getType());
  if (!given || !made)
    return "only tensors can be state";
  if (given.getElementType() != made.getElementType())
    return "their elements have other types";
  if (!given.hasRank() || !made.hasRank())
    return "";
  if (given.getDims().size() != made.getDims().size())
    return "their ranks are " + std::to_string(given.getDims().size()) +
           " and " + std::to_string(made.getDims().size());
  unsigned grown = 0;
  for (auto [axis, pair] :
       llvm::enumerate(llvm::zip(given.getDims(), made.getDims()))) {
    auto before = dyn_cast<IntegerAttr>(std::get<0>(pair));
    auto after = dyn_cast<IntegerAttr>(std::get<1>(pair));
    if (!before || !after || before.getInt() == after.getInt())
      continue;
    if (after.getInt() < before.getInt() || ++grown > 1)
      return "axis " + std::to_string(axis) + " has " +
             std::to_string(before.getInt()) + " and " +
             std::to_string(after.getInt()) + " elements";
  }
  return "";
}

namespace {
/// What --state asks for, pair by pair.
class StateFinder {
public:
  explicit StateFinder(ModelOp source);
  LogicalResult addNamed(StringRef option);
  void addByConvention();
  std::vector<StatePair> takePairs();

private:
  LogicalResult add(StringRef input, StringRef output);

  ModelOp model;
  llvm::MapVector<StringRef, Value> inputs, outputs;
  /// By input.
  llvm::StringMap<StatePair> pairs;
  llvm::StringSet<> usedOutputs;
};
} // namespace

StateFinder::StateFinder(ModelOp source) : model(source) {
  GraphOp graph = model.getGraph();
  for (BlockArgument input : graph.getBody().getArguments())
    if (!getDefault(input))
      inputs.insert({getValueName(input), input});
  Operation *terminator = graph.getBody().front().getTerminator();
  for (auto [info, value] :
       llvm::zip(graph.getOutputInfos().getAsRange<ValueInfoAttr>(),
                 terminator->getOperands()))
    if (StringAttr name = info.getName())
      outputs.insert({name.getValue(), value});
}

/// A pair that the user named.
LogicalResult StateFinder::add(StringRef input, StringRef output) {
  auto made = outputs.find(output);
  if (made == outputs.end())
    return model.emitError("--state: '")
           << input << "' is to come back from '" << output
           << "', which is no output of the model";
  if (std::string why = whyNoPair(inputs.lookup(input), made->second);
      !why.empty())
    return model.emitError("--state: '")
           << output << "' cannot be the next value of '" << input
           << "' because " << why;
  if (pairs.contains(input))
    return model.emitError("--state names the input '") << input << "' twice";
  if (!usedOutputs.insert(output).second)
    return model.emitError("--state names the output '") << output << "' twice";
  pairs[input] = {input.str(), output.str(), /*isRequested=*/true};
  return success();
}

/// INPUT=OUTPUT, where what each `*` of the one matches stands in the other.
LogicalResult StateFinder::addNamed(StringRef option) {
  auto [from, to] = option.split('=');
  if (from.empty() || to.empty())
    return model.emitError("--state takes auto, none or INPUT=OUTPUT, such as "
                           "'past_*=present_*', not '")
           << option << "'";
  SmallVector<StringRef> given, made;
  from.split(given, '*');
  to.split(made, '*');
  if (given.size() != made.size())
    return model.emitError("--state '")
           << option << "' needs as many * on both sides of the =";
  std::string pattern;
  for (StringRef piece : given)
    pattern += (pattern.empty() ? "^" : "(.*)") + llvm::Regex::escape(piece);
  llvm::Regex regex(pattern + "$");
  bool matchesAny = false;
  for (auto &[name, value] : inputs) {
    SmallVector<StringRef> matched;
    if (!regex.match(name, &matched))
      continue;
    matchesAny = true;
    std::string output = made.front().str();
    for (auto [text, piece] :
         llvm::zip(ArrayRef(matched).drop_front(), ArrayRef(made).drop_front()))
      output += (text + piece).str();
    if (failed(add(name, output)))
      return failure();
  }
  if (matchesAny)
    return success();
  InFlightDiagnostic error = model.emitError("--state '");
  error << option << "' matches no input of the model; there are ";
  constexpr size_t most = 5;
  for (auto [index, input] : llvm::enumerate(inputs))
    if (index < most)
      error << (index == 0 ? "'" : ", '") << input.first << "'";
  return error << (inputs.size() > most ? ", ..." : "");
}

void StateFinder::addByConvention() {
  for (auto &[input, value] : inputs) {
    if (pairs.contains(input))
      continue;
    for (const std::string &candidate : listCandidates(input)) {
      auto made = outputs.find(candidate);
      if (made == outputs.end() || usedOutputs.contains(candidate))
        continue;
      if (std::string why = whyNoPair(value, made->second); !why.empty()) {
        model.emitWarning()
            << "by their names, '" << input << "' and '" << candidate
            << "' are state, but they are sent like others because " << why;
      } else {
        usedOutputs.insert(candidate);
        pairs[input] = {input.str(), candidate, /*isRequested=*/false};
      }
      break;
    }
  }
}

std::vector<StatePair> StateFinder::takePairs() {
  std::vector<StatePair> ordered;
  for (auto &[input, value] : inputs)
    if (auto pair = pairs.find(input); pair != pairs.end())
      ordered.push_back(std::move(pair->second));
  return ordered;
}

FailureOr<std::vector<StatePair>>
onnx_split::findStates(ModelOp model, ArrayRef<std::string> options) {
  if (llvm::is_contained(options, "none")) {
    if (options.size() > 1)
      return model.emitError("--state=none goes with no other --state");
    return std::vector<StatePair>();
  }
  StateFinder finder(model);
  for (const std::string &option : options)
    if (option != "auto" && failed(finder.addNamed(option)))
      return failure();
  if (options.empty() || llvm::is_contained(options, "auto"))
    finder.addByConvention();
  return finder.takePairs();
}

bool onnx_split::generatesTokens(ModelOp model) {
  GraphOp graph = model.getGraph();
  bool takesTokens = false, takesCaches = false;
  for (BlockArgument input : graph.getBody().getArguments()) {
    StringRef name = getValueName(input);
    takesTokens |= name == "input_ids" || name == "decoder_input_ids";
    takesCaches |= name.starts_with("past");
  }
  return takesTokens && takesCaches &&
         llvm::any_of(graph.getOutputInfos().getAsRange<ValueInfoAttr>(),
                      [](ValueInfoAttr info) {
                        return info.getName() &&
                               info.getName().getValue() == "logits";
                      });
}

NodeOp onnx_split::findInPlaceNode(Value input, Value output) {
  auto maker = output.getDefiningOp<NodeOp>();
  // What the output is of the model is its one use: whatever else reads it goes
  // by its extents.
  if (!maker || maker.getCanonicalDomain() != "com.microsoft" ||
      maker.getOpType() != "GroupQueryAttention" || !input.hasOneUse() ||
      !output.hasOneUse())
    return {};
  OpOperand &use = *input.use_begin();
  // Its operands 3 and 4 are the past of keys and of values, its results 1 and
  // 2 what follows them.
  constexpr unsigned firstPast = 3, lastPast = 4, behind = 2;
  unsigned operand = use.getOperandNumber();
  bool isPast = use.getOwner() == maker && operand >= firstPast &&
                operand <= lastPast &&
                cast<OpResult>(output).getResultNumber() + behind == operand;
  return isPast ? maker : NodeOp();
}

//===----------------------------------------------------------------------===//
// Words
//===----------------------------------------------------------------------===//

/// Each number of a name is `*`.
static std::string patternOf(StringRef name) {
  std::string pattern;
  for (char c : name)
    if (!llvm::isDigit(c))
      pattern += c;
    else if (pattern.empty() || pattern.back() != '*')
      pattern += '*';
  return pattern;
}

std::vector<std::string> onnx_split::describeStates(
    ArrayRef<std::pair<std::string, std::string>> pairs) {
  std::vector<std::string> patterns;
  llvm::StringSet<> seen;
  for (const auto &[input, output] : pairs)
    if (std::string pattern = patternOf(input) + " -> " + patternOf(output);
        seen.insert(pattern).second)
      patterns.push_back(pattern);
  return patterns;
}
