//===- Inputs.cpp - What a model is fed with ------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Runtime/Inputs.h"

#include "onnx-split/Inference/DimExpression.h"
#include "onnx-split/Runtime/Decoder.h"
#include "onnx-split/Runtime/TensorFiles.h"
#include "onnx-split/Support/ElementTypes.h"
#include "onnx-split/Target/Onnx/GivenTensor.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"

#include <algorithm>
#include <random>

using namespace onnx_split;
using namespace onnx_split::runtime;
using llvm::ArrayRef;
using llvm::createStringError;
using llvm::Expected;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Values that nothing else gives
//===----------------------------------------------------------------------===//

/// "1x3x224", or nothing for a scalar.
static std::optional<std::vector<int64_t>> parseShape(StringRef text) {
  std::vector<int64_t> dims;
  llvm::SmallVector<StringRef> extents;
  if (!text.empty())
    text.split(extents, 'x');
  for (StringRef extent : extents)
    if (int64_t value; extent.getAsInteger(10, value) || value < 0)
      return std::nullopt;
    else
      dims.push_back(value);
  return dims;
}

/// The value of the last `NAME=...` for the name; names may hold '='.
static std::optional<StringRef> findSetting(ArrayRef<std::string> settings,
                                            StringRef name) {
  for (StringRef setting : llvm::reverse(settings))
    if (auto [key, value] = setting.rsplit('='); key == name)
      return value;
  return std::nullopt;
}

/// The extent that the settings give one of these names, the first that they
/// have.
static std::optional<int64_t> findExtent(ArrayRef<StringRef> names,
                                         ArrayRef<std::string> settings) {
  for (StringRef name : names)
    if (!name.empty())
      if (auto text = findSetting(settings, name)) {
        int64_t extent;
        return text->getAsInteger(10, extent) ? std::nullopt
                                              : std::optional(extent);
      }
  return std::nullopt;
}

/// What settings say of an open extent: by its symbol, by its place, of all
/// that are open, or by the terms of a symbol that is an expression; other
/// settings may give terms that these do not.
static std::optional<int64_t> findExtent(const Port &port, size_t axis,
                                         ArrayRef<std::string> settings,
                                         ArrayRef<std::string> others) {
  const std::string &symbol = port.symbols[axis];
  std::string place = port.name + "[" + std::to_string(axis) + "]";
  DimExpression expression(symbol);
  if (symbol.empty() || !expression.isCompound())
    return findExtent({symbol, place, "*"}, settings);
  if (auto extent = findExtent({symbol, place}, settings))
    return extent;
  bool anyHere = false;
  auto extent = expression.evaluate([&](StringRef term) {
    auto own = findExtent({term, "*"}, settings);
    anyHere |= own.has_value();
    return own ? own : findExtent({term, "*"}, others);
  });
  return anyHere || others.empty() ? extent : std::nullopt;
}

Expected<std::vector<int64_t>> runtime::findShape(const Port &port,
                                                  const InputOptions &options) {
  auto atPoint = [&](size_t axis) {
    return findExtent(port, axis, options.pointDims, options.dims);
  };
  if (auto text = findSetting(options.shapes, port.name)) {
    auto dims = parseShape(*text);
    if (!dims)
      return createStringError("--shape of '" + port.name + "' is '" + *text +
                               "', not a shape such as 1x3x224x224");
    for (size_t axis = 0; axis < std::min(dims->size(), port.dims.size());
         ++axis)
      if (port.dims[axis] < 0)
        (*dims)[axis] = atPoint(axis).value_or((*dims)[axis]);
    return *dims;
  }
  std::optional<std::vector<int64_t>> planned;
  if (auto text = findSetting(options.plannedShapes, port.name))
    planned = parseShape(*text);
  std::vector<int64_t> dims = port.dims;
  for (auto [axis, extent] : llvm::enumerate(dims)) {
    if (extent >= 0)
      continue;
    extent = atPoint(axis).value_or(
        findExtent(port, axis, options.dims, {}).value_or(-1));
    if (extent < 0 && planned && axis < planned->size())
      extent = (*planned)[axis];
    if (extent < 0)
      return createStringError("input '" + port.name + "' has the open shape " +
                               describeShape(port.dims) +
                               "; fix it with --shape or --dim");
  }
  return dims;
}

/// IEEE half precision, rounded towards zero, of a number from -1 to 1.
static uint16_t toHalf(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  int32_t exponent = int32_t(bits >> 23 & 255) - 127 + 15;
  // Values below the normal range become zero.
  if (exponent <= 0)
    return bits >> 16 & 0x8000;
  return (bits >> 16 & 0x8000) | exponent << 10 | (bits >> 13 & 0x3ff);
}

