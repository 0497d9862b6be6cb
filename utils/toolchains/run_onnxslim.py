"""onnxslim makes a part smaller; ONNX Runtime runs what comes out."""

# /// script
# dependencies = [
#   "onnxslim==0.1.98", "onnx==1.23.2", "onnxruntime==1.32.0", "numpy==2.4.6",
#   "flatbuffers==25.12.19", "ml_dtypes==0.6.0", "packaging==26.3", "protobuf==7.36.2",
#   "typing_extensions==4.16.0", "colorama==0.4.6", "mpmath==1.3.0", "sympy==1.14.0",
# ]
# ///

import chain
import onnxslim

chain.chain_rewriter(lambda part, slim: onnxslim.slim(str(part), str(slim)))
