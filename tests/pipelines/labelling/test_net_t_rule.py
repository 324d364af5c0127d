"""The labelling job with trimaps of a Net-T."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flows.job import open_output
from flows.workers.worker import backend_for, check_models, has_network, needs_models, trimaps_for
from matting_models.networks.net_t.predictor import TrimapNetwork
from matting_models.networks.saved import revision_of
from pipelines.config import CocoMattingConfig
from pipelines.errors import UserError
from pipelines.labelling.matting import MaskTrimaps
from pipelines.storage.lock import locked
from tests.conftest import Dataset, mattes, rejects
from tests.matting_models.networks.net_t.conftest import save_tiny

pytestmark = pytest.mark.usefixtures("one_thread")

Run = Callable[..., dict[str, Any]]


def config_of(dataset: Dataset, weights: Path) -> CocoMattingConfig:
    trimap = {"rule": "net-t", "weights": str(weights)}
    return dataset.config(matting={"backend": "closed-form", "device": "cpu"}, trimap=trimap)


def banded(image: Any, mask: Any) -> Any:
    """Unknown 4 pixels to both sides of the mask's edge."""
    trimap = np.zeros(mask.shape, np.uint8)
    trimap[12:68, 16:72] = 128
    trimap[20:60, 24:64] = 255
    return trimap


def test_a_net_t_feeds_the_closed_form_and_is_named(
    dataset: Dataset, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = save_tiny(tmp_path / "net")
    seen: list[str] = []

    def trimap(self: MaskTrimaps, image: Any, mask: Any) -> Any:
        seen.append(self.revision)
        return banded(image, mask)  # random weights give no trimap that a matte could be made from

    monkeypatch.setattr(TrimapNetwork, "trimap", trimap)
    dataset.person(1)
    config = config_of(dataset, weights)
    run(config)
    (row,) = mattes(config)
    assert seen == [revision_of(weights)]
    assert (row.kernel_size, row.matting_backend) == (0, "closed-form")
    assert str(row.matting_revision).endswith(f", trimaps net-t net@{revision_of(weights).partition('@')[2]}")
    # Other weights of the same name make the mattes anew.
    save_tiny(weights, bias=(0, 1, 0))
    for cached in (backend_for, trimaps_for):
        cached.cache_clear()
    with locked(config.out):
        assert open_output(config).plan.reasons == {"weights changed": 1}


@pytest.mark.parametrize(
    ("bias", "reason"),
    [((3, 0, 0), "no_known_foreground"), ((0, 3, 0), "no_known_foreground"), ((0, 0, 3), "no_known_background")],
)
def test_a_trimap_that_lacks_a_region_is_a_reject(
    dataset: Dataset, run: Run, tmp_path: Path, bias: tuple[float, float, float], reason: str
) -> None:
    # The mask's context reaches beyond the photo, so that all of it has one class.
    dataset.person(1, segmentation=[[5, 5, 91, 5, 91, 75, 5, 75]])
    config = config_of(dataset, save_tiny(tmp_path / "net", bias=bias))
    run(config)
    (row,) = rejects(config)
    assert row.reason == reason


def test_weights_that_are_not_there_or_of_something_else(dataset: Dataset, run: Run, tmp_path: Path) -> None:
    dataset.person(1)
    with pytest.raises(UserError, match="weights .*nowhere/config.json do not exist; expected a folder that training"):
        run(config_of(dataset, tmp_path / "nowhere"))
    damaged = save_tiny(tmp_path / "damaged")
    (damaged / "model.safetensors").write_bytes(b"no")
    config = config_of(dataset, damaged)
    with pytest.raises(UserError, match="is damaged or cut short"):
        check_models(config)
    assert needs_models(config) and has_network(config)
