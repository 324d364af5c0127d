"""From one sample's files to its rows."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matting_models.evaluation.predictions import Task
from matting_models.evaluation.protocols import Protocol
from matting_models.evaluation.reading import read_grey_like, read_prediction, read_truth
from matting_models.evaluation.samples import Sample
from matting_models.metrics import imq, overlap, score, score_trimap, unknown_region
from matting_models.metrics.imq import FORMS
from matting_models.pictures import PictureProblem, read_grey

INSTANCE_KINDS = ("true positive", "false positive", "false negative")

Row = dict[str, Any]
"""One matte (one instance) of the Parquet file; ``SCHEMA`` has its columns."""


def judge(task: Task, protocol: Protocol) -> list[Row]:
    """Compare a sample with its prediction.

    Args:
        task: both.
        protocol: how.

    Returns:
        One row; of an image with instances one for each true positive, false negative and false positive. What cannot
        be compared has a reason and no metrics.
    """
    sample = task.sample
    try:
        if task.missing:
            raise PictureProblem(task.missing)
        if sample.instances:
            return _judge_instances(sample, task.predictions, protocol)
        if protocol.of_trimaps:
            return [_judge_trimap(sample, task.predictions[0])]
        return [_judge_matte(sample, task.predictions[0], protocol)]
    except PictureProblem as problem:
        return [row_of(sample, reason=str(problem))]


def row_of(sample: Sample, **values: Any) -> Row:
    """A row with what is known of a sample without reading it."""
    truth = str(sample.truths[0]) if len(sample.truths) == 1 else None
    paths = {"image": str(sample.image) if sample.image else None, "truth": truth}
    said = asdict(sample.text) if sample.text else {}
    return {"sample_id": sample.id, "image_id": sample.image_id, **paths, **said, **values}


def _judge_matte(sample: Sample, path: Path, protocol: Protocol) -> Row:
    truth, native = read_truth(sample.truths[0], protocol)
    prediction = read_prediction(path, protocol, native)
    region = None
    if protocol.unknown_only:
        if sample.trimap is None:
            raise PictureProblem(f"no trimap, which protocol {protocol.name} needs")
        region = unknown_region(read_grey_like(sample.trimap, native))
        if not region.any():
            raise PictureProblem(f"{sample.trimap} has no unknown pixel")
    scores = score(prediction, truth, region, stretch=protocol.stretch)
    found = asdict(scores)
    if sample.text and sample.others:
        found["right_entity"] = float(_is_right(prediction, truth, sample.others, protocol))
    return row_of(sample, prediction=str(path), height=truth.shape[0], width=truth.shape[1], **found)


def _is_right(
    prediction: NDArray[np.float64], truth: NDArray[np.float64], others: Sequence[Path], protocol: Protocol
) -> bool:
    """Whether a matte overlaps the entity that its text means more than any other of the image."""
    own = overlap(prediction, truth)
    return all(overlap(prediction, read_truth(path, protocol)[0]) < own for path in others)


def _judge_trimap(sample: Sample, path: Path) -> Row:
    truth = read_grey(sample.truths[0])
    prediction = read_grey_like(path, (truth.shape[0], truth.shape[1]))
    height, width = truth.shape
    scores = {
        name: None if np.isnan(value) else value for name, value in asdict(score_trimap(prediction, truth)).items()
    }
    return row_of(sample, prediction=str(path), height=height, width=width, pixels=truth.size, **scores)


def _judge_instances(sample: Sample, paths: Sequence[Path], protocol: Protocol) -> list[Row]:
    truths, natives = zip(*(read_truth(path, protocol) for path in sample.truths), strict=True)
    if len(set(natives)) > 1:
        raise PictureProblem(f"{sample.truths[0].parent}: mattes of different sizes")
    predictions = [read_prediction(path, protocol, natives[0]) for path in paths]
    found = imq(predictions, truths)
    size = {"height": truths[0].shape[0], "width": truths[0].shape[1]}
    hit, invented, missed = INSTANCE_KINDS
    rows = []
    for match in found.matches:
        values = asdict(match) | {f"similarity_{form}": match.similarity(form) for form in FORMS}
        truth, prediction = values.pop("truth"), values.pop("prediction")
        values["pixels"] = int(np.count_nonzero((truths[truth] > 0) | (predictions[prediction] > 0)))
        rows.append(_instance(sample, hit, sample.truths[truth], paths[prediction]) | size | values)
    matched, used = {m.truth for m in found.matches}, {m.prediction for m in found.matches}
    for i, path in enumerate(sample.truths):
        if i not in matched:
            rows.append(_instance(sample, missed, path, None) | size | {"pixels": int(np.count_nonzero(truths[i]))})
    for i, path in enumerate(paths):
        if i not in used:
            pixels = int(np.count_nonzero(predictions[i]))
            rows.append(_instance(sample, invented, None, path) | size | {"pixels": pixels})
    return sorted(rows, key=lambda row: (row["truth"] is None, row["truth"] or row["prediction"]))


def _instance(sample: Sample, kind: str, truth: Path | None, prediction: Path | None) -> Row:
    return row_of(sample) | {
        "instance": kind,
        "truth": str(truth) if truth else None,
        "prediction": str(prediction) if prediction else None,
    }
