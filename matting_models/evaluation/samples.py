"""What is to be evaluated."""

from dataclasses import dataclass
from pathlib import Path

from matting_models.refmatte_layout import Text


@dataclass(frozen=True, slots=True)
class Reference:
    """A photo of the same object or kind.

    Attributes:
        image: photo.
        alpha: its alpha matte.
    """

    image: Path
    alpha: Path


@dataclass(frozen=True, slots=True)
class Sample:
    """One matte of a benchmark, or one image with all its instances.

    Attributes:
        id: unique; a prediction is ``<id>.png``, that of an instance benchmark a folder ``<id>/`` of PNGs.
        image_id: which image it is of; several mattes of one image share it.
        truths: alpha mattes; exactly one unless the benchmark is of instances.
        image: photo; None if there is none.
        trimap: None if there is none.
        mask: segmentation mask that prediction starts from; None if there is none.
        instances: whether it is an image with its instances.
        references: what it may be found by; a prediction takes the first.
        draw: which of several drawings of its reference this is; None where none was drawn.
        texts: what it may be asked for by.
        chosen: of those, the one expression that its data set evaluates with; None where there is none.
        text: of those, what a prediction starts from; None where from no text.
        others: alphas of the other entities of its image, of which texts must tell it.
    """

    id: str
    image_id: str
    truths: tuple[Path, ...]
    image: Path | None = None
    trimap: Path | None = None
    mask: Path | None = None
    instances: bool = False
    references: tuple[Reference, ...] = ()
    draw: int | None = None
    texts: tuple[Text, ...] = ()
    chosen: Text | None = None
    text: Text | None = None
    others: tuple[Path, ...] = ()
