"""Predicting a test set's mattes, several processes sharing the work."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import Protocol as Interface

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from matting_models.boxes import box_of
from matting_models.errors import InputError
from matting_models.evaluation.detections import Box, Detections
from matting_models.evaluation.prediction_store import PredictionStore
from matting_models.evaluation.protocols import Protocol
from matting_models.evaluation.reading import read_grey_like, read_sized_photo, read_truth, resize_photo
from matting_models.evaluation.samples import Reference, Sample
from matting_models.pictures import PictureProblem, read_alpha, read_grey
from matting_models.refmatte_layout import Text
from pipelines.labelling.matting import MattingFailed

Photo = NDArray[np.uint8]
Alpha = NDArray[np.float32]

FromBox = Callable[[NDArray[np.float32], Box], Alpha]
"""(H, W, 3) float32 RGB of 0 to 255, not rounded where it was resized, and a box to (H, W) in [0, 1]."""

FromMask = Callable[[Photo, NDArray[np.uint8]], Alpha]
"""(H, W, 3) uint8 RGB and an (H, W) uint8 mask of 0 and 1, not empty, to (H, W) in [0, 1]."""

FromTrimap = Callable[[Photo, NDArray[np.uint8]], Alpha]
"""(H, W, 3) uint8 RGB and an (H, W) uint8 trimap to (H, W) in [0, 1]."""

FromTruth = Callable[[Photo, NDArray[np.float64], NDArray[np.uint8] | None], Alpha]
"""(H, W, 3) uint8 RGB, the true (H, W) alpha in [0, 1] that it makes its prompt from, and in its place an (H, W) uint8
mask of 0 and 1 if masks are given, to (H, W) in [0, 1]."""


FromText = Callable[[Photo, Text], Alpha]
"""(H, W, 3) uint8 RGB and words for what is meant to (H, W) in [0, 1]."""


class FromReference(Interface):
    """What finds in a photo the object of another."""

    def remember(self, photo: Photo, alpha: NDArray[np.uint8]) -> Any:
        """What of a reference all targets are compared with.

        Args:
            photo: (H, W, 3) uint8 RGB.
            alpha: (H, W) uint8, above 127 somewhere.
        """
        ...

    def matte(self, photo: Photo, remembered: Any) -> Alpha:
        """(H, W) in [0, 1]."""
        ...


@dataclass(frozen=True, slots=True)
class Share:
    """Which of several processes this is."""

    index: int = 0
    processes: int = 1


def predict_from_boxes(
    samples: Sequence[Sample],
    store: PredictionStore,
    protocol: Protocol,
    model: FromBox,
    detections: Detections | None,
    share: Share,
) -> None:
    """Predict at the protocol's scale what is not predicted yet.

    Args:
        samples: what to predict.
        store: of the predictions.
        protocol: says the scale.
        model: from photo and box to alpha.
        detections: boxes of images with instances; None for the extents of the true mattes, everywhere.
        share: which samples are this process's.
    """

    def mattes(sample: Sample) -> list[Alpha]:
        truths = [read_truth(path, protocol) for path in sample.truths]
        native = truths[0][1]
        photo = resize_photo(_photo(sample, native), protocol.size(*native))
        if detections is not None:
            boxes = [_scaled(box, native, photo.shape[:2]) for box in detections.boxes[sample.id]]
        else:
            boxes = [_extent(truth, path) for (truth, _), path in zip(truths, sample.truths, strict=True)]
        return [model(photo, box) for box in boxes if box[2] - box[0] >= 1 and box[3] - box[1] >= 1]

    _predict(samples, store, mattes, share)


def predict_from_trimaps(
    samples: Sequence[Sample],
    store: PredictionStore,
    protocol: Protocol,
    model: FromTrimap,
    share: Share,
    *,
    needs_known: bool,
) -> None:
    """The same with a trimap-based method, at native size whatever the protocol's scale.

    Args:
        needs_known: whether the method starts from known foreground and background, and so has no matte of a trimap
            that lacks one of them, as some of transparent things do.
    """

    def mattes(sample: Sample) -> list[Alpha]:
        native = read_truth(sample.truths[0], protocol)[1]
        if sample.trimap is None:
            raise PictureProblem("no trimap to predict from")
        trimap = read_grey_like(sample.trimap, native)
        for kind, value in (("foreground", 255), ("background", 0)):
            if needs_known and not (trimap == value).any():
                raise PictureProblem(f"{sample.trimap} has no known {kind}, which trimap-based methods start from")
        return [model(_photo(sample, native), trimap)]

    _predict(samples, store, mattes, share)


def predict_from_masks(
    samples: Sequence[Sample], store: PredictionStore, protocol: Protocol, model: FromMask, share: Share
) -> None:
    """The same with a method that starts from masks; grey above 127 is inside."""

    def mattes(sample: Sample) -> list[Alpha]:
        native = read_truth(sample.truths[0], protocol)[1]
        if sample.mask is None:
            raise PictureProblem("no mask to predict from")
        return [model(_photo(sample, native), _mask(sample.mask, native))]

    _predict(samples, store, mattes, share)


def predict_from_truths(samples: Sequence[Sample], store: PredictionStore, model: FromTruth, share: Share) -> None:
    """The same with a network that makes its prompts from the true mattes, at native size whatever the protocol's
    scale; where samples have masks these are its prompts."""

    def mattes(sample: Sample) -> list[Alpha]:
        truth = read_alpha(sample.truths[0])
        native = (truth.shape[0], truth.shape[1])
        mask = None if sample.mask is None else _mask(sample.mask, native)
        return [model(_photo(sample, native), truth, mask)]

    _predict(samples, store, mattes, share)


def predict_from_references(
    samples: Sequence[Sample], store: PredictionStore, protocol: Protocol, model: FromReference, share: Share
) -> None:
    """The same with a method that starts from a reference, the sample's first; each is looked at once."""
    remembered: dict[Reference, Any] = {}

    def mattes(sample: Sample) -> list[Alpha]:
        native = read_truth(sample.truths[0], protocol)[1]
        reference = sample.references[0]
        if reference not in remembered:
            alpha = read_grey(reference.alpha)
            photo = read_sized_photo(reference.image, (alpha.shape[0], alpha.shape[1]))
            remembered[reference] = model.remember(photo, alpha)
        return [model.matte(_photo(sample, native), remembered[reference])]

    _predict(samples, store, mattes, share)


