"""RKNN, for the NPUs of Rockchip: rknn-toolkit2 turns a part into an .rknn file
for an RK3588 and runs it in its simulator, which needs no board."""

# PyTorch on x86-64 does not start without the CUDA libraries that it is linked with.
# /// script
# dependencies = [
#   "rknn-toolkit2==2.5.0", "torch==2.4.0", "fast-histogram==0.14", "filelock==4.3.1",
#   "flatbuffers==25.12.19", "fsspec==2026.9.0", "Jinja2==3.1.6", "MarkupSafe==3.0.4",
#   "mpmath==1.3.0", "networkx==3.6.1", "numpy==1.26.4", "nvidia-cublas-cu12==12.1.3.1",
#   "nvidia-cuda-cupti-cu12==12.1.105", "nvidia-cuda-nvrtc-cu12==12.1.105",
#   "nvidia-cuda-runtime-cu12==12.1.105", "nvidia-cudnn-cu12==9.1.0.70",
#   "nvidia-cufft-cu12==11.0.2.54", "nvidia-curand-cu12==10.3.2.106",
#   "nvidia-cusolver-cu12==11.4.5.107", "nvidia-cusparse-cu12==12.1.0.106",
#   "nvidia-nccl-cu12==2.20.5", "nvidia-nvjitlink-cu12==12.9.86",
#   "nvidia-nvtx-cu12==12.1.105", "onnx==1.18.0", "onnxruntime==1.26.0",
#   "opencv-python==4.11.0.86", "packaging==26.4", "protobuf==4.25.4", "psutil==7.2.2",
#   "ruamel.yaml==0.19.1", "scipy==1.17.1", "sympy==1.14.0", "tqdm==4.70.1",
#   "triton==3.0.0", "typing_extensions==4.16.0",
# ]
# ///

import sys

import chain
from rknn.api import RKNN


def run_part(part, feeds, outputs, work):
    rknn = RKNN()

    def done(step, status):  # most errors are a status
        if status:
            sys.exit(f"{step} ended with {status} for {part.name}")

    done("config", rknn.config(target_platform="rk3588"))
    # The shapes are needed where the part leaves some open.
    done("load_onnx", rknn.load_onnx(
        model=str(part), inputs=list(feeds),
        input_size_list=[list(array.shape) for array in feeds.values()]))
    # The NPU computes in 16-bit floats, or in integers if it is given samples.
    done("build", rknn.build(do_quantization=False))
    done("export_rknn", rknn.export_rknn(str(work / f"{part.stem}.rknn")))
    done("init_runtime", rknn.init_runtime())  # without a target: the simulator
    # It would take inputs of four axes for NHWC.
    results = rknn.inference(inputs=list(feeds.values()), data_format="nchw")
    rknn.release()
    if len(results) != len(outputs):
        sys.exit(f"{part.name} has {len(outputs)} outputs, and what was made of it {len(results)}")
    return results


chain.chain(run_part)
