//===- Passes.td - Passes of the onnx dialect -------------*- tablegen -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_DIALECT_ONNX_TRANSFORMS_PASSES_TD
#define ONNX_SPLIT_DIALECT_ONNX_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def InferTypesPass : Pass<"onnx-infer-types", "::mlir::ModuleOp"> {
  let summary = "Fix input shapes and give every value the type ONNX infers";
  let description = [{
    Reads: the models of the module and their declared types. Writes: the types
    of values. Declarations (`input_infos`, `output_infos`, `value_infos`) only
    change where `shape` or `dim` fixes a symbolic extent; what is inferred is
    never written into them.

    Pre-condition: every operator set and the IR version are known to the ONNX
    that this program is built with; otherwise the pass fails, because inference
    would silently use older rules.

    `shape=x=1x3x48x320` fixes all extents of the input `x`, and with them every
    symbol that `x` declares; `dim=N=1` fixes a symbol, `dim=x[2]=1` an axis and
    `dim=*=1` all that is open in inputs. A symbol that is an expression, as
    `past + seq` is, has a value where its terms have one. An extent that the
    model states cannot be changed. Results that are known before running are in
    `onnx.known_values`.

    Post-condition: every value has the type that inference finds, or
    `!onnx.unknown` where it finds none. Fails where an option contradicts the
    model or names what it does not have.

    With `extents=known` or `closed`, also writes `onnx.extents` on nodes and
    graphs, where types leave extents open, and `onnx.assumed`, `onnx.refused` and `onnx.points`
    on the model. `closed` fails where a dimension of an input has no value.

    ```mlir
    // before, with dim=N=1
    ^bb0(%x: !onnx.tensor<float, ["N", 8]>):
      %y = onnx.node "Relu"(%x) ... : (...) -> !onnx.unknown
    // after
    ^bb0(%x: !onnx.tensor<float, [1, 8]>):
      %y = onnx.node "Relu"(%x) ... : (...) -> !onnx.tensor<float, [1, 8]>
    ```
  }];
  let options = [
    ListOption<"shapes", "shape", "std::string",
               "Fix the shape of a graph input: NAME=1x3x224x224">,
    ListOption<"assumes", "assume", "std::string",
               "A dimension for planning alone: NAME=1024">,
    ListOption<"alsos", "also", "std::string",
               "A further operating point: NAME=V[,NAME=V...]">,
    Option<"extents", "extents", "std::string", /*default=*/"\"none\"",
           "What planning needs: none, known (as far as it is) or closed (fail "
           "where dimensions of inputs are open)">,
    ListOption<"dims", "dim", "std::string",
               "Fix a dimension: NAME=1, INPUT[AXIS]=1, *=1">
  ];
}

def SetInputsPass : Pass<"onnx-set-inputs", "::mlir::ModuleOp"> {
  let summary = "Replace inputs of the main graph by constants";
  let description = [{
    Reads and writes: the inputs of the main graph. Each that is set becomes an
    initializer of its name; its default, if it has one, goes with it.

    `set=x=3` gives a scalar or a tensor of one element, `set=x=[1,2,3]` a
    tensor of rank 1, `set=x=@file.npy` any tensor.

    Pre-condition: each value fits what the model declares of the input; fails
    otherwise, and where there is no such input. Post-condition: none of the
    inputs is left, and types are as they were, so that onnx-infer-types comes
    after.

    ```mlir
    // before, with set=flag=true
    ^bb0(%flag: !onnx.tensor<bool, []>, %x: !onnx.tensor<float, [8]>):
    // after
    ^bb0(%x: !onnx.tensor<float, [8]>):
      %flag = onnx.initializer #onnx.tensor<name = "flag", data_type = 9, ...>
    ```
  }];
  let options = [
    ListOption<"settings", "set", "std::string",
               "Replace an input by a constant: INPUT=VALUE">
  ];
}

def FoldBranchesPass : Pass<"onnx-fold-branches", "::mlir::ModuleOp"> {
  let summary = "Replace an If whose condition is known by its branch";
  let description = [{
    Reads: the conditions of If nodes of the main graph that are initializers or
    Constant nodes. Writes: the main graph. The nodes and initializers of the
    branch take the place of the If, also of an If inside the branch. Where
    anything was replaced, each node of the main graph has its position in the
    graph as it was read (`onnx.index`: of a node of a branch that of its If),
    and nodes of branches the way from the If to them (`onnx.path`).

    Post-condition: no If whose condition is known is left in the main graph;
    the graph's inputs and outputs are the same.

    ```mlir
    // before, where %flag is true
    %y = onnx.node "If"(%flag) {output_names = ["y"], ...} {
      onnx.graph ... {
        %a = onnx.node "Neg"(%x) {output_names = ["a"]} ...
        onnx.return %a
    // after, where the If was node 4
    %y = onnx.node "Neg"(%x) {output_names = ["y"], onnx.index = 4 : i64,
                              onnx.path = ["then_branch", "0"]} ...
    ```
  }];
}

#endif // ONNX_SPLIT_DIALECT_ONNX_TRANSFORMS_PASSES_TD
