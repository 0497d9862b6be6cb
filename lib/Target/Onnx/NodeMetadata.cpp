//===- NodeMetadata.cpp - Metadata of nodes -------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Target/Onnx/NodeMetadata.h"

#include "RestOf.h"

#include "onnx/onnx_pb.h"

using namespace mlir;
using namespace onnx_split;

void onnx_split::setMetadata(graph::NodeOp node, StringRef key,
                             StringRef value) {
  // The verifier has seen that a rest is a message of this kind.
  onnx::NodeProto proto;
  if (node.getRest())
    (void)proto.ParseFromString(node.getRest()->str());
  auto &entries = *proto.mutable_metadata_props();
  auto isOld = [&](const onnx::StringStringEntryProto &entry) {
    return StringRef(entry.key()) == key;
  };
  entries.erase(std::remove_if(entries.begin(), entries.end(), isOld),
                entries.end());
  onnx::StringStringEntryProto &entry = *entries.Add();
  entry.set_key(key.str());
  entry.set_value(value.str());
  Builder builder(node.getContext());
  node.setRestAttr(restOf(builder, proto));
}
