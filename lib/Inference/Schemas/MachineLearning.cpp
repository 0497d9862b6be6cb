//===- MachineLearning.cpp - Rules for operators of ai.onnx.ml ------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MachineLearning.h"

#include "Shapes.h"

#include "llvm/ADT/StringSwitch.h"

using namespace onnx_split;
using namespace onnx_split::schemas;
using onnx::TensorProto;

//===----------------------------------------------------------------------===//
// Attributes and inputs
//===----------------------------------------------------------------------===//

/// How many elements a list has; none where it is absent.
static int64_t lengthOf(const Context &context, const char *name) {
  const onnx::AttributeProto *list = context.getAttribute(name);
  return list ? int64_t(list->ints_size()) + list->floats_size() +
                    list->strings_size()
              : 0;
}

/// Rows of the first input; a vector is one row.
static Dim batchOf(const Context &context) {
  const Shape *shape = shapeOf(context, 0);
  if (!shape || shape->dim_size() == 0)
    return unknown();
  return shape->dim_size() == 1 ? known(1) : shape->dim(0);
}

/// The number of labels, which are strings or integers.
static Dim labelsOf(const Context &context, const char *integers) {
  int64_t count = std::max(lengthOf(context, "classlabels_strings"),
                           lengthOf(context, integers));
  return count > 0 ? known(count) : unknown();
}

/// Null where the first input has no type, or is no tensor.
static const onnx::TypeProto_Tensor *firstTensor(const Context &context) {
  const onnx::TypeProto *type =
      hasInput(context, 0) ? context.getInputType(0) : nullptr;
  return type && type->has_tensor_type() ? &type->tensor_type() : nullptr;
}

//===----------------------------------------------------------------------===//
// Features
//===----------------------------------------------------------------------===//

static void floatLikeFirst(Context &context) {
  setType(context, 0, TensorProto::FLOAT);
  copyShape(context, 0, 0);
}

/// The rows of the inputs are joined; the attribute has their lengths.
static void featureVectorizer(Context &context) {
  setType(context, 0, TensorProto::FLOAT);
  const onnx::AttributeProto *lengths = context.getAttribute("inputdimensions");
  Dim length = lengths ? known(0) : unknown();
  for (int64_t i = 0, e = lengths ? lengths->ints_size() : 0; i < e; ++i)
    length = sum(length, known(lengths->ints(int(i))));
  setShape(context, 0, {batchOf(context), length});
}

/// Chooses columns; a vector is one row here too, but the result is a matrix.
static void arrayFeatureExtractor(Context &context) {
  copyType(context, 0, 0);
  const Shape *shape = shapeOf(context, 0);
  if (!shape || shape->dim_size() == 0)
    return;
  Dim chosen = unknown();
  if (const Shape *indices = shapeOf(context, 1)) {
    chosen = known(1);
    for (const Dim &dim : indices->dim())
      chosen = product(chosen, dim);
  }
  llvm::SmallVector<Dim, 4> dims(shape->dim().begin(), shape->dim().end());
  dims.back() = chosen;
  if (dims.size() == 1)
    dims.insert(dims.begin(), known(1));
  setShape(context, 0, dims);
}

static void oneHotEncoder(Context &context) {
  setType(context, 0, TensorProto::FLOAT);
  const Shape *shape = shapeOf(context, 0);
  int64_t categories = std::max(lengthOf(context, "cats_int64s"),
                                lengthOf(context, "cats_strings"));
  if (!shape)
    return;
  Shape result = *shape;
  if (categories > 0)
    *result.add_dim() = known(categories);
  else
    result.add_dim();
  setShape(context, 0, result);
}

//===----------------------------------------------------------------------===//
// Labels and dictionaries
//===----------------------------------------------------------------------===//

/// Strings become integers, and the reverse.
static void swapStrings(Context &context) {
  const onnx::TypeProto_Tensor *input = firstTensor(context);
  if (input && input->elem_type() == TensorProto::STRING)
    setType(context, 0, TensorProto::INT64);
  if (input && input->elem_type() == TensorProto::INT64)
    setType(context, 0, TensorProto::STRING);
  copyShape(context, 0, 0);
}

/// Its first version had one list of strings, numbered by their places.
static void labelEncoder(Context &context) {
  if (context.getAttribute("classes_strings"))
    return swapStrings(context);
  const onnx::AttributeProto *tensor = context.getAttribute("values_tensor");
  if (tensor && TensorProto::DataType_IsValid(tensor->t().data_type()) &&
      tensor->t().data_type() != TensorProto::UNDEFINED)
    setType(context, 0, tensor->t().data_type());
  else if (lengthOf(context, "values_strings"))
    setType(context, 0, TensorProto::STRING);
  else if (lengthOf(context, "values_int64s"))
    setType(context, 0, TensorProto::INT64);
  else if (lengthOf(context, "values_floats"))
    setType(context, 0, TensorProto::FLOAT);
  copyShape(context, 0, 0);
}

