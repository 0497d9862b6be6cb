//===- evaluate-cases.cpp - The evaluator on models from outside ----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// For comparison with other implementations. Reads models from standard input,
/// each after its length in bytes (8, little-endian), evaluates their nodes in
/// turn with the initializers as known values, and writes a GraphProto for each
/// in the same way: the known values of node outputs, each `NAME` with a
/// boolean `NAME.known` that says which elements are exact.
///
//===----------------------------------------------------------------------===//

#include "../../../lib/Inference/Values/Evaluate.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Endian.h"

#include <cstdio>
#include <string>

using namespace onnx_split;

static bool readMessage(std::string &bytes) {
  char length[8];
  if (std::fread(length, 1, 8, stdin) != 8)
    return false;
  bytes.resize(llvm::support::endian::read64le(length));
  return std::fread(bytes.data(), 1, bytes.size(), stdin) == bytes.size();
}

static void writeMessage(const std::string &bytes) {
  char length[8];
  llvm::support::endian::write64le(length, bytes.size());
  std::fwrite(length, 1, 8, stdout);
  std::fwrite(bytes.data(), 1, bytes.size(), stdout);
}

static void report(const KnownTensor &value, const std::string &name,
                   onnx::GraphProto &into) {
  onnx::TensorProto *tensor = into.add_initializer();
  value.write(*tensor);
  tensor->set_name(name);
  KnownTensor known(onnx::TensorProto::BOOL, value.dims());
  for (int64_t i = 0; i < value.size(); ++i)
    known.setInteger(i, value.isExact(i));
  onnx::TensorProto *mask = into.add_initializer();
  known.write(*mask);
  mask->set_name(name + ".known");
}

static onnx::GraphProto evaluateModel(const onnx::ModelProto &model) {
  int64_t opset = model.opset_import(0).version();
  llvm::StringMap<KnownTensor> known;
  for (const onnx::TensorProto &initializer : model.graph().initializer())
    if (auto value = KnownTensor::read(initializer))
      known.try_emplace(initializer.name(), std::move(*value));
  DimSymbols symbols;
  onnx::GraphProto results;
  for (const onnx::NodeProto &node : model.graph().node()) {
    llvm::SmallVector<const KnownTensor *> values;
    llvm::SmallVector<const onnx::TypeProto *> types;
    llvm::SmallVector<bool> present;
    for (const std::string &input : node.input()) {
      auto value = known.find(input);
      values.push_back(value == known.end() ? nullptr : &value->second);
      types.push_back(nullptr);
      present.push_back(!input.empty());
    }
    auto outputs = evaluate({node, opset, types, values, present, symbols});
    for (auto [output, name] : llvm::zip(outputs, node.output())) {
      if (!output)
        continue;
      report(*output, name, results);
      known.try_emplace(name, std::move(*output));
    }
  }
  return results;
}

int main() {
  std::string bytes;
  while (readMessage(bytes)) {
    onnx::ModelProto model;
    if (!model.ParseFromString(bytes))
      return 1;
    writeMessage(evaluateModel(model).SerializeAsString());
  }
  return 0;
}
