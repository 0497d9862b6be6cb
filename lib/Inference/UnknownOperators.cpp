//===- UnknownOperators.cpp - Operators that nobody defines ---------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Inference/UnknownOperators.h"

#include "Schemas/Schemas.h"

#include "onnx-split/Dialect/Onnx/IR/FunctionTable.h"

#include "onnx/defs/schema.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using llvm::StringRef;

namespace {
/// The nodes of one unknown operator.
struct Unknown {
  NodeOp first;
  int64_t version;
  int64_t nodes = 0;
};

class Search {
public:
  explicit Search(const FunctionTable &functions) : table(functions) {}

  /// Searches a graph or a function with what it imports.
  void search(Operation *root, ArrayAttr imports);
  void report() const;

private:
  const FunctionTable &table;
  llvm::MapVector<std::pair<StringRef, StringRef>, Unknown> unknown;
};
} // namespace

/// True for operator sets whose every operator has a schema here, as far as
/// their makers publish them.
static bool isKnownDomain(StringRef domain) {
  return domain.empty() || domain == "ai.onnx.ml" ||
         domain == "ai.onnx.training" ||
         domain.starts_with("ai.onnx.preview") || domain == "com.microsoft" ||
         domain == "com.microsoft.nchwc";
}

/// The version that a domain is imported with; 0 where it is not.
static int64_t versionOf(ArrayAttr imports, StringRef domain) {
  for (auto import : imports.getAsRange<OpsetAttr>())
    if (canonicalDomain(import.getDomain() ? import.getDomain().getValue()
                                           : "") == domain)
      return import.getVersion();
  return 0;
}

/// The schema of a version, or the newest for version 0, as files of before IR
/// version 3 import nothing.
static const onnx::OpSchema *findSchema(StringRef opType, StringRef domain,
                                        int64_t version) {
  if (version <= 0)
    return onnx::OpSchemaRegistry::Schema(opType.str(), domain.str());
  return onnx::OpSchemaRegistry::Schema(
      opType.str(), int(std::min<int64_t>(version, INT_MAX)), domain.str());
}

void Search::search(Operation *root, ArrayAttr imports) {
  llvm::StringMap<int64_t> versions;
  root->walk([&](NodeOp node) {
    StringRef domain = node.getCanonicalDomain();
    if (!isKnownDomain(domain))
      return;
    auto [version, inserted] = versions.try_emplace(domain, 0);
    if (inserted)
      version->second = versionOf(imports, domain);
    if (findSchema(node.getOpType(), domain, version->second) ||
        table.lookup(node))
      return;
    Unknown &entry = unknown[{domain, node.getOpType()}];
    if (entry.nodes++ == 0) {
      entry.first = node;
      entry.version = version->second;
    }
  });
}

void Search::report() const {
  for (const auto &[name, entry] : unknown) {
    auto [domain, opType] = name;
    StringRef set = domain.empty() ? "ai.onnx" : domain;
    NodeOp node = entry.first;
    auto warning = node.emitWarning();
    // Further programs than ONNX Runtime add operators to its operator set.
    if (domain.starts_with("com.microsoft"))
      warning << "no type rule is known for the operator '" << opType
              << "' of '" << set << "'";
    else if (const onnx::OpSchema *newest = findSchema(opType, domain, 0))
      warning << "the operator '" << opType << "' is not in version "
              << entry.version << " of the operator set '" << set
              << "'; version " << newest->since_version() << " has it";
    else
      warning << "there is no operator '" << opType << "' in the operator set '"
              << set << "'";
    warning << "; the types of its results stay unknown";
    if (int64_t more = entry.nodes - 1)
      warning << " (and " << more << " more node" << (more == 1 ? "" : "s")
              << ")";
  }
}

void onnx_split::warnAboutUnknownOperators(ModelOp model) {
  registerRuntimeSchemas();
  FunctionTable functions(model);
  Search search(functions);
  search.search(model.getGraph(), model.getOpsetImports());
  for (Operation *callee : functions.findCalled(model.getGraph()))
    search.search(callee, cast<FunctionOp>(callee).getOpsetImports());
  search.report();
}
