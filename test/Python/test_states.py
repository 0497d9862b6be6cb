"""States: outputs that come back as inputs stay with their stage."""

import json
import subprocess
import sys

import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import split
from decoders import (ALL_PAIRS, CACHE, DECODING, SIZE, Decoder, Whole, make, make_large,
                      tokens_of)

CLUSTER = """version: 1
devices:
  - {name: cam, compute: 10 GFLOP/s, memory_bandwidth: 1 GB/s}
  - {name: box, compute: 10 GFLOP/s, memory_bandwidth: 1 GB/s}
  - {name: rack, compute: 10 GFLOP/s, memory_bandwidth: 1 GB/s}
links: {default: {bandwidth: 100 Mbit/s}}
ingress: cam
egress: cam
"""


@pytest.fixture(scope="module", params=["plain", "int4"])
def model(request, tmp_path_factory):
    return make(request.param, tmp_path_factory.mktemp(request.param))


def plan(model, cluster, tmp_path, *options, expected=0):
    """A model is at the point of decoding, unless a plan says where."""
    if isinstance(model, Decoder):
        saved = any(option.startswith("--plan=") for option in options)
        return plan(model.path, cluster, tmp_path, *([] if saved else model.decoding), *options,
                    expected=expected)
    (tmp_path / "cluster.yaml").write_text(cluster)
    done = split.onnx_split(model, "--devices", tmp_path / "cluster.yaml", "--dry-run",
                            "--format=json", *options)
    assert done.returncode == expected, done.stderr
    return json.loads(done.stdout) if expected == 0 else done.stderr


def pairs_of(plan):
    return [[(state["input"], state["output"]) for state in stage.get("states", [])]
            for stage in plan["stages"]]


# --- Planning ----------------------------------------------------------------


