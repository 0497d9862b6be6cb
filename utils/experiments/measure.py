"""What utils/experiment does for one pair of a model and a cluster: plans, runs,
and what the programs wrote. Everything that starts a program is here."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import onnx

from . import plans

ROOT = pathlib.Path(__file__).resolve().parents[2]
OCR = "ch_PP-OCRv4_rec_infer.onnx"
OCR_INPUT = [1, 3, 48, 320]

# Places that the equal split is moved through before it counts as impossible.
NEARBY = 150


class Failed(Exception):
    """A program failed; the text says which and how."""


class Infeasible(Exception):
    """onnx-split found no plan, or refused the given one."""


def say(text):
    print(f"[{time.monotonic() - say.started:6.0f} s] {text}", flush=True)


say.started = time.monotonic()


def run(command, timeout, log=None):
    """Runs a program in a process group of its own, which is ended as a whole
    if it takes too long: mpirun's children would go on otherwise."""
    command = [str(word) for word in command]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               start_new_session=True)
    late = False
    try:
        out, err = process.communicate(timeout=timeout)
    except BaseException as error:
        # The emulation removes its namespaces on SIGTERM.
        out, err = end_group(process)
        late = isinstance(error, subprocess.TimeoutExpired)
        if not late:
            raise
    if log:
        log.write_text(f"$ {' '.join(command)}\n{out}{err}")
    if late:
        raise Failed(f"{command[0]} had not ended after {timeout:g} s"
                     + (f" ({log} has its output)" if log else ""))
    return process.returncode, out, err


def end_group(process):
    """Ends a process with its children; returns what they wrote."""
    for number, patience in ((signal.SIGTERM, 15), (signal.SIGKILL, None)):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            pass  # ended on its own just now
        try:
            return process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            continue


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line]
    return (errors or lines or ["no message"])[0 if errors else -1].strip()


# --- Models and plans --------------------------------------------------------


def prepare_models(options, names):
    """The files of the models; makes those that are missing. The one from a package
    gets its shape fixed in the file, so that every program sees the same model."""
    if options.given:
        return {name: options.given[name] for name in names}
    folder = options.work / "models"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [n for n in names if n != "ocr" and not (folder / f"{n}.onnx").exists()]
    if wanted:
        code, _, err = run([sys.executable, ROOT / "utils/bench/make-models", folder, *wanted], 300)
        if code:
            raise Failed(f"make-models: {last_line(err)}")
    if "ocr" in names and not (folder / "ocr.onnx").exists():
        model = onnx.load(options.models / OCR)
        for dim, size in zip(model.graph.input[0].type.tensor_type.shape.dim, OCR_INPUT):
            dim.dim_value = size
        del model.graph.value_info[:]  # states that extents are open
        partial = folder / "ocr.partial"
        onnx.save(model, partial)
        partial.rename(folder / "ocr.onnx")
    return {name: folder / f"{name}.onnx" for name in names}


def dims(options):
    """What a given model leaves open, for all programs alike."""
    return [f"--dim={dim}" for dim in options.dim]


def make_plan(options, model, cluster, folder, extra):
    """Plans and writes the parts; returns plan.json."""
    shutil.rmtree(folder, ignore_errors=True)  # of an earlier run, with its figures
    code, _, err = run([options.bin / "onnx-split", model, "--devices", cluster,
                        "-o", folder, *dims(options), *extra], 120)
    if code == 2 or (code == 1 and "--plan" in extra):
        raise Infeasible(last_line(err))
    if code:
        raise Failed(f"onnx-split {model.name}: {last_line(err)}")
    return json.loads((folder / "plan.json").read_text())


