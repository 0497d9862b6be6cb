"""What the documents show is what the programs do."""

import json
import os
import re
import runpy
import shutil
import subprocess
import sys

import jsonschema
import numpy
import onnx
import pytest

import models
import split

README = (split.ROOT / "README.md").read_text()
COMMAND_LINE = (split.ROOT / "docs/CommandLine.md").read_text()
PARTS = (split.ROOT / "docs/Parts.md").read_text()
PLANNER = (split.ROOT / "docs/Planner.md").read_text()
CLUSTER = (split.ROOT / "docs/Cluster.md").read_text()
PIPELINE = (split.ROOT / "docs/Pipeline.md").read_text()


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


# Other tests run Decoders.md (test_generate.py) and Pipeline.md (below), and Experiments.md
# takes an hour. A grid is made by a script.
OTHERWISE = {"Decoders", "Experiments", "PaperGrid", "Pipeline", "README"}
PAGES = sorted(path.stem for path in (split.ROOT / "docs").glob("*.md"))


def on_this_machine(code, scratch):
    """Commands of a page, with the programs and folders of this run."""
    for old, new in (("build/bin/", f"{split.BIN}/"), ("$PWD/build/bin:", f"{split.BIN}:"),
                     (".deps/models/", f"{split.MODELS}/"),
                     (".venv/bin/python", sys.executable), ("/tmp/", f"{scratch}/")):
        code = code.replace(old, new)
    return code


