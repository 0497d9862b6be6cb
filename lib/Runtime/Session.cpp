//===- Session.cpp - Models in ONNX Runtime -------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Runtime/Session.h"

#include "onnx-split/Support/ElementTypes.h"

#include "onnx/onnx_pb.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

#include <onnxruntime_session_options_config_keys.h>

#include <climits>
#include <cstdlib>

using namespace onnx_split;
using namespace onnx_split::runtime;
using llvm::StringRef;

/// One for the process; what fails is reported as an error, not logged as well.
static Ort::Env &getEnvironment() {
  // From 1.29 on, the released libraries send figures of models to their maker
  // and keep an identifier of the machine, unless the environment forbids it
  // before they start (docs/Privacy.md there).
  static Ort::Env environment = [] {
    ::setenv("ORT_DISABLE_TELEMETRY", "1", /*replace=*/1);
    return Ort::Env(ORT_LOGGING_LEVEL_FATAL, "onnx-split");
  }();
  return environment;
}

bool Port::isFixed() const {
  return isTensor() && getElementBytes(elementType) > 0 &&
         llvm::all_of(dims, [](int64_t extent) { return extent >= 0; });
}

/// Inputs and outputs that are no tensors have a name and a kind alone.
static Port makePort(std::string name, const Ort::TypeInfo &type) {
  Port port;
  port.name = std::move(name);
  port.kind = type.GetONNXType();
  if (port.kind != ONNX_TYPE_TENSOR)
    return port;
  auto tensor = type.GetTensorTypeAndShapeInfo();
  port.elementType = tensor.GetElementType();
  port.dims = tensor.GetShape();
  std::vector<const char *> symbols(port.dims.size());
  tensor.GetSymbolicDimensions(symbols.data(), symbols.size());
  for (const char *symbol : symbols)
    port.symbols.push_back(symbol ? symbol : "");
  return port;
}

static GraphOptimizationLevel toLevel(Optimise optimise) {
  switch (optimise) {
  case Optimise::Off:
    return ORT_DISABLE_ALL;
  case Optimise::Basic:
    return ORT_ENABLE_BASIC;
  case Optimise::Extended:
    return ORT_ENABLE_EXTENDED;
  case Optimise::All:
    return ORT_ENABLE_ALL;
  }
  return ORT_ENABLE_ALL;
}

static Ort::SessionOptions toSettings(const runtime::SessionOptions &options) {
  Ort::SessionOptions settings;
  settings.SetGraphOptimizationLevel(toLevel(options.optimise));
  settings.SetIntraOpNumThreads(options.threads);
  settings.SetInterOpNumThreads(1);
  // Threads that wait for work would take the time of the device's others.
  settings.AddConfigEntry("session.intra_op.allow_spinning", "0");
  if (!options.profilePrefix.empty())
    settings.EnableProfiling(options.profilePrefix.c_str());
  if (!options.dataFolder.empty())
    settings.AddConfigEntry(
        kOrtSessionOptionsModelExternalInitializersFileFolderPath,
        options.dataFolder.c_str());
  return settings;
}

Session::Session(Ort::Session loaded, StringRef name)
    : session(std::move(loaded)), path(name) {
  Ort::AllocatorWithDefaultOptions allocator;
  for (size_t i = 0; i < session.GetInputCount(); ++i)
    inputs.push_back(makePort(session.GetInputNameAllocated(i, allocator).get(),
                              session.GetInputTypeInfo(i)));
  for (size_t i = 0; i < session.GetOverridableInitializerCount(); ++i)
    defaulted.push_back(makePort(
        session.GetOverridableInitializerNameAllocated(i, allocator).get(),
        session.GetOverridableInitializerTypeInfo(i)));
  for (size_t i = 0; i < session.GetOutputCount(); ++i)
    outputs.push_back(
        makePort(session.GetOutputNameAllocated(i, allocator).get(),
                 session.GetOutputTypeInfo(i)));
}

/// `make` makes the session of ONNX Runtime from its settings.
template <typename Make>
llvm::Expected<Session>
Session::load(StringRef name, const SessionOptions &options, Make make) {
  std::optional<Session> loaded;
  std::string context = name.str();
  if (!options.provider.isCpu())
    context += ": with " + options.provider.name;
  if (llvm::Error error = guardedSteps(context, [&]() -> llvm::Error {
        Ort::SessionOptions settings = toSettings(options);
        if (llvm::Error unusable =
                useProvider(options.provider, getEnvironment(), settings))
          return llvm::createStringError(name + ": " +
                                         llvm::toString(std::move(unusable)));
        loaded = Session(make(settings), name);
        return llvm::Error::success();
      }))
    return error;
  auto assignment = readAssignment(options.provider, loaded->session);
  if (!assignment)
    return llvm::createStringError(name + ": " +
                                   llvm::toString(assignment.takeError()));
  loaded->assignment = std::move(*assignment);
  return std::move(*loaded);
}

