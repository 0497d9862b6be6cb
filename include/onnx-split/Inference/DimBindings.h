//===- DimBindings.h - Values that a user gives to dimensions ---*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the options --shape, --dim, --assume and --also say of the dimensions
/// of a model. An option names a dimension by its symbol, by INPUT[AXIS] or by
/// `*` (all that are open). A literal symbol wins over INPUT[AXIS]; a symbol
/// that is an expression has a value where all its terms have one.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_INFERENCE_DIMBINDINGS_H
#define ONNX_SPLIT_INFERENCE_DIMBINDINGS_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"
#include "onnx-split/Inference/DimExpression.h"

#include <map>
#include <memory>

namespace onnx_split {

class DimOptionReader;
class ModelDims;

/// The options as a user writes them, without the flag.
struct DimOptions {
  /// NAME=1x3x224x224: the extents of an input, in the parts as well.
  std::vector<std::string> shapes;
  /// NAME=1: a dimension, in the parts as well.
  std::vector<std::string> dims;
  /// NAME=1: a dimension for planning alone.
  std::vector<std::string> assumes;
  /// NAME=1[,NAME=1...]: one further operating point each.
  std::vector<std::string> alsos;
};

/// What a name means: a symbol wherever it stands, or an axis of an input that
/// has no symbol.
struct DimName {
  std::string symbol;
  /// Where `symbol` is empty.
  std::string input;
  int64_t axis = 0;

  static DimName ofSymbol(llvm::StringRef symbol) {
    return {symbol.str(), {}, 0};
  }
  static DimName ofAxis(llvm::StringRef input, int64_t axis) {
    return {{}, input.str(), axis};
  }
  /// As an option takes it: "N" or "x[2]".
  std::string spell() const;
  /// For messages: "the dimension 'N'" or "axis 2 of the input 'x'".
  std::string describe() const;

  friend bool operator<(const DimName &a, const DimName &b) {
    return std::tie(a.symbol, a.input, a.axis) <
           std::tie(b.symbol, b.input, b.axis);
  }
};

/// A value and who gave it, for messages: "--dim N=2".
struct DimBinding {
  int64_t value;
  std::string origin;
};

/// Values of dimensions in one setting.
class DimValues {
public:
  /// The value of a symbol, which may be an expression; none where there is
  /// none, and `fault`, if given, says why. What a user gives is an extent; the
  /// value of an expression may be negative.
  std::optional<int64_t> valueOf(llvm::StringRef symbol,
                                 DimFault *fault = nullptr) const;
  /// The value of an axis that has neither symbol nor extent.
  std::optional<int64_t> extentOf(llvm::StringRef input, int64_t axis) const;

  /// The value of an expression by its terms alone, whatever its name is bound
  /// to.
  std::optional<int64_t> evaluate(const DimExpression &expression,
                                  DimFault *fault = nullptr) const;

  /// Who gave the terms their values, with a verb, for messages: "--dim a=3 and
  /// --dim b=1 make".
  std::string describeOrigins(const DimExpression &expression,
                              llvm::StringRef verb) const;

  const DimBinding *find(const DimName &name) const;
  /// Binds a name that is not bound.
  void bind(const DimName &name, const DimBinding &binding) {
    bindings.try_emplace(name, binding);
  }
  /// Binds what `others` bind and this does not.
  void addMissing(const DimValues &others) {
    bindings.insert(others.bindings.begin(), others.bindings.end());
  }
  const std::map<DimName, DimBinding> &all() const { return bindings; }

private:
  /// Sorted, because messages go by it.
  std::map<DimName, DimBinding> bindings;
};

/// A dimension of a model input that has no value.
struct OpenDim {
  DimName name;
  /// It is the first one of some input: a batch, as a rule.
  bool isFirst;
};

/// All that the options say of one model. The model's types may change later;
/// this keeps what they were.
class DimBindings {
public:
  /// Fails, with an error at the model or at an input, where an option is
  /// malformed, names nothing, contradicts another option or the model, or
  /// gives an expression a value that is no extent.
  static mlir::FailureOr<DimBindings> read(graph::ModelOp model,
                                           const DimOptions &options);

  /// What the parts declare: --shape and --dim.
  const DimValues &fixed() const { return fixedValues; }
  /// What costs are computed with: --assume as well.
  const DimValues &planning() const { return planningValues; }
  /// The same for each --also, in their order.
  llvm::ArrayRef<DimValues> points() const { return pointValues; }

  /// The dimensions of the main graph's inputs that planning has no value for,
  /// each once, in the order of the inputs. Inputs with a default have none.
  std::vector<OpenDim> openDims() const;

  /// Gives 1 to each open first dimension, for planning and at each operating
  /// point that does not name it, and returns them. Fails, with an error, where
  /// that contradicts an option.
  mlir::FailureOr<std::vector<OpenDim>> assumeFirstDims();

  /// Fails where dimensions are open, with one error at the model that has the
  /// options to paste.
  llvm::LogicalResult requireClosed() const;

private:
  friend class DimOptionReader;
  explicit DimBindings(graph::ModelOp model);

  std::vector<OpenDim> openDims(const DimValues &values) const;
  std::vector<const DimValues *> allValues() const;
  /// Fails, with an error, where bindings contradict each other or make an
  /// extent of an input negative.
  llvm::LogicalResult check(const DimValues &values) const;
  llvm::LogicalResult checkExpressions(const DimValues &values) const;
  llvm::LogicalResult checkInputs(const DimValues &values) const;

  std::shared_ptr<ModelDims> dims;
  DimValues fixedValues, planningValues;
  std::vector<DimValues> pointValues;
};

/// For messages, the value that evaluation gave or why there is none: "-2" or
/// "a fraction".
std::string describeValue(std::optional<int64_t> value, DimFault fault);

/// What is wrong with a symbol whose terms have values: the values make it no
/// extent. Empty where it is one, or open. `owner` is what declares it: "the
/// input 'x'".
std::string describeBadExtent(llvm::StringRef symbol, const DimValues &values,
                              const llvm::Twine &owner);

} // namespace onnx_split

#endif // ONNX_SPLIT_INFERENCE_DIMBINDINGS_H
