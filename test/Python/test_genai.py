"""--emit=genai: onnxruntime-genai generates with the parts what a loop around the whole
model gives. It has an environment of its own, so that it may have another ONNX Runtime."""

import json
import os
import subprocess
import sys

import pytest

import decoders
import split

# An environment with the package, where that of the tests has it not.
OWN = split.ROOT / ".deps/genai/bin/python"
PROMPT, COUNT = [17, 4, 980, 61, 2], 48
# The last word, which the made decoders do not say here.
END = decoders.SIZE.words - 1

# Greedy tokens after a prompt, as a user of the package writes it.
GENERATE = """
import json, sys
import onnxruntime_genai

folder, prompt, length = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
model = onnxruntime_genai.Model(folder)
parameters = onnxruntime_genai.GeneratorParams(model)
parameters.set_search_options(max_length=length, do_sample=False)
generator = onnxruntime_genai.Generator(model, parameters)
generator.append_tokens(prompt)
while not generator.is_done():
    generator.generate_next_token()
print(json.dumps([int(token) for token in generator.get_sequence(0)]))
"""


def find_python():
    for python in (os.environ.get("ONNX_SPLIT_GENAI"), sys.executable, OWN):
        if python and os.path.exists(python) and subprocess.run(
                [python, "-c", "import onnxruntime_genai"], capture_output=True).returncode == 0:
            return python
    return None


PYTHON = find_python()
needs_genai = pytest.mark.skipif(
    not PYTHON, reason="onnxruntime-genai is not installed: python3 -m venv .deps/genai && "
                       ".deps/genai/bin/pip install onnxruntime-genai")


def generate(folder):
    return subprocess.run([PYTHON, "-c", GENERATE, str(folder), json.dumps(PROMPT),
                           str(len(PROMPT) + COUNT)],
                          capture_output=True, text=True, timeout=120)


def expected_tokens(made):
    tokens, _ = decoders.tokens_of(decoders.Whole(made.path), made.path.stem == "plain", PROMPT,
                                   COUNT)
    assert END not in tokens
    return PROMPT + tokens


def emit(made, scratch, *options):
    """In three parts that have layers each."""
    pins = [f"--pin=tensor:present.{layer}.key=d{device}"
            for layer, device in ((0, 0), (1, 1), (3, 2))]
    done = split.split(made.path, scratch, "--emit=genai", *pins, *made.decoding, *options,
                       cluster=split.even_cluster(3))
    assert len(done.stages) == 3 and all("states" in stage for stage in done.stages)
    return done


@needs_genai
@pytest.mark.parametrize("boundary", ["ops", "io"])
@pytest.mark.parametrize("kind", ["plain", "int4"])
def test_the_same_tokens(scratch, kind, boundary):
    made = decoders.make(kind, scratch)
    done = emit(made, scratch, f"--boundary={boundary}")
    file = done.folder / "genai_config.json"
    config = json.loads(file.read_text())
    assert config["model"]["vocab_size"] == decoders.SIZE.words
    # As long as something is to be filled in, it says what.
    for key, value in (("context_length", 4096), ("eos_token_id", END)):
        refused = generate(done.folder)
        assert refused.returncode != 0 and f"model:{key}" in refused.stderr
        config["model"][key] = value
        file.write_text(json.dumps(config))
    generated = generate(done.folder)
    assert generated.returncode == 0, generated.stderr
    assert json.loads(generated.stdout) == expected_tokens(made)


@needs_genai
def test_with_what_the_model_builder_wrote(scratch):
    """Nothing is to be filled in, and its own options stay."""
    made = decoders.make("int4", scratch)
    (scratch / "genai_config.json").write_text(json.dumps({
        "model": {"type": "llama", "context_length": 4096, "eos_token_id": [END],
                  "pad_token_id": END, "bos_token_id": 1,
                  "decoder": {"filename": "int4.onnx", "num_attention_heads": 4,
                              "session_options": {"log_id": "made", "provider_options": []}}},
        "search": {"past_present_share_buffer": True, "temperature": 1.5}}))
    done = emit(made, scratch)
    assert json.loads((done.folder / "genai_config.json").read_text())["search"] == {
        "past_present_share_buffer": True, "temperature": 1.5}
    generated = generate(done.folder)
    assert generated.returncode == 0, generated.stderr
    assert json.loads(generated.stdout) == expected_tokens(made)
