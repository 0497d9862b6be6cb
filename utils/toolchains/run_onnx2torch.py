"""onnx2torch: a part becomes a PyTorch module."""

# PyTorch on x86-64 does not start without the CUDA libraries that it is linked with.
# /// script
# dependencies = [
#   "onnx2torch==1.5.15", "torch==2.15.0", "torchvision==0.29.2", "numpy==2.4.6",
#   "onnx==1.23.2", "protobuf==7.36.2", "ml_dtypes==0.6.0", "typing_extensions==4.16.0",
#   "filelock==4.2.12", "fsspec==2026.9.0", "Jinja2==3.1.6", "MarkupSafe==3.0.4",
#   "mpmath==1.3.0", "networkx==3.6.1", "pillow==13.0.0", "setuptools==84.2.1",
#   "sympy==1.14.0", "triton==3.9.0", "cuda-bindings==13.5.0", "cuda-pathfinder==1.9.0",
#   "cuda-toolkit==13.2.2", "nvidia-cublas==13.4.1.3", "nvidia-cuda-cccl==13.3.5.0.6",
#   "nvidia-cuda-cupti==13.2.86", "nvidia-cuda-nvrtc==13.2.86",
#   "nvidia-cuda-runtime==13.2.86", "nvidia-cudnn-cu13==9.26.0.51",
#   "nvidia-cufft==12.2.0.57", "nvidia-cufile==1.17.1.22", "nvidia-cusolver==12.2.0.11",
#   "nvidia-cusparse==12.7.10.12", "nvidia-cusparselt-cu13==0.8.1",
#   "nvidia-nccl-cu13==2.30.7", "nvidia-nvjitlink==13.5.37", "nvidia-nvshmem-cu13==3.7.2",
#   "nvidia-nvtx==13.2.86",
# ]
# ///

import chain
import onnx2torch
import torch


def run_part(part, feeds, outputs, work):
    module = onnx2torch.convert(part).eval()
    with torch.no_grad():
        # Inputs by position, as in the part; one output comes without a tuple.
        results = module(*map(torch.from_numpy, feeds.values()))
    return [result.numpy() for result in (results if len(outputs) > 1 else [results])]


chain.chain(run_part)
