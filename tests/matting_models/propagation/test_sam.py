import io
import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from transformers import Sam2Model, Sam2Processor, SamHQModel, SamHQProcessor, SamModel, SamProcessor

from matting_models.propagation._common import pil_processor
from matting_models.propagation.sam import SamSegmenter
from pipelines.propagation.segmenter import Encoding, Prompt
from tests.tiny_models import IMAGENET_MEAN, IMAGENET_STD, save_lively_sam, save_sam2, save_sam_hq

FAMILIES = ("sam", "sam_hq", "sam2")
IMAGE = np.random.default_rng(0).integers(0, 256, (48, 96, 3)).astype(np.uint8)
POINTS = np.array([[20.0, 10.5], [50.25, 30.0], [90.0, 40.0]])
PROMPT = Prompt(POINTS, np.array([True, True, False]))
BOX = (10.0, 5.0, 40.0, 30.0)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Tiny networks with random weights and 64-pixel inputs, on disk as released ones would be."""
    root = tmp_path_factory.mktemp("models")
    return {
        "sam": save_lively_sam(root / "tiny-sam"),
        "sam_hq": save_sam_hq(root / "tiny-sam-hq"),
        "sam2": save_sam2(root / "tiny-sam2"),
    }


@pytest.fixture(scope="module")
def segmenters(folders: dict[str, Path]) -> dict[str, SamSegmenter]:
    return {family: SamSegmenter(str(folder), device="cpu") for family, folder in folders.items()}


def given_to(segmenter: SamSegmenter, image: np.ndarray, prompt: Prompt) -> dict[str, Any]:
    """Arguments that reach the model for a prompt."""
    calls: list[dict[str, Any]] = []
    model = segmenter._network.model
    hook = model.register_forward_pre_hook(lambda _, __, given: calls.append(given), with_kwargs=True)
    segmenter.segment(image, segmenter.encode(image), prompt)
    hook.remove()
    assert len(calls) == 1
    return calls[0]


@pytest.mark.parametrize(
    ("family", "size", "scale"),
    [
        ("sam", (48, 96), (64 / 96, 32 / 48)),
        ("sam", (100, 30), (19 / 30, 64 / 100)),  # 30 * 0.64 = 19.2
        ("sam_hq", (100, 30), (19 / 30, 64 / 100)),
        ("sam_hq", (20, 30), (64 / 30, 43 / 20)),  # 20 * 64 / 30 = 42.7
        ("sam2", (48, 96), (64 / 96, 64 / 48)),
        ("sam2", (100, 30), (64 / 30, 64 / 100)),
    ],
)
def test_prompts_in_pixels_of_the_input(
    segmenters: dict[str, SamSegmenter], family: str, size: tuple[int, int], scale: tuple[float, float]
) -> None:
    image = np.zeros((*size, 3), np.uint8)
    points = np.array([[0.0, 0.0], [12.5, 7.0], [29.0, 19.0]])
    prompt = Prompt(points, np.array([True, False, True]), (3.0, 4.0, 20.0, 10.5), np.ones(size, bool))
    given = given_to(segmenters[family], image, prompt)
    assert given["input_points"].shape == (1, 1, 3, 2)
    np.testing.assert_allclose(given["input_points"][0, 0], points * scale, rtol=1e-6)
    assert given["input_labels"].tolist() == [[[1, 0, 1]]]
    across, down = scale
    corners = [[[3 * across, 4 * down, 23 * across, 14.5 * down]]]
    np.testing.assert_allclose(given["input_boxes"], corners, rtol=1e-6)
    assert given["multimask_output"] is True


@pytest.mark.parametrize("family", FAMILIES)
def test_points_alone_and_box_alone(segmenters: dict[str, SamSegmenter], family: str) -> None:
    nothing = np.zeros((0, 2)), np.zeros(0, bool)
    assert "input_boxes" not in given_to(segmenters[family], IMAGE, PROMPT)
    assert "input_points" not in given_to(segmenters[family], IMAGE, Prompt(*nothing, BOX))
    beside = Prompt(POINTS[:1], np.array([False]), BOX)
    assert given_to(segmenters[family], IMAGE, beside)["input_labels"].tolist() == [[[0]]]


def transformers_own(family: str, folder: Path, rounded: bool) -> tuple[np.ndarray, np.ndarray]:
    """(3, H, W) masks and (3,) IoUs as the libraries' own processor and model give them for ``PROMPT``.

    Args:
        rounded: round the image's embedding to float16 on its way to the decoder.
    """
    points, labels = [[POINTS.tolist()]], [[PROMPT.positive.astype(int).tolist()]]
    if family == "sam2":
        # The whole processor needs torchvision: pixels by its PIL counterpart, points by its own code.
        pixels = pil_processor("ViTImageProcessor").from_pretrained(folder)
        processor = object.__new__(Sam2Processor)
        processor.target_size, processor.point_pad_value = 64, -10
        inputs = dict(
            processor(original_sizes=[[48, 96]], input_points=points, input_labels=labels, return_tensors="pt")
        )
        inputs["pixel_values"] = pixels(IMAGE, return_tensors="pt")["pixel_values"]
    else:
        processor_class: Any = SamProcessor if family == "sam" else SamHQProcessor
        processor = processor_class(pil_processor("SamImageProcessor").from_pretrained(folder))
        inputs = dict(processor(IMAGE, input_points=points[0], input_labels=labels[0], return_tensors="pt"))
    model_class: Any = {"sam": SamModel, "sam_hq": SamHQModel, "sam2": Sam2Model}[family]
    model = model_class.from_pretrained(folder).eval()
    pixels = inputs.pop("pixel_values").float()
    sizes = inputs.pop("original_sizes"), inputs.pop("reshaped_input_sizes", None)
    inputs["input_points"] = inputs["input_points"].float()
    with torch.no_grad():
        if rounded:
            outputs = model(**inputs, **round_embeddings(model.get_image_embeddings(pixels)))
        else:
            outputs = model(**inputs, pixel_values=pixels)
    if family == "sam2":
        large = torch.nn.functional.interpolate(outputs.pred_masks[0], (48, 96), mode="bilinear", align_corners=False)
        masks = large[0] > 0
    else:
        masks = processor.image_processor.post_process_masks(outputs.pred_masks, *sizes)[0][0]
    return masks.numpy(), outputs.iou_scores[0, 0].numpy()


def round_embeddings(embeddings: Any) -> dict[str, Any]:
    if isinstance(embeddings, torch.Tensor):
        return {"image_embeddings": embeddings.half().float()}
    if isinstance(embeddings, tuple):
        image, levels = embeddings
        return {
            "image_embeddings": image.half().float(),
            "intermediate_embeddings": [level.half().float() for level in levels],
        }
    return {"image_embeddings": [level.half().float() for level in embeddings]}


@pytest.mark.parametrize("family", FAMILIES)
def test_equals_transformers_own_pipeline(
    folders: dict[str, Path], segmenters: dict[str, SamSegmenter], family: str
) -> None:
    segmenter = segmenters[family]
    masks, scores = segmenter._decode((48, 96), segmenter.encode(IMAGE), PROMPT)
    assert masks.dtype == np.bool_
    expected, ious = transformers_own(family, folders[family], rounded=True)
    assert (masks != expected).mean() < 1e-3  # A pixel whose logit is 0 but for rounding.
    assert (expected.mean((1, 2)) > 0).all()
    assert (expected.mean((1, 2)) < 1).all()
    np.testing.assert_allclose(scores, ious.clip(0, 1), atol=1e-4)
    exact, ious = transformers_own(family, folders[family], rounded=False)
    assert (masks != exact).mean() < 0.01
    np.testing.assert_allclose(scores, ious.clip(0, 1), atol=0.01)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_image_and_the_prompt_matter(segmenters: dict[str, SamSegmenter], family: str) -> None:
    segmenter = segmenters[family]
    encoding = segmenter.encode(IMAGE)
    masks, _ = segmenter._decode((48, 96), encoding, PROMPT)
    turned, _ = segmenter._decode((48, 96), segmenter.encode(IMAGE[::-1].copy()), PROMPT)
    swapped, _ = segmenter._decode((48, 96), encoding, Prompt(POINTS, ~PROMPT.positive))
    boxed, _ = segmenter._decode((48, 96), encoding, Prompt(POINTS, PROMPT.positive, BOX))
    for other in (turned, swapped, boxed):
        assert (masks != other).mean() > 0.001


def test_sam2_sees_the_image_squeezed_and_normalised(segmenters: dict[str, SamSegmenter]) -> None:
    seen: list[torch.Tensor] = []
    network = segmenters["sam2"]._network
    hook = network.model.vision_encoder.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    image = np.zeros((40, 100, 3), np.uint8)
    image[:, 50:] = 255
    segmenters["sam2"].encode(image)
    hook.remove()
    assert seen[0].shape == (1, 3, 64, 64)
    np.testing.assert_allclose(seen[0][0, :, 10, 0], -np.array(IMAGENET_MEAN) / IMAGENET_STD, atol=1e-5)
    np.testing.assert_allclose(seen[0][0, :, 50, 63], (1 - np.array(IMAGENET_MEAN)) / IMAGENET_STD, atol=1e-5)


class Decoder:
    """A model whose masks and scores are planted."""

    def __init__(self, logits: torch.Tensor, scores: list[float]) -> None:
        self.logits, self.scores = logits, torch.tensor([[scores]])

    def __call__(self, **given: object) -> SimpleNamespace:
        return SimpleNamespace(pred_masks=self.logits[None, None], iou_scores=self.scores)


def thirds(side: int) -> torch.Tensor:
    """(3, side, side) logits: the left half, the top half, everything."""
    logits = torch.full((3, side, side), -5.0)
    logits[0, :, : side // 2] = 5
    logits[1, : side // 2] = 5
    logits[2] = 5
    return logits


@pytest.mark.parametrize(
    ("points", "positive", "scores", "best", "quality", "agreed"),
    [
        ([[10, 10]], [True], [0.5, 0.9, 0.7], 1, 0.9, 1.0),
        # In the bottom left: only the left half and everything have it, so that the 0.9 counts nothing.
        ([[10, 40]], [True], [0.5, 0.9, 0.4], 0, 0.5, 1.0),
        # 0.9 * 1/2 < 0.6
        ([[10, 10], [10, 40]], [True, True], [0.6, 0.9, 0.5], 0, 0.6, 1.0),
        # 0.9 * 1/2 > 0.4
        ([[10, 10], [10, 40]], [True, True], [0.4, 0.9, 0.4], 1, 0.9, 0.5),
        # Everything has the negative point too: 0.9 * 1/2 < 0.5
        ([[10, 10], [90, 10]], [True, False], [0.5, 0.4, 0.9], 0, 0.5, 1.0),
        # Scores beyond 1 count as 1, below 0 as 0.
        ([[10, 10]], [True], [1.2, 1.5, -3.0], 0, 1.0, 1.0),
        ([[10, 10]], [True], [-1.0, -2.0, -3.0], 0, 0.0, 1.0),
    ],
)
def test_pick(
    folders: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    points: list[list[float]],
    positive: list[bool],
    scores: list[float],
    best: int,
    quality: float,
    agreed: float,
) -> None:
    segmenter = SamSegmenter(str(folders["sam2"]), device="cpu")
    encoding = segmenter.encode(IMAGE)
    monkeypatch.setattr(segmenter._network, "model", Decoder(thirds(16), scores))
    segment = segmenter.segment(IMAGE, encoding, Prompt(np.array(points, np.float64), np.array(positive)))
    expected = [np.s_[:, :48], np.s_[:24], np.s_[:]][best]
    mask = np.zeros((48, 96), bool)
    mask[expected] = True
    np.testing.assert_array_equal(segment.mask, mask)
    assert segment.quality == pytest.approx(quality)
    assert segment.agreement == agreed


def test_sams_masks_lose_their_padding(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """An image twice as wide as high fills the input's upper half, so the logits' upper half is all of it."""
    segmenter = SamSegmenter(str(folders["sam"]), device="cpu")
    encoding = segmenter.encode(IMAGE)
    monkeypatch.setattr(segmenter._network, "model", Decoder(thirds(16), [0.1, 0.9, 0.1]))
    segment = segmenter.segment(IMAGE, encoding, PROMPT)
    assert segment.mask.mean() > 0.97  # Bilinear at its lower border.
    assert segment.agreement == pytest.approx(2 / 3)


@pytest.mark.parametrize("family", FAMILIES)
def test_stored_encoding_gives_the_same(segmenters: dict[str, SamSegmenter], family: str) -> None:
    segmenter = segmenters[family]
    encoding = segmenter.encode(IMAGE)
    assert {array.dtype for array in encoding.values()} == {np.dtype(np.float16)}
    file = io.BytesIO()
    np.savez(file, **encoding)
    file.seek(0)
    with np.load(file) as loaded:
        stored: Encoding = dict(loaded)
    prompt = Prompt(POINTS, PROMPT.positive, BOX)
    fresh, again = segmenter.segment(IMAGE, encoding, prompt), segmenter.segment(IMAGE, stored, prompt)
    np.testing.assert_array_equal(fresh.mask, again.mask)
    assert fresh.mask.shape == (48, 96)
    assert fresh.mask.dtype == np.bool_
    assert 0 <= fresh.quality <= 1
    assert (fresh.quality, fresh.agreement) == (again.quality, again.agreement)


def test_encodings_hold_only_what_the_decoder_needs(segmenters: dict[str, SamSegmenter]) -> None:
    shapes = {
        family: {name: array.shape for name, array in segmenter.encode(IMAGE).items()}
        for family, segmenter in segmenters.items()
    }
    assert shapes == {
        "sam": {"image": (1, 32, 4, 4)},
        "sam_hq": {"image": (1, 32, 4, 4), "shallow": (1, 4, 4, 32)},
        "sam2": {"level0": (1, 4, 16, 16), "level1": (1, 8, 8, 8), "level2": (1, 32, 4, 4)},
    }


def test_outline_is_not_used(segmenters: dict[str, SamSegmenter]) -> None:
    segmenter = segmenters["sam"]
    encoding = segmenter.encode(IMAGE)
    outlined = Prompt(POINTS, PROMPT.positive, None, np.zeros((48, 96), bool))
    plain, same = segmenter.segment(IMAGE, encoding, PROMPT), segmenter.segment(IMAGE, encoding, outlined)
    np.testing.assert_array_equal(plain.mask, same.mask)


def test_contract(segmenters: dict[str, SamSegmenter]) -> None:
    for segmenter, folder in zip(segmenters.values(), ("tiny-sam", "tiny-sam-hq", "tiny-sam2"), strict=True):
        name, _, digest = segmenter.revision.partition("@")
        assert (segmenter.name, name, len(digest)) == ("sam", folder, 12)


def test_video_release_of_sam2(folders: dict[str, Path], segmenters: dict[str, SamSegmenter], tmp_path: Path) -> None:
    """SAM2's releases name the video model; here of the image part only, as the rest is left aside anyway."""
    folder = Path(shutil.copytree(folders["sam2"], tmp_path / "video"))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "sam2_video"}))
    video, image = SamSegmenter(str(folder), device="cpu"), segmenters["sam2"]
    found, expected = (one.segment(IMAGE, one.encode(IMAGE), PROMPT) for one in (video, image))
    np.testing.assert_array_equal(found.mask, expected.mask)


