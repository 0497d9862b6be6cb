"""Plots of utils/experiment as SVG, written by hand so that they need no
library and differ from run to run only where figures do."""

import math
from xml.sax.saxutils import escape

# Told apart by people of any colour vision (Okabe and Ito).
COLOURS = {"ours": "#0072B2", "k-path": "#E69F00", "greedy": "#009E73",
           "random": "#CC79A7", "equal": "#D55E00", "whole": "#555555"}
OTHER = "#000000"


def document(width, height, body):
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>', *body, "</svg>"]) + "\n"


def text(x, y, words, anchor="start", more=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>'
            f"{escape(words)}</text>")


def line(x1, y1, x2, y2, colour="#ccc", more=""):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="{colour}"{more}/>')


def marker(strategy, x, y):
    """A shape for each strategy besides its colour."""
    colour = COLOURS.get(strategy, OTHER)
    style = f'fill="{colour}" fill-opacity="0.75" stroke="{colour}"'
    corners = {
        "k-path": [(0, -5), (5, 4), (-5, 4)],
        "greedy": [(0, 5), (5, -4), (-5, -4)],
        "random": [(0, -5), (5, 0), (0, 5), (-5, 0)],
        "equal": [(-4, -4), (4, -4), (4, 4), (-4, 4)],
        "whole": [(-5, -2), (5, -2), (5, 2), (-5, 2)],
    }.get(strategy)
    if corners is None:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" {style}/>'
    around = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners)
    return f'<polygon points="{around}" {style}/>'


def legend(strategies, names, x, y):
    body = []
    for index, strategy in enumerate(strategies):
        body += [marker(strategy, x, y + 18 * index - 4),
                 text(x + 12, y + 18 * index, names[strategy])]
    return body


def log_ticks(low, high):
    """1, 2 and 5 times powers of ten."""
    steps = [step * 10.0**power for power in range(-3, 7) for step in (1, 2, 5)]
    return [step for step in steps if low <= step <= high]


def scatter(points, names):
    """Predicted against measured items per second, both logarithmic; a plan
    whose prediction holds is on the diagonal. Grey: within 10 %."""
    size, left, top = 440, 70, 30
    rates = [rate for _, *both in points for rate in both if rate > 0] or [1, 10]
    low, high = min(rates) / 1.3, max(rates) * 1.3

    def place(rate):
        return size * math.log(rate / low) / math.log(high / low)

    def at(predicted, measured):
        return left + place(predicted), top + size - place(measured)

    tenth = 1.1
    corners = [(low, low), (low * tenth, low), (high, high / tenth), (high, high),
               (high / tenth, high), (low, low * tenth)]
    around = " ".join("{:.1f},{:.1f}".format(*at(*corner)) for corner in corners)
    body = [f'<polygon points="{around}" fill="#eee"/>']
    for tick in log_ticks(low, high):
        x, y = at(tick, tick)
        body += [line(x, top, x, top + size, "#ddd"), line(left, y, left + size, y, "#ddd"),
                 text(x, top + size + 16, f"{tick:g}", "middle"),
                 text(left - 6, y + 4, f"{tick:g}", "end")]
    body += [line(*at(low, low), *at(high, high), "#666"),
             f'<rect x="{left}" y="{top}" width="{size}" height="{size}" fill="none" '
             'stroke="#666"/>']
    body += [marker(strategy, *at(predicted, measured))
             for strategy, predicted, measured in points if predicted > 0]
    middle = top + size / 2
    body += [text(left + size / 2, top + size + 36, "predicted items/s", "middle"),
             text(18, middle, "measured items/s", "middle",
                  f' transform="rotate(-90 18 {middle:.1f})"')]
    shown = [name for name in names if any(name == point[0] for point in points)]
    body += legend(shown, names, left + size + 24, top + 14)
    return document(left + size + 130, top + size + 50, body)


def bars(groups, names):
    """Measured rates relative to ours, a group of bars for each pair, with a
    tick where the prediction is."""
    thick, gap, left, top, wide = 6, 10, 180, 30, 420
    shown = [name for name in names if any(name in bars for _, bars in groups)]
    largest = max((value for _, bars in groups for both in bars.values() for value in both),
                  default=1.0)
    largest = max(1.2, min(largest, 3.0) * 1.05)

    def place(value):
        return left + wide * min(value, largest) / largest

    body, y = [], top
    for name, values in groups:
        body.append(text(left - 8, y + thick * len(values) / 2 + 4, name, "end"))
        for strategy in shown:
            if strategy not in values:
                continue
            measured, predicted = values[strategy]
            body += [f'<rect x="{left}" y="{y:.1f}" width="{place(measured) - left:.1f}" '
                     f'height="{thick - 1}" fill="{COLOURS.get(strategy, OTHER)}"/>',
                     line(place(predicted), y - 0.5, place(predicted), y + thick - 0.5,
                          "black", ' stroke-width="1.5"')]
            y += thick
        y += gap
    axis = []
    for step in range(int(largest * 4) + 1):
        x = place(step / 4)
        axis += [line(x, top - 6, x, y, "#999" if step == 4 else "#ddd"),
                 text(x, y + 14, f"{step / 4:g}", "middle")]
    caption = text(left + wide / 2, y + 34,
                   "measured rate / measured rate of ours; black: predicted", "middle")
    return document(left + wide + 130, y + 46,
                    [*axis, *body, caption, *legend(shown, names, left + wide + 24, top + 14)])
