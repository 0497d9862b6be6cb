//===- Mlir.h - Headers that are compiled once ------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Only other projects' headers, so that it is rarely compiled again. Each file
/// includes what it uses all the same: ONNX_SPLIT_PRECOMPILE=OFF builds, too.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PRECOMPILED_MLIR_H
#define ONNX_SPLIT_LIB_PRECOMPILED_MLIR_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Pass/Pass.h"
#include "onnx/onnx_pb.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/raw_ostream.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#endif // ONNX_SPLIT_LIB_PRECOMPILED_MLIR_H
