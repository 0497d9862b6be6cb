//===- Providers.cpp - Execution providers --------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Runtime/Providers.h"

#include "NewerApi.h"
#include "onnx-split/Runtime/Library.h"
#include "onnx-split/Runtime/Session.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <set>

using namespace onnx_split;
using namespace onnx_split::runtime;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

// Options of ours.
static constexpr StringRef LibraryOption = "library", DeviceOption = "device";

/// An option of ours that says nothing is a mistake, not one left out.
static Error checkOwnOptions(const Provider &provider) {
  auto library = provider.options.find(LibraryOption.str());
  if (library == provider.options.end() || !library->second.empty())
    return Error::success();
  return createStringError("'library=' of the provider '" + provider.name +
                           "' is empty; name the library of its plug-in with "
                           "library=PATH, or leave it out");
}

Expected<Provider> runtime::parseProvider(StringRef text) {
  auto [name, rest] = text.split(',');
  if (name.empty())
    return createStringError("'" + text + "' names no provider, such as " +
                             Provider().name);
  Provider provider{name.str()};
  llvm::SmallVector<StringRef> settings;
  if (text.contains(','))
    rest.split(settings, ',');
  for (StringRef setting : settings) {
    auto [key, value] = setting.split('=');
    if (key.empty() || !setting.contains('='))
      return createStringError("'" + setting + "' of the provider '" + name +
                               "' is not KEY=VALUE");
    provider.options[key.str()] = value.str();
  }
  if (Error error = checkOwnOptions(provider))
    return error;
  return provider;
}

//===----------------------------------------------------------------------===//
// What a provider took
//===----------------------------------------------------------------------===//

int64_t NodeAssignment::countElsewhere() const {
  int64_t count = 0;
  for (const auto &[name, number] : elsewhere)
    count += number;
  return count;
}

std::string NodeAssignment::describe(StringRef provider) const {
  if (elsewhere.empty())
    return "";
  // The most frequent first.
  std::vector<std::pair<int64_t, std::string>> operators;
  for (const auto &[name, count] : elsewhere)
    operators.emplace_back(-count, name);
  llvm::sort(operators);
  std::string text =
      (provider + " left " + llvm::Twine(countElsewhere()) + " of " +
       llvm::Twine(nodes) + (nodes == 1 ? " node" : " nodes") +
       " to another provider: ")
          .str();
  return text + llvm::join(llvm::map_range(operators,
                                           [](const auto &one) {
                                             return std::to_string(-one.first) +
                                                    " " + one.second;
                                           }),
                           ", ");
}

/// The library is ONNX Runtime 1.`minor` or later.
static bool isSince(unsigned minor) {
  std::string text = getRuntimeVersion();
  StringRef version = text;
  unsigned found = 0;
  return version.consume_front("1.") && !version.consumeInteger(10, found) &&
         found >= minor;
}

Expected<std::optional<NodeAssignment>>
runtime::readAssignment(const Provider &provider, const Ort::Session &session) {
  if (provider.isCpu() || !isSince(newer::AssignmentSince))
    return std::nullopt;
  return guarded("nodes of " + provider.name, [&] {
    NodeAssignment found;
    const OrtEpAssignedSubgraph *const *subgraphs = nullptr;
    size_t subgraphCount = 0;
    Ort::ThrowOnError(
        newer::getAssignment(session, &subgraphs, &subgraphCount));
    for (const OrtEpAssignedSubgraph *subgraph :
         llvm::ArrayRef(subgraphs, subgraphCount)) {
      const char *owner = "", *domain = "", *name = "";
      const OrtEpAssignedNode *const *nodes = nullptr;
      size_t count = 0;
      Ort::ThrowOnError(newer::getProviderOf(subgraph, &owner));
      Ort::ThrowOnError(newer::getNodesOf(subgraph, &nodes, &count));
      found.nodes += int64_t(count);
      if (owner == provider.name)
        continue;
      for (const OrtEpAssignedNode *node : llvm::ArrayRef(nodes, count)) {
        Ort::ThrowOnError(newer::getDomainOf(node, &domain));
        Ort::ThrowOnError(newer::getOperatorOf(node, &name));
        ++found.elsewhere[*domain ? std::string(domain) + ":" + name : name];
      }
    }
    return std::optional(found);
  });
}

//===----------------------------------------------------------------------===//
// Providers of ONNX Runtime itself
//===----------------------------------------------------------------------===//

