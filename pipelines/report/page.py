"""From cards, rows and the summary to the page's HTML. The layout is in page.html.j2, page.css and page.js."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from numpy.typing import NDArray

from pipelines.config import ReportConfig
from pipelines.records import Instance
from pipelines.report.histogram import HEIGHT, Histogram, draw
from pipelines.report.survey import MEASURES, Survey


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture on the page: a file below the page's folder, or why there is none; ``note`` goes with its name."""

    kind: str
    src: str = ""
    missing: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One instance on the page; width and height are those of its pictures, ``verdict`` is what people said of it."""

    row: Instance
    width: int
    height: int
    shots: tuple[Shot, ...]
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class ReferenceCard:
    """One reference of a propagation run on the page; width and height are those of its pictures."""

    name: str
    caption: str
    width: int
    height: int
    shots: tuple[Shot, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """A number of an instance, and how the page talks about it.

    Attributes:
        name: field of ``Instance``.
        label: for the card.
        form: percent, pixels or ratio.
        tip: what it says, in plain words.
        gate: where in the configuration the threshold is, if there is one.
        limit: "at least" or "at most" that threshold.
    """

    name: str
    label: str
    form: str
    tip: str
    gate: tuple[str, str] | None = None
    limit: str = ""


SCORES = (
    Score(
        "mask_iou",
        "mask IoU",
        "ratio",
        "How well the matte agrees with the mask it was made from: soft intersection over union, 1 is perfect.",
        ("quality", "min_mask_iou"),
        "at least",
    ),
    Score(
        "unknown_fraction",
        "unknown",
        "percent",
        "How much the trimap leaves open: grey pixels, as a share of all pixels that are not known background.",
        ("quality", "max_unknown_fraction"),
        "at most",
    ),
    Score("soft_fraction", "soft", "percent", "Share of the matte that is partly transparent: hair, fur, blur."),
    Score("kernel_size", "kernel", "pixels", "Side of the square that eroded mask and background: the trimap's band."),
    Score(
        "mask_area",
        "mask area",
        "pixels",
        "Pixels the mask covers, accessories included.",
        ("quality", "min_area"),
        "at least",
    ),
    Score(
        "sam_iou",
        "SAM IoU",
        "ratio",
        "How well SAM, prompted with the box, agrees with the mask: intersection over union.",
        ("quality", "min_sam_iou"),
        "at least",
    ),
)
OBJECT_SCORE = Score(
    "object_score",
    "object score",
    "ratio",
    "How surely the object of the reference was found in this image: 1 is certain.",
    ("search", "min_score"),
    "at least",
)
"""Only propagated objects have it; a run without any says nothing about it."""
SETTING_GROUPS = ("fusion", "search", "planning", "composition", "trimap", "matting", "quality", "output")
"""Groups of the configuration that say how mattes are made; folders and worker counts are nobody's business here."""
MODELS = ("features", "features_weights", "segmenter", "segmenter_weights")
"""Settings outside any group that say how objects are found."""

_PICTURES = {
    "photo": "The photo around the instance.",
    "mask": "The mask, accessories included, over the photo.",
    "points": (
        "The reference's points where they were found, numbered as on the reference, over a map of how similar each "
        "place is to the object. Green discs are on the object, red squares beside it; hollow ones were not used."
    ),
    "trimap": "White is known foreground, black known background, grey is for the matting method to decide.",
    "matte": "Alpha: white is opaque, black transparent.",
    "cutout": "The matte with estimated foreground colours, over the background chosen above.",
}


