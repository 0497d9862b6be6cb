"""onnx-split-run with state: tokens of decoders, and models that take a stream."""

import json
import os
import re
import signal
import subprocess
import sys

import numpy
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import split
from decoders import ALL_PAIRS, DECODING, SIZE, Whole, make, tokens_of
from mpi import ENVIRONMENT, RUN, end, errors, run, start_ranks
from spiking import spiking_model

PROMPTS = [[5, 77, 300, 9, 41], [800, 2, 2, 610, 33], [1, 1000, 512, 4, 256]]


@pytest.fixture(scope="module", params=["plain", "int4"])
def model(request, tmp_path_factory):
    return make(request.param, tmp_path_factory.mktemp(request.param))


def even_cluster(count, bandwidth="1 Gbit/s", latency="0 s"):
    devices = "".join(f"  - {{name: d{i}, op_overhead: 10 us, memory_bandwidth: 1 GB/s}}\n"
                      for i in range(count))
    return (f"version: 1\ndevices:\n{devices}"
            f"links: {{default: {{bandwidth: {bandwidth}, latency: {latency}}}}}\n")


def split_decoder(model, folder, stages, *options, **cluster):
    parts = split.split(model.path, folder, *model.decoding, f"--stages={stages}", *options,
                        cluster=even_cluster(stages, **cluster))
    assert len(parts.stages) == stages
    return parts


def write_prompts(folder, prompts):
    numpy.save(folder / "prompts.npy", numpy.array(prompts, "int64"))
    return f"--prompt={folder / 'prompts.npy'}"


def generate(parts, folder, prompts, count, *options, ranks=None, **how):
    """The figures, where the run is to succeed."""
    done = run(ranks or len(parts.stages), parts.folder / "plan.json", f"--generate={count}",
               write_prompts(folder, prompts), "--threads=1", "--optimise=off",
               f"--json={folder / 'run.json'}", *options, **how)
    return json.loads((folder / "run.json").read_text()) if not how.get("status") else done


def tokens_in(figures):
    return [sequence["tokens"] for sequence in figures["sequences"]]


def expected_tokens(model, parts, prompt, count):
    return tokens_of(Whole(model.path), "position_ids" in parts.plan["inputs"], prompt, count)


# --- Tokens ------------------------------------------------------------------


@pytest.mark.parametrize("boundary", ["ops", "io"])
@pytest.mark.parametrize("stages", [1, 2, 3, 4])
def test_tokens_are_those_of_a_loop(model, stages, boundary, scratch):
    parts = split_decoder(model, scratch, stages, f"--boundary={boundary}")
    figures = generate(parts, scratch, PROMPTS[0], 64, f"--save-outputs={scratch / 'saved'}")
    expected, scores = expected_tokens(model, parts, PROMPTS[0], 64)
    assert tokens_in(figures) == [expected] and len(set(expected)) > 8
    # To the bit, step for step.
    number = parts.plan["outputs"].index("logits")
    for item, score in enumerate(scores):
        saved = onnx.load_tensor(scratch / f"saved/item_{item}/output_{number}.pb")
        assert split.tools.same_bits(numpy_helper.to_array(saved), score)


def test_sequences_do_not_mix(model, scratch):
    """Each has the tokens that it has alone, wherever the others are."""
    parts = split_decoder(model, scratch, 2)
    figures = generate(parts, scratch, PROMPTS, 20, "--sequences=4")
    alone = [expected_tokens(model, parts, prompt, 20)[0] for prompt in PROMPTS]
    assert tokens_in(figures) == [*alone, alone[0]]
    for sequence in figures["sequences"]:
        times = sequence["times_ns"]
        assert times == sorted(times) and len(times) == 20
        assert sequence["tokens_per_s"] == pytest.approx(19e9 / (times[-1] - times[0]), rel=1e-6)
    assert figures["prompts_ns"] == max(s["times_ns"][0] for s in figures["sequences"])


def test_a_stop_token_ends_its_sequence(model, scratch):
    parts = split_decoder(model, scratch, 2)
    alone = [expected_tokens(model, parts, prompt, 30)[0] for prompt in PROMPTS[:2]]
    stop = alone[0][7]
    ended = [tokens[:tokens.index(stop) + 1] if stop in tokens else tokens for tokens in alone]
    figures = generate(parts, scratch, PROMPTS[:2], 30, "--sequences=2", f"--stop={stop}")
    assert tokens_in(figures) == ended and len(ended[0]) < 30
    [one] = tokens_in(generate(parts, scratch, PROMPTS[0], 1))
    assert one == alone[0][:1]


