//===- OnnxAttrs.td - Attributes of the onnx dialect ------*- tablegen -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_DIALECT_ONNX_IR_ONNXATTRS_TD
#define ONNX_SPLIT_DIALECT_ONNX_IR_ONNXATTRS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "onnx-split/Dialect/Onnx/IR/OnnxDialect.td"

/// Messages without uses of their own in the graph are attributes, with the
/// number of an enum where ONNX has one, so that values of later versions get
/// through.
class Onnx_Attr<string name, string attrMnemonic>
    : AttrDef<Onnx_Dialect, name> {
  let mnemonic = attrMnemonic;
  let cppClassName = name # "Attr";
}

/// The serialised rest of a message: everything that the IR does not model.
def Onnx_Rest : OptionalParameter<"::mlir::StringAttr">;

def Onnx_FileAttr : Onnx_Attr<"File", "file"> {
  let summary = "a file that payloads lie in";
  let description = [{
    `size` in bytes and `modified` in nanoseconds since the epoch are those at
    import; export refuses a file that has changed since. Both are -1 for a
    file that was not there.
  }];
  let parameters = (ins "::mlir::StringAttr":$path, "int64_t":$size,
                        "int64_t":$modified);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Onnx_PayloadAttr : Onnx_Attr<"Payload", "payload"> {
  let summary = "bytes of a tensor, by reference";
  let description = [{
    `file` is an index into the model's `files`; `offset` and `length` are in
    bytes.
  }];
  let parameters = (ins "int64_t":$file, "int64_t":$offset, "int64_t":$length);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Onnx_TensorAttr : Onnx_Attr<"Tensor", "tensor"> {
  let summary = "a TensorProto";
  let description = [{
    With a payload, `storage` is the number of the TensorProto field that holds
    it (raw_data = 9, float_data = 4 ...), or 13 (external_data) where it lies
    in a file of its own. Without a payload the values are in `rest`.
  }];
  let parameters = (ins
    OptionalParameter<"::mlir::StringAttr">:$name,
    "int32_t":$data_type,
    OptionalArrayRefParameter<"int64_t">:$dims,
    DefaultValuedParameter<"int32_t", "0">:$storage,
    OptionalParameter<"::onnx_split::graph::PayloadAttr">:$payload,
    Onnx_Rest:$rest
  );
  let assemblyFormat = [{
    `<` struct($name, $data_type, custom<Dims>($dims), $storage, $payload,
               $rest) `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// TensorProto.external_data: the payload lies in a file of its own.
    static constexpr int32_t ExternalStorage = 13;
    bool isExternal() const {
      return getPayload() && getStorage() == ExternalStorage;
    }
  }];
}

def Onnx_SparseTensorAttr : Onnx_Attr<"SparseTensor", "sparse"> {
  let summary = "a SparseTensorProto";
  let parameters = (ins
    "::onnx_split::graph::TensorAttr":$values,
    OptionalParameter<"::onnx_split::graph::TensorAttr">:$indices,
    OptionalArrayRefParameter<"int64_t">:$dims,
    Onnx_Rest:$rest
  );
  let assemblyFormat = [{
    `<` struct($values, $indices, custom<Dims>($dims), $rest) `>`
  }];
  let genVerifyDecl = 1;
}

def Onnx_NodeAttr : Onnx_Attr<"Node", "attribute"> {
  let summary = "an AttributeProto";
  let description = [{
    `kind` is an `onnx::AttributeProto::AttributeType`. `value` by kind: f32,
    i64, string, `#onnx.tensor`, `#onnx.sparse`, dense f32 or i64 array, array
    of strings or tensors. A graph or a list of graphs is in the regions of the
    node, in the order of its attributes; `value` is then the i64 number of
    graphs. Without `value`, everything is in `rest`.
  }];
  let parameters = (ins
    OptionalParameter<"::mlir::StringAttr">:$name,
    "int32_t":$kind,
    OptionalParameter<"::mlir::Attribute">:$value,
    Onnx_Rest:$rest
  );
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Onnx_ValueInfoAttr : Onnx_Attr<"ValueInfo", "value_info"> {
  let summary = "a ValueInfoProto";
  let description = [{
    `type` is what the message declares. Where the dialect's types cannot say
    all of it (denotations), `rest` holds the whole TypeProto as well.
  }];
  let parameters = (ins
    OptionalParameter<"::mlir::StringAttr">:$name,
    OptionalParameter<"::mlir::Type">:$type,
    Onnx_Rest:$rest
  );
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Onnx_OpsetAttr : Onnx_Attr<"Opset", "opset"> {
  let summary = "an OperatorSetIdProto";
  let description = [{The standard domain is written "" or "ai.onnx".}];
  let parameters = (ins
    OptionalParameter<"::mlir::StringAttr">:$domain,
    DefaultValuedParameter<"int64_t", "0">:$version,
    Onnx_Rest:$rest
  );
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Onnx_ExtentsAttr : Onnx_Attr<"Extents", "extents"> {
  let summary = "what planning uses for a tensor whose type leaves extents open";
  let description = [{
    Types say what a part declares; these are for costs alone. `time` are the
    extents of one item as far as they are known, `memory` those that it never
    passes, and `points` those of each further operating point; -1 where nothing
    is known, and no list where not even the rank is. `at_most`: `memory` has
    upper bounds of extents that depend on data. `observed`: `time` has extents
    of one run.
  }];
  let parameters = (ins
    OptionalParameter<"::mlir::DenseI64ArrayAttr">:$time,
    OptionalParameter<"::mlir::DenseI64ArrayAttr">:$memory,
    OptionalParameter<"::mlir::ArrayAttr">:$points,
    DefaultValuedParameter<"bool", "false">:$at_most,
    DefaultValuedParameter<"bool", "false">:$observed
  );
  let assemblyFormat = "`<` struct(params) `>`";
}

#endif // ONNX_SPLIT_DIALECT_ONNX_IR_ONNXATTRS_TD
