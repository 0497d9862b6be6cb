"""What the documents show is what the programs do."""

import re
import subprocess

import numpy
import onnx

import models
import split

README = (split.ROOT / "README.md").read_text()
PIPELINE = (split.ROOT / "docs/Pipeline.md").read_text()


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def test_readme_lists_the_options():
    shown = split.onnx_split("--help").stdout.partition("onnx-split options:")[2]
    options = set(re.findall(r"^  (-[-\w]+)", shown, re.MULTILINE))
    assert "--boundary" in options
    rows = re.findall(r"^\| (`-.*?) \|", README.replace(r"\|", "/"), re.MULTILINE)
    listed = {name for row in rows for name in re.findall(r"`(-[-\w]+)", row)}
    assert listed | {"--devices"} == options


def test_readme_shows_what_is_printed():
    """The same columns; figures change with the cost model."""
    shown = re.search(r"^    stage .*", README, re.MULTILINE)[0].split()
    done = split.onnx_split(
        split.MODELS / "ch_PP-OCRv4_rec_infer.onnx", "--shape=x=1x3x48x320",
        "--devices", split.ROOT / "examples/four-devices.yaml", "--dry-run")
    assert done.stdout.splitlines()[0].split() == shown


def test_readme_runs_parts_by_hand(scratch, monkeypatch):
    """The cluster file and the few lines of Python in the README."""
    model = models.used_by_several_stages()
    onnx.save(model, scratch / "model.onnx")
    (scratch / "cluster.yaml").write_text(blocks(README, "yaml")[0])
    done = split.onnx_split("model.onnx", "--devices", "cluster.yaml", cwd=scratch)
    assert done.returncode == 0, done.stderr
    image = numpy.arange(6, dtype="float32").reshape(2, 3) / 6
    values = {"image": image}
    monkeypatch.chdir(scratch)
    exec(blocks(README, "python")[0], values)
    expected = split.run_whole(scratch / "model.onnx", {"x": image}, True)
    assert numpy.allclose(values["tensors"]["y"], expected["y"])


def test_pipeline_shows_the_ir(scratch):
    """Each line shown, in order; `...` stands for anything."""
    (scratch / "tiny.onnxtxt").write_text(blocks(PIPELINE, "")[0])
    (scratch / "two.yaml").write_text(blocks(PIPELINE, "yaml")[0])
    sections = re.split(r"^## ", PIPELINE, flags=re.MULTILINE)[1:]
    assert len(sections) == 9
    module = ""
    for section in sections:
        command = re.match(r"`(.*?)`", section)[1].split()
        if command[0] == "onnx-split-translate":
            command.append("tiny.onnxtxt")
        else:
            command.insert(0, "onnx-split-opt")
        done = subprocess.run(
            [split.BIN / command[0], *command[1:]], input=module, cwd=scratch,
            capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        module = done.stdout
        lines = iter(line.strip() for line in module.splitlines())
        for shown in blocks(section, "mlir")[0].splitlines():
            pattern = ".*".join(map(re.escape, shown.strip().split("...")))
            assert any(re.fullmatch(pattern, line) for line in lines), (command, shown)
