"""OpenVINO: a part becomes a model in OpenVINO's own format, and runs on the CPU."""

# /// script
# dependencies = ["openvino==2026.4.1", "numpy==2.4.6"]
# ///

import chain
import openvino


def run_part(part, feeds, outputs, work):
    converted = work / (part.stem + ".xml")
    # Weights would become 16-bit otherwise.
    openvino.save_model(openvino.convert_model(part), converted, compress_to_fp16=False)
    # On processors with 16-bit arithmetic, OpenVINO would take that.
    precision = {"INFERENCE_PRECISION_HINT": "f32"}
    model = openvino.Core().compile_model(converted, "CPU", precision)
    results = model(feeds)
    return [results[name] for name in outputs]


chain.chain(run_part)
