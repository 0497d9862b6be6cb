"""How plans look in a notebook.

Names come from the model and the cluster file, and may be anything: every text is
escaped, and nothing of it gets into an attribute or a script.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .quantities import first_of, format_bytes, format_count, format_time, harmless

if TYPE_CHECKING:
    from .planned import Plan


def _text(value: object) -> str:
    # What turns the direction of writing is escaped as well.
    return html.escape(harmless(str(value)))


def _row(tag: str, cells: Sequence[object]) -> str:
    return "<tr>" + "".join(f"<{tag}>{_text(cell)}</{tag}>" for cell in cells) + "</tr>"


def _table(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    return ("<table><thead>" + _row("th", titles) + "</thead><tbody>"
            + "".join(_row("td", row) for row in rows) + "</tbody></table>")


def as_list(sentences: Sequence[str]) -> str:
    items = "".join(f"<li>{_text(sentence)}</li>" for sentence in sentences)
    return f"<ul>{items}</ul>"


def as_page(plan: Plan) -> str:
    """Headline, stages, messages, and what the figures rest on."""
    is_si = plan.data.get("si_bytes", False)
    interval = plan.interval
    stages = [
        (stage["index"], ", ".join([one.device, *one.replicas]), len(one.nodes),
         format_count(one.macs), format_time(stage["compute_ns"]),
         # Replicas take turns.
         f"{one.compute / (1 + len(one.replicas)) / interval:.0%}" if interval else "",
         format_bytes(one.weight_bytes, is_si),
         ("at least " if one.memory_is_lower_bound else "") + format_bytes(one.memory, is_si))
        for stage, one in zip(plan.data["stages"], plan.stages)]
    messages = [
        (message["from"], message["to"], format_bytes(message["bytes"], is_si),
         format_time(message["time_ns"]), format_time(message["latency_ns"]),
         first_of(message["tensors"]))
        for message in plan.data["messages"]]
    page = f"<p><b>{_text(plan.describe())}</b></p>"
    page += _table(["stage", "device", "nodes", "MACs", "compute", "load", "weights", "memory"],
                   stages)
    if messages:
        page += _table(["from", "to", "bytes", "time", "latency", "tensors"], messages)
    notes = [*plan.assumptions, *(" ".join(str(one).split()) for one in plan.warnings)]
    return f"<div>{page}{as_list(notes) if notes else ''}</div>"
