from pathlib import Path

import numpy as np
import pytest

from matting_models.backends import backend_names, create_backend, register, registry, weights_revision
from matting_models.networks.mask_to_matte.weights import METHOD
from pipelines.labelling.matting import MaskMatting


def test_names() -> None:
    assert backend_names() == ("closed-form", "diffmatte", "icon", "mask-to-matte", "net-m", "vitmatte")


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        (
            "knn",
            {},
            "unknown matting backend 'knn', expected one of closed-form, diffmatte, icon, mask-to-matte, net-m, "
            "vitmatte",
        ),
        (
            "closed-form",
            {"weights": "some/where"},
            "the closed-form backend has no weights, but 'some/where' was given; "
            "leave --matting.weights (WEIGHTS=) out",
        ),
        (
            "vitmatte",
            {},
            "the vitmatte backend needs weights, --matting.weights (WEIGHTS= for make): a local folder, or a hub name "
            "such as hustvl/vitmatte-small-composition-1k",
        ),
        (
            "net-m",
            {},
            "the net-m backend needs weights, --matting.weights (WEIGHTS= for make): a folder that training wrote",
        ),
        (
            "diffmatte",
            {},
            "the diffmatte backend needs weights, --matting.weights (WEIGHTS= for make): a folder that "
            "python -m matting_models.convert diffmatte or training wrote",
        ),
        ("closed-form", {"batch_size": 0}, "batch_size is 0, expected at least 1"),
    ],
)
def test_bad_options(name: str, options: dict, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        create_backend(name, **options)
    assert str(caught.value) == message


def test_closed_form_says_what_it_is() -> None:
    backend = create_backend("closed-form")
    assert (backend.name, backend.context, backend.batch_size) == ("closed-form", 4, 1)
    assert backend.revision.endswith("direct-1")


def test_mask_to_matte_starts_from_a_mask() -> None:
    backend = create_backend("mask-to-matte", device="cpu")
    assert isinstance(backend, MaskMatting) and not isinstance(create_backend("closed-form"), MaskMatting)
    assert (backend.name, backend.batch_size) == ("mask-to-matte", 1)
    image, mask = np.zeros((32, 40, 3), np.uint8), np.zeros((32, 40), np.uint8)
    image[8:24, 10:30], mask[8:24, 10:30] = 200, 1
    made = backend.matte(image, mask)
    assert (made.alpha.shape, made.alpha.dtype, made.trimap.dtype) == (mask.shape, np.float32, np.uint8)
    assert np.array_equal(made.alpha[made.trimap != 128] * 255, made.trimap[made.trimap != 128])


def test_what_tells_weights_apart(tmp_path: Path) -> None:
    assert weights_revision("closed-form") == weights_revision("vitmatte", "some/where") == ""
    shipped = weights_revision("mask-to-matte")
    assert create_backend("mask-to-matte", device="cpu").revision.startswith(f"{shipped}+onnxruntime-")
    (tmp_path / "model.safetensors").write_bytes(b"others")
    digest = "01db91d06032"
    assert weights_revision("mask-to-matte", str(tmp_path)) == f"{tmp_path.name}@{digest}-{METHOD}"
    (tmp_path / "config.json").write_bytes(b"")
    assert weights_revision("net-m", str(tmp_path)) == f"{tmp_path.name}@{digest}"
    assert weights_revision("net-m") == ""
    for name, missing in (("mask-to-matte", "nowhere"), ("net-m", "nowhere/config.json")):
        with pytest.raises(FileNotFoundError, match=f"weights {missing} do not exist"):
            weights_revision(name, "nowhere")


def test_register_adds_a_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_factories", dict(registry._factories))
    seen = []

    @register("mine")
    def mine(weights, device, precision, batch_size):
        seen.append((weights, device, precision, batch_size))
        return "backend"

    assert create_backend("mine", weights="w", device="cpu", precision="fp32", batch_size=3) == "backend"
    assert seen == [("w", "cpu", "fp32", 3)]
    assert backend_names() == ("closed-form", "diffmatte", "icon", "mask-to-matte", "mine", "net-m", "vitmatte")
    with pytest.raises(ValueError, match=r"^matting backend 'mine' is registered already$"):
        register("mine")(mine)
