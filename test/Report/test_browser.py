"""The page of --report in Chromium (utils/check-report): figures, time to open,
console, requests, accessibility, keyboard, and pictures to look at."""

import json
import os
import pathlib
import re
import subprocess
import sys
import time

import pytest
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test/Python"))

import decoders  # noqa: E402
import models  # noqa: E402
import split  # noqa: E402
import test_report  # noqa: E402

# Blocks of five nodes, of any number.
make_chain = split._load_script(ROOT / "utils/bench/nodes").make_model
AXE = pathlib.Path(os.environ["ONNX_SPLIT_AXE"]).read_text()
SHOTS = ROOT / "build/report-shots"
EXAMPLES = ROOT / "examples"
VIEWS = ["verdict", "pipeline", "where-cut", "timeline", "graph", "advice", "measured"]


def make_ocr(folder):
    return [split.MODELS / "ch_PP-OCRv4_rec_infer.onnx", "--shape=x=1x3x48x320",
            "--devices", EXAMPLES / "four-devices.yaml", "--explain"]


def make_detector(folder):
    return [split.MODELS / "ch_PP-OCRv4_det_infer.onnx", "--shape=x=1x3x640x640",
            "--devices", EXAMPLES / "eight-boards.yaml"]


def make_decoder(folder):
    decoder = decoders.make("plain", folder)
    # Memory for a third of it on each board.
    (folder / "boards.yaml").write_text("""
version: 1
devices:
  - {name: board, count: 3, compute: 10 GFLOP/s, memory: 4 MiB, memory_bandwidth: 3 GB/s}
links:
  default: {bandwidth: 100 Mbit/s, latency: 1 ms}
""")
    return [decoder.path, *decoder.decoding, "--also=sequence_length=16,past_sequence_length=1",
            "--devices", folder / "boards.yaml"]


def make_replicas(folder):
    model = folder / "unet.onnx"
    split.onnx.save(models.unet(), model)
    return [model, "--devices", EXAMPLES / "factory.yaml", "--replicate", "--assume=*=1"]


def make_hostile(folder):
    model = folder / "hostile.onnx"
    split.onnx.save(test_report.chain(test_report.HOSTILE), model)
    (folder / "cluster.yaml").write_text(split.even_cluster(3))
    return [model, "--devices", folder / "cluster.yaml"]


def make_single(folder):
    (folder / "one.yaml").write_text("version: 1\ndevices:\n  - {name: only}\n")
    return [split.MODELS / "silero_vad_16k_op15.onnx", "--dim=*=1", "--devices",
            folder / "one.yaml"]


CASES = {case.__name__[5:]: case for case in (
    make_ocr, make_detector, make_decoder, make_replicas, make_hostile, make_single)}


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        # As root there is no sandbox; nothing but own pages is opened.
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield chromium
        chromium.close()


class Report:
    """A page, the plan in it, and what onnx-split printed of the plan."""

    def __init__(self, name, folder):
        self.name, self.file = name, folder / "report.html"
        arguments = [*CASES[name](folder), "--dry-run", "--time-limit=2s"]
        done = split.onnx_split(*arguments, f"--report={self.file}")
        assert done.returncode == 0, done.stderr
        self.printed = done.stdout
        text = self.file.read_text()
        self.plan, self.data = (
            json.loads(re.search(rf'id="{key}">(.*?)</script>', text, re.S)[1])
            for key in ("plan", "report"))


@pytest.fixture(scope="session", params=CASES)
def report(request, tmp_path_factory):
    return Report(request.param, tmp_path_factory.mktemp(request.param))


