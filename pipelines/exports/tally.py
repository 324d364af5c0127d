"""What is counted while mattes are shared, for the card, the attribution and whoever asks what was left out."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipelines.exports.choice import Chosen
from pipelines.records import Instance

NO_LICENSE = "none stated"
MEASURES = {"mask_iou": "agreement of matte and mask (soft IoU)", "soft_fraction": "softness",
            "unknown_fraction": "unknown region"}  # fmt: skip
BINS = 10


@dataclass(slots=True)
class Tally:
    """Counts over the mattes so far.

    Attributes:
        mattes: how many are shared.
        splits, categories, licenses, reviews, methods: how many by split, class, licence, verdict and backend.
        mended: how many people mended.
        photos: by name, what the attribution says of each: licence id, name, URL, and its two addresses.
        mattes_of: how many mattes by the photo's name.
        sources: of composed images, what they are made of: role, data set and name to licence, its URL, and address.
        images_of: how many images by those three.
        left_out: ``sample_id`` and why.
        histograms: counts in ``BINS`` equal bins of [0, 1] for every one of ``MEASURES``, of the machine's mattes.
    """

    mattes: int = 0
    splits: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)
    licenses: Counter[str] = field(default_factory=Counter)
    reviews: Counter[str] = field(default_factory=Counter)
    methods: Counter[str] = field(default_factory=Counter)
    mended: int = 0
    photos: dict[str, tuple[int | None, str, str, str, str]] = field(default_factory=dict)
    mattes_of: Counter[str] = field(default_factory=Counter)
    sources: dict[tuple[str, str, str], tuple[str, str, str]] = field(default_factory=dict)
    images_of: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    histograms: dict[str, list[int]] = field(default_factory=lambda: {name: [0] * BINS for name in MEASURES})

    def add(self, item: Chosen) -> None:
        """One more matte that is shared."""
        row = item.row
        self.mattes += 1
        self.mended += item.mended
        self.splits[row.split] += 1
        self.categories[row.category] += 1
        self.licenses[_license(row)] += 1
        self.reviews[item.state] += 1
        self.methods[f"{row.matting_backend} ({row.matting_revision})"] += 1
        if row.sources and row.image_path not in self.photos:
            self._add_sources(row.sources)
        self.photos[row.image_path] = (
            row.license_id,
            _license(row),
            row.license_url or "",
            row.coco_url or "",
            row.flickr_url or "",
        )
        self.mattes_of[row.image_path] += 1
        for name, counts in self.histograms.items():
            value = None if item.mended else getattr(row, name)
            if value is not None and np.isfinite(value):
                counts[min(max(int(value * BINS), 0), BINS - 1)] += 1

    def _add_sources(self, sources: list[dict[str, Any]]) -> None:
        """What one composed image is made of."""
        for each in sources:
            key = each["role"], each["dataset"], each["name"]
            self.sources[key] = each["license_name"] or NO_LICENSE, each["license_url"] or "", each["url"] or ""
            self.images_of[key] += 1


def _license(row: Instance) -> str:
    """Licence of a photo; of a composed image those of all that it is made of."""
    if row.sources:
        return "; ".join(sorted({each["license_name"] or NO_LICENSE for each in row.sources}))
    return row.license_name or NO_LICENSE
