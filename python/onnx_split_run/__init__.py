"""Runs the parts of a split model as a pipeline, with ONNX Runtime, and measures it.

    python -m onnx_split_run model.split/plan.json --local
    mpirun -np 3 python -m onnx_split_run model.split/plan.json
    python -m onnx_split_run.profile model.onnx --device cam0

`onnx_split_run.stages` has the stages of a plan for use in a process of one's own.
"""