class Tab:
    """A page that is open, and what it said and asked for meanwhile."""

    def __init__(self, browser, file, width=1280, scheme="light"):
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.page = self.context.new_page()
        self.said, self.asked = [], []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        started = time.monotonic()
        self.page.goto(file.as_uri())
        self.page.wait_for_selector("#verdict")
        # Two frames: what the first one drew has been seen.
        self.page.evaluate("() => new Promise(done => requestAnimationFrame("
                           "() => requestAnimationFrame(done)))")
        self.seconds = time.monotonic() - started

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()

    def is_quiet(self):
        return self.said == [] and all(
            url.startswith(("file:", "data:", "blob:")) for url in self.asked)

    def table(self, caption):
        """Rows of a table, once what it is folded into is open."""
        self.page.evaluate("() => document.querySelectorAll('details').forEach("
                           "element => element.open = true)")
        table = self.page.locator("table", has=self.page.locator(
            "caption", has_text=re.compile(caption)))
        table.first.wait_for(state="attached")
        return table.first.evaluate(
            "table => [...table.tBodies[0].rows].map(row => "
            "[...row.cells].map(cell => cell.textContent.replaceAll('\u00a0', ' ').trim()))")

    def headings(self, caption):
        return self.page.locator("table", has=self.page.locator(
            "caption", has_text=re.compile(caption))).first.evaluate(
                "table => [...table.tHead.rows[0].cells].map(cell => cell.textContent)")


def printed_table(text, first):
    """A table of the summary as dictionaries, empty where there is none. Cells
    are told apart by two blanks."""
    lines = text.splitlines()
    start = next((i for i, line in enumerate(lines) if line.startswith(first)), None)
    if start is None:
        return []
    titles = re.split(r"  +", lines[start].strip())
    rows = []
    for line in lines[start + 1:]:
        cells = re.split(r"  +", line.strip())
        if len(cells) != len(titles):
            break
        rows.append(dict(zip(titles, cells)))
    return rows


def test_figures_are_those_of_the_plan(browser, report):
    """The page rounds as the program does, so what both print is the same."""
    with Tab(browser, report.file) as tab:
        rows = tab.table("^Stages")
        titles = tab.headings("^Stages")
        printed = printed_table(report.printed, "stage ")
        assert len(rows) == len(printed) == len(report.plan["stages"])
        for row, expected in zip(rows, printed):
            shown = dict(zip(titles, row))
            for key in ("nodes", "MACs", "compute", "load", "weights"):
                assert shown[key] == expected[key], (key, shown, expected)
            assert expected["memory"].startswith(shown["memory"])
        if not report.plan["messages"]:
            return
        rows, titles = tab.table("^Messages"), tab.headings("^Messages")
        assert len(rows) == len(report.plan["messages"])
        printed = printed_table(report.printed, "message from")
        shown = [dict(zip(titles, row)) for row in rows]
        for expected in printed:
            assert any(
                all(message[key] == expected[key] for key in ("bytes", "time", "load"))
                for message in shown), expected


def test_verdict_says_what_the_summary_says(browser, report):
    with Tab(browser, report.file) as tab:
        text = tab.page.locator("#verdict").inner_text().replace("\u00a0", " ")
        first = report.printed.splitlines()[0]
        rate = re.match(r"[\d.]+(?= items/s)", first)
        if rate:
            assert rate[0] in text
        optimal = re.search(r"^optimal +(.*)$", report.printed, re.M)
        bound = re.search(r"saves over ([\d.]+ %)", report.printed)
        if optimal:
            assert "optimal" in text.lower() or "no plan" in text.lower()
        elif bound:
            assert bound[1] in text
        for line in report.plan["assumed"]:
            assert line in text


def test_nothing_is_said_or_asked_for(browser, report):
    with Tab(browser, report.file) as tab:
        for view in VIEWS:
            if tab.page.locator(f"#{view}").count():
                tab.page.locator(f"#{view}").scroll_into_view_if_needed()
        assert tab.is_quiet(), (tab.said, tab.asked)
        # Names that are markup have become nothing else.
        assert tab.page.locator("main script, main iframe, main [onerror]").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(browser, report, scheme):
    with Tab(browser, report.file, scheme=scheme) as tab:
        tab.page.evaluate("() => document.querySelectorAll('details').forEach("
                          "element => element.open = true)")
        tab.page.wait_for_timeout(200)
        # By the browser's own protocol, which the page's policy does not bind.
        tab.page.evaluate(AXE + "; undefined")
        found = tab.page.evaluate("() => axe.run(document)")["violations"]
        assert found == [], json.dumps(
            [(v["id"], [n["html"][:200] for n in v["nodes"][:3]]) for v in found], indent=1)


