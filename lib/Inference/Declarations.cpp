//===- Declarations.cpp - What the model says of its values ---------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Declarations.h"

#include "onnx-split/Target/Onnx/TypeProto.h"

using namespace onnx_split;
using namespace onnx_split::graph;

const Declarations::Table &Declarations::tableOf(GraphOp graph) {
  auto [it, inserted] = tables.try_emplace(graph);
  if (!inserted)
    return it->second;
  for (mlir::ArrayAttr infos : {graph.getValueInfos(), graph.getOutputInfos()})
    for (auto info : infos.getAsRange<ValueInfoAttr>()) {
      if (!info.getName() || !info.getType())
        continue;
      onnx::TypeProto type;
      exportType(info.getType(), type);
      clean(type);
      it->second[info.getName()] = std::move(type);
    }
  return it->second;
}

const onnx::TypeProto *Declarations::find(GraphOp graph, llvm::StringRef name) {
  const Table &table = tableOf(graph);
  auto it = table.find(name);
  return it == table.end() ? nullptr : &it->second;
}

namespace {
/// Completes one type; says whether the two contradict each other.
class Completion {
public:
  Completion(llvm::ArrayRef<int64_t> staleExtents, bool believesExtents)
      : stale(staleExtents), believes(believesExtents) {}

  void run(onnx::TypeProto &inferred, const onnx::TypeProto &declared);
  /// Of extents or elements, and of elements alone.
  bool contradicts = false, inElements = false;
  bool unbelieved = false;

private:
  template <typename Tensor>
  void runTensor(Tensor &inferred, const Tensor &declared);
  void runShape(onnx::TensorShapeProto &inferred,
                const onnx::TensorShapeProto &declared);

  /// Takes an extent that was not inferred from its declaration.
  void take(Dimension &inferred, const Dimension &declared);

  llvm::ArrayRef<int64_t> stale;
  bool believes;
};
} // namespace

void Completion::take(Dimension &inferred, const Dimension &declared) {
  if (isOpen(declared))
    return;
  if (believes && !(declared.has_dim_value() &&
                    llvm::is_contained(stale, declared.dim_value())))
    inferred = declared;
  else
    unbelieved = true;
}

void Completion::runShape(onnx::TensorShapeProto &inferred,
                          const onnx::TensorShapeProto &declared) {
  if (inferred.dim_size() != declared.dim_size()) {
    contradicts = true;
    return;
  }
  for (int i = 0; i < inferred.dim_size(); ++i) {
    Dimension &mine = *inferred.mutable_dim(i);
    const Dimension &theirs = declared.dim(i);
    if (isOpen(mine)) {
      take(mine, theirs);
    } else if (theirs.has_dim_value() && !sameDimension(mine, theirs)) {
      contradicts = true;
    }
  }
}

template <typename Tensor>
void Completion::runTensor(Tensor &inferred, const Tensor &declared) {
  if (inferred.elem_type() == 0)
    inferred.set_elem_type(declared.elem_type());
  else if (declared.elem_type() != 0 &&
           declared.elem_type() != inferred.elem_type())
    contradicts = inElements = true;
  if (!declared.has_shape())
    return;
  if (inferred.has_shape())
    return runShape(*inferred.mutable_shape(), declared.shape());
  auto *shape = inferred.mutable_shape();
  for (int i = 0; i < declared.shape().dim_size(); ++i)
    shape->add_dim();
  runShape(*shape, declared.shape());
}

void Completion::run(onnx::TypeProto &inferred,
                     const onnx::TypeProto &declared) {
  if (isEmpty(declared))
    return;
  if (isEmpty(inferred)) {
    inferred = declared;
    forEachDimension(inferred, [&](Dimension &dim) {
      Dimension said = dim;
      dim.clear_value();
      take(dim, said);
    });
    return;
  }
  if (inferred.value_case() != declared.value_case()) {
    contradicts = inElements = true;
    return;
  }
  switch (inferred.value_case()) {
  case onnx::TypeProto::kTensorType:
    return runTensor(*inferred.mutable_tensor_type(), declared.tensor_type());
  case onnx::TypeProto::kSparseTensorType:
    return runTensor(*inferred.mutable_sparse_tensor_type(),
                     declared.sparse_tensor_type());
  case onnx::TypeProto::kSequenceType:
    return run(*inferred.mutable_sequence_type()->mutable_elem_type(),
               declared.sequence_type().elem_type());
  case onnx::TypeProto::kOptionalType:
    return run(*inferred.mutable_optional_type()->mutable_elem_type(),
               declared.optional_type().elem_type());
  case onnx::TypeProto::kMapType:
    if (inferred.map_type().key_type() == 0)
      inferred.mutable_map_type()->set_key_type(declared.map_type().key_type());
    return run(*inferred.mutable_map_type()->mutable_value_type(),
               declared.map_type().value_type());
  default:
    return;
  }
}

void Declarations::complete(GraphOp graph, mlir::Value value,
                            onnx::TypeProto &inferred) {
  const onnx::TypeProto *declared = find(graph, getValueName(value));
  if (!declared)
    return;
  onnx::TypeProto before = inferred;
  Completion completion(stale, believes);
  completion.run(inferred, *declared);
  unbelieved |= completion.unbelieved;
  if (completion.contradicts && inConflict.insert(value).second)
    found.push_back(
        {value, *declared, std::move(before), completion.inElements});
}

void Declarations::compare(mlir::Value input, const onnx::TypeProto &declared,
                           const onnx::TypeProto &defaulted) {
  onnx::TypeProto both = defaulted;
  Completion completion({}, /*believesExtents=*/true);
  completion.run(both, declared);
  if (completion.contradicts && inConflict.insert(input).second)
    found.push_back({input, declared, defaulted, completion.inElements});
}

bool Declarations::merge(onnx::TypeProto &inferred,
                         const onnx::TypeProto &certain) {
  Completion completion({}, /*believesExtents=*/true);
  completion.run(inferred, certain);
  return !completion.contradicts;
}
