//===- NodeTimes.cpp - How long each node of a model takes ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeTimes.h"

#include "../Mpi.h"
#include "CoreShare.h"

#include "onnx-split/Analysis/Constants.h"
#include "onnx-split/Dialect/Onnx/IR/Onnx.h"
#include "onnx-split/Dialect/Split/IR/Split.h"
#include "onnx-split/Runtime/Inputs.h"
#include "onnx-split/Target/Onnx/Export.h"
#include "onnx-split/Target/Onnx/Import.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::runtime;
using llvm::createStringError;
using llvm::Expected;
using llvm::StringRef;

/// What MLIR reports while it lives, as one text.
namespace {
class CollectDiagnostics : public mlir::ScopedDiagnosticHandler {
public:
  explicit CollectDiagnostics(mlir::MLIRContext *context)
      : ScopedDiagnosticHandler(context, [this](mlir::Diagnostic &diagnostic) {
          text += (text.empty() ? "" : "; ") + diagnostic.str();
        }) {}
  std::string text;
};
} // namespace

Expected<NamedModel> runtime::nameNodes(StringRef path, StringRef folder) {
  mlir::DialectRegistry registry;
  registry.insert<OnnxDialect, split::SplitDialect>();
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  CollectDiagnostics diagnostics(&context);
  auto failed = [&] {
    return createStringError(path + ": " + diagnostics.text);
  };
  auto module = importFile(path, &context);
  if (!module)
    return failed();
  auto model = *module->getOps<ModelOp>().begin();
  NamedModel result;
  result.file = path.str();
  result.digest = model.getDigest().value_or("").str();
  llvm::StringSet<> taken;
  bool renamed = llvm::sys::path::extension(path) != ".onnx";
  for (NodeOp node : getNodesInSourceOrder(model.getGraph())) {
    NamedModel::Node &entry = result.nodes.emplace_back();
    entry.name = node.getNodeName().value_or("").str();
    entry.uniqueName = entry.name;
    for (mlir::Value output : node.getOutputs())
      entry.outputs.push_back(getValueName(output).str());
    if (!entry.name.empty() && taken.insert(entry.name).second)
      continue;
    renamed = true;
    entry.uniqueName = ("node#" + llvm::Twine(result.nodes.size() - 1)).str();
    node.setNodeName(entry.uniqueName);
  }
  if (!renamed)
    return result;
  llvm::SmallString<128> file(folder);
  llvm::sys::path::append(file, "named.onnx");
  result.file = file.str().str();
  auto exported = exportModel(model, WeightsMode::Auto, "named.onnx.data");
  if (mlir::failed(exported) ||
      mlir::failed(writePieces(model, exported->model, result.file)) ||
      (exported->data.size > 0 &&
       mlir::failed(writePieces(model, exported->data, result.file + ".data"))))
    return failed();
  return result;
}

Expected<std::vector<int64_t>>
runtime::attributeKernels(StringRef profile, const NamedModel &model) {
  Expected<llvm::json::Value> root = llvm::json::parse(profile);
  if (!root)
    return createStringError("ONNX Runtime's profile is no JSON: " +
                             llvm::toString(root.takeError()));
  const llvm::json::Array *events = root->getAsArray();
  if (!events)
    return createStringError("ONNX Runtime's profile is no list of events");
  // By node, and by what it makes: kernels in another layout are called after
  // their result.
  llvm::StringMap<size_t> nodes;
  for (auto [index, node] : llvm::enumerate(model.nodes)) {
    for (const std::string &output : node.outputs)
      nodes.try_emplace(output + "_nchwc", index);
    nodes[node.uniqueName] = index;
  }
  struct Kernel {
    int64_t start = 0, ns = 0;
    StringRef name;
  };
  std::vector<Kernel> kernels;
  for (const llvm::json::Value &value : *events) {
    const llvm::json::Object *event = value.getAsObject();
    if (!event || event->getString("cat").value_or("") != "Node")
      continue;
    StringRef name = event->getString("name").value_or("");
    if (name.consume_back("_kernel_time"))
      kernels.push_back({event->getInteger("ts").value_or(0),
                         1000 * event->getInteger("dur").value_or(0), name});
  }
  llvm::stable_sort(kernels, [](const Kernel &a, const Kernel &b) {
    return a.start < b.start;
  });
  std::vector<int64_t> sums(model.nodes.size());
  int64_t pending = 0, last = -1;
  for (const Kernel &kernel : kernels) {
    StringRef name = kernel.name;
    auto found = nodes.find(name);
    // A name that was taken has a number at its end: "conv_nchwc_token_7".
    if (found == nodes.end())
      found = nodes.find(name.take_front(name.rfind("_token_")));
    pending += kernel.ns;
    if (found == nodes.end())
      continue;
    last = int64_t(found->second);
    sums[size_t(last)] += pending;
    pending = 0;
  }
  if (last < 0)
    return createStringError("no kernel of ONNX Runtime's profile bears the "
                             "name of a node");
  sums[size_t(last)] += pending;
  return sums;
}