@pytest.mark.parametrize("width", [360, 1600])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures(browser, report, width, scheme):
    """Left for somebody to look at; no width makes the page scroll sideways."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    with Tab(browser, report.file, width, scheme) as tab:
        tab.page.screenshot(path=SHOTS / f"{report.name}-{width}-{scheme}.png", full_page=True)
        wide = tab.page.evaluate("() => document.documentElement.scrollWidth")
        assert wide <= width


def test_everything_is_reached_by_keyboard(browser, report):
    """Tab goes through the page and comes to each view that has controls; what
    has the focus can be seen."""
    with Tab(browser, report.file) as tab:
        seen = set()
        for _ in range(600):
            tab.page.keyboard.press("Tab")
            place = tab.page.evaluate(
                "() => { const e = document.activeElement; const s = e.closest('section[id]');"
                " return e === document.body ? null : (s ? s.id : 'frame'); }")
            if place is None:
                break
            seen.add(place)
        controls = {view for view in VIEWS if tab.page.locator(
            f"#{view} :is(button, a[href], input, summary, [tabindex='0'])").count()}
        assert controls <= seen, controls - seen


def test_a_stage_is_selected_everywhere(browser, report):
    with Tab(browser, report.file) as tab:
        tab.page.locator("#pipeline button.thing").first.click()
        tab.page.wait_for_function("() => document.querySelector('.details strong')")
        assert "stage 0" in tab.page.locator(".details").inner_text()
        tab.page.keyboard.press("Escape")
        tab.page.wait_for_function("() => !document.querySelector('.details strong')")


@pytest.mark.parametrize("nodes, seconds", [(3500, 2), (20000, 5)])
def test_large_models_open_soon(browser, tmp_path, nodes, seconds):
    """The median of three, on a machine that does nothing else."""
    model, page = tmp_path / "model.onnx", tmp_path / "report.html"
    make_chain(model, nodes)
    done = split.onnx_split(model, "--devices", EXAMPLES / "four-devices.yaml", "--dry-run",
                            f"--report={page}", "--time-limit=2s")
    assert done.returncode == 0, done.stderr
    own = page.stat().st_size - sum(
        len(text.encode()) for text in re.findall(
            r'<script type="application/json"[^>]*>(.*?)</script>', page.read_text(), re.S))
    assert own <= 3 << 20
    times = []
    for _ in range(3):
        with Tab(browser, page) as tab:
            times.append(tab.seconds)
            assert tab.is_quiet(), tab.said
    print(f"{nodes} nodes: {sorted(times)[1]:.2f} s")
    assert sorted(times)[1] <= seconds, times


def test_a_measurement_is_shown(browser, tmp_path):
    """Predicted beside measured, from onnx-split-run --report."""
    import mpi  # skips where there is no MPI
    parts = split.split(models.unet(), tmp_path, "--report", cluster=split.even_cluster(3))
    page = tmp_path / "measured.html"
    mpi.run(3, parts.folder / "plan.json", "--items=40", f"--report={page}",
            f"--json={tmp_path / 'run.json'}")
    result = json.loads((tmp_path / "run.json").read_text())
    with Tab(browser, page) as tab:
        text = tab.page.locator("#measured").inner_text()
        assert f"{result['items_per_s']:.1f}" in text or f"{result['items_per_s']:.0f}" in text
        assert tab.is_quiet(), tab.said
    # The same file, opened in the page of the plan.
    with Tab(browser, parts.folder / "report.html") as tab:
        tab.page.locator("#measured input[type=file]").set_input_files(tmp_path / "run.json")
        tab.page.wait_for_function(
            "() => document.querySelectorAll('#measured tbody tr').length > 0")
        assert tab.is_quiet(), tab.said


if __name__ == "__main__":
    sys.exit(subprocess.call([sys.executable, "-m", "pytest", "-q", __file__]))
