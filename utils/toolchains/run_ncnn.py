"""ncnn: pnnx turns a part into a .param and a .bin file, which ncnn runs."""

# The package pnnx needs torch, but the program in it, which is all that is used
# here, does not.
# /// script
# dependencies = ["pnnx==20261020", "ncnn==1.0.20261020", "numpy==2.4.6"]
# ///

import importlib.util
import pathlib
import re
import shutil
import subprocess
import sys

import chain
import ncnn
import numpy


def convert(part, feeds, model):
    # pnnx writes what it makes beside its input.
    shutil.copy(part, model)
    shapes = ",".join(str(list(array.shape)).replace(" ", "") for array in feeds.values())
    pnnx = pathlib.Path(importlib.util.find_spec("pnnx").origin).with_name("pnnx")
    # Weights would become 16-bit without fp16=0.
    done = subprocess.run([pnnx, model, f"inputshape={shapes}", "fp16=0"])
    if done.returncode:
        sys.exit(f"pnnx ended with {done.returncode}")


def run_part(part, feeds, outputs, work):
    # pnnx would change hyphens and dots in the names of what it writes.
    model = work / (re.sub(r"\W", "_", part.stem) + ".onnx")
    convert(part, feeds, model)
    net = ncnn.Net()
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    files = [str(model.with_suffix(suffix)) for suffix in (".ncnn.param", ".ncnn.bin")]
    if net.load_param(files[0]) or net.load_model(files[1]):
        sys.exit(f"ncnn cannot load what pnnx made of {part.name}")
    extractor = net.create_extractor()
    if any(array.shape[0] != 1 for array in feeds.values()):
        sys.exit("ncnn has no batch axis: one item at a time")
    # Inputs and outputs are numbered.
    for index, array in enumerate(feeds.values()):
        extractor.input(f"in{index}", ncnn.Mat(array[0]).clone())
    results = [extractor.extract(f"out{index}") for index in range(len(outputs))]
    if any(status for status, _ in results):
        sys.exit(f"ncnn cannot run what pnnx made of {part.name}")
    return [numpy.array(result)[None] for _, result in results]


chain.chain(run_part)