def test_drawn_tokens(scratch):
    """One among the K best, by the seed alone."""
    model = make("plain", scratch)
    parts = split_decoder(model, scratch, 2)

    def drawn(*options):
        return tokens_in(generate(parts, scratch, PROMPTS[0], 24, *options))

    greedy, scores = expected_tokens(model, parts, PROMPTS[0], 24)
    assert drawn("--top-k=1") == [greedy]
    assert drawn("--temperature=0.0001") == [greedy]
    first = drawn("--top-k=5", "--temperature=3", "--seed=1")
    assert first == drawn("--top-k=5", "--temperature=3", "--seed=1") != [greedy]
    others = [drawn("--top-k=5", "--temperature=3", f"--seed={seed}")[0] for seed in range(2, 8)]
    assert len({tuple(tokens) for tokens in [*first, *others]}) > 4
    best = set(numpy.argsort(scores[0][0, -1])[-5:])
    firsts = {tokens[0] for tokens in [*first, *others]}
    assert firsts <= best and len(firsts) > 1


def test_the_tool_that_compares(scratch):
    model = make("int4", scratch)

    def check(path):
        return subprocess.run(
            [sys.executable, split.ROOT / "utils/check-tokens", path, "--tokens=5", "--stages=2",
             f"--bin={split.BIN}"], capture_output=True, text=True)

    done = check(model.path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 stages, ops: equal\n  2 stages, io : equal\n" in done.stdout
    # A model that the plan does not know as a decoder.
    other = onnx.load(model.path)
    for node in other.graph.node:
        node.input[:] = [name.replace("past_key", "earlier_key") for name in node.input]
    for value in other.graph.input:
        value.name = value.name.replace("past_key", "earlier_key")
    onnx.save(other, scratch / "other.onnx")
    done = check(scratch / "other.onnx")
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr


def test_a_warm_up_leaves_no_trace(scratch):
    """Neither in tokens, drawn ones too, nor in scores, nor in what is counted."""
    model = make("int4", scratch)
    parts = split_decoder(model, scratch, 2)
    options = ["--sequences=2", "--temperature=2", "--seed=4"]
    first = generate(parts, scratch, PROMPTS[:2], 6, *options,
                     f"--save-outputs={scratch / 'cold'}", "--npy")
    again = generate(parts, scratch, PROMPTS[:2], 6, *options, "--warmup=3",
                     f"--save-outputs={scratch / 'warm'}", "--npy")
    assert tokens_in(again) == tokens_in(first)
    assert again["warmup"] == 3 and first["warmup"] == 0
    assert again["prompts_ns"] < 1e9
    cold, warm = (sorted((scratch / name).rglob("*.npy")) for name in ("cold", "warm"))
    assert len(cold) == len(warm) == 12 * (1 + len(ALL_PAIRS))
    for one, other in zip(cold, warm):
        assert one.name == other.name and one.parent.name == other.parent.name
        assert one.read_bytes() == other.read_bytes()
    # Where outputs are not saved, caches may be one buffer, which is cleared.
    for warmup in (["--warmup=3"], []):
        assert tokens_in(generate(parts, scratch, PROMPTS[:2], 6, *options,
                                  *warmup)) == tokens_in(first)
    message, = errors(generate(parts, scratch, PROMPTS[0], 2, "--warmup=3", status=1))
    assert "--warmup takes at most as many steps as --generate" in message


def test_what_is_printed(model, scratch):
    parts = split_decoder(model, scratch, 2)
    done = run(2, parts.folder / "plan.json", "--generate=4", write_prompts(scratch, PROMPTS[:2]),
               "--sequences=2", "--threads=1", "--optimise=off")
    tokens = [expected_tokens(model, parts, prompt, 4)[0] for prompt in PROMPTS[:2]]
    for index, own in enumerate(tokens):
        assert f"sequence {index}  {' '.join(map(str, own))}\n" in done.stdout
    assert "first token  " in done.stdout and "prompts      10 tokens, " in done.stdout
    assert "tokens/s measured, " in done.stdout and "tokens       8 generated" in done.stdout


def test_the_states_memory_is_the_plans(model, scratch):
    """As long as was planned for, and not a token longer."""
    parts = split.split(model.path, scratch, *DECODING,
                        *(f"--assume={value}" for value in model.at(20)), "--stages=2",
                        "--sequences=2", cluster=even_cluster(2))
    figures = generate(parts, scratch, PROMPTS[0], 17, "--sequences=2")
    caches = sum(len(stage.get("states", [])) for stage in parts.stages)
    per_token = 4 * SIZE.kv_heads * SIZE.head
    measured = [stage["state_bytes"] for stage in figures["stages"] if "state_bytes" in stage]
    # Of both sequences at the end, also where a cache is one buffer from the begin; the
    # plan has the output of one more.
    assert sum(pair["measured"] for pair in measured) == caches * 2 * 21 * per_token
    assert [state.get("in_place", False) for stage in parts.stages
            for state in stage.get("states", [])] == caches * [model.total]
    assert sum(pair["predicted"] for pair in measured) == caches * (2 * 20 + 21) * per_token
    for count, sequences in ((18, 2), (17, 3)):
        [message] = errors(generate(parts, scratch, PROMPTS[0], count, f"--sequences={sequences}",
                                    status=1))
        assert (f"the states of {sequences} sequences of {count + 4} tokens take" in message
                and "but the plan counts with" in message)


def test_emulated_links_hold_tokens_back(model, scratch):
    """The way back is a part of the round trip: no faster than predicted."""
    parts = split_decoder(model, scratch, 2, "--pin=layer0*=d0", "--pin=layer3*=d1",
                          bandwidth="10 Mbit/s", latency="20 ms")
    figures = generate(parts, scratch, PROMPTS[0], 12, "--emulate=links")
    assert parts.plan["round_trip_ns"] - parts.plan["latency_ns"] > 20e6
    assert figures["tokens_per_s"]["predicted"] == pytest.approx(1e9 / parts.plan["round_trip_ns"])
    assert 10 < figures["tokens_per_s"]["measured"] <= 25


def test_the_document(scratch):
    """Its commands as they stand, but for a smaller model, with boards to match."""
    text = (split.ROOT / "docs/Decoders.md").read_text()
    boards = (split.ROOT / "examples/three-boards.yaml").read_text()
    assert "memory: 256 MiB" in boards
    (scratch / "boards.yaml").write_text(boards.replace("memory: 256 MiB", "memory: 55 MiB"))
    for old, new in (("decoder-100m", "decoder-10m"), ("/tmp/decoders", str(scratch)),
                     ("examples/three-boards.yaml", str(scratch / "boards.yaml")),
                     ("build/bin/", f"{split.BIN}/"), (".venv/bin/python", sys.executable)):
        assert old in text
        text = text.replace(old, new)
    commands = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert len(commands) == 4
    # What root and few cores need, they say themselves.
    environment = {key: value for key, value in ENVIRONMENT.items()
                   if "ROOT" not in key and "oversubscribe" not in key}
    for one in commands:
        done = subprocess.run(["bash", "-ec", one], cwd=split.ROOT, capture_output=True, text=True,
                              env=environment, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "tokens       32 generated" in done.stdout and "tokens/s measured" in done.stdout


# --- What goes wrong ---------------------------------------------------------


def refused(folder, *options):
    """What is said before MPI starts."""
    (folder / "plan.json").write_text("{}")
    done = subprocess.run([RUN, folder / "plan.json", *options], capture_output=True, text=True,
                          env=ENVIRONMENT, timeout=60)
    assert done.returncode == 1
    [message] = errors(done)
    return message


@pytest.mark.parametrize("options, words", [
    (["--generate=4"], "--generate needs --prompt=FILE"),
    (["--prompt=x.npy"], "--prompt needs --generate=N"),
    (["--generate=4", "--items=3"], "--generate goes without --items"),
    (["--generate=0", "--prompt=x.npy"], "--generate takes a number of tokens from 1"),
    (["--generate=4", "--prompt=none.npy"], "none.npy"),
    (["--generate=4", "--prompt=x.npy", "--temperature=0"], "--temperature one above 0"),
    (["--generate=4", "--prompt=x.npy", "--sequences=0"], "--sequences takes a number from 1"),
    (["--generate=1000000", "--prompt=x.npy", "--sequences=65536"], "above 100000000 tokens")])
def test_wrong_options(options, words, scratch):
    numpy.save(scratch / "x.npy", numpy.array([1], "int64"))
    assert words in refused(
        scratch, *(option.replace("x.npy", str(scratch / "x.npy")) for option in options))


@pytest.mark.parametrize("prompt, words", [
    (numpy.zeros([2, 0], "int64"), "the shape is 2x0"), (numpy.int64(3), "the shape is scalar"),
    (numpy.zeros([1, 1, 1], "int32"), "the shape is 1x1x1"),
    (numpy.ones(3, "float32"), "the elements are no int64 or int32"),
    (numpy.array([4, -1]), "a token is below 0")])
def test_wrong_prompts(prompt, words, scratch):
    numpy.save(scratch / "x.npy", prompt)
    message = refused(scratch, "--generate=4", f"--prompt={scratch / 'x.npy'}")
    assert message.startswith(f"{scratch / 'x.npy'}: {words}; a prompt is a list of tokens")


def test_caches_that_are_sent(model, scratch):
    parts = split_decoder(model, scratch, 2, "--state=none")
    message, *_ = errors(generate(parts, scratch, PROMPTS[0], 4, status=1))
    assert "--generate does not know what the input 'past_key_values." in message
    assert "if it is state, plan with --state" in message


def test_extents_that_are_fixed(scratch):
    model = make("plain", scratch)
    parts = split.split(model.path, scratch, "--dim=batch_size=1", "--dim=sequence_length=1",
                        "--assume=past_sequence_length=64", cluster=even_cluster(1))
    [message] = errors(generate(parts, scratch, PROMPTS[0], 4, status=1))
    assert "takes 1x1, but this step has 1x5; leave extents of tokens open" in message


def test_no_scores(scratch):
    onnx.save(step_model(), scratch / "model.onnx")
    parts = split.split(scratch / "model.onnx", scratch, cluster=even_cluster(1))
    numpy.save(scratch / "x.npy", numpy.zeros([2, 1, 8], "float32"))
    [message] = errors(generate(parts, scratch, PROMPTS[0], 4, f"--input=x={scratch / 'x.npy'}",
                                status=1))
    assert "no output 'logits' scores tokens" in message


def test_a_word_that_is_none(model, scratch):
    """ONNX Runtime refuses it; one rank says so, and all end."""
    parts = split_decoder(model, scratch, 2)
    messages = errors(generate(parts, scratch, [[5, SIZE.words + 7]], 4, status=1))
    assert len(messages) == 1 and "item 0" in messages[0]


@pytest.mark.parametrize("how, rank, words", [
    (signal.SIGKILL, 0, "ended without a word"), (signal.SIGKILL, 1, "ended without a word"),
    (signal.SIGSTOP, 0, "nothing c"), (signal.SIGSTOP, 1, " came for ")])
def test_a_rank_that_stops(how, rank, words, scratch):
    """One message, whichever it is; the second one gives the tokens."""
    model = make("plain", scratch)
    parts = split_decoder(model, scratch, 2, latency="100 ms")
    process, ranks = start_ranks(2, parts.folder / "plan.json", "--generate=900",
                                 write_prompts(scratch, PROMPTS[0]), "--emulate=links",
                                 "--threads=1", "--timeout=2s")
    os.kill(ranks[rank], how)
    [message] = end(process, ranks)
    assert process.returncode != 0 and words in message


# --- Streams -----------------------------------------------------------------


def step_model():
    """y and the next state from x and the state."""
    tensor = helper.make_tensor_value_info
    names = [[tensor(name, TensorProto.FLOAT, [2, 1, 8]) for name in pair]
             for pair in (("x", "state"), ("y", "stateN"))]
    nodes = [helper.make_node("Add", ["x", "state"], ["sum"], "sum"),
             helper.make_node("Tanh", ["sum"], ["stateN"], "turn"),
             helper.make_node("Relu", ["stateN"], ["a"], "a"),
             helper.make_node("Exp", ["a"], ["y"], "y")]
    return helper.make_model(helper.make_graph(nodes, "g", *names), ir_version=8,
                             opset_imports=[helper.make_opsetid("", 17)])


def check_stream(path, folder, chunks, states, *options, sequences=1, cluster=None, **fixed):
    """Every output of a stream of chunks, to the bit; `states` are pairs, with the
    shape that they begin with."""
    parts = split.split(path, folder, *options, cluster=cluster or even_cluster(2))
    assert len(parts.stages) == 2 and sum(len(s.get("states", [])) for s in parts.stages)
    # Every name of a set has its place among the inputs of the model.
    sets = []
    for number, chunk in enumerate(chunks):
        sets.append(folder / f"chunk{number}")
        sets[-1].mkdir()
        for name, value in {**chunk, **fixed}.items():
            place = parts.plan["inputs"].index(name)
            numpy.save(sets[-1] / f"input_{place}.npy", value)
    run(2, parts.folder / "plan.json", f"--items={len(chunks)}", "--warmup=3", "--threads=1",
        "--optimise=off", f"--sequences={sequences}", f"--save-outputs={folder / 'saved'}",
        "--npy", *(f"--inputs={folder}" for folder in sets))
    session = split.tools.session(path, False)
    outputs = [value.name for value in session.get_outputs()]
    kept = [{one: numpy.zeros(shape, "float32") for one, _, shape in states}
            for _ in range(sequences)]
    for number, chunk in enumerate(chunks):
        own = kept[number % sequences]
        made = dict(zip(outputs, session.run(outputs, {**chunk, **fixed, **own})))
        own.update({one: made[other] for one, other, _ in states})
        for place, name in enumerate(parts.plan["outputs"]):
            saved = folder / f"saved/item_{number}/output_{place}.npy"
            assert split.tools.same_bits(numpy.load(saved), made[name]), (number, name)
    return made


@pytest.mark.parametrize("sequences", [1, 3])
def test_states_stay_between_items(sequences, scratch):
    onnx.save(step_model(), scratch / "model.onnx")
    draw = numpy.random.default_rng(1)
    chunks = [{"x": draw.standard_normal([2, 1, 8], "float32")} for _ in range(12)]
    check_stream(scratch / "model.onnx", scratch, chunks, [("state", "stateN", [2, 1, 8])],
                 "--pin=y=d1", "--pin=sum=d0", sequences=sequences)


def test_spiking_steps_are_the_unrolled_network(scratch):
    draw = numpy.random.default_rng(3)
    weights = [draw.normal(0.1, 0.4, [6, 6]).astype("float32") for _ in range(2)]
    onnx.save(spiking_model(1, weights), scratch / "model.onnx")
    onnx.save(spiking_model(16, weights), scratch / "unrolled.onnx")
    chunks = [{"x": draw.uniform(0, 1.5, [1, 6]).astype("float32")} for _ in range(16)]
    states = [(f"mem_in_{layer}", f"mem_out_{layer}", [1, 6]) for layer in range(2)]
    check_stream(scratch / "model.onnx", scratch, chunks, states, "--stages=2")
    inputs = {f"x_{step}": chunk["x"] for step, chunk in enumerate(chunks)}
    inputs |= {f"mem_in_{layer}_0": numpy.zeros([1, 6], "float32") for layer in range(2)}
    whole = split.run_whole(scratch / "unrolled.onnx", inputs, False)
    place = json.loads((scratch / "parts/plan.json").read_text())["outputs"].index("y")
    spikes = [numpy.load(scratch / f"saved/item_{step}/output_{place}.npy") for step in range(16)]
    assert 16 < sum(map(numpy.sum, spikes)) < 80
    for step, one in enumerate(spikes):
        assert numpy.array_equal(one, whole[f"y_{step}"])


def test_silero_vad(scratch):
    """200 chunks of sound, which is a tone that comes and goes."""
    time_of = numpy.arange(200 * 512) / 16000
    sound = numpy.sin(2 * numpy.pi * 180 * time_of) * (numpy.sin(2 * time_of) > 0)
    sound += 0.02 * numpy.random.default_rng(2).standard_normal(sound.shape)
    padded = numpy.concatenate([numpy.zeros(64), sound]).astype("float32")
    chunks = [{"input": padded[None, at:at + 576]} for at in range(0, 200 * 512, 512)]
    check_stream(split.MODELS / "silero_vad_16k_op15.onnx", scratch, chunks,
                 [("state", "stateN", [2, 1, 128])], "--dim=batch=1", "--dim=sequence=576",
                 "--stages=2", sr=numpy.array(16000, "int64"))