def equal_split(options, model, cluster, devices, folder, digest):
    """The equal split, moved by as few nodes as possible if it is refused."""
    graph = onnx.load(model)
    weights = plans.node_weights(graph)
    given = folder.parent / "equal.json"
    wanted = plans.equal_boundaries(weights, len(devices))
    reason = None
    for attempt, boundaries in enumerate(plans.nearby_boundaries(wanted, len(weights))):
        if attempt == NEARBY:
            break
        given.write_text(json.dumps(
            plans.contiguous_plan(digest, devices, boundaries, len(weights))))
        try:
            plan = make_plan(options, model, cluster, folder, ["--plan", given])
        except Infeasible as error:
            reason = reason or error
            continue
        return plan, sum(abs(a - b) for a, b in zip(wanted, boundaries))
    raise Infeasible(str(reason))


def whole_model(options, model, cluster):
    """The plan with the whole model in one stage, on a cluster without caps."""
    code, out, err = run([options.bin / "onnx-split", model, "--devices", cluster,
                          "--max-stages=1", "--dry-run", "--format=json", *dims(options)], 120)
    if code:
        raise Failed(f"onnx-split {model.name}: {last_line(err)}")
    return json.loads(out)


def make_plans(options, pair, model, cluster, folder, digest):
    """Plans with every strategy. Plans that are the same are kept once."""
    record = {"plans": {}, "strategies": {}}
    known = {}
    devices = list(plans.CLUSTERS[pair[1]]["devices"])
    for strategy in options.strategies:
        target, moved = folder / strategy, 0
        try:
            if plans.STRATEGIES[strategy] is None:
                plan, moved = equal_split(options, model, cluster, devices, target, digest)
            else:
                plan = make_plan(options, model, cluster, target, plans.STRATEGIES[strategy])
        except Infeasible as error:
            record["strategies"][strategy] = {"infeasible": str(error)}
            continue
        name = known.setdefault(plans.plan_key(plan), strategy)
        record["strategies"][strategy] = {"plan": name}
        if moved:
            record["strategies"][strategy]["moved"] = moved
        if name != strategy:
            remove_parts(target)
        else:
            record["plans"][name] = {"predicted": prediction(plan), "runs": []}
    return record


def remove_parts(folder):
    """plan.json stays: with --plan it gives the parts again."""
    for part in [*folder.glob("*.onnx"), *folder.glob("*.onnx.data")]:
        part.unlink()


def prediction(plan):
    """What the report needs of a plan."""
    return {
        "bottleneck_ns": plan["bottleneck_ns"],
        "lower_bound_ns": plan["lower_bound_ns"],
        "rate_per_s": plan["rate_per_s"],
        "latency_ns": plan["latency_ns"],
        "strategy": plan["strategy"],
        "stages": [{"device": stage["device"], "nodes": len(stage["nodes"]),
                    "macs": stage["macs"], "weight_bytes": stage["weight_bytes"],
                    "compute_ns": stage["compute_ns"],
                    "overhead_ns": stage.get("overhead_ns", 0)} for stage in plan["stages"]],
        "messages": messages(plan),
    }


def messages(plan):
    """What goes from one stage to another, by both: its wires share its time."""
    found = {}
    for wire in plan["wires"]:
        message = found.setdefault((wire["from"], wire["to"]), {
            "from": wire["from"], "to": wire["to"], "bytes": 0, "time_ns": 0})
        for key in ("bytes", "time_ns"):
            message[key] += wire[key]
    return list(found.values())


# --- Measuring ---------------------------------------------------------------

DELAYED = ("latencies are those of onnx-split-run --emulate=latency: this kernel has no "
           "sch_netem")

# The two profiles of a pair.
NODES, LINKS = "nodes.json", "links.json"


def emulated(options, cluster, cluster_file, devices, program, steady=True, more=()):
    """The command that runs a program on emulated devices, one rank on each."""
    command = [options.emulated_cluster, cluster_file, *more]
    if steady:
        command.append(f"--steady={options.steady:g}")
    for device, share in cluster["devices"].items():
        command += ["--cpus", f"{device}={share:g}"]
    return [*command, "--", "mpirun", "--host", ",".join(devices),
            "-np", len(devices), *program]


