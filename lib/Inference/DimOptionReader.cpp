//===- DimOptionReader.cpp - Options that give values to dimensions -------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelDims.h"

#include "onnx-split/Support/ShellQuote.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

namespace {
/// A flag, and how its option looks.
struct Flag {
  StringRef name, example;
};
constexpr Flag Shape = {"shape", "NAME=1x3x224x224"};
constexpr Flag Dim = {"dim", "NAME=1"};
constexpr Flag Assume = {"assume", "NAME=1"};
constexpr Flag Also = {"also", "NAME=1[,NAME=1...]"};

/// What one flag says, beside what came before it.
struct Layer {
  Flag flag;
  DimValues values;
  /// The option that names `*`.
  std::optional<DimBinding> rest;
  /// Names that are no dimensions but expressions of them.
  std::vector<std::string> conditions;
};
} // namespace

/// Reads the options of one model. Errors are emitted at the model.
class onnx_split::DimOptionReader {
public:
  explicit DimOptionReader(ModelOp modelOp)
      : model(modelOp), result(modelOp), dims(*result.dims) {}

  FailureOr<DimBindings> read(const DimOptions &options);

private:
  LogicalResult readShapes(ArrayRef<std::string> options, Layer &layer);
  LogicalResult readValues(ArrayRef<std::string> options, Layer &layer);
  LogicalResult readPoint(StringRef option);
  void bindRest(const Layer &layer, const DimValues &known, DimValues &values);
  LogicalResult split(Flag flag, StringRef option, StringRef &name,
                      StringRef &value);

  LogicalResult bindShape(Layer &layer, StringRef option, StringRef name,
                          ArrayRef<int64_t> extents);
  LogicalResult bindName(Layer &layer, StringRef name,
                         const DimBinding &binding);
  LogicalResult bindSpelling(Layer &layer, StringRef name,
                             const DimBinding &binding);
  std::optional<LogicalResult> bindInputAxis(Layer &layer, StringRef name,
                                             const DimBinding &binding);
  LogicalResult bindAxis(Layer &layer, BlockArgument input, int64_t axis,
                         const DimBinding &binding);
  LogicalResult bind(Layer &layer, const DimName &name,
                     const DimBinding &binding);
  LogicalResult checkConditions(const Layer &layer, const DimValues &values);

  ModelOp model;
  DimBindings result;
  ModelDims &dims;
};

//===----------------------------------------------------------------------===//
// Text of options
//===----------------------------------------------------------------------===//

/// Splits NAME=VALUE at the last '=': names may hold one, values do not.
LogicalResult DimOptionReader::split(Flag flag, StringRef option,
                                     StringRef &name, StringRef &value) {
  std::tie(name, value) = option.rsplit('=');
  if (name.empty() || value.empty())
    return model.emitError("--") << flag.name << " takes " << flag.example
                                 << ", but it is '" << option << "'";
  return success();
}

static LogicalResult readExtent(ModelOp model, Flag flag, StringRef option,
                                StringRef text, int64_t &extent) {
  if (!text.getAsInteger(10, extent) && extent >= 0)
    return success();
  return model.emitError("--")
         << flag.name << " takes " << flag.example << ", but '" << text
         << "' in '" << option << "' is not an extent of at least 0";
}

static std::string originOf(Flag flag, StringRef option) {
  return ("--" + flag.name + " " + quoteForShell(option)).str();
}

/// NAME=V,NAME=V at the commas outside of brackets: names hold calls.
static std::vector<std::string> splitPoint(StringRef option) {
  std::vector<std::string> elements(1);
  int64_t depth = 0;
  for (char byte : option) {
    depth += byte == '(' || byte == '[';
    depth -= byte == ')' || byte == ']';
    if (byte == ',' && depth <= 0)
      elements.emplace_back();
    else
      elements.back() += byte;
  }
  return elements;
}

LogicalResult DimOptionReader::readShapes(ArrayRef<std::string> options,
                                          Layer &layer) {
  llvm::StringSet<> names;
  for (StringRef option : options) {
    StringRef name, value;
    if (failed(split(Shape, option, name, value)))
      return failure();
    SmallVector<int64_t> extents;
    for (StringRef part : llvm::split(value, 'x'))
      if (failed(
              readExtent(model, Shape, option, part, extents.emplace_back())))
        return failure();
    if (!names.insert(name).second)
      return model.emitError("--shape names the input '") << name << "' twice";
    if (failed(bindShape(layer, option, name, extents)))
      return failure();
  }
  return success();
}

