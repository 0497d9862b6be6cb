"""ONNX Runtime in Python. It runs functions, so that it takes parts as they are."""

import chain
import onnxruntime


def run_part(part, feeds, outputs, work):
    return onnxruntime.InferenceSession(part).run(outputs, feeds)


chain.chain(run_part)
