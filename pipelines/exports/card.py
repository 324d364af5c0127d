"""The data card: README.md with the YAML head that Hugging Face reads."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from pipelines.exports.tally import BINS, MEASURES, Tally

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_LIMITS = """
- The mattes were made by a method from segmentation masks, not by hand; nobody has looked at those whose `review` is
  `undecided`.
- A matte follows its mask: a hand that the mask lacks is lacking, and a held thing that it has in part is in in part.
- Photos are of everyday life and show people who were not asked; COCO's photos are from Flickr. Faces, children, number
  plates and homes are among them. Who uses them answers for that use.
- The licence of each photo is that of its author, as the annotation file states it; `ATTRIBUTION.tsv` names every one.
""".strip()
_COMPOSED_LIMITS = """
- The images are composed: light and shadow of what is in them are not those of one place, and things may float.
- The alphas are those of the entities, less what others hide; they are as good as the mattes that these come from.
- Texts are written by templates from attributes and places. An attribute that no source states is not in them.
- Colours are names of CSS for the colour of most of what is seen.
- Entities may show people who were not asked. Who uses them answers for that use.
- The licence of each entity and background is that of its author, as its source states it; `SOURCES.tsv` names all.
""".strip()
_METHODS = {
    "composed": "alphas of the entities; `SOURCES.tsv` says under which licence each is",
    "closed-form": "a solver without weights, Apache 2.0",
    "mask-to-matte": "Mask2Matte's own network; weights that come with it (`shipped`) are under Apache 2.0",
}
"""Licences of the methods that we know."""
_COLUMNS = """
A matte is three pictures of one size: the photo as it was annotated, the alpha matte (8 bits, alpha = value / 255) and
the trimap (0 known background, 128 unknown, 255 known foreground). `exif_orientation` says how to turn the photo so
that it fits; not all readers do it by themselves. `review` is what people decided about the matte, `mended` whether
they mended it. The other columns are those of Mask2Matte's manifest.
""".strip()


def card(title: str, about: str, tally: Tally, settings: Mapping[str, Any], files: Mapping[str, list[str]]) -> bytes:
    """The card as UTF-8.

    Args:
        title: of the data set.
        about: where things are.
        tally: of what is shared.
        settings: of the run that made the mattes, by group, as its summary has them.
        files: split to the patterns of its files, where the format has them; empty elsewhere.
    """
    head = _head(title, tally, files)
    parts = [
        "---\n" + "\n".join(head) + "\n---\n",
        f"# {_text(title)}\n",
        f"{tally.mattes:,} alpha mattes on {len(tally.photos):,} {_made(tally)} with Mask2Matte.\n",
        "## What is in it\n\n" + _COLUMNS + "\n\n" + about + "\n",
        "## Counts\n",
        *(_counted(name, counts) for name, counts in (
            ("split", tally.splits), ("class", tally.categories), ("licence of the photo", tally.licenses),
            ("review", tally.reviews), ("made by", tally.methods))),
        *_licenses(tally),
        f"Mended by people: {tally.mended:,}. {_lost(tally)}\n",
        "## Histograms\n", *_histograms(tally),
        "## How they were made\n", *_settings(settings),
        "## Known limits\n\n" + (_COMPOSED_LIMITS if tally.sources else _LIMITS) + "\n",
    ]  # fmt: skip
    return "\n".join(parts).encode()


def _head(title: str, tally: Tally, files: Mapping[str, list[str]]) -> list[str]:
    size = next((name for most, name in _SIZES if tally.mattes < most), "n>1M")
    link = "SOURCES.tsv" if tally.sources else "ATTRIBUTION.tsv"
    lines = [f"pretty_name: {json.dumps(title, ensure_ascii=False)}", "license: other", "license_name: per-image",
             f"license_link: {link}", "task_categories:", "- image-segmentation", "tags:", "- image-matting",
             "- alpha-matte", "size_categories:", f"- {size}"]  # fmt: skip
    if files:
        lines += ["configs:", "- config_name: default", "  data_files:"]
        for split, patterns in sorted(files.items()):
            path = patterns if len(patterns) > 1 else patterns[0]
            lines += [f"  - split: {json.dumps(split)}", f"    path: {json.dumps(path)}"]
    return lines


def _made(tally: Tally) -> str:
    return "images, composed" if tally.sources else "photos, made from masks"


def _counted(name: str, counts: Counter[str]) -> str:
    rows = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "\n".join([f"| {name} | mattes |", "| --- | ---: |", *(f"| {_text(k)} | {n:,} |" for k, n in rows)]) + "\n"


def _licenses(tally: Tally) -> list[str]:
    """Licences of what made the mattes."""
    names = sorted({name.split(" (", 1)[0] for name in tally.methods})
    return [f"{_text(name)}: {_METHODS.get(name, 'weights as their maker licenses them')}.\n" for name in names]


def _lost(tally: Tally) -> str:
    if not tally.left_out:
        return "Nothing that was chosen is left out."
    return f"{len(tally.left_out):,} are left out since a picture was not there; left_out.tsv names them."


def _histograms(tally: Tally) -> list[str]:
    head = "| | " + " | ".join(f"{i / BINS:.1f} to {(i + 1) / BINS:.1f}" for i in range(BINS)) + " |"
    rows = [f"| {MEASURES[name]} | " + " | ".join(f"{n:,}" for n in tally.histograms[name]) + " |" for name in MEASURES]
    return ["\n".join([head, "| --- |" + " ---: |" * BINS, *rows]) + "\n"]


def _settings(settings: Mapping[str, Any]) -> list[str]:
    rows = [
        f"| {group}.{name} | {_text(', '.join(map(str, value)) if isinstance(value, list) else str(value))} |"
        for group, known in sorted(settings.items())
        if isinstance(known, Mapping)
        for name, value in known.items()
    ]
    return ["\n".join(["| setting | value |", "| --- | --- |", *rows]) + "\n"] if rows else []


def _text(value: str) -> str:
    """A stranger's string in a table of Markdown: no line ends, columns or tags."""
    escaped = " ".join(value.split()).replace("\\", "\\\\").replace("|", "\\|")
    return escaped.replace("<", "&lt;").replace("`", "'").replace("[", "\\[")