@pytest.mark.parametrize("page", sorted({*PAGES} - OTHERWISE))
def test_pages_begin_with_a_task(page, scratch):
    """It stands above the second heading, and every block of commands runs, in the
    order of the page. What cannot run everywhere is indented."""
    text = (split.ROOT / f"docs/{page}.md").read_text()
    head = "\n## ".join(text.split("\n## ")[:1])
    assert "\n```sh\n" in head or "\n    build/bin/" in head, f"docs/{page}.md begins with no task"
    if page == "Parts":  # Its first lines of Python are run below.
        text = re.sub(r"^```python\n.*?^```", "", text, count=1, flags=re.DOTALL | re.MULTILINE)
    for language, code in re.findall(r"^```(sh|python)\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        command = ["bash", "-e", "-o", "pipefail", "-c"] if language == "sh" else [sys.executable, "-c"]
        done = subprocess.run([*command, on_this_machine(code, scratch)], cwd=split.ROOT,
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{code}\n{done.stdout}{done.stderr}"
        assert done.stdout or language == "python", code


def test_the_first_command(scratch):
    """The one of the README does what it shows: the same columns; figures change with
    the cost model."""
    code, _ = blocks(README, "sh")
    shown = re.search(r"^    stage .*", README, re.MULTILINE)[0].split()
    done = subprocess.run(["bash", "-ec", on_this_machine(code, scratch)], cwd=split.ROOT,
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert shown in [line.split() for line in done.stdout.splitlines()]


def test_the_first_run(scratch):
    """What quickstart has split, and says how to run in the words of the README."""
    _, code = blocks(README, "sh")
    quickstart = (split.ROOT / "utils/quickstart").read_text()
    last = quickstart.partition("cat <<END")[2].replace("$parts", "build/quickstart")
    assert [line.strip("\\ ") for line in code.splitlines()] == [
        line.strip("\\ ") for line in last.splitlines()[4:6]]
    done = split.onnx_split(split.MODELS / "ch_PP-OCRv4_rec_infer.onnx", "--shape=x=1x3x48x320",
                            "--devices=examples/four-devices.yaml", "-o", scratch / "parts",
                            cwd=split.ROOT)
    assert done.returncode == 0, done.stderr
    code = on_this_machine(code.replace("build/quickstart", "/tmp/parts"), scratch)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OMPI")}
    done = subprocess.run(["bash", "-ec", code], cwd=split.ROOT, capture_output=True, text=True,
                          env=environment, timeout=120)
    assert done.returncode == 0 and "items/s measured" in done.stdout, done.stderr


def lines_shown(text, first):
    """An indented block, which begins with the word `first`."""
    [block] = re.findall(rf"^(    {first}.*\n(?:    .*\n)*)", text, re.MULTILINE)
    return [line.strip() for line in block.splitlines()]


def test_what_extents_shows(scratch):
    """Lines without a cost, so that no cost model changes them."""
    text = (split.ROOT / "docs/Extents.md").read_text()
    [code] = blocks(text, "sh")
    done = subprocess.run(["bash", "-ec", on_this_machine(code, scratch)], cwd=split.ROOT,
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and not done.stderr, done.stderr
    shown = lines_shown(text, "optimal")
    assert len(shown) == 3
    assert [line for line in done.stdout.splitlines() if line in shown] == shown


def test_what_compare_shows(scratch):
    """The figures of the page are those of its commands."""
    text = (split.ROOT / "docs/Compare.md").read_text()
    code, evaluated, _ = blocks(text, "sh")

    def run(language, lines):
        done = subprocess.run([*language, on_this_machine(lines, scratch)], cwd=split.ROOT,
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    shown = [on_this_machine(line, scratch) for line in lines_shown(text, "instance,")]
    assert len(shown) == 3
    printed = run(["bash", "-ec"], code)
    begin = printed.index(shown[0])
    assert printed[begin:begin + 3] == shown

    names = shown[0].split(",")
    at_random, ours = (dict(zip(names, line.split(","))) for line in shown[1:])
    run([sys.executable, "-c"], blocks(text, "python")[0])
    by_hand = dict(zip(names, run(["bash", "-ec"], evaluated)[1].split(",")))
    for words, row, key in (("an item leaves every {:.0f} ms", at_random, "bottleneck"),
                            ("by onnx-split's plan every {:.1f} ms", ours, "bottleneck"),
                            ("is below {:.1f} ms", ours, "lower_bound"),
                            ("It comes to a bottleneck of {:.0f} ms", by_hand, "bottleneck")):
        assert words.format(int(row[key]) / 1e6) in text


def test_quickstart_builds_what_is_installed():
    """And what the pages run: both follow it without another build."""
    build = split.BIN.parent
    if not shutil.which("ninja") or not (build / "build.ninja").exists():
        pytest.skip("the build was not made by Ninja")
    text = (split.ROOT / "utils/quickstart").read_text()
    targets = re.search(r"^ *build_in build (\"[^\"]*\"|\S+)", text, re.MULTILINE)[1]
    targets = targets.strip('"').split()
    made = subprocess.run(["ninja", "-C", build, "-t", "commands", *targets],
                          capture_output=True, text=True, timeout=60, check=True).stdout
    pages = "".join((split.ROOT / f"docs/{page}.md").read_text() for page in PAGES)
    wanted = {f"bin/{name}" for name in re.findall(r"build/bin/([-\w]+)", pages)}
    for script in build.rglob("cmake_install.cmake"):
        wanted |= set(re.findall(rf'"{re.escape(str(build))}/((?:bin|share)/[^"]+|lib/[^"]+[.]a)"',
                                 script.read_text()))
    wanted.remove("share/copyright")  # CMake writes it.
    assert len(wanted) > 40
    missing = sorted(name for name in wanted if name not in made)
    assert not missing, f"{targets} do not build {missing}"


def test_the_index_has_every_page():
    index = (split.ROOT / "docs/README.md").read_text()
    linked = set(re.findall(r"\]\(([\w.]+\.(?:md|json))", index))
    there = {path.name for path in (split.ROOT / "docs").iterdir()
             if path.suffix in (".md", ".json")} - {"README.md"}
    assert linked >= there, f"docs/README.md lacks {sorted(there - linked)}"


def anchors(text):
    """What GitHub makes of headings."""
    found = set()
    for title in re.findall(r"^#+ (.*)", text, re.MULTILINE):
        title = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", title).lower()
        found.add(re.sub(r"[^\w\- ]", "", title).replace(" ", "-"))
    return found


def test_links_lead_somewhere():
    """Those to files of the project, and to headings in them."""
    pages = [*split.ROOT.glob("*.md"), *(split.ROOT / "docs").glob("*.md")]
    for page in pages:
        text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"https?:", link):
                continue
            path, _, anchor = link.partition("#")
            target = page.parent / path if path else page
            assert target.exists(), f"{page.name}: {link}"
            if anchor:
                assert anchor in anchors(target.read_text()), f"{page.name}: {link}"


def test_measured_figures_are_those_of_the_experiment():
    experiments = (split.ROOT / "docs/Experiments.md").read_text()
    median, worst = re.search(
        r"Prediction error of ours\*\*: ([\d.]+ %) at the median, ([\d.]+ %) at worst",
        experiments).groups()
    pairs = re.search(r"^(\d+) pairs,", experiments, re.MULTILINE)[1]
    again, slow_median, slow_worst = re.search(
        r"half as fast, the median error of ours over the same (\d+) pairs was ([\d.]+ %), "
        r"and ([\d.]+ %) at worst", experiments).groups()
    assert again == pairs
    first_page = " ".join(README.split())
    for words in (f"{pairs} pairs of networks and emulated clusters, rates are off by {median} "
                  f"at the median and {worst} at worst",
                  f"by {slow_median} and {slow_worst} on an evening when the machine's cores were "
                  "half as fast"):
        assert words in first_page


def test_tidy_says_that_it_needs_git(scratch):
    """Without git, and with git in what is no repository."""
    (scratch / "utils").mkdir()
    tidy = shutil.copy(split.ROOT / "utils/tidy", scratch / "utils")
    for path, ceiling, words in (
            ("", "", "git, which knows the changed files, is not installed: install the package git\n"),
            (os.environ["PATH"], str(scratch.parent),
             f"git does not know {scratch}, and so no changed files")):
        if path and not shutil.which("git"):
            continue
        done = subprocess.run(
            [sys.executable, tidy], capture_output=True, text=True, timeout=60,
            env={**os.environ, "PATH": path, "GIT_CEILING_DIRECTORIES": ceiling})
        assert done.returncode == 1 and done.stderr.startswith(f"tidy: {words}"), done.stderr


def test_git_ignores_what_pip_leaves():
    """It builds a package in its folder."""
    if not shutil.which("git") or not (split.ROOT / ".git").exists():
        pytest.skip("not a checkout of git")
    for package in ("python", "python/onnx_split_run"):
        for left in ("build/lib/x.py", "onnx_split.egg-info/PKG-INFO"):
            done = subprocess.run(["git", "check-ignore", f"{package}/{left}"], cwd=split.ROOT,
                                  capture_output=True, text=True)
            assert done.returncode == 0, f".gitignore lacks {package}/{left}: {done.stderr}"


def test_versions_agree():
    """Of the programs, of the newest entry of the changelog, and of what is cited."""
    version = split.onnx_split("--version").stdout.split()[1]
    changelog = (split.ROOT / "CHANGELOG.md").read_text()
    assert re.search(r"^## \[(.*?)\]", changelog, re.MULTILINE)[1] == version
    citation = (split.ROOT / "CITATION.cff").read_text()
    assert re.search(r"^version: (.*)", citation, re.MULTILINE)[1] == version


def test_the_command_line_lists_the_options():
    shown = split.onnx_split("--help").stdout.partition("\nMore:\n")[0]
    options = set(re.findall(r"^  (-[-\w]+)", shown, re.MULTILINE))
    assert "--boundary" in options
    rows = re.findall(r"^\| (`-.*?) \|", COMMAND_LINE.replace(r"\|", "/"), re.MULTILINE)
    listed = {name for row in rows for name in re.findall(r"`(-[-\w]+)", row)}
    assert listed | {"--devices"} == options


def test_strategies_are_those_of_the_table():
    """The page, the schema and both programs list the rows of the one table.
    What does not follow by itself is said where it is to be added."""
    names = re.findall(r'^STRATEGY\(\w+, "([-\w]+)"',
                       (split.ROOT / "include/onnx-split/Placement/Strategies.def").read_text(),
                       re.MULTILINE)
    assert "auto" in names
    shown = f"--strategy=<{'|'.join(names)}>"
    for program in ("onnx-split", "onnx-split-bench"):
        done = subprocess.run([split.BIN / program, "--help"], capture_output=True, text=True)
        assert shown in done.stdout
        for name in names:
            assert re.search(rf"^ *{name}: \w", done.stdout, re.MULTILINE), (program, name)
    row = f"`--strategy={'|'.join(names)}`".replace("|", r"\|")
    assert row in COMMAND_LINE, f"docs/CommandLine.md: begin the row of --strategy with {row}"
    schema = json.loads((split.ROOT / "docs/plan.schema.json").read_text())["properties"]
    wanted = [*names, "plan"]
    assert schema["strategy"]["enum"] == wanted, (
        f"docs/plan.schema.json: the enum of 'strategy' is to be {wanted}")
    # What these find was found by the methods that they run.
    methods = set(names) - {"auto", "exact", "local-search"}
    missing = sorted(methods - set(schema["method"]["enum"]))
    assert not missing, f"docs/plan.schema.json: add {missing} to the enum of 'method'"
    classes = {key: schema[key]["enum"] for key in ("lower_bound_class", "pareto_class")}
    assert classes["pareto_class"] == classes["lower_bound_class"], (
        f"docs/plan.schema.json: both are classes of plans that are searched: {classes}")


def test_rooms_of_the_planner_are_sorted():
    """The table of the document goes from the highest floor to the lowest."""
    check_rooms = runpy.run_path(str(split.ROOT / "utils/check-rooms"))
    rooms = re.search(r"^## Rooms\n(.*?)^## ", PLANNER, re.DOTALL | re.MULTILINE)[1]
    listed = [re.match(r"`(\w+)`|itself", first)[0].strip("`")
              for first in re.findall(r"^\| (`\w+`.*?|itself) \|", rooms, re.MULTILINE)]
    names = [room or "itself" for floor in reversed(check_rooms["FLOORS"]["Placement"])
             for room in floor if room != "Solve"]
    assert sorted(listed) == sorted(names)
    floor = {room or "itself": number
             for number, floor in enumerate(check_rooms["FLOORS"]["Placement"])
             for room in floor}
    assert listed == sorted(listed, key=floor.get, reverse=True)


def test_parts_are_run_by_hand(scratch, monkeypatch):
    """The cluster file of the README, and the few lines of Python in Parts.md."""
    model = models.used_by_several_stages()
    onnx.save(model, scratch / "model.onnx")
    (scratch / "cluster.yaml").write_text(blocks(README, "yaml")[0])
    done = split.onnx_split("model.onnx", "--devices", "cluster.yaml", cwd=scratch)
    assert done.returncode == 0, done.stderr
    image = numpy.arange(6, dtype="float32").reshape(2, 3) / 6
    values = {"image": image}
    monkeypatch.chdir(scratch)
    exec(blocks(PARTS, "python")[0], values)
    expected = split.run_whole(scratch / "model.onnx", {"x": image}, True)
    assert numpy.allclose(values["tensors"]["y"], expected["y"])
    done = subprocess.run(
        [sys.executable, split.ROOT / "utils/run-parts", "model.split", "model.onnx", "--exact"],
        cwd=scratch, capture_output=True, text=True)
    assert "1 part gives the whole model's 1 output (to the bit)" in done.stdout, done.stderr


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


def test_cluster_shows_a_profile(scratch):
    """The profile of the document fits its schema, and is read. The schema and
    the reader agree on what is refused."""
    schema = json.loads((split.ROOT / "docs/profile.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    text, shown = blocks(CLUSTER, "json")
    (scratch / "c.yaml").write_text(
        "version: 1\ndevices: [{name: cam0}, {name: box}]\nprofile: p.json\n")

    def read(profile):
        (scratch / "p.json").write_text(json.dumps(profile))
        done = subprocess.run(
            [split.BIN / "onnx-split-translate", "--cluster-to-json", "c.yaml"],
            cwd=scratch, capture_output=True, text=True, timeout=60)
        assert (done.returncode == 0) == validator.is_valid(profile), (
            profile, done.stderr)
        return done.stdout

    cluster = json.loads(read(json.loads(text)))
    assert cluster["links"] == [{"from": "cam0", "to": "box", "medium": None,
                                 "bits_per_second": 94100000, "latency_ns": 0,
                                 "message_time_ns": 210000}]
    shown = json.loads(shown)
    assert shown.keys() == cluster.keys()
    for key in ("devices", "links"):
        assert shown[key][0].keys() == cluster[key][0].keys()

    hour = 3600 * 10**9
    for path, values in {
            ("version",): [2, "1"],
            ("model", "digest"): ["0", "A" * 64, 5],
            ("devices", 0, "item_ns"): [-1, hour + 1, 1.5, "1", hour],
            ("devices", 0, "resident_bytes"): [-1, 10**18 + 1, 10**18],
            ("devices", 0, "runtime_memory_bytes"): [-1, 10**18 + 1, 10**18],
            ("devices", 0, "message_ns"): [-1, hour + 1, hour],
            ("devices", 0, "byte_ps"): [-1, 10**12 + 1, 10**12],
            ("devices", 0, "nodes", 0, "index"): [-1, 2**31, 2**31 - 1, None],
            ("devices", 0, "nodes", 0, "name"): [1, ""],
            ("devices", 0, "nodes", 0, "ns"): [-1, hour + 1, 0.5, hour],
            ("links", 0, "bits_per_second"): [-1, 10**18 + 1, 10**18],
            ("links", 0, "message_time_ns"): [-1, hour + 1, hour]}.items():
        for value in values:
            profile = json.loads(text)
            place = profile
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = value
            read(profile)
    for path in ((), ("model",), ("devices", 0), ("devices", 0, "nodes", 0),
                 ("links", 0)):
        place = json.loads(text)
        for step in path:
            place = place[step]
        for key in place:
            profile = json.loads(text)
            place = profile
            for step in path:
                place = place[step]
            del place[key]
            if key != "links":  # Without a link these two are no cluster.
                read(profile)