static void dictVectorizer(Context &context) {
  const onnx::TypeProto *type =
      hasInput(context, 0) ? context.getInputType(0) : nullptr;
  int32_t element =
      type ? type->map_type().value_type().tensor_type().elem_type() : 0;
  if (element == TensorProto::UNDEFINED)
    return;
  setType(context, 0, element);
  int64_t words = std::max(lengthOf(context, "string_vocabulary"),
                           lengthOf(context, "int64_vocabulary"));
  setShape(context, 0, {known(1), words > 0 ? known(words) : unknown()});
}

/// A sequence of maps, one for each row.
static void zipMap(Context &context) {
  bool hasStrings = lengthOf(context, "classlabels_strings") > 0;
  if (!hasStrings && lengthOf(context, "classlabels_int64s") == 0)
    return;
  if (!context.hasOutput(0))
    return;
  auto *map = context.getOutputType(0)
                  ->mutable_sequence_type()
                  ->mutable_elem_type()
                  ->mutable_map_type();
  map->set_key_type(hasStrings ? TensorProto::STRING : TensorProto::INT64);
  auto *value = map->mutable_value_type()->mutable_tensor_type();
  value->set_elem_type(TensorProto::FLOAT);
  value->mutable_shape();
}

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

/// A label for each row, and so many scores.
static void setClassification(Context &context, const Dim &scores) {
  bool hasStrings = lengthOf(context, "classlabels_strings") > 0;
  setType(context, 0, hasStrings ? TensorProto::STRING : TensorProto::INT64);
  setShape(context, 0, {batchOf(context)});
  setType(context, 1, TensorProto::FLOAT);
  setShape(context, 1, {batchOf(context), scores});
}

/// A binary classifier with one intercept, or one weight for each leaf, has two
/// scores all the same.
static void linearClassifier(Context &context) {
  setClassification(context, labelsOf(context, "classlabels_ints"));
}

static void treeClassifier(Context &context) {
  setClassification(context, labelsOf(context, "classlabels_int64s"));
}

/// With support vectors and without probabilities, there is a score for each
/// pair of classes, and two for fewer than two pairs.
static void svmClassifier(Context &context) {
  Dim scores = labelsOf(context, "classlabels_ints");
  auto classes = valueOf(scores);
  if (classes && lengthOf(context, "vectors_per_class") > 0 &&
      lengthOf(context, "prob_a") == 0)
    scores = known(*classes > 2 ? *classes * (*classes - 1) / 2 : 2);
  setClassification(context, scores);
}

static void setRegression(Context &context, int64_t targets) {
  setShape(context, 0,
           {batchOf(context), targets > 0 ? known(targets) : unknown()});
}

static void linearRegressor(Context &context) {
  setType(context, 0, TensorProto::FLOAT);
  setRegression(context, intOf(context, "targets", 1));
}

static void svmRegressor(Context &context) {
  setType(context, 0, TensorProto::FLOAT);
  setRegression(context, 1);
}

static void treeRegressor(Context &context) {
  setType(context, 0, TensorProto::FLOAT);
  setRegression(context, intOf(context, "n_targets", 0));
}

static void treeEnsemble(Context &context) {
  copyType(context, 0, 0);
  setRegression(context, intOf(context, "n_targets", 0));
}

//===----------------------------------------------------------------------===//
// Table
//===----------------------------------------------------------------------===//

Rule schemas::findReplacement(llvm::StringRef domain, llvm::StringRef opType) {
  if (domain != "ai.onnx.ml")
    return nullptr;
  return llvm::StringSwitch<Rule>(opType)
      .Case("ArrayFeatureExtractor", arrayFeatureExtractor)
      .Cases({"Binarizer", "Imputer"}, likeFirst)
      .Case("CategoryMapper", swapStrings)
      .Case("DictVectorizer", dictVectorizer)
      .Case("FeatureVectorizer", featureVectorizer)
      .Case("LabelEncoder", labelEncoder)
      .Case("LinearClassifier", linearClassifier)
      .Case("LinearRegressor", linearRegressor)
      .Cases({"Normalizer", "Scaler"}, floatLikeFirst)
      .Case("OneHotEncoder", oneHotEncoder)
      .Case("SVMClassifier", svmClassifier)
      .Case("SVMRegressor", svmRegressor)
      .Case("TreeEnsemble", treeEnsemble)
      .Case("TreeEnsembleClassifier", treeClassifier)
      .Case("TreeEnsembleRegressor", treeRegressor)
      .Case("ZipMap", zipMap)
      .Default(nullptr);
}
