"""Plots of utils/experiment as SVG, drawn by the charts of the report page
(lib/Report/Page/Draw.jsx), so that they follow the reader's light or dark theme."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def find_program():
    """Node and what the build makes for it, or None: a build without Node has no
    drawing program."""
    build = pathlib.Path(os.environ.get("ONNX_SPLIT_BIN", ROOT / "build/bin")).parent
    program = build / "lib/Report/page/draw.mjs"
    own = ROOT / ".venv/bin/node"
    node = str(own) if own.exists() else shutil.which("node")
    return [node, str(program)] if node and program.exists() else None


def draw(kind, data, width):
    program = find_program()
    if not program:
        raise FileNotFoundError(
            "no program to draw with: run utils/bootstrap, then cmake and ninja again")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "data.json"
        path.write_text(json.dumps(data), encoding="utf-8")
        return subprocess.run([*program, kind, str(path), f"--width={width}"],
                              check=True, stdout=subprocess.PIPE, text=True).stdout


def series_of(names, shown):
    """A strategy keeps its colour and shape whichever others are there."""
    return [{"name": names[name], "index": index, "strategy": name}
            for index, name in enumerate(names) if name in shown]


def scatter(points, names):
    """Predicted against measured items per second, both logarithmic; a plan
    whose prediction holds is on the diagonal. Grey: within 10 %."""
    series = series_of(names, {strategy for strategy, *_ in points})
    for entry in series:
        entry["points"] = [
            {"x": predicted, "y": measured,
             "title": f"{entry['name']}: {predicted:.3g} predicted, {measured:.3g} measured"}
            for strategy, predicted, measured in points
            if strategy == entry["strategy"] and predicted > 0]
    return draw("scatter", {
        "label": f"Measured over predicted rates of {len(points)} plans, with a band for "
                 "10 % around equal ones",
        "x": {"title": "predicted items/s", "scale": "log"},
        "y": {"title": "measured items/s", "scale": "log"},
        "diagonal": 1.1, "series": series}, 640)


def bars(groups, names):
    """Measured rates relative to ours, a group of bars for each pair, with a
    tick where the prediction is."""
    series = series_of(names, {strategy for _, values in groups for strategy in values})
    return draw("bars", {
        "label": f"Measured rates of {len(groups)} pairs of models and clusters, relative to "
                 "ours; the figures are in the tables",
        "series": series, "markTitle": "predicted",
        "groups": [{"name": name, "values": [
            {"series": entry["index"], "value": values[entry["strategy"]][0],
             "mark": values[entry["strategy"]][1]}
            for entry in series if entry["strategy"] in values]} for name, values in groups],
        "axis": {"title": "measured rate / measured rate of ours", "reference": 1,
                 "most": 3}}, 760)