namespace {
/// The provider's own options, as the C API takes them.
struct KeyValues {
  std::vector<const char *> keys, values;

  explicit KeyValues(const Provider &provider) {
    for (const auto &[key, value] : provider.options)
      if (key != LibraryOption && key != DeviceOption) {
        keys.push_back(key.c_str());
        values.push_back(value.c_str());
      }
  }
};
} // namespace

/// Appends a provider that has a struct of options of its own: it is made,
/// filled by key, and handed over.
template <typename Options, typename Create, typename Update, typename Append>
static void appendWithStruct(const Provider &provider,
                             Ort::SessionOptions &settings, Create create,
                             Update update, Append append,
                             void (*release)(Options *)) {
  Options *made = nullptr;
  Ort::ThrowOnError(create(&made));
  std::unique_ptr<Options, void (*)(Options *)> owned(made, release);
  KeyValues own(provider);
  if (!own.keys.empty())
    Ort::ThrowOnError(
        update(made, own.keys.data(), own.values.data(), own.keys.size()));
  Ort::ThrowOnError(append(settings, made));
}

/// Appends any other by its name. Older versions know a short form alone, in
/// capital letters or not.
static void appendByName(const Provider &provider,
                         Ort::SessionOptions &settings) {
  StringRef brief = provider.name;
  brief.consume_back("ExecutionProvider");
  KeyValues own(provider);
  auto append = [&](const std::string &name) {
    return Ort::Status(Ort::GetApi().SessionOptionsAppendExecutionProvider(
        settings, name.c_str(), own.keys.data(), own.values.data(),
        own.keys.size()));
  };
  Ort::Status status = append(provider.name);
  for (const std::string &name : {brief.str(), brief.upper()})
    // What is wrong with a provider that is known is final.
    if (!status.IsOK() && StringRef(status.GetErrorMessage())
                              .contains_insensitive("unknown provider"))
      status = append(name);
  Ort::ThrowOnError(status);
}

static void appendBuiltIn(const Provider &provider,
                          Ort::SessionOptions &settings) {
  const OrtApi &api = Ort::GetApi();
  if (provider.name == "CUDAExecutionProvider")
    return appendWithStruct<OrtCUDAProviderOptionsV2>(
        provider, settings, api.CreateCUDAProviderOptions,
        api.UpdateCUDAProviderOptions,
        api.SessionOptionsAppendExecutionProvider_CUDA_V2,
        api.ReleaseCUDAProviderOptions);
  if (provider.name == "TensorrtExecutionProvider")
    return appendWithStruct<OrtTensorRTProviderOptionsV2>(
        provider, settings, api.CreateTensorRTProviderOptions,
        api.UpdateTensorRTProviderOptions,
        api.SessionOptionsAppendExecutionProvider_TensorRT_V2,
        api.ReleaseTensorRTProviderOptions);
  if (provider.name == "DnnlExecutionProvider")
    return appendWithStruct<OrtDnnlProviderOptions>(
        provider, settings, api.CreateDnnlProviderOptions,
        api.UpdateDnnlProviderOptions,
        api.SessionOptionsAppendExecutionProvider_Dnnl,
        api.ReleaseDnnlProviderOptions);
  if (provider.name == "CANNExecutionProvider")
    return appendWithStruct<OrtCANNProviderOptions>(
        provider, settings, api.CreateCANNProviderOptions,
        api.UpdateCANNProviderOptions,
        api.SessionOptionsAppendExecutionProvider_CANN,
        api.ReleaseCANNProviderOptions);
  appendByName(provider, settings);
}

//===----------------------------------------------------------------------===//
// Plug-ins
//===----------------------------------------------------------------------===//

static llvm::ArrayRef<const OrtEpDevice *> listDevices(Ort::Env &environment) {
  if (!isSince(newer::PluginsSince))
    return {};
  const OrtEpDevice *const *devices = nullptr;
  size_t count = 0;
  Ort::ThrowOnError(newer::getDevices(environment, &devices, &count));
  return llvm::ArrayRef(devices, count);
}

/// "CPU", as `device=KIND` names it.
static StringRef nameKind(const OrtEpDevice *device) {
  switch (newer::typeOf(newer::hardwareOf(device))) {
  case 0:
    return "CPU";
  case 1:
    return "GPU";
  case 2:
    return "NPU";
  }
  return "other";
}