llvm::Expected<Session> Session::load(StringRef path,
                                      const SessionOptions &options) {
  return load(path, options, [&](Ort::SessionOptions &settings) {
    return Ort::Session(getEnvironment(), path.str().c_str(), settings);
  });
}

llvm::Expected<Session> Session::load(StringRef name, StringRef model,
                                      const SessionOptions &options) {
  return load(name, options, [&](Ort::SessionOptions &settings) {
    return Ort::Session(getEnvironment(), model.data(), model.size(), settings);
  });
}

const Port *Session::findInput(StringRef name) const {
  for (const std::vector<Port> *ports : {&inputs, &defaulted})
    for (const Port &port : *ports)
      if (port.name == name)
        return &port;
  return nullptr;
}

std::string Session::getMetadata(StringRef key) {
  auto value = guarded(path, [&]() -> std::string {
    Ort::AllocatorWithDefaultOptions allocator;
    auto text = session.GetModelMetadata().LookupCustomMetadataMapAllocated(
        key.str().c_str(), allocator);
    return text ? text.get() : "";
  });
  if (value)
    return *value;
  llvm::consumeError(value.takeError());
  return "";
}

llvm::Expected<std::vector<Ort::Value>> Session::run(const Values &values) {
  // The session takes names and values as arrays of plain pointers.
  std::vector<const char *> inputNames, outputNames;
  std::vector<const OrtValue *> inputValues;
  for (const std::vector<Port> *ports : {&inputs, &defaulted})
    for (const Port &port : *ports)
      if (auto value = values.find(port.name); value != values.end()) {
        inputNames.push_back(port.name.c_str());
        inputValues.push_back(value->second);
      } else if (ports == &inputs) {
        return llvm::createStringError(path + ": input '" + port.name +
                                       "' has no value");
      }
  if (outputs.empty())
    return std::vector<Ort::Value>();
  for (const Port &port : outputs)
    outputNames.push_back(port.name.c_str());
  std::vector<OrtValue *> results(outputs.size());
  return guarded(path, [&] {
    Ort::ThrowOnError(Ort::GetApi().Run(session, nullptr, inputNames.data(),
                                        inputValues.data(), inputNames.size(),
                                        outputNames.data(), outputNames.size(),
                                        results.data()));
    std::vector<Ort::Value> owned;
    for (OrtValue *result : results)
      owned.emplace_back(result);
    return owned;
  });
}

llvm::Error Session::run(const Ort::IoBinding &binding) {
  if (outputs.empty())
    return llvm::Error::success();
  return guarded(path,
                 [&] {
                   session.Run(Ort::RunOptions(nullptr), binding);
                   return 0;
                 })
      .takeError();
}

llvm::Expected<std::string> Session::endProfiling() {
  return guarded(path, [&]() -> std::string {
    Ort::AllocatorWithDefaultOptions allocator;
    return session.EndProfilingAllocated(allocator).get();
  });
}

void runtime::startRuntime() { getEnvironment(); }

std::string runtime::describeShape(llvm::ArrayRef<int64_t> dims) {
  if (dims.empty())
    return "scalar";
  return llvm::join(llvm::map_range(dims,
                                    [](int64_t extent) {
                                      return extent < 0
                                                 ? std::string("?")
                                                 : std::to_string(extent);
                                    }),
                    "x");
}

/// From here on, ONNX Runtime numbers types in the order in which it took them
/// up: uint2, int2, float8e8m0. Its headers may be older than its library.
static constexpr std::pair<int32_t, int32_t> OtherNumbers[] = {
    {24, onnx::TensorProto::UINT2},
    {25, onnx::TensorProto::INT2},
    {26, onnx::TensorProto::FLOAT8E8M0}};

int32_t runtime::toDataType(ONNXTensorElementDataType type) {
  for (auto [here, inOnnx] : OtherNumbers)
    if (type == here)
      return inOnnx;
  return type;
}

ONNXTensorElementDataType runtime::fromDataType(int32_t type) {
  for (auto [here, inOnnx] : OtherNumbers)
    if (type == inOnnx)
      return ONNXTensorElementDataType(here);
  // What ONNX Runtime does not know, it refuses by its number.
  return ONNXTensorElementDataType(type);
}

std::string runtime::describeElementType(ONNXTensorElementDataType type) {
  int32_t number = toDataType(type);
  if (!onnx::TensorProto::DataType_IsValid(number))
    return "type " + std::to_string(number);
  return StringRef(onnx::TensorProto::DataType_Name(
                       onnx::TensorProto::DataType(number)))
      .lower();
}

size_t runtime::getElementBytes(ONNXTensorElementDataType type) {
  unsigned bits = bitsPerElement(toDataType(type));
  return bits % CHAR_BIT == 0 ? bits / CHAR_BIT : 0;
}

size_t runtime::getTensorBytes(const Ort::Value &tensor) {
  auto info = tensor.GetTensorTypeAndShapeInfo();
  unsigned bits = bitsPerElement(toDataType(info.GetElementType()));
  return llvm::divideCeil(uint64_t(info.GetElementCount()) * bits, CHAR_BIT);
}
