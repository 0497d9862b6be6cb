//===- PlacementsFile.cpp - All plans of a run in one file ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/PlacementsFile.h"

#include "JsonFields.h"

#include "onnx-split/Support/WriteFile.h"

#include "llvm/Support/JSON.h"

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::instances;

/// The names of the tasks, where they are what the file has.
static std::vector<std::vector<std::string>> partsOf(const Instance &instance) {
  if (!instance.parts.empty())
    return instance.parts;
  std::vector<std::vector<std::string>> names;
  for (const placement::Task &task : instance.problem.tasks)
    names.push_back({task.name});
  return names;
}

void PlacementsFile::add(const Instance &instance, const FoundPlan &plan) {
  std::string text;
  raw_string_ostream os(text);
  json::OStream json(os);
  json.object([&] {
    json.attribute("instance", textOf(instance.name));
    json.attribute("format", instance.format);
    json.attribute("load_model", instance.sum ? "sum" : "max");
    json.attribute("class", plan.searchClass);
    // Exact decimals, which a double might not hold.
    json.attributeBegin("value");
    json.rawValue(plan.value);
    json.attributeEnd();
    json.attributeBegin("lower_bound");
    json.rawValue(plan.lowerBound);
    json.attributeEnd();
    json.attribute("lower_bound_class", plan.boundClass);
    json.attribute("unit", plan.unit);
    writeStages(plan.placement, instance, partsOf(instance), json);
  });
  placements.push_back(std::move(text));
}

bool PlacementsFile::write(StringRef path) const {
  std::error_code error = writeFile(path, [&](raw_ostream &os) {
    os << "{\"version\": 1,\n \"placements\": [";
    for (size_t i = 0; i < placements.size(); ++i)
      os << (i == 0 ? "\n  " : ",\n  ") << placements[i];
    os << "]}\n";
  });
  if (error)
    errs() << path << ": error: cannot write: " << error.message() << '\n';
  return !error;
}