def slowest_speed(options, cluster_file, seconds=20):
    """The speed that this machine's cores always have, as utils/emulated-cluster
    counts it. Other guests of a virtual machine slow cores down for seconds."""
    speeds, log = options.work / "core-speeds.json", options.work / "core-speeds.log"
    code, _, err = run([options.emulated_cluster, cluster_file, "--core-speeds", speeds,
                        "--", "sleep", seconds], options.timeout, log)
    if code:
        raise Failed(f"{last_line(err)} ({log} has all of it)")
    found = json.loads(speeds.read_text())
    if not found:
        raise Failed("other programs leave this machine's cores no time: end them first")
    return min(speed["slowest"] for speed in found.values())


def measure_profile(options, cluster, cluster_file, profile, log, what, steady=True):
    """Measures nodes (`what` names the model) or links. A profile is there whole
    or not at all."""
    partial = profile.with_suffix(".partial.json")
    partial.unlink(missing_ok=True)
    program = [options.bin / "onnx-split-run", f"--profile={partial}",
               f"--devices={cluster_file}", "--threads=1",
               f"--profile-time={'0.5s' if options.quick else '4s'}", *what]
    code, _, err = run(emulated(options, cluster, cluster_file, list(cluster["devices"]),
                                program, steady), options.timeout, log)
    if code or not partial.exists():
        raise Failed(f"profile of {profile.stem}: {last_line(err)} ({log} has all of it)")
    partial.rename(profile)


def measure_shares(options, name, model):
    """What part of the model's time each of its nodes takes, by index. On whole
    cores: the pauses of a quota fall into whichever node runs, so that a stage of
    a few nodes came out some per cent too cheap or too dear, and a planner prefers
    those that are too cheap."""
    shares, cluster = options.work / f"shares-{name}.json", plans.WHOLE_CORES
    if options.again or not shares.exists():
        say(f"{name}: profile of the nodes on whole cores")
        cluster_file = options.work / "whole-cores.yaml"
        cluster_file.write_text(plans.cluster_yaml(cluster))
        measure_profile(options, cluster, cluster_file, shares,
                        options.work / f"shares-{name}.log",
                        [f"--model={model}", "--links=false", *dims(options)], steady=False)
    return plans.node_shares(json.loads(shares.read_text()))


def measure_profiles(options, pair, model, cluster_file, folder):
    """The files that the pair's cluster file names: nodes for each pair, links
    once for each cluster."""
    name, cluster = plans.pair_name(pair), plans.CLUSTERS[pair[1]]
    links, log = options.work / f"links-{pair[1]}.json", folder / "profile.log"
    if options.again or not links.exists():
        say(f"{name}: profile of the links")
        measure_profile(options, cluster, cluster_file, links,
                        options.work / f"links-{pair[1]}.log", [])
    (folder / LINKS).write_text(links.read_text())
    nodes = folder / NODES
    if options.again or not nodes.exists():
        shares = measure_shares(options, pair[0], model)
        say(f"{name}: profile of the devices")
        devices = folder / "devices.json"
        measure_profile(options, cluster, cluster_file, devices, log,
                        [f"--model={model}", "--links=false", *dims(options)])
        partial = nodes.with_suffix(".partial.json")
        partial.write_text(json.dumps(
            plans.with_shares(json.loads(devices.read_text()), shares), indent=1) + "\n")
        partial.rename(nodes)


def emulation_says(log):
    """What the emulation said to whoever reads results."""
    return [line.partition("emulated-cluster: ")[2] for line in log.read_text().splitlines()]


def emulation_limits(log):
    """What it could not do, such as latencies on a kernel that cannot delay packets."""
    return [line for line in emulation_says(log) if " not emulated" in line]


def delays_itself(limits):
    """Whether the runner has to delay messages, since the kernel cannot."""
    return any(limit.startswith("latencies are not emulated") for limit in limits)


def told_limits(limits):
    """As the report says them: what the emulation cannot do, the runner did."""
    return [DELAYED if limit.startswith("latencies are not emulated") else limit
            for limit in limits]


