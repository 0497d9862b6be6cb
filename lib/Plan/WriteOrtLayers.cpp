//===- WriteOrtLayers.cpp - A plan as ONNX Runtime's layers ---------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Plan/OrtLayers.h"

#include "JsonText.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"

using namespace onnx_split;
namespace json = llvm::json;
using llvm::StringRef;

static constexpr StringRef LayerSetting = "session.layer_assignment_settings";

/// With the default in place of none.
static PlanFile::Provider providerOf(const PlanFile::Stage &stage) {
  return stage.provider.name.empty()
             ? PlanFile::Provider{DefaultProvider.str(), {}}
             : stage.provider;
}

/// Each once. That of the processor is the last, as ONNX Runtime wants it: it
/// takes what the others leave.
static std::vector<PlanFile::Provider> listProviders(const PlanFile &plan) {
  std::vector<PlanFile::Provider> providers;
  for (const PlanFile::Stage &stage : plan.stages) {
    PlanFile::Provider provider = providerOf(stage);
    if (llvm::none_of(providers, [&](const PlanFile::Provider &other) {
          return other.name == provider.name;
        }))
      providers.push_back(std::move(provider));
  }
  llvm::stable_sort(providers, [](const auto &one, const auto &other) {
    return one.name != DefaultProvider && other.name == DefaultProvider;
  });
  return providers;
}

std::string onnx_split::getLayerName(int64_t stage) {
  return "stage" + std::to_string(stage);
}

std::string onnx_split::whyNoOrtLayers(const PlanFile &plan) {
  for (const PlanFile::Stage &stage : plan.stages) {
    PlanFile::Provider provider = providerOf(stage);
    for (const PlanFile::Stage &other : plan.stages) {
      if (&other == &stage)
        break;
      PlanFile::Provider others = providerOf(other);
      if (provider.name == others.name && provider.options != others.options)
        return "devices '" + other.device + "' and '" + stage.device +
               "' have '" + provider.name +
               "' with other options each, and a session of ONNX Runtime has "
               "a provider once";
    }
  }
  return "";
}

/// "A(=stage0,=stage2);B(=stage1)". Annotations are matched as a whole: without
/// the = stage1 would be stage10, too.
static std::string makeSetting(const PlanFile &plan) {
  std::vector<std::string> rules;
  for (const PlanFile::Provider &provider : listProviders(plan)) {
    std::vector<std::string> layers;
    for (const PlanFile::Stage &stage : plan.stages)
      if (providerOf(stage).name == provider.name)
        layers.push_back("=" + getLayerName(stage.index));
    rules.push_back(provider.name + "(" + llvm::join(layers, ",") + ")");
  }
  return llvm::join(rules, ";");
}

static void writeProvider(json::OStream &json,
                          const PlanFile::Provider &provider) {
  json.object([&] {
    json.attribute("name", toJsonText(provider.name));
    json.attributeObject("options", [&] {
      for (const auto &[key, value] : provider.options)
        json.attribute(toJsonText(key), toJsonText(value));
    });
  });
}

void onnx_split::writeOrtLayers(const PlanFile &plan, llvm::raw_ostream &os) {
  json::OStream json(os, /*IndentSize=*/2);
  json.object([&] {
    json.attribute("model", AnnotatedModelName);
    json.attributeObject("session_config_entries", [&] {
      json.attribute(LayerSetting, makeSetting(plan));
    });
    json.attributeArray("providers", [&] {
      for (const PlanFile::Provider &provider : listProviders(plan))
        writeProvider(json, provider);
    });
    json.attributeArray("layers", [&] {
      for (const PlanFile::Stage &stage : plan.stages)
        json.object([&] {
          json.attribute(LayerKey, getLayerName(stage.index));
          json.attribute("device", toJsonText(stage.device));
          json.attribute("provider", toJsonText(providerOf(stage).name));
          json.attribute("in_cluster_file", !stage.provider.name.empty());
        });
    });
  });
  os << "\n";
}
