"""Types of operators of ai.onnx.ml: what is inferred for random nodes is what
ONNX Runtime makes. What is no tensor is in
test/Dialect/Onnx/Transforms/infer-types-machine-learning.mlir."""

import numpy as np
import onnx
from onnx import TensorProto, helper

from random_nodes import repeat
from schema_models import Case, check

STRINGS = ["a", "b", "c", "d", "e"]


def features(r):
    """Some rows of four features, or a vector of four."""
    return r.array([4] if r.chance() else [r.number(1, 5), 4])


def ml(op, inputs, outputs=1, **attributes):
    return Case(op, inputs, outputs=outputs, domain="ai.onnx.ml", **attributes)


def scaler(r):
    size = r.choose((1, 4))
    return ml("Scaler", [r.array([r.number(1, 5), 4], r.choose(
        (np.float32, np.float64, np.int64, np.int32)))],
        scale=[0.5] * size, offset=[0.0] * size)


def normalizer(r):
    return ml("Normalizer", [features(r)], norm=r.choose(("MAX", "L1", "L2")))


def imputer(r):
    dims = r.dims(r.number(1, 3))
    if r.chance():
        return ml("Imputer", [r.array(dims)], imputed_value_floats=[1.0])
    return ml("Imputer", [r.array(dims, np.int64)], imputed_value_int64s=[1])


def one_hot(r):
    dims, count = r.dims(r.number(1, 3)), r.number(1, 5)
    if r.chance():
        return ml("OneHotEncoder", [np.full(dims, "b", object)],
                  cats_strings=STRINGS[:count], zeros=1)
    return ml("OneHotEncoder", [r.array(dims, np.int64)],
              cats_int64s=list(range(count)), zeros=1)


def extractor(r):
    dtype = r.choose((np.float32, np.float64, np.int64, np.int32))
    dims = [*r.dims(r.number(0, 2)), 4]
    indices = r.rng.integers(0, 4, r.choose(([], [3], [1, 3], [2, 1])))
    return ml("ArrayFeatureExtractor", [
        r.array(dims, dtype), np.asarray(indices, np.int64)])


def vectorizer(r):
    rows, widths = r.number(1, 4), r.dims(r.number(1, 3))
    return ml("FeatureVectorizer", [r.array([rows, w]) for w in widths],
              inputdimensions=widths)


def labels(r, integers, count):
    # ONNX Runtime ends at an assertion on one class with a string.
    if count > 1 and r.chance():
        return {"classlabels_strings": STRINGS[:count]}
    return {integers: list(range(count))}


def linear_classifier(r):
    count = r.number(2, 5)
    rows = 1 if count == 2 and r.chance() else count
    return ml("LinearClassifier", [features(r)], 2,
              coefficients=[0.5] * (4 * rows), intercepts=[0.1] * rows,
              **labels(r, "classlabels_ints", count))


def linear_regressor(r):
    count = r.number(1, 3)
    attributes = {} if count == 1 and r.chance() else {"targets": count}
    return ml("LinearRegressor", [features(r)], coefficients=[0.5] * (4 * count),
              **attributes)


