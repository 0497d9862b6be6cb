//===- SplitDialect.td - The split dialect ----------------*- tablegen -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_DIALECT_SPLIT_IR_SPLITDIALECT_TD
#define ONNX_SPLIT_DIALECT_SPLIT_IR_SPLITDIALECT_TD

include "mlir/IR/OpBase.td"

def Split_Dialect : Dialect {
  let name = "split";
  let cppNamespace = "::onnx_split::split";
  let summary = "What was decided about a model: costs, stages and transfers";
  let description = [{
    Discardable attributes carry decisions from pass to pass:

    | attribute | on | meaning |
    |---|---|---|
    | `split.cost` | `onnx.node` | a `#split.cost`, for people and tests |
    | `split.stage` | `onnx.node` of the main graph | i64, the node's stage |
    | `split.index` | `onnx.node` | i64, position in the source graph |
    | `split.copies` | `onnx.node` of the main graph | array of i32, ascending: later stages that compute the node as well |
    | `split.copied` | `onnx.node` of a part | unit: another part owns the node |
    | `split.constant` | `onnx.node` of a stage | unit: the node only depends on constants |
    | `split.unknown` | `onnx.node` | a string: why the node's cost is not known |
    | `split.topology` | `builtin.module` | a `#split.topology`: the cluster |
    | `split.placement` | `builtin.module` | a `#split.placement` |
    | `split.constraints` | `builtin.module` | a `#split.constraints`: what the user demands of the placement |
    | `split.crossings` | `builtin.module` | array of `#split.crossing`: what goes from stage to stage, until transfers say it |
    | `split.traffic` | `builtin.module` | `#split.traffic`: messages, and what links and media carry |
    | `split.certainty` | `builtin.module` | a dictionary: what the plan's figures rest on |
    | `split.picture` | `builtin.module` | a dictionary, where asked for: what a picture of the plan shows beside it |
    | `split.task` | `onnx.node` | array of i64, where asked for, three for each stage that computes the node: the stage, nanoseconds on its device, and bytes of weights that no node before it in the stage reads |
    | `split.problem` | `builtin.module` | string, where asked for: the planner's problem as JSON |
    | `split.infeasible` | `builtin.module` | unit: no plan exists or was found |
    | `split.wires` | `builtin.module` | array of `#split.wire`: what joins the parts, by tag |
    | `split.part` | `onnx.model` | a `#split.part`: the stage it holds |

    The ops live between the passes that form stages and those that lower the
    transfers to boundary nodes.
  }];
  let dependentDialects = ["::onnx_split::graph::OnnxDialect"];
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1;
}

#endif // ONNX_SPLIT_DIALECT_SPLIT_IR_SPLITDIALECT_TD