static uint16_t toBFloat(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  return uint16_t(bits >> 16);
}

namespace {
/// The elements of one input, one after the other. They depend on the seed and
/// the input's name, type and shape alone.
class Elements {
public:
  Elements(StringRef name, const InputOptions &from)
      : options(from),
        generator(from.seed * 0x9e3779b97f4a7c15 + llvm::xxh3_64bits(name)) {
    if (auto known = from.ranges.find(name); known != from.ranges.end())
      range = known->second;
  }

  /// From -1 to 1; not std::uniform_real_distribution, whose results are the
  /// library's.
  double real() {
    if (options.filling == Filling::Zeros || options.filling == Filling::Ones)
      return options.filling == Filling::Ones;
    return double(generator() >> 11) / double(uint64_t(1) << 52) - 1;
  }
  int64_t whole() { return within(range); }
  bool truth() { return within({0, 1}) != 0; }

private:
  int64_t within(InputRange allowed) {
    switch (options.filling) {
    case Filling::Random:
      break;
    case Filling::WholeZeros:
    case Filling::Zeros:
      return std::clamp<int64_t>(0, allowed.low, allowed.high);
    case Filling::WholeOnes:
    case Filling::Ones:
      return std::clamp<int64_t>(1, allowed.low, allowed.high);
    }
    uint64_t count = uint64_t(allowed.high) - uint64_t(allowed.low) + 1;
    return int64_t(uint64_t(allowed.low) +
                   (count == 0 ? generator() : generator() % count));
  }

  const InputOptions &options;
  std::mt19937_64 generator;
  InputRange range;
};
} // namespace

/// Fills elements with what `next` gives.
template <typename Element, typename Next>
static void fill(Ort::Value &value, size_t count, Next next) {
  auto *data = static_cast<Element *>(value.GetTensorMutableRawData());
  for (size_t i = 0; i < count; ++i)
    data[i] = static_cast<Element>(next());
}

/// False where there are no values of the type.
static bool fillTensor(Ort::Value &value, ONNXTensorElementDataType type,
                       size_t count, Elements &elements) {
  auto real = [&] { return elements.real(); };
  auto whole = [&] { return elements.whole(); };
  switch (type) {
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT:
    fill<float>(value, count, real);
    return true;
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE:
    fill<double>(value, count, real);
    return true;
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16:
    fill<uint16_t>(value, count, [&] { return toHalf(float(real())); });
    return true;
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16:
    fill<uint16_t>(value, count, [&] { return toBFloat(float(real())); });
    return true;
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL:
    fill<uint8_t>(value, count, [&] { return elements.truth(); });
    return true;
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8:
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8:
    fill<uint8_t>(value, count, whole);
    return true;
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16:
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16:
    fill<uint16_t>(value, count, whole);
    return true;
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32:
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32:
    fill<uint32_t>(value, count, whole);
    return true;
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64:
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64:
    fill<uint64_t>(value, count, whole);
    return true;
  default:
    return false;
  }
}

