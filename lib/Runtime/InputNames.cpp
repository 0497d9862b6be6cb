//===- InputNames.cpp - What settings of inputs may name ------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Inference/DimExpression.h"
#include "onnx-split/Runtime/Inputs.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <set>

using namespace onnx_split;
using namespace onnx_split::runtime;
using llvm::ArrayRef;
using llvm::createStringError;
using llvm::Error;
using llvm::StringRef;

static bool isExtent(StringRef text) {
  int64_t extent;
  return !text.getAsInteger(10, extent) && extent >= 0;
}

Error runtime::checkSettings(const InputOptions &options) {
  for (StringRef setting : options.dims)
    if (auto [name, extent] = setting.rsplit('=');
        name.empty() || !isExtent(extent))
      return createStringError("--dim takes NAME=EXTENT, such as N=1, not '" +
                               setting + "'");
  for (StringRef setting : options.shapes) {
    auto [name, shape] = setting.rsplit('=');
    llvm::SmallVector<StringRef> extents;
    if (!shape.empty())
      shape.split(extents, 'x');
    if (name.empty() || name.size() == setting.size() ||
        !llvm::all_of(extents, isExtent))
      return createStringError("--shape takes INPUT=SHAPE, such as "
                               "x=1x3x224x224, not '" +
                               setting + "'");
  }
  return Error::success();
}

/// "there are 'a', 'b'".
static std::string describeKnown(ArrayRef<std::string> known) {
  auto quoted = [](const std::string &name) { return "'" + name + "'"; };
  return known.empty()
             ? "there are none"
             : "there are " + llvm::join(llvm::map_range(known, quoted), ", ");
}

Error runtime::checkShapeNames(const InputOptions &options,
                               ArrayRef<std::string> inputs) {
  for (StringRef setting : options.shapes)
    if (StringRef name = setting.rsplit('=').first;
        !llvm::is_contained(inputs, name))
      return createStringError("--shape names '" + name +
                               "', which is none of the model's inputs; " +
                               describeKnown(inputs));
  return Error::success();
}

std::vector<std::string> runtime::listDimNames(ArrayRef<Port> ports) {
  std::set<std::string> names;
  for (const Port &port : ports)
    for (auto [axis, extent] : llvm::enumerate(port.dims)) {
      if (extent >= 0)
        continue;
      const std::string &symbol = port.symbols[axis];
      names.insert(port.name + "[" + std::to_string(axis) + "]");
      if (symbol.empty())
        continue;
      names.insert(symbol);
      DimExpression expression(symbol);
      names.insert(expression.terms().begin(), expression.terms().end());
    }
  return {names.begin(), names.end()};
}

Error runtime::checkDimNames(const InputOptions &options,
                             ArrayRef<std::string> known,
                             ArrayRef<std::string> fixed) {
  for (const auto &[flag, settings] :
       {std::pair("--dim", &options.dims), {"--also", &options.pointDims}})
    for (StringRef setting : *settings) {
      StringRef name = setting.rsplit('=').first;
      if (name == "*" || llvm::is_contained(known, name) ||
          llvm::is_contained(fixed, setting))
        continue;
      return createStringError(llvm::Twine(flag) + " names '" + name +
                               "', which is no open dimension of the inputs; " +
                               describeKnown(known));
    }
  return Error::success();
}
