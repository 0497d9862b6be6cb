"""Core ML, by way of PyTorch: onnx2torch makes a module of a part, and coremltools
an .mlpackage of that. Core ML itself runs on Apple's systems only: what is
checked of the .mlpackage is what its inputs and outputs are, and the values
passed on are the module's."""

# PyTorch on x86-64 does not start without the CUDA libraries that it is linked with.
# /// script
# dependencies = [
#   "coremltools==9.0", "onnx2torch==1.5.15", "torch==2.4.0", "torchvision==0.19.0",
#   "attrs==26.1.0", "cattrs==26.2.1", "filelock==4.3.1", "fsspec==2026.9.0",
#   "Jinja2==3.1.6", "MarkupSafe==3.0.4", "mpmath==1.3.0", "networkx==3.6.1",
#   "numpy==1.26.4", "nvidia-cublas-cu12==12.1.3.1", "nvidia-cuda-cupti-cu12==12.1.105",
#   "nvidia-cuda-nvrtc-cu12==12.1.105", "nvidia-cuda-runtime-cu12==12.1.105",
#   "nvidia-cudnn-cu12==9.1.0.70", "nvidia-cufft-cu12==11.0.2.54",
#   "nvidia-curand-cu12==10.3.2.106", "nvidia-cusolver-cu12==11.4.5.107",
#   "nvidia-cusparse-cu12==12.1.0.106", "nvidia-nccl-cu12==2.20.5",
#   "nvidia-nvjitlink-cu12==12.9.86", "nvidia-nvtx-cu12==12.1.105", "onnx==1.18.0",
#   "packaging==26.4", "pillow==13.0.0", "protobuf==4.25.4", "pyaml==26.7.0",
#   "PyYAML==6.0.4", "sympy==1.14.0", "tqdm==4.70.1", "triton==3.0.0",
#   "typing_extensions==4.16.0",
# ]
# ///

import re
import sys

import chain
import coremltools
import onnx2torch
import torch


def convert(module, feeds, results):
    """The .mlpackage, with names and shapes of the part."""
    return coremltools.convert(
        module,
        inputs=[coremltools.TensorType(name=name, shape=array.shape)
                for name, array in feeds.items()],
        outputs=[coremltools.TensorType(name=name) for name in results],
        convert_to="mlprogram",
        # Weights and arithmetic would become 16-bit otherwise.
        compute_precision=coremltools.precision.FLOAT32,
    )


def described(features):
    return {item.name: tuple(item.type.multiArrayType.shape) for item in features}


def run_part(part, feeds, outputs, work):
    module = onnx2torch.convert(part).eval()
    inputs = [torch.from_numpy(array) for array in feeds.values()]
    with torch.no_grad():
        traced = torch.jit.trace(module, inputs)
        values = traced(*inputs)  # one output comes without a tuple
    results = dict(zip(outputs, values if len(outputs) > 1 else [values], strict=True))
    package = convert(traced, feeds, results)
    package.save(str(work / f"{part.stem}.mlpackage"))
    description = package.get_spec().description
    for features, arrays in ((description.input, feeds), (description.output, results)):
        # coremltools changes what is no letter, digit or underscore in names.
        expected = {re.sub(r"\W", "_", name): tuple(array.shape) for name, array in arrays.items()}
        if described(features) != expected:
            sys.exit(f"{part.name} became {described(features)}, not {expected}")
    return [result.numpy() for result in results.values()]


chain.chain(run_part)
