// RUN: not onnx-split-opt %s --split-lower-transfers=boundary=both 2>&1 \
// RUN:   | FileCheck %s

// CHECK: error: --boundary takes ops, io or opaque, not 'both'
module {
}
