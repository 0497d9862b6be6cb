"""The report of utils/experiment: statistics, Markdown tables and the text that
goes into docs/Experiments.md. plots.py draws."""

import math
import statistics
import sys

from . import plans, plots

BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"

# Two rates that differ by less count as equal: about what repeats differ by.
SAME = 0.03

# Parts below this share of an item's time are measured by their distance alone:
# relative to next to nothing, any error is large.
SMALL = 0.01

NAMES = {"ours": "ours", "k-path": "k-path", "greedy": "greedy", "random": "random",
         "equal": "equal split", "whole": "one device"}


# --- Statistics --------------------------------------------------------------


def error(predicted, measured):
    """Relative to what was measured: 0.1 says that 10 % more was predicted."""
    return (predicted - measured) / measured


def geometric_mean(values):
    return math.exp(statistics.fmean(map(math.log, values)))


def median_rate(plan):
    return statistics.median(run["items_per_s"] for run in plan["runs"])


def spread(plan):
    """How far the repeats of a plan are apart, relative to their median."""
    rates = [run["items_per_s"] for run in plan["runs"]]
    return (max(rates) - min(rates)) / statistics.median(rates)


def stage_time(stage, share):
    """What an item keeps a device busy for, by the figures of a run. A device with
    a share of a core works and pauses in turn. A stage that mostly waits has its
    share saved up when an item comes, and meets no pause, so that it seems as fast
    as on the whole core: then its processor time says what it needs of the share."""
    wall, used = stage["compute_ns"]["measured"], stage.get("cpu_ns")
    return wall if wall is None or not used or not share else max(wall, used / share)


def as_messages(plan):
    """Predicted and measured messages by stages: ({(from, to): ns}, [{(from, to):
    ns} of each run]). Older results have wires of their own, which set out together:
    their predictions add up, and the last one to arrive counts."""
    def pair(entry):
        return entry["from"], entry["to"]

    before = {}
    given = plan["predicted"]
    for entry in given.get("messages", given.get("wires", [])):
        before[pair(entry)] = before.get(pair(entry), 0) + entry["time_ns"]
    after = []
    for run in plan["runs"]:
        found = {}
        for entry in run.get("messages", run.get("wires", [])):
            time = entry["time_ns"]["measured"]
            if time is not None:
                found[pair(entry)] = max(time, found.get(pair(entry), 0))
        after.append(found)
    return before, after


def parts(plan, shares=None, computing=False):
    """Stages and messages with the medians of their times: (kind, place,
    predicted ns, measured ns). Of what was not measured there is nothing.
    `shares`: of a core, by device. `computing`: predictions of stages without what
    messages take of the device, which the thread that computes does not see. A message's time holds the wait behind the item
    before it; what it keeps the link busy for is no more than the time between two
    items."""
    between = 1e9 / median_rate(plan)
    found = []
    predicted = plan["predicted"]
    for index, stage in enumerate(predicted["stages"]):
        share = (shares or {}).get(stage["device"])
        times = [stage_time(run["stages"][index], share) for run in plan["runs"]]
        before = stage["compute_ns"] - (stage.get("overhead_ns", 0) if computing else 0)
        found.append(("stage", stage["device"], before, times))
    devices = [stage["device"] for stage in predicted["stages"]]
    before, after = as_messages(plan)
    for (sender, receiver), time in before.items():
        times = [min(between, run[sender, receiver]) for run in after
                 if (sender, receiver) in run]
        found.append(("message", f"{devices[sender]} to {devices[receiver]}", time, times))
    return [(kind, place, before, statistics.median(times))
            for kind, place, before, times in found if times and None not in times]


def busy_parts(plan, shares=None):
    """As `parts`, with the messages of one link added up; they may share its time."""
    between, sums = 1e9 / median_rate(plan), {}
    for kind, place, *times in parts(plan, shares):
        kind = "link" if kind == "message" else kind
        before = sums.get((kind, place), (0, 0))
        sums[kind, place] = [a + b for a, b in zip(before, times)]
    return [(kind, place, before, min(between, after) if kind == "link" else after)
            for (kind, place), (before, after) in sums.items()]