def svm_classifier(r):
    count = r.number(1, 5)
    pairs = max(1, count * (count - 1) // 2)
    attributes = labels(r, "classlabels_ints", count)
    if r.chance():
        attributes.update(prob_a=[0.1] * pairs, prob_b=[0.1] * pairs)
    if r.chance():
        return ml("SVMClassifier", [features(r)], 2, kernel_type="RBF",
                  kernel_params=[0.1] * 3, vectors_per_class=[2] * count,
                  support_vectors=[0.5] * (8 * count), rho=[0.1] * pairs,
                  coefficients=[0.5] * (2 * count * max(1, count - 1)),
                  **attributes)
    return ml("SVMClassifier", [features(r)], 2, kernel_type="LINEAR",
              kernel_params=[0.1] * 3, rho=[0.1] * count,
              coefficients=[0.5] * (4 * count), **attributes)


def svm_regressor(r):
    return ml("SVMRegressor", [features(r)], kernel_params=[0.1] * 3,
              n_supports=2, support_vectors=[0.5] * 8, coefficients=[0.5] * 2,
              rho=[0.1], kernel_type=r.choose(("LINEAR", "RBF")))


def tree(leaves):
    """One decision and two leaves, whose attributes have a prefix."""
    return {
        "nodes_treeids": [0] * 3, "nodes_nodeids": [0, 1, 2],
        "nodes_featureids": [0] * 3, "nodes_values": [2.5, 0.0, 0.0],
        "nodes_modes": ["BRANCH_LEQ", "LEAF", "LEAF"],
        "nodes_truenodeids": [1, 0, 0], "nodes_falsenodeids": [2, 0, 0],
        f"{leaves}_treeids": [0, 0], f"{leaves}_nodeids": [1, 2],
        f"{leaves}_weights": [0.25, 0.75]}


def rows_of_four(r, dtype=np.float32):
    return r.array([r.number(1, 5), 4], dtype)


def tree_classifier(r):
    count = r.number(1, 5)
    return ml("TreeEnsembleClassifier", [
        rows_of_four(r, r.choose((np.float32, np.float64, np.int64)))], 2,
        class_ids=[0, r.number(0, count - 1)], **tree("class"),
        **labels(r, "classlabels_int64s", count))


def tree_regressor(r):
    count = r.number(1, 3)
    return ml("TreeEnsembleRegressor", [
        rows_of_four(r, r.choose((np.float32, np.float64)))],
        target_ids=[0, count - 1], n_targets=count, **tree("target"))


def tree_ensemble(r):
    dtype, count = r.choose((np.float32, np.float64)), r.number(1, 3)
    tensor = lambda name, values: onnx.numpy_helper.from_array(
        np.asarray(values, dtype), name)
    return ml("TreeEnsemble", [rows_of_four(r, dtype)],
              n_targets=count, tree_roots=[0],
              nodes_modes=helper.make_tensor("m", TensorProto.UINT8, [1], [0]),
              nodes_featureids=[0], nodes_splits=tensor("s", [2.5]),
              nodes_truenodeids=[0], nodes_trueleafs=[1],
              nodes_falsenodeids=[1], nodes_falseleafs=[1],
              leaf_targetids=[0, count - 1],
              leaf_weights=tensor("w", [0.25, 0.75]))


def category_mapper(r):
    dims = r.dims(r.number(1, 3))
    x = np.full(dims, "b", object) if r.chance() else r.array(dims, np.int64)
    return ml("CategoryMapper", [x], cats_strings=STRINGS,
              cats_int64s=list(range(len(STRINGS))))


def label_encoder(r):
    dims = r.dims(r.number(1, 3))
    keys = r.choose((("keys_strings", STRINGS), ("keys_int64s", [1, 2, 3, 4, 5])))
    values = r.choose((("values_floats", [0.5] * 5), ("values_int64s", [7] * 5),
                       ("values_strings", STRINGS)))
    x = (np.full(dims, "b", object) if keys[1] is STRINGS
         else r.array(dims, np.int64))
    return ml("LabelEncoder", [x], **dict([keys, values]))


def label_encoder_tensor(r):
    dtype = r.choose((np.float32, np.float64, np.int64))
    return ml("LabelEncoder", [r.array(r.dims(2), np.int64)],
              keys_int64s=[1, 2], values_tensor=onnx.numpy_helper.from_array(
                  np.ones(2, dtype)), default_tensor=onnx.numpy_helper.from_array(
                  np.ones(1, dtype)))


def test_machine_learning():
    check([
        *repeat(scaler), *repeat(normalizer), *repeat(imputer),
        ml("Binarizer", [np.ones((2, 3), np.float32)], threshold=0.5),
        *repeat(one_hot, 6), *repeat(extractor, 8), *repeat(vectorizer),
        *repeat(linear_classifier, 8), *repeat(linear_regressor, 6),
        *repeat(svm_classifier, 20), *repeat(svm_regressor),
        *repeat(tree_classifier, 10), *repeat(tree_regressor, 6),
        *repeat(category_mapper), *repeat(label_encoder, 8),
    ])


def test_machine_learning_versions():
    """The first version of LabelEncoder had another form; the newest one has
    tensors, and there is a new operator for trees."""
    check([
        ml("LabelEncoder", [np.array([["a", "b"]], object)],
           classes_strings=STRINGS),
        ml("LabelEncoder", [np.array([1, 2])], classes_strings=STRINGS),
        *repeat(tree_classifier),
    ], ml=1)
    check([*repeat(label_encoder_tensor), *repeat(tree_ensemble),
           *repeat(label_encoder)], ml=5)
