//===- OnnxOps.td - Operations of the onnx dialect --------*- tablegen -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_DIALECT_ONNX_IR_ONNXOPS_TD
#define ONNX_SPLIT_DIALECT_ONNX_IR_ONNXOPS_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "onnx-split/Dialect/Onnx/IR/OnnxAttrs.td"
include "onnx-split/Dialect/Onnx/IR/OnnxInterfaces.td"
include "onnx-split/Dialect/Onnx/IR/OnnxTypes.td"

/// One op for each kind of message; members of a message that matter to nobody
/// here are in `rest`.
class Onnx_Op<string opMnemonic, list<Trait> traits = []>
    : Op<Onnx_Dialect, opMnemonic, traits>;

def Onnx_OpsetArray : TypedArrayAttrBase<Onnx_OpsetAttr, "operator sets">;
def Onnx_ValueInfoArray
    : TypedArrayAttrBase<Onnx_ValueInfoAttr, "value infos">;
def Onnx_NodeAttrArray : TypedArrayAttrBase<Onnx_NodeAttr, "node attributes">;
def Onnx_FileArray : TypedArrayAttrBase<Onnx_FileAttr, "files">;

def Onnx_ModelOp : Onnx_Op<"model", [IsolatedFromAbove, NoTerminator,
                                     SingleBlock]> {
  let summary = "a ModelProto";
  let description = [{
    Holds one `onnx.graph`, then the model-local functions in the order of the
    file. `file_name` is where it was read from, or where it is to be written;
    `digest` is the SHA-256 of the file it was read from, without its large
    payloads.

    ```mlir
    onnx.model "net.onnx" attributes {ir_version = 8 : i64, opset_imports =
        [#onnx.opset<domain = "", version = 17>], files = []} {
      onnx.graph { ... }
    }
    ```
  }];
  let arguments = (ins StrAttr:$file_name,
                       OptionalAttr<I64Attr>:$ir_version,
                       Onnx_OpsetArray:$opset_imports,
                       DefaultValuedAttr<Onnx_FileArray, "{}">:$files,
                       OptionalAttr<StrAttr>:$digest,
                       OptionalAttr<StrAttr>:$rest);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$file_name attr-dict-with-keyword $body";
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    /// The main graph.
    GraphOp getGraph();
    /// Version of the operator set that the model imports for a domain ("" and
    /// "ai.onnx" are one), or 0.
    int64_t getOpsetVersion(::llvm::StringRef domain);
  }];
}

def Onnx_GraphOp : Onnx_Op<"graph", [SingleBlock]> {
  let summary = "a GraphProto";
  let description = [{
    The main graph of a model, or a body inside an `onnx.node`. The block's
    arguments are the graph's inputs, named by `input_infos`; `onnx.return`
    names the outputs, declared by `output_infos`. Initializers stand before
    nodes. A body may use values of the graphs around it.
  }];
  let arguments = (ins OptionalAttr<StrAttr>:$graph_name,
                       Onnx_ValueInfoArray:$input_infos,
                       Onnx_ValueInfoArray:$output_infos,
                       Onnx_ValueInfoArray:$value_infos,
                       OptionalAttr<StrAttr>:$rest);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "attr-dict-with-keyword $body";
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def Onnx_FunctionOp : Onnx_Op<"function", [IsolatedFromAbove, SingleBlock]> {
  let summary = "a FunctionProto: a model-local function";
  let arguments = (ins OptionalAttr<StrAttr>:$function_name,
                       OptionalAttr<StrAttr>:$domain,
                       OptionalAttr<StrAttr>:$overload,
                       StrArrayAttr:$input_names,
                       StrArrayAttr:$output_names,
                       Onnx_OpsetArray:$opset_imports,
                       Onnx_ValueInfoArray:$value_infos,
                       OptionalAttr<StrAttr>:$rest);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "attr-dict-with-keyword $body";
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def Onnx_NodeOp : Onnx_Op<"node", [
    NoTerminator, SingleBlock,
    DeclareOpInterfaceMethods<Onnx_ValueNameInterface>]> {
  let summary = "a NodeProto: one application of any operator";
  let description = [{
    Each graph among the attributes is a region with one `onnx.graph`, in the
    order of the attributes. An omitted input is an `onnx.none`; an omitted
    output has an empty name and the type `!onnx.omitted`.

    ```mlir
    %y = onnx.node "Relu"(%x) {output_names = ["y"]} : (!onnx.tensor<float32>)
        -> !onnx.tensor<float32>
    ```
  }];
  let arguments = (ins StrAttr:$op_type,
                       OptionalAttr<StrAttr>:$domain,
                       OptionalAttr<StrAttr>:$overload,
                       OptionalAttr<StrAttr>:$node_name,
                       StrArrayAttr:$output_names,
                       DefaultValuedAttr<Onnx_NodeAttrArray, "{}">:$node_attributes,
                       OptionalAttr<StrAttr>:$rest,
                       Variadic<AnyType>:$inputs);
  let results = (outs Variadic<AnyType>:$outputs);
  let regions = (region VariadicRegion<SizedRegion<1>>:$bodies);
  let assemblyFormat = [{
    $op_type `(` $inputs `)` attr-dict `:` functional-type($inputs, $outputs)
    $bodies
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The domain with "ai.onnx" written as "".
    ::llvm::StringRef getCanonicalDomain();
    /// The attribute of that name, or null.
    NodeAttr findAttribute(::llvm::StringRef name);
    /// The graph in a body.
    GraphOp getBodyGraph(unsigned index);
    /// True for a node of the standard domain with that operator type.
    bool isStandardOp(::llvm::StringRef opType);
  }];
}

def Onnx_InitializerOp : Onnx_Op<"initializer", [
    Pure, DeclareOpInterfaceMethods<Onnx_ValueNameInterface>]> {
  let summary = "a tensor of a graph's initializer or sparse_initializer list";
  let description = [{
    `value` is an `#onnx.tensor` or an `#onnx.sparse`. Where a graph input has
    the same name, uses refer to the input and the initializer is its default.
  }];
  let arguments = (ins AnyAttr:$value);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$value attr-dict `->` type($result)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The tensor whose name is the value's name.
    TensorAttr getNamedTensor();
  }];
}

def Onnx_NoneOp : Onnx_Op<"none", [Pure]> {
  let summary = "stands for an omitted optional input";
  let results = (outs Onnx_OmittedType:$result);
  let assemblyFormat = "attr-dict";
}

def Onnx_ReturnOp : Onnx_Op<"return", [Pure, Terminator,
                                       ParentOneOf<["GraphOp", "FunctionOp"]>]> {
  let summary = "names the outputs of a graph or function";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
}

#endif // ONNX_SPLIT_DIALECT_ONNX_IR_ONNXOPS_TD
