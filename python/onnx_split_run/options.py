"""The command line of the runner: the options of onnx-split-run that it has as well,
and a few of its own."""

from __future__ import annotations

import argparse
import pathlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .command_line import Parser
from .errors import RunError
from .plan import Plan
from .providers import parse_provider
from .quantities import parse_duration
from .settings import InputOptions, check_settings, check_shape_names

_MOST_ITEMS = 100_000_000
_MOST_TOKENS = 1_000_000

_DESCRIPTION = """Run the parts of a split model as a pipeline, a process for each stage
under mpirun or, with --local, all of them in this process, and measure it."""

_EPILOG = """examples:
  mpirun --bind-to none -np 3 python -m onnx_split_run model.split/plan.json --items=200
  python -m onnx_split_run model.split/plan.json --local
  python -m onnx_split_run model.split/plan.json --local \\
      --provider npu=OpenVINOExecutionProvider,device=NPU

exit status: 0 done; 1 wrong usage or bad input, or a stage failed; 4 could not write"""


@dataclass(frozen=True)
class RunOptions:
    """What to run, how often, and where results go."""

    plan: pathlib.Path
    # What holds for all items, and folders of which measured item i takes number i mod
    # their count.
    inputs: InputOptions = InputOptions()
    folders: tuple[str, ...] = ()
    # Measured, and before those. Where tokens are generated, the most there can be,
    # and steps of the first prompt.
    items: int = 100
    warmup: int = 10
    sequences: int = 1
    # Tokens for each sequence; 0: none are generated.
    generate: int = 0
    prompt: str = ""
    stop: int | None = None
    top_k: int = 0
    temperature: float = 0.0
    # Items/s that come; 0: the first stage starts the next as soon as it can.
    rate: float = 0.0
    arrivals: str = "periodic"
    # How many may wait in front of the first stage; None: any number.
    queue: int | None = None
    # Of each part; 0: the cores of the host divided by its stages.
    threads: int = 0
    optimise: str = "all"
    timeout_seconds: float = 60.0
    save_outputs: str = ""
    save_as_numpy: bool = False
    json_file: str = ""
    trace_file: str = ""
    progress: bool = False
    local: bool = False
    # Provider settings by device; one without a device has the key "".
    providers: dict[str, str] = field(default_factory=dict)
    # Refuse a provider that does not take all nodes.
    strict: bool = False


def _arguments() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m onnx_split_run", description=_DESCRIPTION, epilog=_EPILOG,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("plan", metavar="PLAN.json", type=pathlib.Path)
    add("--local", action="store_true",
        help="all stages in this process, a thread each: for one host, without MPI")
    add("--provider", action="append", default=[], metavar="[DEVICE=]PROVIDER[,KEY=VALUE...]",
        help="execution provider of a device, or of all others, in place of what the plan says; "
             "the keys are its options, and library=PATH and device=NUMBER|KIND for plug-ins")
    add("--strict", action="store_true",
        help="end if a provider does not take all nodes of its part")
    add("--inputs", action="append", default=[], metavar="FOLDER",
        help="folder with input_0.pb (or .npy) and so on; several take turns")
    add("--input", action="append", default=[], metavar="NAME=FILE",
        help="one input from a .npy or .pb file (repeatable)")
    add("--shape", action="append", default=[], metavar="NAME=1x3x224x224",
        help="shape of a random input that the part leaves open")
    add("--dim", action="append", default=[], metavar="NAME=1",
        help="extent of a symbolic dimension of random inputs")
    add("--seed", type=int, default=0, help="of random inputs, and of --arrivals=poisson")
    add("--items", type=int, metavar="N", help="items to measure (default: 100)")
    add("--warmup", type=int, metavar="N", help="items before those (default: 10)")
    add("--generate", type=int, metavar="N",
        help="instead of items, generate N tokens after each --prompt")
    add("--prompt", metavar="FILE", help="tokens (.npy or .pb) that sequences begin with")
    add("--sequences", type=int, default=1, metavar="S",
        help="S sequences take turns, each with states of its own (default: 1)")
    add("--stop", type=int, metavar="ID", help="this token ends its sequence")
    add("--top-k", type=int, metavar="K",
        help="draw tokens among the K with the largest scores")
    add("--temperature", type=float, metavar="T",
        help="draw tokens with scores divided by T, by --seed")
    add("--rate", type=float, metavar="R",
        help="R items/s come, whether or not the first stage can take them")
    add("--arrivals", choices=("periodic", "poisson"), help="how they come")
    add("--queue", type=int, metavar="Q",
        help="at most Q of them wait in front of the first stage; a further one is lost")
    add("--threads", type=int, default=0, metavar="N",
        help="of each part (default: the host's cores, shared among its stages)")
    add("--optimise", choices=("all", "extended", "basic", "off"), default="all",
        help="ONNX Runtime's graph optimisations (default: all)")
    add("--timeout", default="60s", metavar="60s",
        help="end when a wire does not move for so long (default: 60s)")
    add("--save-outputs", default="", metavar="DIR",
        help="write outputs of the measured items as DIR/item_I/output_K.pb")
    add("--npy", action="store_true", help="write them as .npy")
    add("--json", default="", metavar="FILE", help="write the figures as JSON")
    add("--trace", default="", metavar="FILE", help="write a trace for Chrome or Perfetto")
    add("--progress", action="store_true", help="a line on standard error each second")
    for name in ("--emulate", "--report"):
        add(name, help=argparse.SUPPRESS)
    return parser


