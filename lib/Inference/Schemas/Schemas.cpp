//===- Schemas.cpp - Operators that ONNX has no schema for ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Schemas.h"

#include "Families.h"

#include <mutex>

using namespace onnx_split;
using namespace onnx_split::schemas;

/// ONNX's registry refuses operators of a domain that it has no versions of.
static void addDomain(const char *domain) {
  auto &ranges = onnx::OpSchemaRegistry::DomainToVersionRange::Instance();
  if (!ranges.Map().count(domain))
    ranges.AddDomainToVersion(domain, 1, 1);
}

static void registerAll() {
  addDomain(Microsoft);
  addDomain(Nchwc);
  registerAttention();
  registerBlocked();
  registerElementwise();
  registerFused();
  registerGeneration();
  registerImages();
  registerNormalizations();
  registerPackedAttention();
  registerProducts();
  registerQuantised();
  registerQuantisedProducts();
  registerRecurrentAttention();
  registerTensors();
}

void onnx_split::registerRuntimeSchemas() {
  static std::once_flag once;
  std::call_once(once, registerAll);
}