def test_bf16_on_the_cpu_is_close(folders: dict[str, Path], segmenters: dict[str, SamSegmenter]) -> None:
    for family in FAMILIES:
        exact = segmenters[family].encode(IMAGE)
        rough = SamSegmenter(str(folders[family]), "cpu", "bf16").encode(IMAGE)
        for name, values in exact.items():
            difference = np.abs(values.astype(np.float32) - rough[name])
            assert 0 < difference.mean() < 0.05 * np.abs(values.astype(np.float32)).mean()


@pytest.mark.parametrize(
    "prompt",
    [
        Prompt(np.zeros((0, 2)), np.zeros(0, bool)),
        Prompt(POINTS, np.zeros(3, bool)),
        Prompt(np.zeros((0, 2)), np.zeros(0, bool), None, np.ones((48, 96), bool)),
    ],
)
def test_nothing_to_segment(segmenters: dict[str, SamSegmenter], prompt: Prompt) -> None:
    segmenter = segmenters["sam"]
    with pytest.raises(ValueError) as caught:
        segmenter.segment(IMAGE, segmenter.encode(IMAGE), prompt)
    assert str(caught.value) == "prompt has neither a positive point nor a box, expected at least one of them"


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (IMAGE[..., 0], "image has shape (48, 96), expected (H, W, 3)"),
        (IMAGE[:0], "image has shape (0, 96, 3), expected (H, W, 3)"),
        (IMAGE / 255, "image has dtype float64, expected uint8"),
    ],
)
def test_bad_image(segmenters: dict[str, SamSegmenter], image: np.ndarray, message: str) -> None:
    segmenter = segmenters["sam"]
    encoding = segmenter.encode(IMAGE)
    for use in (segmenter.encode, lambda bad: segmenter.segment(bad, encoding, PROMPT)):
        with pytest.raises(ValueError) as caught:
            use(image)
        assert str(caught.value) == message


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        SamSegmenter(str(tmp_path / "gone"))
    assert str(caught.value) == f"weights folder {tmp_path / 'gone'} does not exist"