def render_page(
    accepted_cards: Sequence[Card],
    rejected_cards: Sequence[Card],
    accepted: Survey,
    rejected: Survey,
    settings: ReportConfig,
    summary: Mapping[str, Any],
    references: Sequence[ReferenceCard] = (),
) -> str:
    """The whole page as a string.

    Args:
        accepted_cards, rejected_cards: the instances shown.
        accepted, rejected: what is known of all instances; histograms and totals cover them all.
        settings: the report's settings.
        summary: see ``pipelines.report.write_report``.
        references: of a propagation run.
    """
    scores = _scores(accepted, rejected)
    with_points = accepted.with_points or rejected.with_points
    environment = Environment(
        loader=PackageLoader("pipelines.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(shown=shown, sortable=sortable)
    return environment.get_template("page.html.j2").render(
        **_title(accepted, rejected, summary),
        totals=_totals(accepted, rejected, summary),
        reasons=_reasons(rejected, rejected_cards, summary),
        histograms=_histograms(scores, accepted, rejected, summary),
        truth=_truth(summary),
        described=_described(summary),
        settings_table=_settings_table(summary),
        accepted_cards=accepted_cards,
        rejected_cards=rejected_cards,
        accepted_count=len(accepted),
        rejected_count=len(rejected),
        scores=scores,
        picture_tips={kind: tip for kind, tip in _PICTURES.items() if with_points or kind != "points"},
        references=references,
        propagated=bool(references) or with_points,
        enlargeable=":is(.card, .reference)" if references else ".card",
        thumbnail=settings.thumbnail,
        bar_height=HEIGHT,
    )


def shown(value: float, form: str) -> str:
    """A score for people.

    >>> shown(0.1234, "percent"), shown(12345, "pixels"), shown(0.98765, "ratio")
    ('12.3%', '12,345 px', '0.988')
    """
    if form == "percent":
        return f"{100 * value:.1f}%"
    return f"{value:,.0f} px" if form == "pixels" else f"{value:.3f}"


def sortable(value: float | None) -> str:
    """A score for the page's script; empty when there is none."""
    return "" if value is None or not math.isfinite(value) else f"{value:.9g}"


def _title(accepted: Survey, rejected: Survey, summary: Mapping[str, Any]) -> dict[str, Any]:
    some = next((rows for rows in (accepted, rejected) if len(rows)), None)
    return {
        "dataset": some.dataset if some else str(summary.get("dataset", "")),
        "split": str(summary.get("split") or (some.split if some else "")),
        "backends": ", ".join(sorted(accepted.backends)),
        "config_hash": ", ".join(sorted(accepted.config_hashes | rejected.config_hashes)),
    }


def _totals(accepted: Survey, rejected: Survey, summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every number under "counts", mattes and rejects first; counted from the rows where the summary is silent."""
    counts: dict[str, int | float] = {"accepted": len(accepted), "rejected": len(rejected)}
    counts |= {key: value for key, value in _mapping(summary, "counts").items() if _is_number(value)}
    return [(str(key).replace("_", " "), f"{value:,}") for key, value in counts.items()]


def _reasons(rejected: Survey, cards: Sequence[Card], summary: Mapping[str, Any]) -> list[tuple[str, int, str, int]]:
    """Reason, count, bar length in percent and how many of them the page shows; most frequent first."""
    counted = _mapping(summary, "rejects_by_reason") or rejected.reason_counts()
    on_page = Counter(card.row.reason or "" for card in cards)
    counts = {str(reason): int(count) for reason, count in counted.items() if _is_number(count)}
    counts |= {reason: count for reason, count in on_page.items() if reason not in counts}
    most = max(counts.values(), default=0) or 1
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(reason, count, f"{100 * count / most:.2f}", on_page[reason]) for reason, count in ranked]


def _scores(accepted: Survey, rejected: Survey) -> tuple[Score, ...]:
    propagated = accepted.with_object_scores or rejected.with_object_scores
    scores = (*SCORES, OBJECT_SCORE) if propagated else SCORES
    kernels = any(np.isfinite(rows.scores["kernel_size"]).any() for rows in (accepted, rejected))
    return tuple(score for score in scores if kernels or score.name != "kernel_size")


def _histograms(
    scores: Sequence[Score], accepted: Survey, rejected: Survey, summary: Mapping[str, Any]
) -> list[tuple[Score, Histogram]]:
    drawn = [score for score in scores if score.name in MEASURES]
    return [(score, _histogram(score, accepted, rejected, summary)) for score in drawn]


def _histogram(score: Score, accepted: Survey, rejected: Survey, summary: Mapping[str, Any]) -> Histogram:
    logarithmic = score.name == "mask_area"
    good, bad = _values(score.name, accepted, logarithmic), _values(score.name, rejected, logarithmic)
    gate: Any = _mapping(_mapping(summary, "config"), score.gate[0]).get(score.gate[1]) if score.gate else None
    return draw(good, bad, float(gate) if _is_number(gate) else None, logarithmic, score.form == "percent")


def _values(name: str, rows: Survey, positive: bool) -> NDArray[np.float64]:
    values = rows.scores[name]
    return values[np.isfinite(values) & (values > 0)] if positive else values[np.isfinite(values)]


def _truth(summary: Mapping[str, Any]) -> dict[str, Any] | None:
    """Errors of masks and mattes against the true alphas, side by side; None without ground truth."""
    truth = _mapping(summary, "truth")
    sides = {name: part for name, part in truth.items() if isinstance(part, Mapping) and part}
    if not sides:
        return None
    metrics = list(dict.fromkeys(key for part in sides.values() for key in part))
    rows = [(key, [_metric(part.get(key)) for part in sides.values()]) for key in metrics]
    return {"sides": list(sides), "rows": rows, "notes": _truth_notes(truth)}


def _truth_notes(truth: Mapping[str, Any]) -> list[str]:
    notes = []
    if _is_number(instances := truth.get("instances")):
        notes.append(f"mean of {instances:,} {'instance' if instances == 1 else 'instances'}")
        if _is_number(better := truth.get("matte_better")):
            notes.append(f"matte closer than mask: {better:,} of {instances:,}")
    if region := truth.get("region"):
        notes.append(str(region))
    return notes


def _described(summary: Mapping[str, Any]) -> dict[str, Any] | None:
    """Numbers of a RefMatte run, each split's beside the paper's; None of other runs."""
    told = _mapping(summary, "refmatte")
    paper = _mapping(told, "paper")
    sides = {split: (_mapping(told, split), _mapping(paper, split)) for split in paper if _mapping(told, split)}
    if not sides:
        return None
    names = next(iter(sides.values()))[1]
    return {
        "splits": list(sides),
        "rows": [
            (name.replace("_", " "), [f"{side.get(name, 0):,}" for pair in sides.values() for side in pair])
            for name in names
        ],
    }


def _metric(value: Any) -> str:
    return f"{value:.4g}" if _is_number(value) else "" if value is None else str(value)


def _settings_table(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    config = _mapping(summary, "config")
    groups = {name: _mapping(config, name) for name in SETTING_GROUPS}
    models = [(name, _setting(config[name])) for name in MODELS if name in config]
    return models + [
        (f"{name}.{key}", _setting(value)) for name, group in groups.items() for key, value in group.items()
    ]


def _setting(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else "none" if value is None else str(value)


def _mapping(parent: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = parent.get(key)
    return value if isinstance(value, Mapping) else {}


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