def was_too_slow(log):
    """Whether cores were too slow for a while to keep a device at its speed."""
    return any("too slow for --steady" in line for line in emulation_says(log))


def measure_plan(options, cluster, cluster_file, folder, items, log, delays):
    plan = json.loads((folder / "plan.json").read_text())
    devices = [stage["device"] for stage in plan["stages"]]
    result = folder / "result.json"
    result.unlink(missing_ok=True)
    warmup = len(devices) + 2  # fills the pipeline
    program = [options.bin / "onnx-split-run", folder / "plan.json",
               f"--items={items}", f"--warmup={warmup}", "--threads=1",
               f"--json={result}"] + ["--emulate=latency"] * delays
    code, _, err = run(emulated(options, cluster, cluster_file, devices, program),
                       options.timeout, log)
    if code or not result.exists():
        raise Failed(f"{last_line(err)} ({log} has all of it)")
    measured = json.loads(result.read_text())
    if not measured["items_per_s"] > 0:
        raise Failed(f"{measured['items']} items and no rate ({log} has the output)")
    measured.pop("plan", None)  # a path of this machine
    measured["too_slow"] = was_too_slow(log)
    return measured


def measure_pair(options, pair, model):
    """All of one pair. Repeats go around the plans, so that what drifts on the
    machine falls on all of them."""
    name, started = plans.pair_name(pair), time.monotonic()
    folder = options.work / name
    folder.mkdir(parents=True, exist_ok=True)
    cluster = plans.CLUSTERS[pair[1]]
    emulation, planning = folder / "emulated.yaml", folder / "cluster.yaml"
    emulation.write_text(plans.cluster_yaml(cluster))
    whole = whole_model(options, model, emulation)
    cap = plans.memory_cap(cluster, whole["stages"][0])
    planning.write_text(plans.cluster_yaml(
        cluster, None if options.plan_only else f"[{NODES}, {LINKS}]", cap))
    if not options.plan_only:
        measure_profiles(options, pair, model, emulation, folder)

    record = {"model": pair[0], "cluster": pair[1], "memory_mib": cap,
              "shares": cluster["devices"],
              **make_plans(options, pair, model, planning, folder,
                           whole["source"]["digest"])}
    for strategy, entry in record["strategies"].items():
        plan = record["plans"].get(strategy)
        say(f"{name}: {strategy}: " + (
            describe(plan["predicted"]) if plan else
            f"no plan: {entry['infeasible']}" if "infeasible" in entry else
            f"as {entry['plan']}")
            + (f" (cuts moved by {entry['moved']} nodes)" if "moved" in entry else ""))
    if options.plan_only:
        for strategy in record["plans"]:
            remove_parts(folder / strategy)
        return record

    limits = emulation_limits(folder / "profile.log")
    record["limits"] = told_limits(limits)
    for repeat in range(options.repeat):
        for strategy, plan in record["plans"].items():
            rate = plan["predicted"]["rate_per_s"]
            items = plans.item_count(rate, options.seconds)
            try:
                measured = measure_plan(options, cluster, emulation, folder / strategy,
                                        items, folder / f"{strategy}.{repeat}.log",
                                        delays_itself(limits))
            except Failed as error:
                # One bad run does not end hours of others; the report tells.
                plan.setdefault("failed", []).append(str(error))
                say(f"{name}: {strategy}: FAILED: {error}")
                continue
            plan["runs"].append(measured)
            say(f"{name}: {strategy}: {measured['items_per_s']:.3g} items/s, "
                f"predicted {rate:.3g} ({repeat + 1} of {options.repeat}, {items} items)")
    for strategy in record["plans"]:
        remove_parts(folder / strategy)
    record["seconds"] = round(time.monotonic() - started, 1)
    return record


def describe(predicted):
    return (f"{predicted['rate_per_s']:.3g} items/s on "
            + ", ".join(stage["device"] for stage in predicted["stages"]))