/// The mean time of one run, over at least `seconds` and five runs.
static Expected<int64_t> timeRuns(Session &session, const Values &inputs,
                                  double seconds) {
  constexpr int warmup = 3, atLeast = 5;
  int64_t start = 0;
  for (int run = -warmup;; ++run) {
    if (run == 0)
      start = hostNow();
    if (run >= atLeast && double(hostNow() - start) > seconds * 1e9)
      return (hostNow() - start) / run;
    if (auto results = session.run(inputs); !results)
      return results.takeError();
  }
}

Expected<NodeTimes> runtime::measureNodes(const NamedModel &model,
                                          const ProfileOptions &options,
                                          const InputOptions &inputOptions,
                                          StringRef folder,
                                          llvm::function_ref<void()> begin) {
  NodeTimes times;
  SessionOptions settings;
  settings.threads = options.threads;
  settings.optimise = options.optimise;
  Values inputs;
  {
    auto session = Session::load(model.file, settings);
    if (!session)
      return session.takeError();
    if (llvm::Error error =
            checkDimNames(inputOptions, listDimNames(session->getInputs()), {}))
      return error;
    std::vector<std::string> order;
    for (const Port &port : session->getInputs())
      order.push_back(port.name);
    if (llvm::Error error = checkShapeNames(inputOptions, order))
      return error;
    auto made = makeInputs(session->getInputs(), order, inputOptions);
    if (!made)
      return made.takeError();
    inputs = std::move(*made);
    for (const auto &[name, value] : inputs)
      if (value.IsTensor())
        times.inputs[name] = value.GetTensorTypeAndShapeInfo().GetShape();
    begin();
    CoreShare share;
    auto itemNs = timeRuns(*session, inputs, options.seconds);
    if (!itemNs)
      return itemNs.takeError();
    times.itemNs = *itemNs;
    times.coreShare = share.get();
    if (auto cores = findAllowedCores())
      times.allowedShare = std::min(1.0, *cores / options.threads);
    times.residentBytes = peakResidentBytes();
  }

  llvm::SmallString<128> prefix(folder);
  llvm::sys::path::append(prefix, "kernels");
  settings.profilePrefix = prefix.str().str();
  auto session = Session::load(model.file, settings);
  if (!session)
    return session.takeError();
  // The profile is parsed as a whole, so that its length is bounded; as many
  // runs as fit are made, for about the time of the others.
  constexpr size_t maxEvents = 60000;
  int64_t runs = std::clamp<int64_t>(
      int64_t(options.seconds * 1e9 / double(times.itemNs)), 5,
      std::max<int64_t>(5, int64_t(maxEvents / (2 * model.nodes.size() + 1))));
  for (int64_t run = 0; run < runs; ++run)
    if (auto results = session->run(inputs); !results)
      return results.takeError();
  auto file = session->endProfiling();
  if (!file)
    return file.takeError();
  auto text = llvm::MemoryBuffer::getFile(*file);
  if (!text)
    return createStringError(*file +
                             ": cannot read: " + text.getError().message());
  auto sums = attributeKernels((*text)->getBuffer(), model);
  if (!sums)
    return sums.takeError();
  times.sums = std::move(*sums);
  times.runs = runs;
  return times;
}
