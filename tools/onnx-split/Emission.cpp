//===- Emission.cpp - What is written for other tools ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emission.h"

#include "onnx-split/Pipeline/AnnotateLayers.h"
#include "onnx-split/Plan/Compose.h"
#include "onnx-split/Plan/Genai.h"
#include "onnx-split/Plan/OrtLayers.h"
#include "onnx-split/Support/Digest.h"
#include "onnx-split/Support/ShellQuote.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace onnx_split;

/// Where an error of an option is.
static InFlightDiagnostic optionError(MLIRContext *context, StringRef option) {
  return emitError(FileLineColLoc::get(context, "onnx-split", 0, 0))
         << option << ": ";
}

/// "a, b and c".
static std::string enumerate(ArrayRef<std::string> clauses) {
  if (clauses.size() < 2)
    return clauses.empty() ? "" : clauses.front();
  return llvm::join(clauses.drop_back(), ", ") + " and " + clauses.back();
}

LogicalResult Emission::begin(ModuleOp module) {
  if (options.emits(Emit::OrtLayers))
    whole = module.clone();
  if (!options.emits(Emit::Genai))
    return success();
  std::vector<std::string> lacking =
      listLackingForGenai(module, options.pipeline.place.states);
  if (lacking.empty())
    return success();
  return optionError(module.getContext(), "--emit=genai")
         << "the model is no decoder that onnxruntime-genai runs: "
         << enumerate(lacking);
}

void Emission::add(Plan &plan, StringRef name,
                   llvm::function_ref<void(llvm::raw_ostream &)> write) {
  std::string text;
  llvm::raw_string_ostream os(text);
  write(os);
  plan.emitted.push_back({name.str(), getDigest(text)});
  further.files.push_back(
      {name.str(), [text](llvm::raw_ostream &out) { out << text; }});
}

LogicalResult Emission::addGenai(ModuleOp module, Plan &plan) {
  llvm::SmallString<256> beside(llvm::sys::path::parent_path(options.model));
  llvm::sys::path::append(beside, GenaiConfigName);
  auto config = makeGenaiConfig(module, plan, beside);
  if (!config)
    return optionError(module.getContext(), "--emit=genai")
           << toString(config.takeError());
  add(plan, GenaiConfigName,
      [&](llvm::raw_ostream &os) { os << config->text; });
  missing = config->open;
  if (missing.empty())
    return success();
  InFlightDiagnostic warning =
      emitWarning(
          FileLineColLoc::get(module.getContext(), GenaiConfigName, 0, 0))
      << "fill in " << enumerate(missing)
      << ": null, because neither the model nor a genai_config.json of it "
         "beside it says so";
  if (config->isOfAnother)
    warning.attachNote()
        << beside << " is passed over: its model.decoder.filename is not '"
        << llvm::sys::path::filename(plan.sourceFile) << "'";
  return success();
}

LogicalResult Emission::addOrtLayers(Plan &plan, MLIRContext *context) {
  if (std::string why = whyNoOrtLayers(plan); !why.empty())
    return optionError(context, "--emit=ort-layers") << why;
  add(plan, OrtLayersName,
      [&](llvm::raw_ostream &os) { writeOrtLayers(plan, os); });
  for (auto model : whole->getOps<graph::ModelOp>()) {
    annotateLayers(model, plan);
    further.models.push_back(model);
  }
  return success();
}

LogicalResult Emission::finish(ModuleOp module, Plan &plan) {
  if (options.emits(Emit::Compose)) {
    add(plan, ComposeName,
        [&](llvm::raw_ostream &os) { writeCompose(plan, os); });
    add(plan, DockerfileName, writeDockerfile);
    add(plan, DockerIgnoreName, writeDockerIgnore);
  }
  if (options.emits(Emit::Genai) && failed(addGenai(module, plan)))
    return failure();
  if (options.emits(Emit::OrtLayers))
    return addOrtLayers(plan, module.getContext());
  return success();
}

void Emission::print(const Plan &plan, StringRef folder,
                     llvm::raw_ostream &os) const {
  auto pathOf = [&](StringRef name) {
    return quoteForShell((folder + "/" + name).str());
  };
  if (options.emits(Emit::Compose))
    os << "containers   docker compose -f " << pathOf(ComposeName)
       << " up --build --exit-code-from run\n";
  if (options.emits(Emit::Genai))
    os << "genai        onnxruntime_genai.Model(\"" << folder
       << "\") runs all parts in one process"
       << (missing.empty()
               ? ""
               : ", once " + enumerate(missing) +
                     (missing.size() == 1 ? " is" : " are") + " filled in")
       << "\n";
  if (!options.emits(Emit::OrtLayers))
    return;
  os << "layers       " << pathOf(AnnotatedModelName) << " and "
     << pathOf(OrtLayersName) << ", one session for all stages\n";
  std::vector<std::string> silent;
  for (const Plan::Stage &stage : plan.stages)
    if (stage.provider.name.empty() &&
        !llvm::is_contained(silent, stage.device))
      silent.push_back(stage.device);
  if (!silent.empty())
    os << "             the cluster file names no provider for "
       << enumerate(silent) << ": " << DefaultProvider << "\n";
}
