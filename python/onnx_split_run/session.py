"""A model that ONNX Runtime has loaded."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import element_types
from .errors import RunError, describe
from .providers import Placement, Provider, check_provider, use_provider
from .runtime import load_runtime

# How far ONNX Runtime rewrites the graph, by the words of `--optimise`.
OPTIMISE = {"all": "ORT_ENABLE_ALL", "extended": "ORT_ENABLE_EXTENDED",
            "basic": "ORT_ENABLE_BASIC", "off": "ORT_DISABLE_ALL"}


@dataclass(frozen=True)
class Port:
    """An input or output of a model."""

    name: str
    # "tensor", "seq" or "optional", as ONNX Runtime calls it.
    kind: str
    # Of a tensor, else 0.
    element_type: int
    # Of a tensor: -1 where open, and then with the symbol's name, if any.
    dims: tuple[int, ...]
    symbols: tuple[str, ...]

    @property
    def is_plain(self) -> bool:
        """A tensor without text, of which memory is all there is to it."""
        return self.kind == "tensor" and self.element_type != element_types.STRING


def describe_shape(dims: Sequence[int]) -> str:
    """"1x3x?x320", or "scalar"."""
    return "x".join("?" if one < 0 else str(one) for one in dims) or "scalar"


def _make_port(value: Any) -> Port:
    kind, _, rest = value.type.partition("(")
    if kind != "tensor":
        return Port(value.name, kind, 0, (), ())
    found = element_types.by_name(rest.rstrip(")"))
    dims = tuple(one if isinstance(one, int) else -1 for one in value.shape)
    symbols = tuple(one if isinstance(one, str) else "" for one in value.shape)
    return Port(value.name, kind, found.number if found else 0, dims, symbols)


@dataclass(frozen=True)
class SessionSettings:
    """How ONNX Runtime is to run a model."""

    optimise: str = "all"
    # Within an operator; 0: one for each core.
    threads: int = 0
    # Where to write a profile of the kernels, if anywhere.
    profile_prefix: str = ""
    # The folder of the external weights of a model in memory.
    data_folder: str = ""


class Session:
    """A loaded model with its ports. Errors begin with the path."""

    def __init__(self, path: str | pathlib.Path, settings: SessionSettings = SessionSettings(),
                 provider: Provider = Provider(), model: bytes | None = None) -> None:
        """`model` is the file's content, if it is in memory already."""
        self.path = str(path)
        self.provider = provider
        runtime = load_runtime()
        options = runtime.SessionOptions()
        options.graph_optimization_level = getattr(
            runtime.GraphOptimizationLevel, OPTIMISE[settings.optimise])
        options.intra_op_num_threads = settings.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        # Threads that wait for work would take the time of the device's others.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if settings.profile_prefix:
            options.enable_profiling = True
            options.profile_file_prefix = settings.profile_prefix
        if settings.data_folder:
            options.add_session_config_entry(
                "session.model_external_initializers_file_folder_path", settings.data_folder)
        try:
            self.raw = runtime.InferenceSession(
                self.path if model is None else model, options,
                providers=use_provider(provider, options))
        except RunError as error:
            raise RunError(f"{self.path}: {error}") from None
        except Exception as error:
            others = "" if provider.is_cpu else f"with {provider.name}: "
            raise RunError(f"{self.path}: {others}{describe(error)}") from None
        self.raw.disable_fallback()
        try:
            self.placement: Placement | None = check_provider(provider, self.raw)
        except RunError as error:
            raise RunError(f"{self.path}: {error}") from None
        self.inputs = [_make_port(value) for value in self.raw.get_inputs()]
        self.outputs = [_make_port(value) for value in self.raw.get_outputs()]
        # With a default, so that they need not be given.
        self.defaulted = [_make_port(value) for value in self.raw.get_overridable_initializers()]

    @property
    def is_plain(self) -> bool:
        """All that goes in and out is tensors without text."""
        return all(port.is_plain for port in (*self.inputs, *self.outputs))

    def find_input(self, name: str) -> Port | None:
        return next((one for one in (*self.inputs, *self.defaulted) if one.name == name), None)

    def find_output(self, name: str) -> Port | None:
        return next((one for one in self.outputs if one.name == name), None)

    def metadata(self, key: str) -> str:
        """An entry of the model's metadata_props, or nothing."""
        return str(self.raw.get_modelmeta().custom_metadata_map.get(key, ""))

    def run(self, names: Sequence[str], feeds: Mapping[str, Any]) -> list[Any]:
        """Arrays, lists or None for outputs of those names; nothing where there are no
        names, as of a part with nodes that nobody reads: ONNX Runtime refuses."""
        if not names:
            return []
        try:
            return list(self.raw.run(list(names), dict(feeds)))
        except Exception as error:
            raise RunError(f"{self.path}: {describe(error)}") from None

    def run_bound(self, binding: Any) -> None:
        """Runs on bound values, where there are outputs."""
        if not self.outputs:
            return
        try:
            self.raw.run_with_iobinding(binding)
        except Exception as error:
            raise RunError(f"{self.path}: {describe(error)}") from None
