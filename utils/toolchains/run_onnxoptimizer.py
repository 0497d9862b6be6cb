"""onnxoptimizer runs its default passes; ONNX Runtime runs what comes out."""

# /// script
# dependencies = [
#   "onnxoptimizer==0.4.2", "onnx==1.23.2", "onnxruntime==1.32.0", "numpy==2.4.6",
#   "flatbuffers==25.12.19", "ml_dtypes==0.6.0", "packaging==26.3", "protobuf==7.36.2",
#   "typing_extensions==4.16.0",
# ]
# ///

import chain
import onnx
import onnxoptimizer


def rewrite(part, optimized):
    onnx.save(onnxoptimizer.optimize(onnx.load(part)), optimized)


chain.chain_rewriter(rewrite)
