from pathlib import Path

import numpy as np
import pytest
import torch

from matting_models.errors import InputError
from matting_models.networks.clipmat import CLIPMat
from matting_models.networks.clipmat.backbone import Backbone, load_backbone
from matting_models.networks.clipmat.network import CLIPMatNet
from matting_models.networks.clipmat.tiny import save_tiny
from matting_models.refmatte_layout import Text

pytestmark = pytest.mark.usefixtures("one_thread")

PHOTO = np.random.default_rng(0).integers(0, 256, (50, 90, 3), np.uint8)


def test_of_any_size_and_by_any_text_as_when_it_was_saved(
    weights: Path, network: CLIPMatNet, backbone: Backbone
) -> None:
    loaded, made = CLIPMat.from_pretrained(weights, "cpu"), CLIPMat(network, backbone.tokens)
    alpha = loaded.predict(PHOTO, "the red disc")
    assert (alpha.shape, alpha.dtype) == ((50, 90), np.float32)
    assert alpha.min() >= 0
    assert alpha.max() <= 1
    np.testing.assert_array_equal(alpha, made.predict(PHOTO, "The RED disc"))
    several = loaded.predict_each(PHOTO, [Text("basic", "the blue square"), Text("basic", "the red disc")])
    np.testing.assert_array_equal(several[1], alpha)


def test_at_the_photos_size_what_is_known_is_0_or_1(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Logits and details are enlarged, and fused there: no pixel between foreground and unknown is a mixture."""
    model = CLIPMat.from_pretrained(weights, "cpu")

    def forced(self: torch.nn.Module, features: torch.Tensor) -> torch.Tensor:
        logits = torch.zeros(len(features), 3, 64, 64)
        logits[:, 2, :, :32], logits[:, 1, :, 32:48], logits[:, 0, :, 48:] = 9, 9, 9
        return logits

    monkeypatch.setattr(type(model._network.semantic), "forward", forced)
    monkeypatch.setattr(type(model._network.details), "forward", lambda self, details: torch.full((1, 1, 64, 64), 0.5))
    alpha = model.predict(np.zeros((10, 640, 3), np.uint8), "disc")
    assert sorted({round(float(value), 5) for value in np.unique(alpha)}) == [0, 0.5, 1]
    assert [int(column) for column in np.nonzero(np.diff(alpha[5].round(5)))[0]] == [319, 479]


@pytest.mark.parametrize(
    ("text", "message"), [("", "the text is empty"), ("red " * 90, "has 90 tokens, and 67 fit; say it in fewer words")]
)
def test_texts_that_will_not_do(text: str, message: str, weights: Path) -> None:
    with pytest.raises(InputError, match=message):
        CLIPMat.from_pretrained(weights, "cpu").predict(PHOTO, text)


def test_a_tokenizer_of_another_network_is_refused(weights: Path, tmp_path: Path) -> None:
    other = save_tiny(tmp_path / "other", ["quite other words"])
    load_backbone(str(other), 69).tokens.write(weights)
    with pytest.raises(InputError, match=r"clipmat/tokenizer\.json has \d+ tokens and ends texts with \d+, expected"):
        CLIPMat.from_pretrained(weights, "cpu")


def test_an_overflow_is_said(weights: Path) -> None:
    model = CLIPMat.from_pretrained(weights, "cpu")
    with torch.no_grad():
        model._network.semantic.head.bias.fill_(float("nan"))
    with pytest.raises(InputError, match="the network's output is not finite: its weights are damaged"):
        model.predict(PHOTO, "disc")
