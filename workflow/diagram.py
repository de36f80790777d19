"""Pictures of a flow: the live diagram (SVG) and BPMN 2.0 for any modelling tool.

The layout is viewflow's; words, shapes and colours are ours. Colours are presentation attributes,
so the picture needs no style and keeps its look outside our pages.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from viewflow.workflow import chart

from registry.enums import Role
from workflow.nodes import Step
from workflow.story import states_of

FONT, LINE, MARGIN = 13, 17, 24
COLOURS = {  # outline, ground, words
    "done": ("#1f6f83", "#e6eff1", "#1d2b33"),
    "now": ("#0f4c5c", "#0f4c5c", "#ffffff"),
    "todo": ("#b8c4ca", "#ffffff", "#52636d"),
}
WORDS = {"done": "已办", "now": "正在办理", "todo": "尚未到达"}


@dataclass
class Shape:
    """One node as the template draws it; x, y, width, height in pixels."""

    name: str
    kind: str
    state: str
    title: str
    lines: list[tuple[int, str]]
    note: str
    note_y: int
    x: int
    y: int
    width: int
    height: int

    @property
    def colours(self) -> tuple[str, str, str]:
        return COLOURS[self.state]

    @property
    def middle(self) -> int:
        return self.width // 2

    @property
    def hint(self) -> str:
        return f"{self.title}({WORDS[self.state]})"

    @property
    def diamond(self) -> str:
        w, h = self.width, self.height
        return f"{w / 2},0 {w},{h / 2} {w / 2},{h} 0,{h / 2}"


def svg(flow_class, process=None) -> SafeString:
    """The diagram of ``flow_class``; with ``process``, what is done, what is now and what is not
    yet. One query."""
    grid = chart.calc_layout_data(flow_class)
    states = states_of(process) if process is not None else {}
    shapes = [_shape(cell, states.get(cell.node.name, "todo")) for cell in grid.cells]
    arrows = [
        {
            "points": " ".join(f"{x},{y}" for x, y in edge.segments),
            "label": edge.label,
            "at": edge.label_pos,
        }
        for edge in grid.edges
    ]
    context = {
        "title": f"{flow_class.process_title}流程图",
        "arrow": f"arrow-{flow_class.__name__}",
        "shapes": shapes,
        "arrows": arrows,
        "width": math.ceil(_right(grid) + 2 * MARGIN),
        "height": math.ceil(_bottom(grid) + 2 * MARGIN),
        "margin": MARGIN,
    }
    return render_to_string("workflow/diagram.svg", context)


def bpmn(flow_class) -> str:
    """BPMN 2.0 XML of ``flow_class`` with its layout."""
    return chart.grid_to_bpmn(chart.calc_layout_data(flow_class))


def _shape(cell, state: str) -> Shape:
    node, box = cell.node, cell.shape
    note = Role(node.role).label if isinstance(node, Step) else ""
    lines = fold(node.task_title, box.width - 18) if node.kind not in ("split", "join") else []
    block = len(lines) * LINE + (LINE if note else 0)
    first = (box.height - block) / 2 + LINE * 0.76
    return Shape(
        name=node.name,
        kind=node.kind,
        state=state,
        title=node.task_title,
        lines=[(round(first + n * LINE), line) for n, line in enumerate(lines)],
        note=note,
        note_y=round(first + len(lines) * LINE),
        x=round(box.x),
        y=round(box.y),
        width=box.width,
        height=box.height,
    )


def fold(title: str, width: int) -> list[str]:
    """``title`` in as few lines of ``width`` pixels as it needs, of about the same length."""
    title = str(title)
    total = sum(map(_advance, title))
    count = max(1, math.ceil(total / width))
    lines, used = [""], 0.0
    for letter in title:
        if used >= total / count - 0.01 and len(lines) < count:
            lines.append("")
            used = 0.0
        lines[-1] += letter
        used += _advance(letter)
    return lines


def _advance(letter: str) -> float:
    """Width of a letter in pixels: a Chinese character fills its square."""
    return FONT * (1.0 if unicodedata.east_asian_width(letter) in "WFA" else 0.58)


def _right(grid) -> float:
    return max(
        [cell.shape.x + cell.shape.width for cell in grid.cells]
        + [x for edge in grid.edges for x, _ in edge.segments]
    )


def _bottom(grid) -> float:
    return max(
        [cell.shape.y + cell.shape.height for cell in grid.cells]
        + [y for edge in grid.edges for _, y in edge.segments]
    )
