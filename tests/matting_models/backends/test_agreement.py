from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import SamModel

from matting_models.backends.agreement import SamAgreement, _image_processor_class
from tests.tiny_models import save_sam

IMAGE = np.random.default_rng(0).integers(0, 256, (48, 96, 3)).astype(np.uint8)
BOX = (10, 5, 40, 30)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny SAM with random weights, on disk as a released one would be."""
    return save_sam(tmp_path_factory.mktemp("models") / "tiny-sam")


@pytest.fixture(scope="module")
def agreement(weights: Path) -> SamAgreement:
    return SamAgreement(str(weights), device="cpu")


def test_equals_transformers_own_pipeline(weights: Path, agreement: SamAgreement) -> None:
    from transformers import SamProcessor

    processor = SamProcessor(_image_processor_class().from_pretrained(weights))
    x, y, width, height = BOX
    inputs = processor(IMAGE, input_boxes=[[[x, y, x + width, y + height]]], return_tensors="pt")
    inputs["pixel_values"] = inputs["pixel_values"].float()
    inputs["input_boxes"] = inputs["input_boxes"].float()
    with torch.no_grad():
        outputs = SamModel.from_pretrained(weights).eval()(**inputs)
    masks = processor.image_processor.post_process_masks(
        outputs.pred_masks, inputs["original_sizes"], inputs["reshaped_input_sizes"]
    )
    expected = masks[0][0, outputs.iou_scores[0, 0].argmax()].numpy()
    agreement.set_image(IMAGE)
    predicted = agreement.predict(BOX)
    assert predicted.dtype == np.bool_
    assert 0 < expected.mean() < 1
    np.testing.assert_array_equal(predicted, expected)


def test_iou(agreement: SamAgreement) -> None:
    agreement.set_image(IMAGE)
    mask = agreement.predict(BOX)
    assert agreement.iou_for(mask, BOX) == 1.0
    assert agreement.iou_for(~mask, BOX) == 0.0
    assert agreement.iou_for(np.ones_like(mask), BOX) == pytest.approx(mask.mean())
    assert agreement.iou(IMAGE, mask.astype(np.uint8) * 255, BOX) == 1.0


def test_image_is_encoded_once(agreement: SamAgreement, monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = []
    encode = agreement._encode
    monkeypatch.setattr(agreement, "_encode", lambda pixels: (encoded.append(1), encode(pixels))[1])
    agreement.set_image(IMAGE)
    mask = agreement.predict(BOX)
    for _ in range(3):
        agreement.iou_for(mask, BOX)
    assert len(encoded) == 1


def test_revision(agreement: SamAgreement) -> None:
    name, _, digest = agreement.revision.partition("@")
    assert name == "tiny-sam"
    assert len(digest) == 12


def test_no_image_yet(weights: Path) -> None:
    with pytest.raises(ValueError, match=r"^no image is set; call set_image first$"):
        SamAgreement(str(weights), device="cpu").predict(BOX)


@pytest.mark.parametrize("box", [(1, 2, 3), (1, 2, 0, 4), (1, 2, 3, -4), (1, 2, float("nan"), 4)])
def test_bad_box(agreement: SamAgreement, box: tuple[float, ...]) -> None:
    agreement.set_image(IMAGE)
    with pytest.raises(ValueError) as caught:
        agreement.predict(box)
    expected = f"box is {list(box)}, expected x, y, width, height with positive width and height"
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (IMAGE[..., 0], "image has shape (48, 96), expected (H, W, 3)"),
        (IMAGE / 255, "image has dtype float64, expected uint8"),
    ],
)
def test_bad_image(agreement: SamAgreement, image: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        agreement.set_image(image)
    assert str(caught.value) == message


def test_bad_mask(agreement: SamAgreement) -> None:
    agreement.set_image(IMAGE)
    with pytest.raises(ValueError) as caught:
        agreement.iou_for(np.zeros((48, 95), bool), BOX)
    assert str(caught.value) == "mask has shape (48, 95), expected (48, 96) as the image"


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        SamAgreement(str(tmp_path / "gone"))
    assert str(caught.value) == f"weights folder {tmp_path / 'gone'} does not exist"


def test_other_architecture(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "vitmatte"}')
    with pytest.raises(ValueError) as caught:
        SamAgreement(str(tmp_path))
    assert str(caught.value) == f"weights {tmp_path} are of architecture 'vitmatte', expected 'sam'"


def test_cuda_absent(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match=r"^CUDA was asked for, but torch sees no GPU; use device cpu or auto$"):
        SamAgreement(str(weights), device="cuda")
