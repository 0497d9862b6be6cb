"""LiteRT, formerly TensorFlow Lite: onnx2tf turns a part into a .tflite file,
which LiteRT's interpreter runs."""

# /// script
# dependencies = [
#   "onnx2tf==1.29.24", "ai-edge-litert==2.1.0", "tensorflow==2.19.0", "absl-py==2.5.1",
#   "astunparse==1.6.3", "certifi==2026.10.19.post1", "charset-normalizer==3.5.3",
#   "flatbuffers==25.12.19", "gast==0.7.0", "google-pasta==0.2.0", "h5py==3.11.0",
#   "idna==3.20", "keras==3.15.1", "MarkupSafe==3.0.4", "ml_dtypes==0.5.1",
#   "namex==0.1.0", "numpy==1.26.4", "onnx==1.19.1", "onnx_graphsurgeon==0.5.8",
#   "onnxoptimizer==0.4.2", "onnxruntime==1.23.0", "onnxsim==0.4.36",
#   "opencv-python==4.11.0.86", "opt_einsum==3.4.0", "optree==0.20.0",
#   "packaging==26.4", "protobuf==4.25.5", "psutil==5.9.5", "requests==2.32.5",
#   "six==1.17.0", "sng4onnx==2.0.1", "termcolor==3.3.0", "tf_keras==2.19.0",
#   "tqdm==4.70.1", "typing_extensions==4.16.0", "urllib3==2.8.0", "wrapt==2.5.2",
# ]
# ///

import os
import pathlib
import sys

import chain
import numpy
import onnx
import onnx2tf
from ai_edge_litert.interpreter import Interpreter

# onnx2tf compares its layers on sample images, for inputs that look like images.
# It downloads them unless a file of this name is in the current folder.
SAMPLES = "calibration_image_sample_data_20x128x128x3_float32.npy"


def convert(model, name, work):
    """The .tflite file, and of each output, whether onnx2tf takes its channels
    for last."""
    # TensorFlow refuses names such as Conv@13, and no name is needed.
    for index, node in enumerate(model.graph.node):
        node.name = f"{node.op_type}_{index}"
    # Of a copy, since onnx2tf writes into the file that it reads.
    onnx.save(model, work / f"{name}.onnx")
    converted = onnx2tf.convert(str(work / f"{name}.onnx"), output_signaturedefs=True,
                                output_folder_path=str(work / name), verbosity="error")
    return str(work / name / f"{name}_float32.tflite"), converted.onnx_output_layouts


def run(file, inputs, outputs):
    interpreter = Interpreter(file)
    if interpreter.get_signature_list():
        results = interpreter.get_signature_runner()(**inputs)
        return [results[name] for name in outputs]
    # Some files get no signature: inputs keep their names, outputs are numbered.
    interpreter.allocate_tensors()
    for tensor in interpreter.get_input_details():
        interpreter.set_tensor(tensor["index"], inputs[tensor["name"]])
    interpreter.invoke()
    indices = {tensor["name"]: tensor["index"] for tensor in interpreter.get_output_details()}
    names = ["Identity"] + [f"Identity_{number}" for number in range(1, len(outputs))]
    return [interpreter.get_tensor(indices[name]) for name in names]


def channels_first(array, value, channels_last):
    """The array as ONNX has it. The shape says which way round it is, and only
    where it fits both ways, what onnx2tf says, which has been wrong."""
    extents = [dim.dim_value for dim in value.type.tensor_type.shape.dim]  # 0 if open
    turned = numpy.moveaxis(array, -1, 1) if array.ndim > 2 else array

    def fits(shape):
        return all(extent in (0, size) for extent, size in zip(extents, shape, strict=True))

    if fits(array.shape) and fits(turned.shape):
        return turned if channels_last else array
    return turned if fits(turned.shape) else array


def run_part(part, feeds, outputs, work):
    model = onnx.load(part)
    file, channels_last = convert(model, part.stem, work)
    # Inputs of three to five axes are taken with their channels last.
    inputs = {
        name: numpy.ascontiguousarray(numpy.moveaxis(array, 1, -1)) if array.ndim > 2 else array
        for name, array in feeds.items()
    }
    values = {value.name: value for value in model.graph.output}
    return [
        channels_first(array, values[name], channels_last[name])
        for name, array in zip(outputs, run(file, inputs, outputs), strict=True)
    ]


numpy.save(SAMPLES, numpy.random.default_rng(0).random((20, 128, 128, 3), "float32"))
# onnx2tf starts onnxsim as a program.
os.environ["PATH"] = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
chain.chain(run_part)
