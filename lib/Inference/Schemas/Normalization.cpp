//===- Normalization.cpp - Normalisations of ONNX Runtime -----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Families.h"
#include "Shapes.h"

using namespace onnx_split;
using namespace onnx_split::schemas;

static constexpr Operator Table[] = {
    {"GroupNorm", "X gamma beta", "Y",
     "epsilon:f groups:i! activation:i! channels_last:i", likeFirst},
};

void schemas::registerNormalizations() { add(Microsoft, Table); }
