"""Parity with the authors' extractor and decoder, from numbers that these gave (docs/decisions.md says how)."""

from pathlib import Path

import numpy as np
import pytest
import torch

from matting_models.convert import main
from matting_models.networks.icon.inputs import mask_of
from matting_models.networks.icon.model import IconMatting
from matting_models.networks.icon.similarity import reference_tokens
from tests.matting_models.networks.icon import authors

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return authors.save_backbone(tmp_path_factory.mktemp("parity") / "tiny")


def convert(tensors: dict[str, torch.Tensor], backbone: Path, folder: Path) -> int:
    torch.save({"state_dict": tensors}, folder / "icon.ckpt")
    return main(["icon", str(folder / "icon.ckpt"), "--backbone", str(backbone), "--out", str(folder / "icon")])


def test_converted_weights_give_the_authors_alpha(
    backbone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frozen = {"feature_extractor.prompt_embeds": torch.zeros(1)}
    assert convert(authors.checkpoint() | frozen, backbone, tmp_path) == 0
    out = capsys.readouterr().out
    assert "unused: feature_extractor.prompt_embeds: the frozen backbone, read from --backbone" in out
    model = IconMatting.from_pretrained(tmp_path / "icon", device="cpu")
    assert (model.config.side, model.config.width) == (128, 0.125)

    expected = np.load(authors.FOLDER / "expected.npz")
    references, masks, targets = authors.pictures()
    of_reference, of_target = authors.noises_of_each()
    fine = model.backbone.reference(references, 200, of_reference)
    found = model.backbone.target(targets, 200, of_target)
    tokens = [reference_tokens(f, mask_of(m[0] * 255)) for f, m in zip(fine, masks, strict=True)]
    with torch.no_grad():
        alpha, similarity = model.network(targets, found, tokens)
    pairs = {
        "reference": fine[:, :4],
        "coarse": found.coarse[:, :4],
        "coarse_attention": found.coarse_attention,
        "fine_attention": found.fine_attention[:, ::4],
        "similarity": similarity[:, 0],
        "alpha": alpha[:, 0, ::4, ::4],
    }
    for name, ours in pairs.items():
        np.testing.assert_allclose(ours.numpy(), expected[name], atol=1e-4, rtol=1e-4, err_msg=name)
    np.testing.assert_allclose(pairs["alpha"].numpy(), expected["alpha"], atol=1e-5, rtol=0)


def test_what_does_not_fit_is_named(backbone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole, prefix = authors.checkpoint(), "in_context_decoder.in_context_fusion."
    size, norm = f"{prefix}attn_module_list.1.ln.weight", f"{prefix}attn_module.norm.weight"
    cases = [
        ({name: t for name, t in whole.items() if name != size}, f"has no tensor {size}; expected IconMatting's"),
        (whole | {size: torch.tensor(0.0)}, f"has no tensor {size}; expected IconMatting's"),
        (whole | {"in_context_decoder.trimap": torch.zeros(1)}, "tensor in_context_decoder.trimap is none of IconMatt"),
        (whole | {norm: torch.zeros(32)}, f"does not fit backbone {backbone}: 1 tensors differ; "
         "fusion.inter.norm.weight is (32,), expected (16,)"),
    ]  # fmt: skip
    for tensors, message in cases:
        assert convert(tensors, backbone, tmp_path) == 2
        assert message in capsys.readouterr().err
        assert not (tmp_path / "icon").exists()
