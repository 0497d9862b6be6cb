"""Execution providers: which one a device uses, and how much of a part it took.

One that is no part of the installed ONNX Runtime comes as a plug-in: a package
called `onnxruntime_ep_*`, or a library that the option `library=PATH` names.
"""

from __future__ import annotations

import collections
import functools
import importlib
import pkgutil
from dataclasses import dataclass, field
from typing import Any

from .errors import RunError, describe
from .runtime import load_runtime, runtime_version

CPU = "CPUExecutionProvider"

# Options of ours; all others are the provider's.
LIBRARY, DEVICE = "library", "device"


@dataclass(frozen=True)
class Provider:
    name: str = CPU
    options: dict[str, str] = field(default_factory=dict, hash=False)

    @property
    def is_cpu(self) -> bool:
        return self.name == CPU

    def own_options(self) -> dict[str, str]:
        return {key: value for key, value in self.options.items()
                if key not in (LIBRARY, DEVICE)}


@dataclass(frozen=True)
class Placement:
    """What a provider took of a part, as ONNX Runtime assigned its nodes after its
    first optimisations: some nodes of the file may be folded or fused by then."""

    nodes: int
    # Nodes that are computed elsewhere, by operator.
    elsewhere: dict[str, int]

    def describe(self, provider: str) -> str:
        """"X left 3 of 40 nodes to another provider: 2 Cast, 1 NonZero"; empty where it
        took all."""
        if not self.elsewhere:
            return ""
        operators = sorted(self.elsewhere.items(), key=lambda one: (-one[1], one[0]))
        counts = ", ".join(f"{count} {name}" for name, count in operators)
        nodes = "1 node" if self.nodes == 1 else f"{self.nodes} nodes"
        return (f"{provider} left {sum(self.elsewhere.values())} of {nodes} to another "
                f"provider: {counts}")


def _check_own_options(provider: Provider) -> None:
    """An option of ours that says nothing is a mistake, not one left out."""
    if provider.options.get(LIBRARY) == "":
        raise RunError(f"'{LIBRARY}=' of the provider '{provider.name}' is empty; name the library "
                       f"of its plug-in with {LIBRARY}=PATH, or leave it out")


def parse_provider(text: str) -> Provider:
    """From `Name[,key=value...]`."""
    name, *settings = text.split(",")
    options = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not key or not equals:
            raise RunError(f"'{setting}' of the provider '{name}' is not KEY=VALUE")
        options[key] = value
    if not name:
        raise RunError(f"'{text}' names no provider, such as {CPU}")
    provider = Provider(name, options)
    _check_own_options(provider)
    return provider


@functools.cache
def _built_in() -> tuple[str, ...]:
    """The providers of ONNX Runtime itself. It counts plug-ins among them once they are
    registered, but does not take those by their names."""
    return tuple(load_runtime().get_available_providers())


@functools.cache
def _register(library: str) -> None:
    """Loads a plug-in. Its name in the registry only has to be its own."""
    _built_in()
    if not hasattr(load_runtime(), "register_execution_provider_library"):
        raise RunError(f"ONNX Runtime {runtime_version()} takes no providers as plug-ins; 1.23 "
                       "does")
    try:
        load_runtime().register_execution_provider_library(library, library)
    except Exception as error:
        raise RunError(f"the provider library '{library}' cannot be loaded: "
                       f"{describe(error)}") from None


def _plugin_library(name: str) -> str | None:
    """That of the installed package with a provider of that name, if any."""
    for module in pkgutil.iter_modules():
        if not module.name.startswith("onnxruntime_ep_"):
            continue
        try:
            package: Any = importlib.import_module(module.name)
            names = (package.get_ep_names() if hasattr(package, "get_ep_names")
                     else [package.get_ep_name()])
            if name in names:
                return str(package.get_library_path())
        except Exception:
            # Another package may have it; if none has, the message says so.
            continue
    return None


def _all_devices() -> list[Any]:
    """Of plug-ins and of ONNX Runtime itself; none before it has plug-ins."""
    ask = getattr(load_runtime(), "get_ep_devices", None)
    return [] if ask is None else list(ask())


def _plugin_devices(provider: Provider) -> list[Any]:
    """What the plug-in offers under that name, of which `device` picks."""
    devices = [one for one in _all_devices() if one.ep_name == provider.name]
    if not devices:
        return []
    wanted = provider.options.get(DEVICE, "0" if len(devices) == 1 else "")
    for index, one in enumerate(devices):
        if wanted.upper() in (str(index), one.device.type.name):
            return [one]
    offered = ", ".join(f"{index} ({one.device.type.name}, {one.device.vendor})"
                        for index, one in enumerate(devices))
    raise RunError(f"{provider.name} has the devices {offered}; name one of them with "
                   f"{DEVICE}=NUMBER or {DEVICE}=KIND")


def use_provider(provider: Provider, settings: Any) -> list[Any] | None:
    """Prepares a session's settings. Returns what its `providers` are to be; None
    where the settings say it already, as for a plug-in."""
    if provider.is_cpu:
        for key in provider.options:
            raise RunError(f"{CPU} takes no options, so that '{key}' would do nothing; leave it "
                           "out")
        return [CPU]
    _check_own_options(provider)
    settings.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    library = provider.options.get(LIBRARY)
    if library is None and provider.name in _built_in():
        return [(provider.name, provider.own_options()), CPU]
    library = library or _plugin_library(provider.name)
    if library is not None:
        _register(library)
        if devices := _plugin_devices(provider):
            settings.add_provider_for_devices(devices, provider.own_options())
            return None
    known = ", ".join(sorted({*_built_in(), *(one.ep_name for one in _all_devices())}))
    if library is not None:
        raise RunError(f"the provider library '{library}' has no '{provider.name}' with a device "
                       f"here; providers here are {known}")
    raise RunError(f"there is no execution provider '{provider.name}' here; there are "
                   f"{known}. Install an ONNX Runtime that has it, its plug-in "
                   f"package (onnxruntime-ep-...), or name its library with {LIBRARY}=PATH")


def check_provider(provider: Provider, session: Any) -> Placement | None:
    """What the provider took; None where ONNX Runtime does not say. An error where
    it is not in use at all: ONNX Runtime goes on with the CPU alone where a
    provider cannot start."""
    if provider.is_cpu:
        return None
    if provider.name not in session.get_providers():
        raise RunError(f"{provider.name} did not start: ONNX Runtime would use "
                       f"{', '.join(session.get_providers())} in its place. Its libraries or "
                       "its device may be missing")
    ask = getattr(session, "get_provider_graph_assignment_info", None)
    if ask is None:
        return None
    elsewhere: collections.Counter[str] = collections.Counter()
    nodes = 0
    for subgraph in ask():
        for node in subgraph.get_nodes():
            nodes += 1
            if subgraph.ep_name != provider.name:
                elsewhere[f"{node.domain}:{node.op_type}" if node.domain
                          else node.op_type] += 1
    return Placement(nodes, dict(elsewhere))