def shares_of(pair):
    """The part of a core that each device of a pair has; of older results by the
    name of the cluster."""
    return pair.get("shares") or plans.CLUSTERS.get(
        pair.get("cluster"), {}).get("devices", {})


def part_errors(results):
    """By kind: relative errors of the parts that take at least SMALL of an item's
    time, predicted or measured, and how many ns the others are off."""
    found = {"stage": ([], []), "message": ([], [])}
    for pair in results["pairs"].values():
        for plan in pair["plans"].values():
            if not plan["runs"]:
                continue
            least = SMALL * 1e9 / median_rate(plan)
            for kind, _, before, after in parts(plan, shares_of(pair), computing=True):
                large, small = found[kind]
                if max(before, after) < least or not after:
                    small.append(abs(before - after))
                else:
                    large.append(abs(error(before, after)))
    return found


class Outcome:
    """One strategy on one pair. `measured` is None where nothing ran."""

    def __init__(self, pair, strategy):
        entry = pair["strategies"][strategy]
        self.strategy = strategy
        self.infeasible = entry.get("infeasible")
        self.plan = pair["plans"][entry["plan"]] if "plan" in entry else None
        self.predicted = self.plan["predicted"]["rate_per_s"] if self.plan else None
        self.measured = median_rate(self.plan) if self.plan and self.plan["runs"] else None

    @property
    def error(self):
        return None if self.measured is None else error(self.predicted, self.measured)


def outcomes(pair):
    return {name: Outcome(pair, name) for name in NAMES if name in pair["strategies"]}


def best_other(of_pair):
    """The fastest measured strategy but ours, whichever was predicted best. A
    plan of several strategies counts as the last one's: that is the whole model
    on one device where it is among them."""
    others = [o for o in reversed(of_pair.values())
              if o.strategy != "ours" and o.measured]
    return max(others, key=lambda o: o.measured, default=None)


def measured_plans(results):
    """Each plan that ran, once."""
    return [(name, plan) for name, pair in results["pairs"].items()
            for plan in pair["plans"].values() if plan["runs"]]


def summary(results):
    """The figures that the text at the top of the report is made of."""
    pairs = {name: outcomes(pair) for name, pair in results["pairs"].items()}
    ours = {name: o["ours"] for name, o in pairs.items()
            if "ours" in o and o["ours"].measured}
    ran = measured_plans(results)
    errors = {name: abs(o.error) for name, o in ours.items()}
    found = {
        "pairs": len(pairs), "ours": len(ours), "plans": len(ran),
        "runs": sum(len(plan["runs"]) for _, plan in ran),
        "too_slow": sum(run.get("too_slow", False) for _, plan in ran
                        for run in plan["runs"]),
        "failed": sum(len(plan.get("failed", [])) for pair in results["pairs"].values()
                      for plan in pair["plans"].values()),
    }
    if errors:
        worst = max(errors, key=errors.get)
        found |= {"median": statistics.median(errors.values()), "worst": errors[worst],
                  "worst_pair": worst}
    if ran:
        every = [abs(error(p["predicted"]["rate_per_s"], median_rate(p))) for _, p in ran]
        found |= {"every_median": statistics.median(every), "every_worst": max(every)}
        apart = [spread(plan) for _, plan in ran if len(plan["runs"]) > 1]
        if apart:
            found["spread"] = statistics.median(apart)
    for kind, (large, small) in part_errors(results).items():
        if large:
            found[kind] = (statistics.median(large), max(large))
        if small:
            found[f"small {kind}"] = (len(small), max(small))

    against = {name: (o, best_other(pairs[name])) for name, o in ours.items()}
    against = {name: o.measured / b.measured for name, (o, b) in against.items() if b}
    found["compared"] = len(against)
    found["fastest"] = sum(ratio >= 1 - SAME for ratio in against.values())
    found["slower"] = {n: r for n, r in against.items() if r < 1 - SAME}
    if against:
        found["against_mean"] = geometric_mean(against.values())

    single = {name: (o, pairs[name]["whole"]) for name, o in ours.items()
              if "whole" in pairs[name] and pairs[name]["whole"].measured}
    found["single"] = len(single)
    promised = {name: o.measured / w.measured for name, (o, w) in single.items()
                if o.predicted > w.predicted * (1 + SAME)}
    found["promised"] = len(promised)
    found["kept"] = sum(ratio > 1 for ratio in promised.values())
    found["kept_clearly"] = sum(ratio > 1 + SAME for ratio in promised.values())
    if promised:
        found["speedup"] = geometric_mean(promised.values())
    return found


