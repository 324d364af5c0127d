import re
from argparse import Namespace
from pathlib import Path

import cv2
import numpy as np
import pytest

from matting_models.errors import InputError
from matting_models.networks.joint import predicting
from matting_models.networks.joint.evaluation import load
from matting_models.networks.joint.fusion import soft_fusion
from matting_models.networks.joint.model import JointMatting
from matting_models.predict import main

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def model(weights: Path) -> JointMatting:
    return JointMatting(weights, "cpu")


def photo(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    image = np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8)
    mask = np.zeros((height, width), np.uint8)
    mask[height // 4 : height // 2 + 1, width // 4 : width // 2 + 1] = 1
    return image, mask


@pytest.mark.parametrize("size", [(97, 131), (1, 1), (1, 40), (33, 5), (600, 40)])
def test_any_size(model: JointMatting, size: tuple[int, int]) -> None:
    alpha = model.predict(*photo(*size))
    assert alpha.shape == size and alpha.dtype == np.float32
    assert alpha.min() >= 0 and alpha.max() <= 1


def test_the_same_each_time_and_nothing_far_from_the_mask(model: JointMatting, weights: Path) -> None:
    image, mask = photo(200, 300)
    alpha = model.predict(image, mask)
    np.testing.assert_array_equal(alpha, model.predict(image, mask))
    assert not alpha[:, 260:].any() and alpha.any()
    hard = JointMatting(weights, "cpu", fusion="hard").predict(image, mask)
    assert not np.array_equal(alpha, hard)


def test_large_crops_are_matted_at_reduced_size(model: JointMatting, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    forward = model._joint.net_m.forward
    monkeypatch.setattr(predicting, "MOST_PIXELS", 64 * 64)
    monkeypatch.setattr(model._joint.net_m, "forward", lambda x, t: sizes.append(x.shape[2:]) or forward(x, t))
    assert model.predict(*photo(400, 400)).shape == (400, 400)
    assert sizes == [(64, 64)]


def test_half_precision_is_near(model: JointMatting, weights: Path) -> None:
    image, mask = photo(90, 90)
    half = JointMatting(weights, "cpu", "bf16").predict(image, mask)
    assert np.abs(half - model.predict(image, mask)).mean() < 0.05


def test_what_is_no_photo_and_no_mask(model: JointMatting) -> None:
    image, mask = photo(40, 40)
    for wrong in ((image[:, :, :2], mask), (image, mask[:39]), (image, mask * 0), (image / 255, mask)):
        with pytest.raises(ValueError, match="image is|mask is|mask has no"):
            model.predict(*wrong)


def test_the_command_line(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    image, mask = photo(80, 90)
    cv2.imwrite(str(tmp_path / "a.png"), image)
    cv2.imwrite(str(tmp_path / "m.png"), mask * 255)

    def predict(*more: str) -> int:
        words = ["joint", "--weights", str(weights), "--image", str(tmp_path / "a.png"), "--device", "cpu"]
        return main([*words, "--mask", str(tmp_path / "m.png"), "--out", str(tmp_path / "alpha.png"), *more])

    fusions: list[str] = []
    monkeypatch.setitem(predicting.FUSIONS, "soft", lambda p, alpha: fusions.append("soft") or soft_fusion(p, alpha))
    assert predict() == 0 and cv2.imread(str(tmp_path / "alpha.png"), cv2.IMREAD_UNCHANGED).shape == (80, 90)
    assert predict("--fusion", "hard") == 0 and fusions == ["soft"]
    cv2.imwrite(str(tmp_path / "m.png"), mask[:40] * 255)
    assert predict() == 2
    assert "m.png is 90x40, the photo 90x80; expected the same" in capsys.readouterr().err
    cv2.imwrite(str(tmp_path / "m.png"), mask * 0)
    assert predict() == 2
    assert "is empty: no pixel is above 127" in capsys.readouterr().err


def test_evaluations_take_the_hard_fusion(weights: Path) -> None:
    given = Namespace(weights=str(weights), device="cpu", precision="fp32")
    predict, revision = load(given)
    image, mask = photo(70, 80)
    hard = JointMatting(weights, "cpu", "fp32", fusion="hard").predict(image, mask)
    np.testing.assert_array_equal(predict(image, mask), hard)
    assert re.fullmatch(rf"{weights.name}@[0-9a-f]{{12}}\+[0-9a-f]{{12}}", revision)
    given.weights = None
    with pytest.raises(InputError, match="--model joint needs --weights, a folder that training joint wrote"):
        load(given)
