import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from matting_models.errors import InputError
from matting_models.networks.icon.model import IconMatting
from matting_models.networks.icon.tiny import save_tiny

from .conftest import SIDE, disc

pytestmark = pytest.mark.usefixtures("one_thread")


def test_repeated_runs_are_equal_and_references_are_read_once(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reference, mask = disc(90, 120, x=40, y=45)
    targets = [disc(120, 80, x=30, y=60)[0], disc(100, 100, x=60, y=50)[0]]
    runs = []
    for _ in range(2):
        model = IconMatting.from_pretrained(weights, device="cpu")
        calls: list[int] = []
        read = model.backbone.reference
        monkeypatch.setattr(model.backbone, "reference", lambda *a, calls=calls, read=read: calls.append(1) or read(*a))
        tokens = model.tokens(model.reference_features(reference), mask)
        found = [model.predict(target, tokens) for target in targets]
        assert len(calls) == 1
        assert [f.alpha.shape for f in found] == [(120, 80), (100, 100)]
        assert [f.similarity.shape for f in found] == [(32, 21), (32, 32)]
        runs.append([f.alpha.tobytes() for f in found])
    assert runs[0] == runs[1]


def test_references_and_targets_have_other_noises(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = IconMatting.from_pretrained(weights, device="cpu")
    given: list[torch.Tensor] = []
    run = model.backbone.target  # reads references, too
    monkeypatch.setattr(model.backbone, "target", lambda *a: given.append(a[2]) or run(*a))
    photo, mask = disc(90, 120, x=40, y=45)
    model.predict(photo, model.tokens(model.reference_features(photo), mask))
    of_reference, of_target = given
    assert not torch.equal(of_reference, of_target)


def test_bf16_gives_nearly_the_same(weights: Path) -> None:
    reference, mask = disc(90, 120, x=40, y=45)
    alphas = []
    for precision in ("fp32", "bf16"):
        model = IconMatting.from_pretrained(weights, device="cpu", precision=precision)
        tokens = model.tokens(model.reference_features(reference), mask)
        alphas.append(model.predict(reference, tokens).alpha)
    assert 0 < np.abs(alphas[0] - alphas[1]).max() < 0.05


def test_an_empty_mask_is_refused(weights: Path) -> None:
    model = IconMatting.from_pretrained(weights, device="cpu")
    features = np.zeros((model.config.fine_channels, SIDE // 16, SIDE // 16), np.float16)
    with pytest.raises(InputError, match="the reference's mask has no foreground above one half at 128 pixels"):
        model.tokens(features, np.full((50, 50), 127, np.uint8))


def test_the_backbone_may_move_but_not_change(weights: Path, backbone: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(backbone, tmp_path / "moved")
    assert IconMatting.from_pretrained(weights, str(moved), "cpu").precision == torch.float32
    other = save_tiny(tmp_path / "other", seed=1)
    with pytest.raises(InputError, match=f"{weights} was trained on backbone tiny@.*, this one is other@"):
        IconMatting.from_pretrained(weights, str(other), "cpu")