# --- Text --------------------------------------------------------------------


def percent(value, signed=False, whole=False):
    form = "+.0f" if signed else ".0f" if whole else ".1f"
    return f"{100 * value:{form}} %"


def rate(value):
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def milliseconds(nanoseconds):
    return f"{nanoseconds / 1e6:.3g} ms"


def summary_lines(results):
    found = summary(results)
    machine = results["machine"]
    lines = [f"{found['pairs']} pairs, {found['plans']} different plans, {found['runs']} runs "
             f"on {machine['cores']} cores of {machine['cpu']}."]
    if found["failed"]:
        lines[0] += f" Runs that failed and are left out: {found['failed']}."
    limits = {limit for pair in results["pairs"].values() for limit in pair.get("limits", [])}
    lines += [f"{limit[:1].upper()}{limit[1:]}." for limit in sorted(limits)]
    if found["too_slow"]:
        lines.append(f"In {found['too_slow']} runs a core was too slow for a while to keep its "
                     "devices at their speed.")
    lines.append("")
    if "median" in found:
        lines.append(
            f"* **Prediction error of ours**: {percent(found['median'])} at the median, "
            f"{percent(found['worst'])} at worst ({found['worst_pair']}). All plans: "
            f"{percent(found['every_median'])} and {percent(found['every_worst'])}."
            + (f" Repeats of one plan are {percent(found['spread'])} apart at the median."
               if "spread" in found else ""))
    if "stage" in found:
        lines.append(
            "* **Error of the parts**: computing of a stage "
            f"{percent(found['stage'][0])} at the median and {percent(found['stage'][1])} at "
            "worst" + (f"; a message {percent(found['message'][0])} and {percent(found['message'][1])}"
                       if "message" in found else "") + "." + "".join(
                f" Without those of less than {percent(SMALL, whole=True)} of an item's time, "
                f"{found[f'small {kind}'][0]} of kind {kind}: they are off by "
                f"{milliseconds(found[f'small {kind}'][1])} at most."
                for kind in ("stage", "message") if f"small {kind}" in found))
    if found["compared"]:
        lines.append(
            f"* **Ours is measured fastest**, within {percent(SAME, whole=True)}, in "
            f"{found['fastest']} of {found['compared']} pairs, and "
            f"{found['against_mean']:.2f} times as fast as the best other plan at the "
            "geometric mean." + (
                " Slower: " + ", ".join(f"{name} ({ratio:.2f} times)" for name, ratio in
                                        sorted(found["slower"].items())) + "."
                if found["slower"] else ""))
    if found["promised"]:
        lines.append(
            f"* **Pipelining against one device**: predicted to be faster in {found['promised']} "
            f"of the {found['single']} pairs where one device can hold the model. It was in "
            f"{found['kept']} of them, by more than {percent(SAME, whole=True)} in "
            f"{found['kept_clearly']}; {found['speedup']:.2f} times as fast at the geometric mean.")
    return lines


def cell(outcome):
    if outcome is None:
        return ""
    if outcome.infeasible:
        return "no plan"
    if outcome.measured is None:
        return f"{rate(outcome.predicted)} / not run"
    return (f"{rate(outcome.predicted)} / {rate(outcome.measured)} "
            f"({percent(outcome.error, signed=True)})")


