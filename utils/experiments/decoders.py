"""What utils/experiment --decoders does: language models whose weights fit no
device, planned for one sequence, and the tokens that they generate."""

import copy
import json
import math
import statistics
import time

import numpy

from . import measure, plans, report
from .measure import Failed, say

MODELS = ["decoder-10m", "decoder-int4-10m", "decoder-100m", "decoder-int4-100m"]
PAIRS = [(model, cluster) for cluster in ("mixed", "slow-links") for model in MODELS]

# Tokens of the prompt and after it. Plans are for the middle of what is generated.
PROMPT, TOKENS = 16, 48
# What a device has beside its process, as a share of what the whole model takes.
MEMORY = 0.7
# What Open MPI's own process takes on each device.
DAEMON_MIB = 24

BEGIN, END = "<!-- decoders: begin -->", "<!-- decoders: end -->"


def extents(model, new, past):
    """The point at which so many tokens are new."""
    values = ["batch_size=1", f"sequence_length={new}", f"past_sequence_length={past}"]
    return values + [f"total_sequence_length={new + past}"] * ("int4" in model)


DECODE = (1, PROMPT + TOKENS // 2)
PREFILL = (PROMPT, 0)


def at(options, point):
    """The same options for a model with those extents."""
    fixed = copy.copy(options)
    fixed.dim = point
    return fixed


def assumed(point):
    return [f"--assume={value}" for value in point]


def onnx_split(options, *arguments):
    code, out, err = measure.run([options.bin / "onnx-split", *arguments], 120)
    if code:
        raise Failed(f"onnx-split: {measure.last_line(err)}")
    return out


def process_mib(folder):
    """What the process of a stage takes before any model, in whole MiB."""
    profile = json.loads((folder / measure.NODES).read_text())
    return math.ceil(max(device["runtime_memory_bytes"] for device in profile["devices"]
                         if "runtime_memory_bytes" in device) / 2**20)


def make_plan(options, pair, model, folder):
    """The plan of the decoding point, with the prompt as a further point: both go
    by what was measured there."""
    name, cluster = plans.pair_name(pair), plans.CLUSTERS[pair[1]]
    folder.mkdir(parents=True, exist_ok=True)
    emulation = folder / "emulated.yaml"
    emulation.write_text(plans.cluster_yaml(cluster))
    points = {"decode": extents(pair[0], *DECODE), "prefill": extents(pair[0], *PREFILL)}
    whole = json.loads(onnx_split(options, model, "--devices", emulation, "--max-stages=1",
                                  "--dry-run", "--format=json", *assumed(points["decode"])))
    for kind, point in points.items():
        (folder / kind).mkdir(exist_ok=True)
        measure.measure_profiles(at(options, point), (f"{pair[0]}-{kind}", pair[1]), model,
                                 emulation, folder / kind)
    cap = (plans.memory_cap({"memory": MEMORY}, whole["stages"][0])
           + process_mib(folder / "decode"))
    files = [f"decode/{measure.NODES}", f"prefill/{measure.NODES}", f"decode/{measure.LINKS}"]
    planned = folder / "cluster.yaml"
    planned.write_text(plans.cluster_yaml(cluster, f"[{', '.join(files)}]", cap,
                                          counts_process=True))
    # The same memory is what the kernel allows.
    (folder / "capped.yaml").write_text(plans.cluster_yaml(cluster, None, cap))
    onnx_split(options, model, "--devices", planned, "-o", folder / "parts", "--force",
               *assumed(points["decode"]), f"--also={','.join(points['prefill'])}",
               f"--also={','.join(extents(pair[0], 1, PROMPT + TOKENS - 2))}")
    plan = json.loads((folder / "parts/plan.json").read_text())
    prompt = plan["points"][0]
    if prompt.get("estimated"):
        raise Failed(f"{name}: no profile has the extents of the prompt")
    weights = whole["stages"][0]["weight_bytes"]
    say(f"{name}: {measure.describe(plan)}, with {cap} MiB each, "
        f"{weights / 2**20:.0f} MiB of weights")
    return plan, prompt, cap, weights


def generate(options, pair, folder, plan, log):
    cluster = plans.CLUSTERS[pair[1]]
    devices = [stage["device"] for stage in plan["stages"]]
    numpy.save(folder / "prompt.npy", numpy.arange(1, PROMPT + 1, dtype="int64") * 37 % 1000)
    result = folder / "result.json"
    result.unlink(missing_ok=True)
    limits = measure.emulation_limits(folder / "decode/profile.log")
    program = [options.bin / "onnx-split-run", folder / "parts/plan.json",
               f"--generate={TOKENS}", "--warmup=2", f"--prompt={folder / 'prompt.npy'}", "--threads=1",
               f"--json={result}"] + ["--emulate=latency"] * measure.delays_itself(limits)
    code, _, err = measure.run(measure.emulated(
        options, cluster, folder / "capped.yaml", devices, program,
        more=[f"--extra-memory={DAEMON_MIB}"]), options.timeout, log)
    if code or not result.exists():
        raise Failed(f"{measure.last_line(err)} ({log} has all of it)")
    if any("memory not capped" in line for line in measure.emulation_says(log)):
        raise Failed("this machine has no control groups that cap memory")
    return json.loads(result.read_text())


def measure_pair(options, pair, model):
    """All of one pair: predicted and measured tokens/s."""
    name, folder = plans.pair_name(pair), options.work / plans.pair_name(pair)
    plan, prompt, cap, weights = make_plan(options, pair, model, folder)
    runs = []
    for repeat in range(options.repeat):
        runs.append(generate(options, pair, folder, plan, folder / f"run.{repeat}.log"))
        say(f"{name}: {runs[-1]['tokens_per_s']['measured']:.3g} tokens/s, predicted "
            f"{plan['rate_per_s']:.3g} ({repeat + 1} of {options.repeat})")
    measure.remove_parts(folder / "parts")
    return {
        "memory_mib": cap, "weight_bytes": weights,
        "devices": [stage["device"] for stage in plan["stages"]],
        "decode": {"predicted": plan["rate_per_s"], "measured": statistics.median(
            run["tokens_per_s"]["measured"] for run in runs)},
        "prefill": {"predicted": PROMPT * 1e9 / prompt["interval_ns"],
                    "measured": statistics.median(
                        PROMPT * 1e9 / run["prompts_ns"] for run in runs)},
    }


def errors(pairs, kind):
    """How far predictions are off, in parts of what was measured."""
    return [abs(report.error(pair[kind]["predicted"], pair[kind]["measured"]))
            for pair in pairs.values()]


def markdown(pairs):
    """The table and a sentence."""
    def cell(figures):
        off = report.error(figures["predicted"], figures["measured"])
        return (f"{report.rate(figures['predicted'])} / {report.rate(figures['measured'])} "
                f"({report.percent(off, signed=True, whole=True)})")

    rows = [[name, f"{pair['weight_bytes'] / 2**20:.0f} MiB", f"{pair['memory_mib']} MiB",
             ", ".join(pair["devices"]), cell(pair["decode"]), cell(pair["prefill"])]
            for name, pair in pairs.items()]
    said = ", ".join(
        f"{kind} {report.percent(statistics.median(errors(pairs, kind)))} at the median and "
        f"{report.percent(max(errors(pairs, kind)))} at worst"
        for kind in ("decode", "prefill"))
    header = ["decoder and cluster", "weights", "a device has", "stages on",
              "decode, tokens/s", "prompt, tokens/s"]
    return ("\n".join(report.table(header, rows))
            + f"\n\nPredicted / measured. Off by, over {len(pairs)} pairs: {said}.\n")


def write(results, document):
    text = document.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise Failed(f"{document} has no lines '{BEGIN}' and '{END}'")
    document.write_text(f"{before}{BEGIN}\n{markdown(results['decoders'])}{END}{after}")


def run_all(options, results, save):
    """Measures what is not in the results; True where nothing failed."""
    models = measure.prepare_models(options, MODELS)
    pairs = results.setdefault("decoders", {})
    good = True
    for number, pair in enumerate(PAIRS, 1):
        name = plans.pair_name(pair)
        if name in pairs and not options.again:
            say(f"{name}: in results.json already")
            continue
        say(f"{name}: pair {number} of {len(PAIRS)}")
        began = time.monotonic()
        try:
            pairs[name] = measure_pair(options, pair, models[pair[0]])
        except Failed as error:
            say(f"{name}: FAILED: {error}")
            good = False
            continue
        pairs[name]["seconds"] = round(time.monotonic() - began, 1)
        save()
    return good
