// Names of dimensions that are expressions, INPUT[AXIS] and `*`, in every
// declaration of the main graph and of a body.
//
// RUN: onnx-split-opt %s --onnx-infer-types \
// RUN:   | FileCheck %s --check-prefixes=CHECK,PLAIN
// RUN: onnx-split-opt %s --onnx-infer-types='dim=past=127 dim=seq=1 dim=cache[3]=64' \
// RUN:   | FileCheck %s --check-prefixes=CHECK,TERMS
// RUN: onnx-split-opt %s --onnx-infer-types='dim=*=2 shape=cache=3x8x4x5 dim=raw[1]=9 shape=raw=7x9' \
// RUN:   | FileCheck %s --check-prefixes=CHECK,STAR
// RUN: onnx-split-opt %s --onnx-infer-types='dim={past + seq=5} dim=mask[0]=6 dim={past+4*seq=7}' \
// RUN:   | FileCheck %s --check-prefixes=CHECK,NAMES

// A number in quotes is that number; what nothing fixes stays as it is. The
// rest of a declaration stays as well.
// PLAIN:      input_infos = [
// PLAIN-SAME:   name = "ids", type = !onnx.tensor<int64, ["batch", "seq"]>, rest = "\1A\04note">
// PLAIN-SAME:   name = "mask", type = !onnx.tensor<int64, ["batch", "past + seq"]>>
// PLAIN-SAME:   name = "cache", type = !onnx.tensor<float, ["batch", 8, "past", ?]>>
// PLAIN-SAME:   name = "list", type = !onnx.sequence<!onnx.tensor<float, [1, "seq"]>>>
// PLAIN-SAME:   name = "raw", type = !onnx.tensor<float>>
// PLAIN-SAME: output_infos = [#onnx.value_info<name = "y", type = !onnx.tensor<int64, ["batch", "2*seq"]>>]
// PLAIN-SAME: value_infos = [#onnx.value_info<name = "r", type = !onnx.tensor<int64, ["past + 4*seq", "?", "free"]>>]

// TERMS:      input_infos = [
// TERMS-SAME:   name = "ids", type = !onnx.tensor<int64, ["batch", 1]>, rest = "\1A\04note">
// TERMS-SAME:   name = "mask", type = !onnx.tensor<int64, ["batch", 128]>>
// TERMS-SAME:   name = "cache", type = !onnx.tensor<float, ["batch", 8, 127, 64]>>
// TERMS-SAME:   name = "list", type = !onnx.sequence<!onnx.tensor<float, [1, 1]>>>
// TERMS-SAME:   name = "raw", type = !onnx.tensor<float>>
// TERMS-SAME: output_infos = [#onnx.value_info<name = "y", type = !onnx.tensor<int64, ["batch", 2]>>]
// TERMS-SAME: value_infos = [#onnx.value_info<name = "r", type = !onnx.tensor<int64, [131, "?", "free"]>>]

// The star is for inputs; `free` is no dimension of one. The cache's shape says
// batch and past.
// STAR:      input_infos = [
// STAR-SAME:   name = "ids", type = !onnx.tensor<int64, [3, 2]>, rest = "\1A\04note">
// STAR-SAME:   name = "mask", type = !onnx.tensor<int64, [3, 6]>>
// STAR-SAME:   name = "cache", type = !onnx.tensor<float, [3, 8, 4, 5]>>
// STAR-SAME:   name = "list", type = !onnx.sequence<!onnx.tensor<float, [1, 2]>>>
// STAR-SAME:   name = "raw", type = !onnx.tensor<float, [7, 9]>>
// STAR-SAME: output_infos = [#onnx.value_info<name = "y", type = !onnx.tensor<int64, [3, 4]>>]
// STAR-SAME: value_infos = [#onnx.value_info<name = "r", type = !onnx.tensor<int64, [12, "?", "free"]>>]

