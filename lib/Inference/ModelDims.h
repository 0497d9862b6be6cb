//===- ModelDims.h - The dimensions that a model declares -------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the declared types of a model say of its dimensions: which names there
/// are, and what the axes of its inputs are. Private to the library.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INFERENCE_MODELDIMS_H
#define ONNX_SPLIT_LIB_INFERENCE_MODELDIMS_H

#include "onnx-split/Inference/DimBindings.h"
#include "onnx-split/Inference/DimExpression.h"

#include "llvm/ADT/StringSet.h"

#include <set>

namespace onnx_split {

/// One axis of a shape inside the type of a model input.
struct InputDim {
  mlir::BlockArgument input;
  int64_t axis;
  /// One of the two, or none: "?" is no symbol, a negative number no extent.
  llvm::StringRef symbol;
  std::optional<int64_t> extent;
  /// The input is a dense tensor, so that INPUT[AXIS] names it.
  bool isTensor;
  /// An initializer stands for the input where nobody gives it.
  bool hasDefault;

  llvm::StringRef getInputName() const { return graph::getValueName(input); }
};

/// A picture of the declarations at the time of construction.
class ModelDims {
public:
  explicit ModelDims(graph::ModelOp model);

  graph::ModelOp getModel() const { return model; }
  llvm::ArrayRef<InputDim> getInputDims() const { return inputDims; }
  /// The input of that name, or null.
  mlir::BlockArgument findInput(llvm::StringRef name) const;

  /// Every symbol of the main graph and its bodies, sorted.
  const std::set<std::string> &getSymbols() const { return symbols; }
  bool hasSymbol(llvm::StringRef name) const {
    return symbols.count(name.str()) != 0;
  }
  /// True for a name that stands in a symbol that is an expression.
  bool hasTerm(llvm::StringRef name) const { return terms.contains(name); }
  /// From here on the name of a term is a known one, because an option uses it.
  void makeKnown(llvm::StringRef term) { known.insert(term); }

  /// The names that a value of the symbol depends on: its terms where it is an
  /// expression and they all are known, otherwise itself.
  std::vector<std::string> getParts(llvm::StringRef symbol) const;

  /// Whether an open name counts as a first dimension: it is that of some
  /// input, or stands in an expression that is, and is no other dimension.
  bool isFirst(llvm::StringRef name) const;

  /// "'N', 'M' and 'x[2]'": what an option can name, inputs first. Not all of
  /// them where they are many.
  std::string describeNames() const;

private:
  void addInputs();
  void addSymbols();
  void findFirst();

  graph::ModelOp model;
  std::vector<InputDim> inputDims;
  llvm::StringMap<mlir::BlockArgument> inputs;
  std::set<std::string> symbols;
  llvm::StringSet<> terms, known;
  /// Names that are dimensions of inputs by themselves; those of them, and
  /// those in expressions, that are first ones.
  llvm::StringSet<> alone, first, firstInExpression;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_INFERENCE_MODELDIMS_H