def predict_from_texts(
    samples: Sequence[Sample], store: PredictionStore, protocol: Protocol, model: FromText, share: Share
) -> None:
    """The same with a method that starts from texts."""

    def mattes(sample: Sample) -> list[Alpha]:
        native = read_truth(sample.truths[0], protocol)[1]
        if sample.text is None:
            raise PictureProblem("no text to predict from")
        return [model(_photo(sample, native), sample.text)]

    _predict(samples, store, mattes, share)


def _predict(
    samples: Sequence[Sample], store: PredictionStore, mattes: Callable[[Sample], list[Alpha]], share: Share
) -> None:
    left = [sample for sample in samples[share.index :: share.processes] if not store.is_done(sample)]
    for sample in tqdm(left, desc="predicting", unit="image", disable=not left or share.index > 0):
        key = store.begin(sample)
        try:
            store.save(sample, key, mattes(sample))
        except (PictureProblem, MattingFailed, InputError) as problem:  # one photo must not end them all
            store.fail(sample, key, str(problem))


def _photo(sample: Sample, native: tuple[int, int]) -> Photo:
    if sample.image is None:
        raise PictureProblem("no photo to predict from")
    return read_sized_photo(sample.image, native)


def _mask(path: Path, native: tuple[int, int]) -> NDArray[np.uint8]:
    mask = (read_grey_like(path, native) > 127).view(np.uint8)
    if not mask.any():
        raise PictureProblem(f"{path} is empty: no pixel is above 127")
    return mask


def _extent(truth: NDArray[np.float64], path: object) -> Box:
    if not truth.any():
        raise PictureProblem(f"{path} is 0 everywhere: there is no box")
    return box_of((truth > 0).view(np.uint8))


def _scaled(box: Box, native: tuple[int, int], size: tuple[int, ...]) -> Box:
    """From the photo's own pixels to the protocol's, cut at the borders."""
    down, across = size[0] / native[0], size[1] / native[1]
    x0, x1 = (min(max(x * across, 0.0), size[1]) for x in (box[0], box[2]))
    y0, y1 = (min(max(y * down, 0.0), size[0]) for y in (box[1], box[3]))
    return x0, y0, x1, y1
