//===- OnnxDialect.td - The onnx dialect ------------------*- tablegen -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_DIALECT_ONNX_IR_ONNXDIALECT_TD
#define ONNX_SPLIT_DIALECT_ONNX_IR_ONNXDIALECT_TD

include "mlir/IR/OpBase.td"

def Onnx_Dialect : Dialect {
  let name = "onnx";
  let cppNamespace = "::onnx_split::graph";
  let summary = "A faithful picture of an ONNX file";
  let description = [{
    One op per protobuf message: a model, its graph, functions, nodes and
    initializers. There is one generic `onnx.node` for all operators, standard
    or custom, because a splitter never changes what an operator means.

    What the IR does not model (doc strings, metadata, unknown fields ...) is
    kept as the serialised rest of the message in a `rest` attribute, so that
    import followed by export is the identity. Large tensor payloads are never
    loaded: `#onnx.payload` names the bytes in a file.

    Names of values are attributes (`output_names`, `input_infos`), because
    ONNX identifies values by name; uses are ordinary SSA uses, also from the
    bodies of control-flow nodes, which may capture values of enclosing graphs.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
    void registerTypes();
    void registerAttrs();
  }];
}

#endif // ONNX_SPLIT_DIALECT_ONNX_IR_ONNXDIALECT_TD
