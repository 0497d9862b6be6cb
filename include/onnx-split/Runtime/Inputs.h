//===- Inputs.h - What a model is fed with ----------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Inputs of a model from files, or seeded random ones.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_RUNTIME_INPUTS_H
#define ONNX_SPLIT_RUNTIME_INPUTS_H

#include "onnx-split/Runtime/InputOptions.h"
#include "onnx-split/Runtime/Session.h"

namespace onnx_split::runtime {

/// Values for `ports`: those that are set, those from files, and filled ones.
/// `order` has the names of all inputs of the model that have no default, by
/// which the files of a folder are numbered. An input with no file is filled as
/// `options` say: by default with random values, floats uniform in [-1, 1),
/// integers in their range or [0, 4), masks of tokens without a range with 1,
/// or an error where that is not possible. Files of inputs that the model does
/// not have are an error.
llvm::Expected<Values> makeInputs(llvm::ArrayRef<Port> ports,
                                  llvm::ArrayRef<std::string> order,
                                  const InputOptions &options);

/// Values for all inputs of a model that have no default, and for those with a
/// default that are set.
llvm::Expected<Values> makeInputs(const Session &session,
                                  const InputOptions &options);

/// The shape of a filled input: what `options` say of open extents, or an error
/// where they do not.
llvm::Expected<std::vector<int64_t>> findShape(const Port &port,
                                               const InputOptions &options);

/// The inputs that are filled, and what elements they have.
struct FilledInputs {
  std::vector<std::string> names;
  bool anyWhole = false, anyReal = false;
};

/// Which inputs of a model `makeInputs` fills; none where it fails.
FilledInputs findFilled(const Session &session, const InputOptions &options);

/// An error where a setting of `options` is none: `N=x`, or `x=1y3`.
llvm::Error checkSettings(const InputOptions &options);

/// An error where --shape names what is not among a model's inputs.
llvm::Error checkShapeNames(const InputOptions &options,
                            llvm::ArrayRef<std::string> inputs);

/// What --dim may name of the extents that ports leave open: symbols, the terms
/// of those that are expressions, and INPUT[AXIS]. `*` is not among them.
std::vector<std::string> listDimNames(llvm::ArrayRef<Port> ports);

/// An error where --dim names what is not among `known`. Settings that `fixed`
/// has as well are passed over: the parts have them.
llvm::Error checkDimNames(const InputOptions &options,
                          llvm::ArrayRef<std::string> known,
                          llvm::ArrayRef<std::string> fixed);

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_RUNTIME_INPUTS_H
