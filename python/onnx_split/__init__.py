"""Split an ONNX model over a cluster of unequal devices.

    import onnx_split

    plan = onnx_split.plan("model.onnx", "cluster.yaml", dims={"batch": 1})
    plan.write("model.split", boundary="io")

Plans, figures and errors come from the program `onnx-split`, which this package
calls. Times are seconds, rates items/s, amounts bytes.
"""

from .cluster import Cluster, Device, Link, Medium
from .errors import (BadInput, CannotWrite, Diagnostic, NoPlan, NotVerified, OnnxSplitError,
                     ProgramNotFound)
from .options import Options
from .pipeline import Pipeline
from .planned import Explanation, Parts, Plan
from .planning import plan
from .program import find_program, version
from .records import (Advice, Load, Message, Node, ParetoPlan, Point, SingleDevice, Stage,
                      State, Wire)

__all__ = [
    "Advice", "BadInput", "CannotWrite", "Cluster", "Device", "Diagnostic", "Explanation",
    "Link", "Load", "Medium", "Message", "NoPlan", "Node", "NotVerified", "OnnxSplitError",
    "Options", "ParetoPlan", "Parts", "Pipeline", "Plan", "Point", "ProgramNotFound",
    "SingleDevice", "Stage", "State", "Wire", "find_program", "plan", "version",
]
