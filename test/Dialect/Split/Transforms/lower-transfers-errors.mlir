// RUN: onnx-split-opt %s --split-lower-transfers=boundary=both \
// RUN:   --verify-diagnostics

// expected-error @below {{--boundary takes ops, io or opaque, not 'both'}}
module {
}