/// Those that the provider offers.
static std::vector<const OrtEpDevice *> listDevicesOf(const Provider &provider,
                                                      Ort::Env &environment) {
  std::vector<const OrtEpDevice *> devices;
  for (const OrtEpDevice *device : listDevices(environment))
    if (newer::providerOf(device) == provider.name)
      devices.push_back(device);
  return devices;
}

/// The one of the devices that `device=NUMBER|KIND` picks, or the only one.
static Expected<const OrtEpDevice *>
pickDevice(const Provider &provider,
           llvm::ArrayRef<const OrtEpDevice *> devices) {
  auto option = provider.options.find(DeviceOption.str());
  std::string wanted = option != provider.options.end()
                           ? StringRef(option->second).upper()
                       : devices.size() == 1 ? "0"
                                             : "";
  std::vector<std::string> offered;
  for (auto [index, device] : llvm::enumerate(devices)) {
    if (wanted == std::to_string(index) || wanted == nameKind(device))
      return device;
    offered.push_back((llvm::Twine(index) + " (" + nameKind(device) + ", " +
                       newer::vendorOf(newer::hardwareOf(device)) + ")")
                          .str());
  }
  return createStringError(
      provider.name + " has the devices " + llvm::join(offered, ", ") +
      "; name one of them with device=NUMBER or device=KIND");
}

/// The names of all providers with a device here, and of those of ONNX Runtime
/// itself.
static std::string listKnown(Ort::Env &environment) {
  std::set<std::string> known;
  for (std::string &name : Ort::GetAvailableProviders())
    known.insert(std::move(name));
  for (const OrtEpDevice *device : listDevices(environment))
    known.insert(newer::providerOf(device));
  return llvm::join(known, ", ");
}

/// Loads the library unless that was done.
static Error registerLibrary(const std::string &library,
                             Ort::Env &environment) {
  static std::set<std::string> registered;
  if (registered.count(library))
    return Error::success();
  if (!isSince(newer::PluginsSince))
    return createStringError("ONNX Runtime " + getRuntimeVersion() +
                             " takes no providers as plug-ins; 1." +
                             llvm::Twine(newer::PluginsSince) + " does");
  // Its name in the registry only has to be its own.
  Ort::Status status(
      newer::registerLibrary(environment, library.c_str(), library.c_str()));
  if (!status.IsOK())
    return createStringError("the provider library '" + library +
                             "' cannot be loaded: " + status.GetErrorMessage());
  registered.insert(library);
  return Error::success();
}

static Error appendPlugin(const Provider &provider, const std::string &library,
                          Ort::Env &environment,
                          Ort::SessionOptions &settings) {
  if (Error error = registerLibrary(library, environment))
    return error;
  std::vector<const OrtEpDevice *> devices =
      listDevicesOf(provider, environment);
  if (devices.empty())
    return createStringError(
        "the provider library '" + library + "' has no '" + provider.name +
        "' with a device here; providers here are " + listKnown(environment));
  Expected<const OrtEpDevice *> device = pickDevice(provider, devices);
  if (!device)
    return device.takeError();
  KeyValues own(provider);
  Ort::ThrowOnError(newer::appendDevices(settings, environment, &*device, 1,
                                         own.keys.data(), own.values.data(),
                                         own.keys.size()));
  return Error::success();
}

Error runtime::useProvider(const Provider &provider, Ort::Env &environment,
                           Ort::SessionOptions &settings) {
  if (provider.isCpu()) {
    if (provider.options.empty())
      return Error::success();
    return createStringError(provider.name + " takes no options, so that '" +
                             provider.options.begin()->first +
                             "' would do nothing; leave it out");
  }
  if (Error error = checkOwnOptions(provider))
    return error;
  return guardedSteps(provider.name, [&]() -> Error {
    settings.AddConfigEntry("session.record_ep_graph_assignment_info", "1");
    auto library = provider.options.find(LibraryOption.str());
    if (library != provider.options.end())
      return appendPlugin(provider, library->second, environment, settings);
    if (llvm::is_contained(Ort::GetAvailableProviders(), provider.name)) {
      appendBuiltIn(provider, settings);
      return Error::success();
    }
    return createStringError(
        "there is no execution provider '" + provider.name +
        "' here; there are " + listKnown(environment) +
        ". Install an ONNX Runtime that has it, or name the library of its "
        "plug-in with library=PATH: this program does not look for the "
        "packages of Python (onnxruntime-ep-...)");
  });
}