def _read_providers(texts: Sequence[str]) -> dict[str, str]:
    """By device. What stands before the first `=` is a device unless a comma comes
    before it, which begins a provider's options."""
    providers = {}
    for text in texts:
        device, equals, provider = text.partition("=")
        if not equals or "," in device:
            device, provider = "", text
        try:
            parse_provider(provider)
        except RunError as error:
            raise RunError(f"--provider: {error}") from None
        if device in providers:
            raise RunError(f"--provider is given twice for '{device}'" if device else
                           "--provider is given twice without a device")
        providers[device] = provider
    return providers


def _check_generation(given: argparse.Namespace) -> None:
    if given.generate is None:
        for name in ("prompt", "stop", "top_k", "temperature"):
            if getattr(given, name) is not None:
                raise RunError(f"--{name.replace('_', '-')} needs --generate=N, the tokens to "
                               "generate")
        return
    for name in ("items", "rate"):
        if getattr(given, name) is not None:
            raise RunError(f"--generate goes without --{name}")
    if not 1 <= given.generate <= _MOST_TOKENS:
        raise RunError(f"--generate takes a number of tokens from 1 to {_MOST_TOKENS}")
    if given.generate * given.sequences > 100 * _MOST_TOKENS:
        raise RunError("--generate times --sequences is above 100000000 tokens")
    if (given.top_k or 0) < 0 or (given.temperature is not None and not given.temperature > 0):
        raise RunError("--top-k takes a number from 0, and --temperature one above 0")
    if given.prompt is None:
        raise RunError("--generate needs --prompt=FILE, the tokens to begin with")
    if (given.warmup or 0) > given.generate:
        raise RunError("--warmup takes at most as many steps as --generate")


def _check(given: argparse.Namespace) -> None:
    for name, what in (("emulate", "keeps messages so that links take times"),
                       ("report", "writes the page of a plan")):
        if getattr(given, name) is not None:
            raise RunError(f"--{name}: only onnx-split-run, the runner in C++, {what}")
    if not 1 <= given.sequences <= 65536:
        raise RunError("--sequences takes a number from 1 to 65536")
    if not 1 <= (100 if given.items is None else given.items) <= _MOST_ITEMS or (
            not 0 <= (given.warmup or 0) <= _MOST_ITEMS):
        raise RunError(f"--items takes a number from 1 to {_MOST_ITEMS}, --warmup one from 0")
    if given.rate is not None and not 0 < given.rate < 1e9:
        raise RunError("--rate takes a number of items/s")
    for name in ("arrivals", "queue"):
        if getattr(given, name) is not None and given.rate is None:
            raise RunError(f"--{name} needs --rate=R, the items/s that come")
    if given.queue is not None and not 0 <= given.queue <= 1_000_000:
        raise RunError("--queue takes a number of items from 0 to 1000000")
    if given.npy and not given.save_outputs:
        raise RunError("--npy needs --save-outputs=DIR, the folder of the outputs")
    if not 0 <= given.threads <= 1024:
        raise RunError("--threads takes a number up to 1024")
    if not 0 <= given.seed < 2**64:
        raise RunError("--seed takes a number from 0 to 2^64 - 1")
    if parse_duration(given.timeout) == 0:
        raise RunError(f"--timeout takes a time above 0, such as 60s, not '{given.timeout}'")


def read_options(arguments: Sequence[str] | None = None) -> RunOptions:
    """Of the command line; an error where it is wrong."""
    given = _arguments().parse_args(arguments)
    _check(given)
    _check_generation(given)
    inputs = InputOptions(tuple(given.input), tuple(given.shape), tuple(given.dim),
                          seed=given.seed)
    check_settings(inputs)
    options = RunOptions(
        plan=given.plan, inputs=inputs, folders=tuple(given.inputs),
        sequences=given.sequences, rate=given.rate or 0.0,
        arrivals=given.arrivals or "periodic", queue=given.queue, threads=given.threads,
        optimise=given.optimise, timeout_seconds=parse_duration(given.timeout),
        save_outputs=given.save_outputs, save_as_numpy=given.npy, json_file=given.json,
        trace_file=given.trace, progress=given.progress, local=given.local,
        providers=_read_providers(given.provider), strict=given.strict)
    counts: dict[str, Any] = {}
    if given.items is not None:
        counts["items"] = given.items
    if given.warmup is not None:
        counts["warmup"] = given.warmup
    if given.generate is not None:
        # With --top-k alone, scores are taken as they are.
        temperature = given.temperature or (1.0 if given.top_k else 0.0)
        counts |= {"generate": given.generate, "prompt": given.prompt,
                   "stop": given.stop if (given.stop or 0) >= 0 else None,
                   "top_k": given.top_k or 0, "temperature": temperature,
                   "items": given.generate * given.sequences, "warmup": given.warmup or 0}
    return replace(options, **counts)


def check_against_plan(options: RunOptions, plan: Plan) -> None:
    """What only the plan can tell."""
    check_shape_names(options.inputs, plan.inputs)
    if options.queue is not None and len(plan.stages[0].devices) > 1:
        raise RunError(f"--queue needs a first stage on one device, but that of {options.plan} "
                       f"has {len(plan.stages[0].devices)}")
    if options.generate and len(plan.roles) > len(plan.stages):
        raise RunError(f"--generate needs a plan without replicas, but {options.plan} has some")
    devices = sorted({device for stage in plan.stages for device in stage.devices})
    for device in options.providers:
        if device and device not in devices:
            raise RunError(f"--provider names '{device}', which has no stage; devices with "
                           f"stages are {', '.join(devices)}")


def check_writable(options: RunOptions) -> None:
    """An error before a run whose results would have no place."""
    for path in (options.json_file, options.trace_file):
        folder = pathlib.Path(path).parent
        if path and not folder.is_dir():
            raise RunError(f"{path}: there is no folder '{folder}' to write it into")