LogicalResult DimOptionReader::readValues(ArrayRef<std::string> options,
                                          Layer &layer) {
  for (StringRef option : options) {
    StringRef name, value;
    DimBinding binding = {0, originOf(layer.flag, option)};
    if (failed(split(layer.flag, option, name, value)) ||
        failed(readExtent(model, layer.flag, option, value, binding.value)))
      return failure();
    if (name != "*" || dims.hasSymbol(name)) {
      if (failed(bindName(layer, name, binding)))
        return failure();
    } else if (layer.rest && layer.rest->value != binding.value) {
      return model.emitError() << layer.rest->origin << " and "
                               << binding.origin << " contradict each other";
    } else {
      layer.rest = binding;
    }
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

/// Binds a name in a layer where neither it nor what is fixed has another
/// value.
LogicalResult DimOptionReader::bind(Layer &layer, const DimName &name,
                                    const DimBinding &binding) {
  for (const DimValues *values : {&layer.values, &result.fixedValues})
    if (const DimBinding *other = values->find(name);
        other && other->value != binding.value)
      return model.emitError() << binding.origin << " makes " << name.describe()
                               << " " << binding.value << ", but "
                               << other->origin << " makes it " << other->value;
  layer.values.bind(name, binding);
  return success();
}

LogicalResult DimOptionReader::bindAxis(Layer &layer, BlockArgument input,
                                        int64_t axis,
                                        const DimBinding &binding) {
  StringRef name = getValueName(input);
  ArrayAttr extents = cast<OnnxTensorType>(input.getType()).getDims();
  Attribute dim = extents ? extents[axis] : Attribute();
  if (auto symbol = dyn_cast_or_null<StringAttr>(dim);
      symbol && isSymbol(symbol))
    return bind(layer, DimName::ofSymbol(symbol), binding);
  auto extent = dyn_cast_or_null<IntegerAttr>(dim);
  if (!extent || extent.getInt() < 0)
    return bind(layer, DimName::ofAxis(name, axis), binding);
  if (extent.getInt() == binding.value)
    return success();
  return model.emitError() << binding.origin << " makes "
                           << DimName::ofAxis(name, axis).describe() << " "
                           << binding.value << ", but the model fixes it to "
                           << extent.getInt();
}

LogicalResult DimOptionReader::bindShape(Layer &layer, StringRef option,
                                         StringRef name,
                                         ArrayRef<int64_t> extents) {
  BlockArgument input = dims.findInput(name);
  if (!input) {
    SmallVector<std::string> names;
    for (BlockArgument other : model.getGraph().getBody().getArguments())
      names.push_back(("'" + getValueName(other) + "'").str());
    return model.emitError("--shape names '")
           << name << "', which is no input of the model; it has "
           << llvm::join(names, ", ");
  }
  auto type = dyn_cast<OnnxTensorType>(input.getType());
  if (!type)
    return model.emitError("--shape names the input '")
           << name << "', which is not a tensor";
  if (type.hasRank() && type.getDims().size() != extents.size())
    return model.emitError("--shape gives the input '")
           << name << "' " << extents.size() << " extents, but it has rank "
           << type.getDims().size();
  for (auto [axis, extent] : llvm::enumerate(extents)) {
    std::string origin =
        originOf(Shape, option) + " (axis " + std::to_string(axis) + ")";
    if (failed(bindAxis(layer, input, axis, {extent, origin})))
      return failure();
  }
  return success();
}

/// INPUT[AXIS]; nothing where the name is not of that kind.
std::optional<LogicalResult>
DimOptionReader::bindInputAxis(Layer &layer, StringRef name,
                               const DimBinding &binding) {
  auto [inputName, digits] = name.rsplit('[');
  BlockArgument input = dims.findInput(inputName);
  if (!input || !digits.consume_back("]"))
    return std::nullopt;
  auto refuse = [&]() {
    return model.emitError("--")
           << layer.flag.name << " names '" << name << "', but ";
  };
  int64_t axis;
  if (digits.getAsInteger(10, axis) || axis < 0)
    return refuse() << "'" << digits << "' is not an axis of at least 0";
  auto type = dyn_cast<OnnxTensorType>(input.getType());
  if (!type)
    return refuse() << "the input '" << inputName << "' is not a tensor";
  // An input without a rank has the axes that --shape gives it.
  DimName axisName = DimName::ofAxis(inputName, axis);
  if (type.hasRank()
          ? axis < int64_t(type.getDims().size())
          : layer.values.find(axisName) || result.fixedValues.find(axisName))
    return bindAxis(layer, input, axis, binding);
  if (type.hasRank())
    return refuse() << "the input '" << inputName << "' has rank "
                    << type.getDims().size();
  return refuse() << "the model does not say the rank of the input '"
                  << inputName << "'; --shape " << inputName
                  << "=... gives it one";
}

/// A literal symbol wins, then INPUT[AXIS], then the name of a term.
LogicalResult DimOptionReader::bindName(Layer &layer, StringRef name,
                                        const DimBinding &binding) {
  if (dims.hasSymbol(name))
    return bind(layer, DimName::ofSymbol(name), binding);
  if (std::optional<LogicalResult> bound = bindInputAxis(layer, name, binding))
    return *bound;
  if (dims.hasTerm(name)) {
    dims.makeKnown(name);
    return bind(layer, DimName::ofSymbol(name), binding);
  }
  return bindSpelling(layer, name, binding);
}

/// An expression of known names: a dimension that the model spells in another
/// way, or a condition on its terms.
LogicalResult DimOptionReader::bindSpelling(Layer &layer, StringRef name,
                                            const DimBinding &binding) {
  DimExpression expression(name);
  bool isFound = false;
  for (const std::string &symbol : dims.getSymbols())
    if (expression.isCompound() && DimExpression(symbol) == expression) {
      isFound = true;
      if (failed(bind(layer, DimName::ofSymbol(symbol), binding)))
        return failure();
    }
  if (isFound)
    return success();
  auto isKnown = [&](const std::string &term) {
    return dims.hasSymbol(term) || dims.hasTerm(term);
  };
  if (expression.isCompound() && !expression.terms().empty() &&
      llvm::all_of(expression.terms(), isKnown)) {
    layer.conditions.push_back(name.str());
    return bind(layer, DimName::ofSymbol(name), binding);
  }
  return model.emitError("--")
         << layer.flag.name << " names '" << name
         << "', which is no dimension of the model; it has "
         << dims.describeNames();
}

/// A condition must be one: it gives no values to its terms.
LogicalResult DimOptionReader::checkConditions(const Layer &layer,
                                               const DimValues &values) {
  for (const std::string &name : layer.conditions) {
    DimExpression expression(name);
    for (const std::string &term : expression.terms())
      if (!values.find(DimName::ofSymbol(term)))
        return model.emitError()
               << layer.values.find(DimName::ofSymbol(name))->origin
               << " names no dimension of the model, but an expression; its "
                  "term '"
               << term << "' needs a value of its own";
  }
  return success();
}

//===----------------------------------------------------------------------===//
// All options
//===----------------------------------------------------------------------===//

void DimOptionReader::bindRest(const Layer &layer, const DimValues &known,
                               DimValues &values) {
  if (layer.rest)
    for (const OpenDim &dim : result.openDims(known))
      values.bind(dim.name, *layer.rest);
}

LogicalResult DimOptionReader::readPoint(StringRef option) {
  Layer layer = {Also, {}, {}, {}};
  if (failed(readValues(splitPoint(option), layer)))
    return failure();
  DimValues point = result.fixedValues;
  point.addMissing(layer.values);
  // Here `*` is all that the parts keep open, assumed or not.
  bindRest(layer, DimValues(point), point);
  point.addMissing(result.planningValues);
  result.pointValues.push_back(point);
  return checkConditions(layer, point);
}

FailureOr<DimBindings> DimOptionReader::read(const DimOptions &options) {
  Layer fixed = {Dim, {}, {}, {}}, assumed = {Assume, {}, {}, {}};
  if (failed(readShapes(options.shapes, fixed)) ||
      failed(readValues(options.dims, fixed)))
    return failure();
  result.fixedValues = fixed.values;
  if (failed(readValues(options.assumes, assumed)))
    return failure();

  // `*` leaves alone what another option names, so that `--dim '*=1' --assume
  // N=8` keeps N open in the parts.
  DimValues named = fixed.values;
  named.addMissing(assumed.values);
  bindRest(fixed, named, result.fixedValues);
  result.planningValues = result.fixedValues;
  result.planningValues.addMissing(assumed.values);
  bindRest(assumed, DimValues(result.planningValues), result.planningValues);
  for (const Layer &layer : {fixed, assumed})
    if (failed(checkConditions(layer, result.planningValues)))
      return failure();

  for (StringRef option : options.alsos)
    if (failed(readPoint(option)))
      return failure();
  for (const DimValues *values : result.allValues())
    if (failed(result.check(*values)))
      return failure();
  return result;
}

FailureOr<DimBindings> DimBindings::read(ModelOp model,
                                         const DimOptions &options) {
  return DimOptionReader(model).read(options);
}
