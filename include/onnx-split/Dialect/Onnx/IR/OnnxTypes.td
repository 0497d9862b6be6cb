//===- OnnxTypes.td - Types of the onnx dialect -----------*- tablegen -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_DIALECT_ONNX_IR_ONNXTYPES_TD
#define ONNX_SPLIT_DIALECT_ONNX_IR_ONNXTYPES_TD

include "mlir/IR/AttrTypeBase.td"
include "onnx-split/Dialect/Onnx/IR/OnnxDialect.td"

/// Exactly what a TypeProto can say, and two types for what it cannot: nothing
/// known, and nothing there.
class Onnx_Type<string name, string typeMnemonic>
    : TypeDef<Onnx_Dialect, name> {
  let mnemonic = typeMnemonic;
  let cppClassName = "Onnx" # name # "Type";
}

/// Dense and sparse tensors have the same parameters.
class Onnx_ShapedType<string name, string typeMnemonic>
    : Onnx_Type<name, typeMnemonic> {
  let parameters = (ins
    "int32_t":$elementType,
    OptionalParameter<"::mlir::ArrayAttr">:$dims
  );
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    bool hasRank() const { return bool(getDims()); }
  }];
}

def Onnx_TensorType : Onnx_ShapedType<"Tensor", "tensor"> {
  let summary = "dense tensor";
  let description = [{
    `elementType` is an `onnx::TensorProto::DataType`, printed by its name, or
    as `dtype<N>` where the number has none. Each extent is an integer, a string
    (a symbolic dimension) or a unit attribute, printed `?` (unknown). Without
    extents not even the rank is known.

    The builtin tensor type is not used because it has no symbolic extents, no
    strings or 2-bit elements, and asserts on extents that a bad file can hold.

    ```mlir
    !onnx.tensor<float32, [1, "sequence", ?]>
    !onnx.tensor<int64>
    ```
  }];
}

def Onnx_SparseTensorType : Onnx_ShapedType<"SparseTensor", "sparse_tensor"> {
  let summary = "sparse tensor";
}

def Onnx_SequenceType : Onnx_Type<"Sequence", "sequence"> {
  let summary = "sequence of values of one type";
  let parameters = (ins "::mlir::Type":$elementType);
  let assemblyFormat = "`<` $elementType `>`";
}

def Onnx_OptionalType : Onnx_Type<"Optional", "optional"> {
  let summary = "a value or nothing";
  let parameters = (ins "::mlir::Type":$elementType);
  let assemblyFormat = "`<` $elementType `>`";
}

def Onnx_MapType : Onnx_Type<"Map", "map"> {
  let summary = "map from scalars to values";
  let parameters = (ins "int32_t":$keyType, "::mlir::Type":$valueType);
  let assemblyFormat = "`<` $keyType `,` $valueType `>`";
}

def Onnx_OpaqueType : Onnx_Type<"Opaque", "opaque"> {
  let summary = "a type that only a custom domain knows";
  let parameters = (ins "::mlir::StringAttr":$domain,
                        "::mlir::StringAttr":$name);
  let assemblyFormat = "`<` $domain `,` $name `>`";
}

def Onnx_UnknownType : Onnx_Type<"Unknown", "unknown"> {
  let summary = "nothing is known of the value's type";
}

def Onnx_OmittedType : Onnx_Type<"Omitted", "omitted"> {
  let summary = "an optional input or output that is left out";
}

#endif // ONNX_SPLIT_DIALECT_ONNX_IR_ONNXTYPES_TD
