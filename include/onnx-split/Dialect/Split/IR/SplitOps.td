//===- SplitOps.td - Operations of the split dialect ------*- tablegen -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_DIALECT_SPLIT_IR_SPLITOPS_TD
#define ONNX_SPLIT_DIALECT_SPLIT_IR_SPLITOPS_TD

include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "onnx-split/Dialect/Onnx/IR/OnnxInterfaces.td"
include "onnx-split/Dialect/Split/IR/SplitAttrs.td"

/// Stages and transfers live in the source's main graph; sends and receives in
/// the graphs of parts.
class Split_Op<string opMnemonic, list<Trait> traits = []>
    : Op<Split_Dialect, opMnemonic, traits>;

def Split_StageOp : Split_Op<"stage", [IsolatedFromAbove, NoTerminator,
                                       SingleBlock]> {
  let summary = "the part of a model that one device runs";
  let description = [{
    Stands in the main graph and holds the stage's own `onnx.graph`, whose
    inputs and outputs are the op's operands and results. Operands are inputs
    of the model or results of earlier stages: that no stage depends on a later
    one is SSA dominance. Weights are inside.
  }];
  let arguments = (ins Split_PartAttr:$part, Variadic<AnyType>:$inputs);
  let results = (outs Variadic<AnyType>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $part `(` $inputs `)` attr-dict `:` functional-type($inputs, $outputs)
    $body
  }];
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    ::onnx_split::graph::GraphOp getGraph();
  }];
}

/// Stands between two stages of the main graph, before the receiver.
def Split_TransferOp
    : Split_Op<"transfer", [Pure, TypesMatchWith<"operand and result agree",
                                                 "data", "result", "$_self">]> {
  let summary = "moves a tensor from one stage's device to another's";
  let arguments = (ins AnyType:$data, Split_WireAttr:$wire);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$data $wire attr-dict `:` type($data)";
  let hasVerifier = 1;
}

/// One end of a wire in a part. Operand and result are one tensor under two
/// names.
class Split_BoundaryOp<string opMnemonic> : Split_Op<opMnemonic, [
    DeclareOpInterfaceMethods<Onnx_ValueNameInterface>,
    TypesMatchWith<"operand and result agree", "data", "result", "$_self">]> {
  let arguments = (ins AnyType:$data, Split_WireAttr:$wire);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$data $wire attr-dict `:` type($data)";
}

def Split_SendOp : Split_BoundaryOp<"send"> {
  let summary = "hands a tensor to the wire; the result is a graph output";
}

def Split_RecvOp : Split_BoundaryOp<"recv"> {
  let summary = "takes a tensor from the wire, which is a graph input";
}

#endif // ONNX_SPLIT_DIALECT_SPLIT_IR_SPLITOPS_TD