def table(header, rows, left=1):
    """Markdown; the first `left` columns hold text."""
    lines = ["| " + " | ".join(header) + " |",
             "|" + "---|" * left + "--:|" * (len(header) - left)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def rates_table(results):
    strategies = [name for name in NAMES if any(
        name in pair["strategies"] for pair in results["pairs"].values())]
    rows = []
    for name, pair in results["pairs"].items():
        of_pair = outcomes(pair)
        fastest = max((o.measured for o in of_pair.values() if o.measured), default=None)
        cells = []
        for strategy in strategies:
            outcome = of_pair.get(strategy)
            text = cell(outcome)
            if outcome and outcome.measured and outcome.measured >= (1 - SAME) * fastest:
                text = f"**{text}**"
            cells.append(text)
        rows.append([name, *cells])
    return table(["pair", *(NAMES[name] for name in strategies)], rows)


def slowest(plan, shares, measured):
    """The stage or link that takes longest, predicted or measured."""
    found = busy_parts(plan, shares)
    if not found:
        return ""
    kind, place, *times = max(found, key=lambda part: part[3 if measured else 2])
    return f"{kind} {place}, {milliseconds(times[measured])}"


def ours_table(results):
    rows = []
    for name, pair in results["pairs"].items():
        of_pair = outcomes(pair)
        ours = of_pair.get("ours")
        if not ours or not ours.measured:
            continue
        other, whole = best_other(of_pair), of_pair.get("whole")
        rows.append([
            name, ", ".join(s["device"] for s in ours.plan["predicted"]["stages"]),
            slowest(ours.plan, shares_of(pair), False),
            slowest(ours.plan, shares_of(pair), True),
            milliseconds(1e9 / ours.predicted), milliseconds(1e9 / ours.measured),
            f"{ours.measured / other.measured:.2f} ({NAMES[other.strategy]})" if other else "",
            f"{ours.measured / whole.measured:.2f}" if whole and whole.measured else "",
        ])
    return table(["pair", "stages on", "slowest part, predicted", "slowest part, measured",
                  "one item, predicted", "measured", "times the best other",
                  "times one device"], rows, left=4)


def markdown(results, plot_prefix):
    """What goes between the markers."""
    return "\n".join([
        *summary_lines(results), "",
        f"![Predicted against measured]({plot_prefix}-scatter.svg)", "",
        "Items per second, predicted / measured (error). Bold: the fastest measured, or "
        f"within {percent(SAME, whole=True)} of it.", "", *rates_table(results), "",
        "Our plans. What takes longest is an item's time in the busiest stage or on the busiest "
        "link; one item's time is that between two results.", "", *ours_table(results), "",
        f"![Measured rates relative to ours]({plot_prefix}-bars.svg)",
    ]) + "\n"


def replaced(document, text):
    """The document with another text between its markers."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no lines '{BEGIN}' and '{END}'")
    return f"{before}{BEGIN}\n{text}{END}{after}"


def points(results):
    """(strategy, predicted, measured) of each plan that ran. A plan of several
    strategies is ours, or else the last one's, as in `best_other`."""
    found = []
    for pair in results["pairs"].values():
        strategies = {entry["plan"]: name for name, entry in pair["strategies"].items()
                      if "plan" in entry}
        for key, plan in pair["plans"].items():
            if plan["runs"]:
                found.append(("ours" if key == "ours" else strategies[key],
                              plan["predicted"]["rate_per_s"], median_rate(plan)))
    return found


def groups(results):
    """(pair, {strategy: (measured, predicted), both relative to ours measured})."""
    found = []
    for name, pair in results["pairs"].items():
        of_pair = outcomes(pair)
        ours = of_pair.get("ours")
        if ours and ours.measured:
            found.append((name, {
                s: (o.measured / ours.measured, o.predicted / ours.measured)
                for s, o in of_pair.items() if o.measured}))
    return found


def write(results, document):
    """Rewrites the part of the document between the markers, and the plots
    beside it."""
    stem = document.stem.lower()
    before = (document.read_text(encoding="utf-8") if document.exists()
              else f"# Predicted against measured\n\n{BEGIN}\n{END}\n")
    text = replaced(before, markdown(results, stem))
    document.write_text(text, encoding="utf-8")
    if not plots.find_program():
        print("utils/experiment: the plots are left as they are, for Node or what the "
              "build makes for it is not there (utils/bootstrap)", file=sys.stderr)
        return
    for kind, drawing in (("scatter", plots.scatter(points(results), NAMES)),
                          ("bars", plots.bars(groups(results), NAMES))):
        (document.parent / f"{stem}-{kind}.svg").write_text(drawing, encoding="utf-8")
