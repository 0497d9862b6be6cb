//===- Fused.cpp - Operators with an activation at their end --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Families.h"

#include "Delegate.h"
#include "Shapes.h"

using namespace onnx_split;
using namespace onnx_split::schemas;

static void fusedConv(Context &context) {
  copyType(context, 0, 0);
  shapesLike(context, "Conv", {0, 1});
}

static void nhwcConv(Context &context) {
  copyType(context, 0, 0);
  shapesLike(context, "Conv", {0, 1}, Layout::ChannelsLast);
}

static void gemm(Context &context) {
  copyType(context, 0, 0);
  shapesLike(context, "Gemm", {0, 1});
}

static constexpr Operator FusedOps[] = {
    {"FusedConv", "X W B? Z?", "Y",
     "auto_pad:s kernel_shape:I dilations:I strides:I pads:I group:i "
     "activation:s activation_params:F",
     fusedConv},
    {"NhwcFusedConv", "X W B? Z?", "Y",
     "auto_pad:s kernel_shape:I dilations:I strides:I pads:I group:i "
     "activation:s activation_params:F",
     nhwcConv},
    {"NhwcConv", "X W B?", "Y",
     "auto_pad:s kernel_shape:I dilations:I strides:I pads:I group:i",
     nhwcConv},
    {"FusedGemm", "A B C?", "Y",
     "transA:i transB:i alpha:f beta:f activation:s activation_alpha:f "
     "activation_beta:f activation_gamma:f",
     gemm},
};

void schemas::registerFused() { add(Microsoft, FusedOps); }