// An expression by its name, in the model's spelling or another one; an axis
// that has a symbol means the symbol.
// NAMES:      input_infos = [
// NAMES-SAME:   name = "ids", type = !onnx.tensor<int64, [6, "seq"]>, rest = "\1A\04note">
// NAMES-SAME:   name = "mask", type = !onnx.tensor<int64, [6, 5]>>
// NAMES-SAME:   name = "cache", type = !onnx.tensor<float, [6, 8, "past", ?]>>
// NAMES-SAME: output_infos = [#onnx.value_info<name = "y", type = !onnx.tensor<int64, [6, "2*seq"]>>]
// NAMES-SAME: value_infos = [#onnx.value_info<name = "r", type = !onnx.tensor<int64, [7, "?", "free"]>>]
onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "", version = 17>]} {
  onnx.graph attributes {
      input_infos = [#onnx.value_info<name = "ids", type = !onnx.tensor<int64, ["batch", "seq"]>, rest = "\1A\04note">,
                     #onnx.value_info<name = "mask", type = !onnx.tensor<int64, ["batch", "past + seq"]>>,
                     #onnx.value_info<name = "cache", type = !onnx.tensor<float, ["batch", 8, "past", ?]>>,
                     #onnx.value_info<name = "list", type = !onnx.sequence<!onnx.tensor<float, ["1", "seq"]>>>,
                     #onnx.value_info<name = "raw", type = !onnx.tensor<float>>,
                     #onnx.value_info<name = "c", type = !onnx.tensor<bool, []>>],
      output_infos = [#onnx.value_info<name = "y", type = !onnx.tensor<int64, ["batch", "2*seq"]>>],
      value_infos = [#onnx.value_info<name = "r", type = !onnx.tensor<int64, ["past + 4*seq", "?", "free"]>>]} {
  // PLAIN: ^bb0(%{{.*}}: !onnx.tensor<int64, ["batch", "seq"]>, %{{.*}}: !onnx.tensor<int64, ["batch", "past + seq"]>,
  // TERMS: ^bb0(%{{.*}}: !onnx.tensor<int64, ["batch", 1]>, %{{.*}}: !onnx.tensor<int64, ["batch", 128]>,
  // STAR:  ^bb0(%{{.*}}: !onnx.tensor<int64, [3, 2]>, %{{.*}}: !onnx.tensor<int64, [3, 6]>,
  // NAMES: ^bb0(%{{.*}}: !onnx.tensor<int64, [6, "seq"]>, %{{.*}}: !onnx.tensor<int64, [6, 5]>,
  ^bb0(%ids: !onnx.tensor<int64, ["batch", "seq"]>, %mask: !onnx.tensor<int64, ["batch", "past + seq"]>,
       %cache: !onnx.tensor<float, ["batch", 8, "past", ?]>, %list: !onnx.sequence<!onnx.tensor<float, ["1", "seq"]>>,
       %raw: !onnx.tensor<float>, %c: !onnx.tensor<bool, []>):
    // CHECK: onnx.node "If"
    %y = onnx.node "If"(%c) {output_names = ["y"], node_attributes = [
        #onnx.attribute<name = "then_branch", kind = 5, value = 1 : i64>,
        #onnx.attribute<name = "else_branch", kind = 5, value = 1 : i64>]} : (!onnx.tensor<bool, []>) -> !onnx.unknown {
      // `seq - 5` is negative for the values above, but this body may never run.
      // PLAIN: onnx.graph {{.*}} !onnx.tensor<int64, ["batch", "2*seq"]>>], value_infos = [{{.*}} !onnx.tensor<float, ["seq - 5"]>>]
      // TERMS: onnx.graph {{.*}} !onnx.tensor<int64, ["batch", 2]>>], value_infos = [{{.*}} !onnx.tensor<float, ["seq - 5"]>>]
      // STAR:  onnx.graph {{.*}} !onnx.tensor<int64, [3, 4]>>], value_infos = [{{.*}} !onnx.tensor<float, ["seq - 5"]>>]
      // NAMES: onnx.graph {{.*}} !onnx.tensor<int64, [6, "2*seq"]>>], value_infos = [{{.*}} !onnx.tensor<float, ["seq - 5"]>>]
      onnx.graph attributes {input_infos = [], output_infos = [#onnx.value_info<name = "t", type = !onnx.tensor<int64, ["batch", "2*seq"]>>],
                             value_infos = [#onnx.value_info<name = "n", type = !onnx.tensor<float, ["seq - 5"]>>]} {
        %t = onnx.node "Concat"(%ids, %ids) {output_names = ["t"], node_attributes = [#onnx.attribute<name = "axis", kind = 2, value = 1 : i64>]} : (!onnx.tensor<int64, ["batch", "seq"]>, !onnx.tensor<int64, ["batch", "seq"]>) -> !onnx.unknown
        onnx.return %t : !onnx.unknown
      }
    }, {
      onnx.graph attributes {input_infos = [], output_infos = [#onnx.value_info<name = "e">], value_infos = []} {
        %e = onnx.node "Concat"(%ids, %ids) {output_names = ["e"], node_attributes = [#onnx.attribute<name = "axis", kind = 2, value = 1 : i64>]} : (!onnx.tensor<int64, ["batch", "seq"]>, !onnx.tensor<int64, ["batch", "seq"]>) -> !onnx.unknown
        onnx.return %e : !onnx.unknown
      }
    }
    onnx.return %y : !onnx.unknown
  }
}
