"""Settings of composition."""

from typing import Self

from pydantic import Field, model_validator

from pipelines.config import Settings


class CompositionSettings(Settings):
    """How entities are put on a background."""

    side: int = Field(1024, ge=64)
    """Most pixels of an image's longer side. Networks see 512 (supplement, section 4.1), so that 1024 keeps every
    detail they can use; the paper's results imply 1.74 million pixels, twice as much to compute and to store."""
    min_background: int = Field(384, ge=16)
    """Least pixels of a background's shorter side. It is never enlarged, since it would be blurred where entities are
    sharp; at 384 an entity of half the height has the detail of a small object in COCO."""
    longest_aspect: float = Field(2.0, ge=1)
    """Most that a longer side may be of the shorter one; panoramas are cropped to it at a random place."""
    stacked_aspect: float = Field(1.0, ge=0.25)
    """Most that the width may be of the height where entities are above each other; wider backgrounds are cropped,
    since three of them in a wide image would be tiny."""
    size_exponent: float = Field(0.5, ge=0, le=1)
    """Power of real sizes: 1 is as they are, and a glass is 7 times smaller than its drinker; 0 makes all one size;
    at a half everything stays visible."""
    size_jitter: float = Field(0.1, ge=0, lt=1)
    """Share by which one is larger or smaller than its category."""
    cut_size: float = Field(0.6, gt=0, le=1)
    """Size of an entity that its own picture cuts off, of a whole one: half its height at 0.7 of its width."""
    perspective: float = Field(0.85, gt=0, le=1)
    """Scale of what stands one step farther back, in depth and higher up in the image."""
    least_fill: float = Field(0.75, gt=0, le=1)
    """Least share of the room that entities take; the share is drawn from there to 1."""
    max_enlarged: float = Field(1.5, ge=1)
    """Most that a foreground is enlarged: alphas and colours of more would be plainly blurred."""
    headroom: float = Field(0.04, ge=0, lt=0.5)
    """Free share of the image around entities that are whole."""
    feet: float = Field(0.8, gt=0, le=1)
    """Highest place of the feet of what stands, of the image's height from the top: the floor is mostly below."""
    side_overlap: float = Field(0.08, ge=0, lt=0.5)
    """Most that neighbours side by side, or one above the other, reach into each other, of the smaller one's extent."""
    depth_overlap: tuple[float, float] = (0.15, 0.45)
    """Least and most of the smaller one's alpha that lies in front of, or behind, its neighbour in depth."""
    least_visible: float = Field(0.5, gt=0, le=1)
    """Least share of an entity's alpha that is not hidden by others."""
    least_area: float = Field(0.004, ge=0, lt=1)
    """Least area at which an entity is seen, however faintly, of the image's: 56 x 56 pixels of 1024 x 768."""
    harmonise: float = Field(0.25, ge=0, le=1)
    """How far means and deviations of Lab move from the foreground's own to the background's around it (Reinhard et
    al. 2001); 0 leaves colours alone, 1 makes them the background's."""
    harmonise_limit: float = Field(12.0, ge=0)
    """Most that a mean moves, of Lab's 255 steps: a colour keeps its name."""
    attempts: int = Field(40, ge=1)
    """How many placements are tried."""

    @model_validator(mode="after")
    def _check_overlap(self) -> Self:
        least, most = self.depth_overlap
        if not 0 < least <= most < 1:
            raise ValueError(f"depth_overlap is {least:g} to {most:g}, expected 0 < least <= most < 1")
        return self