def test_other_architecture(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "dinov2"}')
    with pytest.raises(ValueError) as caught:
        SamSegmenter(str(tmp_path))
    expected = "'sam' or 'sam_hq' or 'sam2' or 'sam2_video'"
    assert str(caught.value) == f"weights {tmp_path} are of architecture 'dinov2', expected {expected}"


@pytest.mark.parametrize("family", FAMILIES)
def test_no_processor_settings(folders: dict[str, Path], tmp_path: Path, family: str) -> None:
    folder = Path(shutil.copytree(folders[family], tmp_path / "spoilt"))
    (folder / "preprocessor_config.json").unlink()
    with pytest.raises(FileNotFoundError) as caught:
        SamSegmenter(str(folder), device="cpu")
    assert str(caught.value) == f"weights {folder} have no image processor settings (preprocessor_config.json)"


def test_cuda_absent(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match=r"^CUDA was asked for, but torch sees no GPU; use device cpu or auto$"):
        SamSegmenter(str(folders["sam"]), device="cuda")


def test_precision_of_the_cpu(folders: dict[str, Path]) -> None:
    with pytest.raises(ValueError, match=r"^precision fp16 needs a GPU; use fp32, bf16 or auto on the CPU$"):
        SamSegmenter(str(folders["sam"]), device="cpu", precision="fp16")


def test_overflow_is_not_passed_on(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    segmenter = SamSegmenter(str(folders["sam"]), device="cpu")
    segmenter._dtype = torch.bfloat16
    monkeypatch.setattr(segmenter._network, "encode", lambda pixels: {"image": torch.full((1, 2), torch.inf)})
    with pytest.raises(ValueError) as caught:
        segmenter.encode(IMAGE)
    assert str(caught.value) == "the network's output overflowed in bfloat16; use precision fp32 (or bf16)"


def test_large_features_are_clipped_to_what_float16_holds(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    segmenter = SamSegmenter(str(folders["sam"]), device="cpu")
    monkeypatch.setattr(segmenter._network, "encode", lambda pixels: {"image": torch.tensor([1e6, -1e6, 1.5])})
    np.testing.assert_array_equal(segmenter.encode(IMAGE)["image"], [65504, -65504, 1.5])
