//===- PageTexts.h - Script and style of the report page --------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What lib/Report/Page is bundled to; the build generates the definitions.
/// Private to the library.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_REPORT_PAGETEXTS_H
#define ONNX_SPLIT_LIB_REPORT_PAGETEXTS_H

#include "llvm/ADT/StringRef.h"

namespace onnx_split {

/// Both are empty in a build without the page. Neither has an end tag in it.
extern const llvm::StringRef PageScript, PageStyle;

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_REPORT_PAGETEXTS_H
