"""The shipped weights are the ones that their card describes."""

import hashlib
from typing import Any

import cv2
import numpy as np
import pytest
import yaml

from matting_models.metrics import sad
from matting_models.networks.mask_to_matte import MaskToMatte
from matting_models.networks.mask_to_matte.weights import read_weights, shipped_weights
from pipelines.annotations import masks
from pipelines.sample.annotate import annotate
from pipelines.sample.plan import SHOTS
from pipelines.sample.scene import render


@pytest.fixture(scope="module")
def card() -> dict[str, Any]:
    text = shipped_weights().with_name("README.md").read_text(encoding="utf-8")
    head: dict[str, Any] = yaml.safe_load(text.split("---")[1])
    return head


def test_digest_and_size(card: dict[str, Any]) -> None:
    assert hashlib.sha256(shipped_weights().read_bytes()).hexdigest() == card["sha256"]
    assert sum(array.size for array in read_weights(None)[0].values()) == card["parameters"]


def people(picture: int) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Photo, mask and true alpha of everybody in one picture of the embedded sample."""
    rng = np.random.default_rng([0, picture])
    scene = render(SHOTS[picture], rng)
    found = []
    for annotation in annotate(scene.things, 1, 0, rng):
        truth = scene.things[annotation["id"]].truth if annotation["id"] < len(scene.things) else None
        if truth is None or annotation["area"] < 1024 or annotation["iscrowd"]:
            continue
        height, width = truth.shape
        mask = masks.decode(masks.to_rle(annotation["segmentation"], width, height))
        found.append((scene.pixels, mask, truth.astype(np.float32)))
    return found


def test_scores(card: dict[str, Any]) -> None:
    model = MaskToMatte(device="cpu")
    cv2.setNumThreads(1)
    of_masks = of_mattes = 0.0
    for picture in card["embedded_pictures"]:
        for photo, mask, truth in people(picture):
            of_masks += sad(mask.astype(np.float32), truth)
            of_mattes += sad(model.predict(photo, mask), truth)
    assert of_mattes / of_masks == pytest.approx(card["embedded_sad_ratio"], abs=0.005)