/// A value for an input that nothing else gives.
static Expected<Ort::Value> makeFilled(const Port &port,
                                       const InputOptions &options) {
  if (!port.isTensor())
    return createStringError("input '" + port.name +
                             "' is no tensor, so it cannot be random: give it "
                             "with --input " +
                             port.name + "=FILE");
  auto dims = findShape(port, options);
  if (!dims)
    return dims.takeError();
  Expected<size_t> count = countElements(*dims);
  if (!count)
    return count.takeError();
  Expected<Ort::Value> value = makeTensor(port.elementType, *dims);
  if (!value)
    return value;
  InputOptions filled = options;
  if (options.filling == Filling::Random && isMaskInput(port.name) &&
      !options.ranges.count(port.name))
    filled.filling = Filling::Ones;
  Elements elements(port.name, filled);
  if (fillTensor(*value, port.elementType, *count, elements))
    return value;
  return createStringError("there are no random values of " +
                           describeElementType(port.elementType) +
                           " for input '" + port.name +
                           "': give it with --input " + port.name + "=FILE");
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

/// What an input is set to, if anything.
static std::optional<StringRef> findSet(StringRef name,
                                        const InputOptions &options) {
  for (StringRef setting : options.set)
    if (setting.consume_front(name) && setting.consume_front("="))
      return setting;
  return std::nullopt;
}

/// The file of each input that has one, by name.
static Expected<std::map<std::string, std::string>>
findFiles(ArrayRef<std::string> order, const InputOptions &options) {
  std::map<std::string, std::string> files;
  for (StringRef file : options.files) {
    auto [name, path] = splitNameAndFile(file);
    if (!path.empty() && !llvm::sys::fs::is_directory(file)) {
      if (findSet(name, options))
        return createStringError("the input '" + name +
                                 "' is given with --set and with --input");
      files[name.str()] = path.str();
      continue;
    }
    if (!llvm::sys::fs::is_directory(file))
      return createStringError("'" + file +
                               "' is neither NAME=FILE nor a folder");
    bool any = false;
    for (auto [index, input] : llvm::enumerate(order))
      for (StringRef extension : {".pb", ".npy"}) {
        llvm::SmallString<256> candidate(file);
        llvm::sys::path::append(candidate,
                                "input_" + llvm::Twine(index) + extension);
        if (llvm::sys::fs::exists(candidate)) {
          files[input] = candidate.str().str();
          any = true;
        }
      }
    if (!any)
      return createStringError("'" + file +
                               "' holds no input_0.pb or input_0.npy");
  }
  for (const auto &[name, path] : files)
    if (!llvm::is_contained(order, name))
      return createStringError(
          "the model has no input '" + name + "'; it has " +
          llvm::join(
              llvm::map_range(
                  order, [](const auto &known) { return "'" + known + "'"; }),
              ", "));
  return files;
}

/// Why a value from a file is not what the port takes, or nothing.
static std::string findMismatch(const Ort::Value &value, const Port &port) {
  if (!port.isTensor() || !value.IsTensor())
    return "";
  auto info = value.GetTensorTypeAndShapeInfo();
  if (info.GetElementType() != port.elementType)
    return "elements of " + describeElementType(info.GetElementType()) +
           " where the model takes " + describeElementType(port.elementType);
  std::vector<int64_t> dims = info.GetShape();
  bool fits = dims.size() == port.dims.size();
  for (size_t i = 0; fits && i < dims.size(); ++i)
    fits = port.dims[i] < 0 || port.dims[i] == dims[i];
  return fits ? ""
              : "shape " + describeShape(dims) + " where the model takes " +
                    describeShape(port.dims);
}

//===----------------------------------------------------------------------===//
// All of them
//===----------------------------------------------------------------------===//

static Expected<Ort::Value> makeSet(const Port &port, StringRef text) {
  TensorDeclaration declared;
  declared.elementType = toDataType(port.elementType);
  declared.dims = port.dims;
  auto tensor = parseGivenTensor(text, declared);
  if (!tensor)
    return createStringError("--set: the input '" + port.name + "' " +
                             llvm::toString(tensor.takeError()));
  return fromProto(*tensor);
}

Expected<Values> runtime::makeInputs(ArrayRef<Port> ports,
                                     ArrayRef<std::string> order,
                                     const InputOptions &options) {
  auto files = findFiles(order, options);
  if (!files)
    return files.takeError();
  Values values;
  for (const Port &port : ports) {
    if (auto text = findSet(port.name, options)) {
      Expected<Ort::Value> value = makeSet(port, *text);
      if (!value)
        return value.takeError();
      values.emplace(port.name, std::move(*value));
      continue;
    }
    auto file = files->find(port.name);
    Expected<Ort::Value> value = file == files->end()
                                     ? makeFilled(port, options)
                                     : readValue(file->second, port.kind);
    if (!value)
      return value.takeError();
    if (std::string why = findMismatch(*value, port); !why.empty())
      return createStringError(
          (file == files->end() ? "--shape" : file->second) + ": input '" +
          port.name + "' has " + why);
    values.emplace(port.name, std::move(*value));
  }
  return values;
}

/// The inputs that must be given, which the files of a folder are numbered by.
static std::vector<std::string> listNames(const Session &session) {
  std::vector<std::string> names;
  for (const Port &port : session.getInputs())
    names.push_back(port.name);
  return names;
}

Expected<Values> runtime::makeInputs(const Session &session,
                                     const InputOptions &options) {
  std::vector<Port> ports(session.getInputs());
  for (const Port &port : session.getDefaultedInputs())
    if (findSet(port.name, options))
      ports.push_back(port);
  return makeInputs(ports, listNames(session), options);
}

FilledInputs runtime::findFilled(const Session &session,
                                 const InputOptions &options) {
  FilledInputs filled;
  auto files = findFiles(listNames(session), options);
  if (!files) {
    llvm::consumeError(files.takeError());
    return filled;
  }
  for (const Port &port : session.getInputs())
    if (!files->count(port.name) && !findSet(port.name, options)) {
      filled.names.push_back(port.name);
      bool real = isFloatingPoint(toDataType(port.elementType));
      (real ? filled.anyReal : filled.anyWhole) = true;
    }
  return filled;
}
