//===- ListPasses.h - The passes of this project, for help ------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a program that runs passes one by one says of them.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_PIPELINE_LISTPASSES_H
#define ONNX_SPLIT_PIPELINE_LISTPASSES_H

#include "onnx-split/Support/CommandLine.h"

namespace onnx_split {

/// The passes and pipelines among the options of the command line, with what
/// they say they do: pipelines, passes on models, and those that split. Their
/// options must have been registered.
std::vector<HelpGroup> listPasses();

} // namespace onnx_split

#endif // ONNX_SPLIT_PIPELINE_LISTPASSES_H