def test_caches_stay(model, tmp_path):
    """No message has one, its stage has its memory, and every pair is in one
    stage."""
    kept = plan(model, CLUSTER, tmp_path, "--stages=3")
    assert sorted(pair for stage in pairs_of(kept) for pair in stage) == sorted(ALL_PAIRS)
    named = {name for pair in ALL_PAIRS for name in pair}
    assert not named & {name for message in kept["messages"] for name in message["tensors"]}
    assert not named & {wire["tensor"] for wire in kept["wires"]}
    for stage, pairs in zip(kept["stages"], pairs_of(kept)):
        if not pairs:
            assert "state_bytes" not in stage
            continue
        assert stage["state_bytes"] == sum(state["bytes"] for state in stage["states"])
        # The input at 1,023 tokens and the output at 1,024.
        assert {state["bytes"] for state in stage["states"]} == {
            CACHE + CACHE * 1024 // 1023}
        assert all(one in stage["inputs"] and other in stage["outputs"] for one, other in pairs)
    assert kept["options"]["state"] == ["auto"]
    away = ["--pin=layer3*=rack", "--pin=*embed*=cam"]
    kept = plan(model, CLUSTER, tmp_path, *away)
    assert not named & {name for message in kept["messages"] for name in message["tensors"]}
    sent = plan(model, CLUSTER, tmp_path, *away, "--state=none")
    assert not any(pairs_of(sent)) and sent["options"]["state"] == ["none"]
    traffic = {name for message in sent["messages"] for name in message["tensors"]}
    assert {"past_key_values.3.key", "present.3.value"} <= traffic
    # Tokens wait for their predecessors wherever the caches are.
    assert sent["options"]["sequences"] == 1
    assert sent["round_trip_ns"] > 2 * kept["round_trip_ns"]


def in_place(made):
    return sum(state.get("in_place", False)
               for stage in made["stages"] for state in stage.get("states", []))


@pytest.mark.parametrize("tensor", ["past_key_values.1.key", "present.1.value"])
def test_who_else_reads_a_cache_needs_its_length(tensor, tmp_path):
    """A buffer of the final length has other extents, and keys and values must be
    alike: then neither is one."""
    decoder = make("int4", tmp_path)
    assert in_place(plan(decoder, CLUSTER, tmp_path)) == len(ALL_PAIRS)
    model = onnx.load(decoder.path)
    model.graph.node.extend([
        helper.make_node("Shape", [tensor], ["length"], "length", start=2, end=3),
        helper.make_node("Cast", ["length"], ["number"], "number", to=TensorProto.FLOAT),
        helper.make_node("Add", ["number", "logits"], ["shifted"], "shifted")])
    model.graph.output.append(helper.make_tensor_value_info("shifted", TensorProto.FLOAT, None))
    onnx.save(model, decoder.path)
    assert in_place(plan(decoder, CLUSTER, tmp_path)) == len(ALL_PAIRS) - 2


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    return make_large(tmp_path_factory.mktemp("large"))


@pytest.mark.parametrize("name, camera", [
    ("eight-boards", "board-0"), ("forty-mixed", "pi3-0"), ("home-lab", "camera"),
    ("phone-laptop-box", "phone")])
def test_no_cluster_makes_caches_travel(large, name, camera, tmp_path):
    """1,023 tokens of a decoder of 0.84 billion parameters: prompts come from the
    device that wants the tokens."""
    decoder, weight_bytes = large
    cluster = (split.ROOT / f"examples/{name}.yaml").read_text().splitlines()
    kept = [line for line in cluster if not line.startswith(("ingress", "egress"))]
    made = plan(decoder, "\n".join([*kept, f"ingress: {camera}", f"egress: {camera}"]), tmp_path,
                "--time-limit=1s")
    assert weight_bytes == pytest.approx(4 * 0.84e9, rel=0.01)
    assert sum(map(len, pairs_of(made))) == 2 * 16
    held = sum(stage["weight_bytes"] for stage in made["stages"])
    assert held == pytest.approx(weight_bytes, rel=0.001)
    sent = [name for message in made["messages"] for name in message["tensors"]]
    assert not [name for name in sent if name.startswith(("past_key_values", "present"))]


def test_the_summary_says_so(model, tmp_path):
    (tmp_path / "cluster.yaml").write_text(CLUSTER)
    done = split.onnx_split(model.path, "--devices", tmp_path / "cluster.yaml", "--dry-run",
                            *model.decoding)
    assert done.returncode == 0, done.stderr
    assert ("states       8 pairs stay with their stages (--state=none sends them):\n"
            "             past_key_values.*.key -> present.*.key, ...\n") in done.stdout
    assert not any("state" in line for line in done.stderr.splitlines())


def test_memory_counts_at_the_largest_point(model, tmp_path):
    base = plan(model, CLUSTER, tmp_path, "--max-stages=1")
    more = plan(model, CLUSTER, tmp_path, "--max-stages=1",
                f"--also={','.join(model.at(2047))}")
    [one], [other] = base["stages"], more["stages"]
    assert one["state_bytes"] == len(ALL_PAIRS) * CACHE * (1023 + 1024) // 1023
    assert other["state_bytes"] == len(ALL_PAIRS) * CACHE * (2047 + 2048) // 1023
    # A device that has room for the one but not for the other.
    needed = sum(other[key] for key in ("weight_bytes", "peak_activation_bytes", "buffer_bytes",
                                        "state_bytes"))
    small = f"version: 1\ndevices: [{{name: a, memory: {needed - 1} B}}]\n"
    assert plan(model, small, tmp_path)
    message = plan(model, small, tmp_path, *DECODING,
                   f"--also={','.join(model.at(2047))}", expected=2)
    assert "8 pairs of states stay with their stages; --state=none sends them" in message


def test_a_stage_with_state_is_not_replicated(model, tmp_path):
    replicated = plan(model, CLUSTER, tmp_path, "--replicate", "--time-limit=1s")
    for stage, pairs in zip(replicated["stages"], pairs_of(replicated)):
        assert not (pairs and stage.get("replicas"))


def test_every_strategy_keeps_them(model, tmp_path):
    for strategy in ("auto", "exact", "local-search", "k-path", "greedy", "random"):
        made = plan(model, CLUSTER, tmp_path, f"--strategy={strategy}",
                    "--time-limit=1s")
        assert sorted(pair for stage in pairs_of(made) for pair in stage) == sorted(ALL_PAIRS)


def test_saved_plans_keep_them(model, tmp_path):
    """What the plan was made with holds; a plan of before has no word of it."""
    (tmp_path / "cluster.yaml").write_text(CLUSTER)
    for option, file in (("auto", "kept.json"), ("none", "sent.json")):
        made = plan(model, CLUSTER, tmp_path, f"--state={option}")
        (tmp_path / file).write_text(json.dumps(made))
        again = plan(model, CLUSTER, tmp_path, f"--plan={tmp_path / file}")
        assert pairs_of(again) == pairs_of(made)
        assert again["bottleneck_ns"] == made["bottleneck_ns"]
    del made["options"]["state"]
    (tmp_path / "old.json").write_text(json.dumps(made))
    assert not any(pairs_of(plan(model, CLUSTER, tmp_path, f"--plan={tmp_path / 'old.json'}")))


# --- Sequences ---------------------------------------------------------------


def interval(plan):
    """By its definition: the bottleneck, or what is on its way to the next token."""
    sequences = plan["options"].get("sequences", 0)
    trip = -(-plan["round_trip_ns"] // sequences) if sequences else 0
    return max(plan["bottleneck_ns"], trip)


def test_tokens_wait_for_their_predecessors(model, tmp_path):
    """One sequence has one item on its way, so that several stages do not help it;
    with more of them they do."""
    memory = CLUSTER.replace("compute:", "memory: 2500 KiB, compute:")
    one = plan(model, memory, tmp_path)
    assert one["options"]["sequences"] == 1 and len(one["stages"]) > 1
    assert one["round_trip_ns"] > one["latency_ns"] * 0.99
    last, first = (one["stages"][index]["device"] for index in (-1, 0))
    assert one["round_trip_ns"] - one["latency_ns"] == (640 if last != first else 0)
    rates = []
    for sequences in (1, 2, 3, 8):
        made = plan(model, CLUSTER, tmp_path, f"--sequences={sequences}")
        assert made["rate_per_s"] == pytest.approx(1e9 / interval(made), rel=1e-6)
        assert made["lower_bound_ns"] <= interval(made)
        rates.append(made["rate_per_s"])
    # Not all are proven in the time limit.
    assert all(one < 1.05 * other for one, other in zip(rates, rates[1:]))
    assert rates[-1] > 1.5 * rates[0]
    alone = plan(model, CLUSTER, tmp_path, "--max-stages=1")
    assert rates[0] == pytest.approx(alone["rate_per_s"], rel=0.05)


def test_more_sequences_take_more_memory(model, tmp_path):
    """The inputs for each, the outputs for the one that runs."""
    for sequences in (1, 5):
        [stage] = plan(model, CLUSTER, tmp_path, "--max-stages=1",
                       f"--sequences={sequences}")["stages"]
        assert stage["state_bytes"] == len(ALL_PAIRS) * (
            sequences * CACHE + CACHE * 1024 // 1023)


def test_states_alone_do_not_wait(tmp_path):
    made = plan_steps(tmp_path)
    assert any(pairs_of(made)) and "sequences" not in made["options"]
    assert made["rate_per_s"] == pytest.approx(1e9 / made["bottleneck_ns"], rel=1e-6)
    waiting = plan_steps(tmp_path, "--sequences=1")
    assert waiting["rate_per_s"] == pytest.approx(1e9 / waiting["round_trip_ns"], rel=1e-6)


def test_the_summary_says_that_items_wait(model, tmp_path):
    (tmp_path / "cluster.yaml").write_text(CLUSTER)
    done = split.onnx_split(model.path, "--devices", tmp_path / "cluster.yaml", "--dry-run",
                            "--stages=3", *model.decoding)
    assert done.returncode == 0, done.stderr
    assert "limit: round trip of 1 sequence" in " ".join(done.stdout.split())
    [row] = [line for line in done.stdout.splitlines() if line.startswith("round trip")]
    assert row.split()[:4] == ["round", "trip,", "1", "sequence"] and row.endswith("100 %")


# --- Names -------------------------------------------------------------------


def step_model(state="state", after="stateN", extents=(2, 1, 8), after_extents=None,
               dtype=TensorProto.FLOAT):
    """y and the next state from x and the state."""
    tensor = helper.make_tensor_value_info
    nodes = [helper.make_node("Add", ["x", state], ["sum"], "sum"),
             helper.make_node("Tanh", ["sum"], ["turned"], "turn"),
             helper.make_node("Relu", ["turned"], ["y"], "out")]
    if dtype == TensorProto.FLOAT and after_extents is None:
        nodes.append(helper.make_node("Mul", ["turned", "turned"], [after], "next"))
    elif dtype != TensorProto.FLOAT:
        nodes.append(helper.make_node("Cast", ["turned"], [after], "next", to=dtype))
    else:
        nodes.append(helper.make_node("Concat", ["turned", "turned", "turned"], [after], "next",
                                      axis=2))
    graph = helper.make_graph(
        nodes, "g", [tensor("x", TensorProto.FLOAT, extents),
                     tensor(state, TensorProto.FLOAT, extents)],
        [tensor("y", TensorProto.FLOAT, extents),
         tensor(after, dtype, after_extents or extents)])
    return helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])


TWO = """version: 1
devices:
  - {name: a, op_overhead: 1 ms}
  - {name: b, op_overhead: 1 ms}
links: {default: {bandwidth: 1 Gbit/s}}
"""


def plan_steps(tmp_path, *options, expected=0, cluster=TWO, **figures):
    onnx.save(step_model(**figures), tmp_path / "steps.onnx")
    return plan(tmp_path / "steps.onnx", cluster, tmp_path, *options, expected=expected)


@pytest.mark.parametrize("state, after", [
    ("state", "stateN"), ("h", "hn"), ("c", "cn"), ("h_0", "h_n"), ("past_0", "present_0"),
    ("past_key_values.3.decoder.key", "present.3.decoder.key"), ("state_in.3", "state_out.3"),
    ("conv_state_in", "conv_state_out"), ("mem_in_2", "mem_out_2")])
def test_conventions(state, after, tmp_path):
    assert sum(pairs_of(plan_steps(tmp_path, state=state, after=after)), []) == [(state, after)]


@pytest.mark.parametrize("state, after", [
    ("state", "states"), ("image_in", "image_out"), ("past", "presents"), ("z", "zn")])
def test_other_names_are_no_state(state, after, tmp_path):
    assert not any(pairs_of(plan_steps(tmp_path, state=state, after=after)))
    named = plan_steps(tmp_path, f"--state={state}={after}", state=state, after=after)
    assert sum(pairs_of(named), []) == [(state, after)]


def test_globs_pair_by_what_they_match(model, tmp_path):
    some = plan(model, CLUSTER, tmp_path, *DECODING,
                "--state=past_key_values.*.value=present.*.value")
    assert sorted(sum(pairs_of(some), [])) == sorted(
        pair for pair in ALL_PAIRS if pair[0].endswith("value"))
    both = plan(model, CLUSTER, tmp_path, "--state=auto",
                "--state=past_key_values.*.value=present.*.value")
    assert sorted(sum(pairs_of(both), [])) == sorted(ALL_PAIRS)


@pytest.mark.parametrize("options, words", [
    (["--state=state"], "takes auto, none or INPUT=OUTPUT"),
    (["--state=*=y"], "as many * on both sides"),
    (["--state=h*=y*"], "matches no input of the model; there are 'x', 'state'"),
    (["--state=state=stateM"], "is to come back from 'stateM', which is no output"),
    (["--state=none", "--state=auto"], "--state=none goes with no other"),
    (["--state=state=y", "--state=state=stateN"], "names the input 'state' twice"),
    (["--state=state=y", "--state=x=y"], "names the output 'y' twice")])
def test_wrong_options(options, words, tmp_path):
    assert words in plan_steps(tmp_path, *options, expected=1)


def test_ends_must_fit(tmp_path):
    """By convention alone they are sent, and somebody is told."""
    for figures, words in (({"dtype": TensorProto.INT64}, "their elements have other types"),
                           ({"after_extents": (2, 1, 24), "extents": (2, 1, 8)}, None)):
        onnx.save(step_model(**figures), tmp_path / "steps.onnx")
        (tmp_path / "cluster.yaml").write_text(TWO)
        done = split.onnx_split(tmp_path / "steps.onnx", "--devices", tmp_path / "cluster.yaml",
                                "--dry-run", "--format=json")
        assert done.returncode == 0, done.stderr
        made = json.loads(done.stdout)
        if words is None:  # a cache that grows
            assert sum(pairs_of(made), []) == [("state", "stateN")]
            continue
        assert not any(pairs_of(made))
        assert f"'state' and 'stateN' are state, but they are sent like others because {words}" in (
            done.stderr)
        assert words in plan_steps(tmp_path, "--state=state=stateN", expected=1, **figures)


# --- What cannot stay together -----------------------------------------------


def test_pins_apart(tmp_path):
    """An error where the user asked for the pair; else it is sent."""
    pins = ["--pin=sum=a", "--pin=next=b"]
    words = "'state' and 'stateN' cannot stay in one stage because no device may run all of 2 nodes"
    assert words in plan_steps(tmp_path, *pins, "--state=state=stateN", expected=1)
    onnx.save(step_model(), tmp_path / "steps.onnx")
    (tmp_path / "cluster.yaml").write_text(TWO)
    done = split.onnx_split(tmp_path / "steps.onnx", "--devices", tmp_path / "cluster.yaml",
                            "--dry-run", "--format=json", *pins)
    assert done.returncode == 0, done.stderr
    assert not any(pairs_of(json.loads(done.stdout)))
    assert "warning" in done.stderr and "'state' -> 'stateN' is sent" in done.stderr


def test_unsupported_apart(tmp_path):
    cluster = TWO.replace("{name: a,", "{name: a, unsupported: [Mul],").replace(
        "{name: b,", "{name: b, unsupported: [Add],")
    assert "cannot stay in one stage" in plan_steps(
        tmp_path, "--state=state=stateN", expected=1, cluster=cluster)
    assert not any(pairs_of(plan_steps(tmp_path, cluster=cluster)))


def passing(tmp_path, source, outputs):
    """A cache that is read, one that comes from `source`, and those outputs."""
    tensor = helper.make_tensor_value_info
    nodes = [helper.make_node("Add", ["x", "past_0"], ["s"], "sum"),
             helper.make_node("Mul", ["s", "past_1"], ["y"], "out"),
             helper.make_node("Identity", [source], ["present_0"], "copy")]
    inputs, results = ([tensor(name, TensorProto.FLOAT, [1, 8]) for name in names]
                       for names in (["x", "past_0", "past_1"], outputs))
    constant = helper.make_tensor("fixed", TensorProto.FLOAT, [1, 8], [1.0] * 8)
    model = helper.make_model(
        helper.make_graph(nodes, "g", inputs, results, [constant]),
        ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
    onnx.save(model, tmp_path / "steps.onnx")
    return tmp_path / "steps.onnx"


@pytest.mark.parametrize("source", ["past_0", "x"])
def test_what_passes_through(source, tmp_path):
    """A cache that comes back as it was, or as an input was, is state."""
    made = plan(passing(tmp_path, source, ["y", "present_0"]), TWO, tmp_path)
    assert sum(pairs_of(made), []) == [("past_0", "present_0")]


@pytest.mark.parametrize("source, outputs, pair, words", [
    ("past_0", ["y", "past_1", "present_0"], "past_1=past_1", "'past_1' is an output of the model"),
    ("past_0", ["y", "past_1", "present_0"], "past_0=past_1",
     "no node reads the one, or none makes the other"),
    ("past_0", ["y", "past_0", "present_0"], "past_0=present_0", "'past_0' is an output"),
    ("fixed", ["y", "present_0"], "past_0=present_0", "no node reads the one, or none makes"),
    ("s", ["y", "present_0"], "x=present_0", None)])
def test_what_cannot_stay(source, outputs, pair, words, tmp_path):
    """An error where it was asked for. By the convention, what a part would have to
    give as well is sent."""
    path = passing(tmp_path, source, outputs)
    made = plan(path, TWO, tmp_path, f"--state={pair}", expected=1 if words else 0)
    assert not words or words in made
    if words and pair == "past_0=present_0":
        assert not any(pairs_of(plan(path, TWO, tmp_path)))


def test_a_cut_at_a_state(tmp_path):
    """Its input stays inside, and --cut says so, also where one node reads it and
    makes the output. A cut at the output has it sent."""
    path = passing(tmp_path, "s", ["s", "y"])
    message = plan(path, TWO, tmp_path, "--cut=past_0", "--state=past_0=s", expected=1)
    assert "'past_0', which cannot be cut because" in message
    assert "--cut names 's'" in plan(path, TWO, tmp_path, "--cut=s", "--state=past_0=s", expected=1)


def test_saved_plans_meet_limits(tmp_path):
    """A saved plan is refused where it takes longer than is allowed."""
    kept = plan_steps(tmp_path)
    (tmp_path / "plan.json").write_text(json.dumps(kept))
    for option, words in ((f"--max-latency={(kept['latency_ns'] - 1) / 1e3}us", "--max-latency allows"),
                          (f"--target-rate={1.01e9 / kept['bottleneck_ns']}", "--target-rate")):
        assert words in plan_steps(tmp_path, f"--plan={tmp_path / 'plan.json'}", option, expected=1)
    again = plan_steps(tmp_path, f"--plan={tmp_path / 'plan.json'}",
                       f"--max-latency={kept['latency_ns'] / 1e3}us",
                       f"--target-rate={0.99e9 / kept['bottleneck_ns']}")
    assert again["latency_ns"] == kept["latency_ns"]
    assert again["max_latency_ns"] == kept["latency_ns"]


def test_no_cut_in_between(tmp_path):
    """A node between the reader and the maker is in their stage, too."""
    made = plan_steps(tmp_path)
    [stage] = [stage for stage in made["stages"] if stage.get("states")]
    assert {"sum", "turn", "next"} <= {node["name"] for node in stage["nodes"]}
    message = plan_steps(tmp_path, "--cut=turned", expected=2)
    assert "--state=none sends it" in message


# --- Running -----------------------------------------------------------------


class Parts:
    """The stages of a split model, each with its own states, which it alone
    sees."""

    def __init__(self, folder):
        self.stages = json.loads((folder / "plan.json").read_text())["stages"]
        self.sessions = [split.tools.session(folder / stage["file"], False)
                         for stage in self.stages]
        self.states = [{} for _ in self.stages]

    def start(self, states):
        for stage, own in zip(self.stages, self.states):
            own.update({state["input"]: states[state["input"]]
                        for state in stage.get("states", [])})

    def run(self, inputs):
        tensors = dict(inputs)
        for stage, session, own in zip(self.stages, self.sessions, self.states):
            feeds = {name: own[name] if name in own else tensors[name]
                     for name in stage["inputs"]}
            made = dict(zip(stage["outputs"], session.run(stage["outputs"], feeds)))
            for state in stage.get("states", []):
                own[state["input"]] = made.pop(state["output"])
            tensors.update(made)
        return tensors


@pytest.mark.parametrize("boundary", ["ops", "io"])
@pytest.mark.parametrize("stages", [1, 2, 4])
def test_tokens_are_those_of_the_whole_model(model, stages, boundary, tmp_path):
    cluster = "version: 1\ndevices:\n" + "".join(
        f"  - {{name: d{i}, op_overhead: 10 us, memory_bandwidth: 1 GB/s}}\n"
        for i in range(stages)) + "links: {default: {bandwidth: 1 Gbit/s}}\n"
    parts = split.split(model.path, tmp_path, *model.decoding, f"--stages={stages}",
                        f"--boundary={boundary}", cluster=cluster)
    assert len(parts.stages) == stages
    has_positions = "position_ids" in parts.plan["inputs"]
    prompt = [5, 77, 300, 9, 41]
    expected, scores = tokens_of(Whole(model.path), has_positions, prompt, 64)
    tokens, split_scores = tokens_of(Parts(parts.folder), has_positions, prompt, 64)
    assert len(set(expected)) > 8  # no constant text
    assert tokens == expected
    assert all(split.tools.same_bits(one, other) for one, other in zip(scores, split_scores))


def run_parts(parts, model, *options):
    return subprocess.run(
        [sys.executable, split.ROOT / "utils/run-parts", parts.folder, model.path, "--exact",
         *options],
        capture_output=True, text=True, timeout=120)


def test_run_parts_goes_on(model, tmp_path):
    """Step after step, and sees where a state is not the whole model's."""
    parts = split.split(model.path, tmp_path, *model.decoding, "--stages=2", cluster=CLUSTER)
    done = run_parts(parts, model, "--steps=8")
    assert done.returncode == 0 and done.stdout.count("step ") == 8, done.stdout + done.stderr
    assert "DIFFERS" not in done.stdout and "CONSTANT" not in done.stdout
    part = onnx.load(parts.files[-1])
    scale = next(value for value in part.graph.initializer if len(value.dims) == 1
                 and value.data_type == TensorProto.FLOAT)
    scale.CopyFrom(numpy_helper.from_array(1.5 * numpy_helper.to_array(scale), scale.name))
    onnx.save(part, parts.files[-1])
    done = run_parts(parts, model, "--steps=2")
    assert done.returncode == 3 and "DIFFERS" in done.stdout


def test_verify_goes_on(model, tmp_path):
    """Two steps, the second with the states that came out of the first."""
    onnx.save(step_model(), tmp_path / "steps.onnx")
    (tmp_path / "cluster.yaml").write_text(CLUSTER)
    for path, options in ((model.path, [*model.decoding, "--stages=2"]),
                          (tmp_path / "steps.onnx", [])):
        done = split.onnx_split(path, "--devices", tmp_path / "cluster.yaml", *options,
                                "-o", tmp_path / "parts", "--force", "--verify")
        assert done.returncode == 0, done.stderr
        assert (", bit-identical\n             in two steps, with the states between them\n"
                in done.stdout)
        assert "constant" not in done.stderr
    done = split.onnx_split(path, "--devices", tmp_path / "cluster.yaml", "--state=none",
                            "-o", tmp_path / "parts", "--force", "--verify")
    assert "bit-identical\n" in done.stdout and "steps" not in done.stdout


def test_verify_says_where_it_cannot_go_on(tmp_path):
    """A cache that grows, beside a bias of the length that it had."""
    tensor = helper.make_tensor_value_info
    nodes = [helper.make_node("Concat", ["past_0", "x"], ["present_0"], "grow", axis=1),
             helper.make_node("Add", ["past_0", "bias"], ["y"], "sum")]
    graph = helper.make_graph(
        nodes, "g", [tensor("x", TensorProto.FLOAT, [1, 1]), tensor("past_0", TensorProto.FLOAT,
                                                                     [1, "past"]),
                     tensor("bias", TensorProto.FLOAT, [1, "past"])],
        [tensor("y", TensorProto.FLOAT, [1, "past"]),
         tensor("present_0", TensorProto.FLOAT, [1, "total"])])
    onnx.save(helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)]),
              tmp_path / "grows.onnx")
    (tmp_path / "cluster.yaml").write_text(TWO)
    done = split.onnx_split(tmp_path / "grows.onnx", "--devices", tmp_path / "cluster.yaml",
                            "--assume=past=4", "-o", tmp_path / "parts", "--verify")
    assert done.returncode == 0, done.stderr
    assert "states       1 pair" in done.stdout
    assert "in one step alone: the whole model does not take its states back" in done.stdout


def test_parts_say_their_states(model, tmp_path):
    parts = split.split(model.path, tmp_path, *model.decoding, "--stages=2", cluster=CLUSTER)
    for part, pairs in zip(parts.models, pairs_of(parts.plan)):
        metadata = {entry.key: entry.value for entry in part.metadata_props}
        stated = json.loads(metadata.get("onnx_split.states", "[]"))
        assert [tuple(pair) for pair in stated] == pairs
