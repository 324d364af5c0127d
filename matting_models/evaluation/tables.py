"""Tables for the console, Markdown and LaTeX. Each names its protocol."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matting_models.evaluation.summary import Summary, heading

_TWO, _FOUR = "{:.2f}", "{:.4f}"
_FORMATS = {"mse": _FOUR, "mad": _FOUR, "accuracy": _FOUR, "miou": _FOUR, "right_entity": _FOUR}
_LATEX = {"\\": r"\textbackslash{}", "_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$", "{": r"\{", "}": r"\}",
          "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """Methods on one test set by one protocol.

    Attributes:
        title: the test set, and how many samples it has.
        protocol: name, region and scale.
        headings: of all columns; the first is the method's.
        rows: as many cells each.
        notes: below the table.
    """

    title: str
    protocol: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]


def make_table(summaries: Sequence[Summary]) -> Table:
    """One table of summaries of the same test set and protocol.

    Args:
        summaries: at least one, in the order of the rows.

    Raises:
        ValueError: they are of several test sets or protocols, whose numbers must not stand in one column.
    """
    first = summaries[0]
    for other in summaries:
        if (other.test_set, other.protocol) != (first.test_set, first.protocol):
            found, wanted = (f"{s.dataset} ({s.test_set}) by {s.protocol}" for s in (other, first))
            raise ValueError(f"{found} cannot stand in a table of {wanted}")
    columns = list(dict.fromkeys(name for summary in summaries for name in summary.values))
    headings = ["Method", *(heading(column, first.mse_factor) for column in columns)]
    named = [
        each
        for s in summaries
        for each in [(s, s.method, s.values), *((s, f"{s.method}, {k}", v) for k, v in s.kinds.items())]
    ]
    rows = [(name, *(_shown(c, values.get(c, math.nan), s) for c in columns)) for s, name, values in named]
    several = len(summaries) > 1
    notes = [f"{s.method}: {note}" if several else note for s in summaries for note in s.notes]
    protocol = f"{first.protocol} ({first.region}, {first.scale})"
    unit = "image" if "imq_mad" in columns else "matte"
    title = f"{first.dataset}, {first.size} {unit}{'s' * (first.size != 1)}"
    return Table(title, protocol, tuple(headings), tuple(rows), tuple(notes))


def as_text(table: Table) -> str:
    """For a console."""
    lines = [table.headings, *table.rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(table.headings))]
    shown = [
        "  ".join([line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True))])
        for line in lines
    ]
    rule = "-" * len(shown[0])
    head = [f"{table.title}, protocol {table.protocol}", rule, shown[0], rule]
    return "\n".join([*head, *shown[1:], rule, *table.notes]) + "\n"


def as_markdown(table: Table) -> str:
    """For a README."""
    cells = [table.headings, ["---", *["---:"] * (len(table.headings) - 1)], *table.rows]
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in cells]
    notes = [f"\n{note}." for note in table.notes]
    return "\n".join([f"**{table.title}**, protocol {table.protocol}\n", *lines, *notes]) + "\n"


def as_latex(table: Table) -> str:
    """For a paper, with booktabs."""
    rows = [" & ".join(_escaped(cell) for cell in line) + r" \\" for line in table.rows]
    caption = ". ".join([f"{table.title}, protocol {table.protocol}", *table.notes])
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{_escaped(caption)}.}}",
            rf"\begin{{tabular}}{{l{'r' * (len(table.headings) - 1)}}}",
            r"\toprule",
            " & ".join(_escaped(cell) for cell in table.headings) + r" \\",
            r"\midrule",
            *rows,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def _shown(column: str, value: float, summary: Summary) -> str:
    if math.isnan(value):
        return "-"
    if column.startswith("imq_"):  # published in percent
        return _TWO.format(100 * value)
    if column.startswith("mse") and summary.mse_factor != 1:
        return _TWO.format(summary.mse_factor * value)
    base = "accuracy" if column.startswith("iou_") else column.removesuffix("_e")
    return _FORMATS.get(base, _TWO).format(value)


def _escaped(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)
