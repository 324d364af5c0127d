"""Released SEMat checkpoints (XiaRho/SEMat), on SAM, HQ-SAM and SAM2, as folders that ``SEMat.from_pretrained`` loads.

A released file holds the whole network: what was trained, and the frozen Segment Anything model that it was trained on.
Ours hold what was trained alone, so the frozen weights are compared with the backbone's, or become a backbone.
"""

import argparse
import shutil
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from matting_models.conversion.semat_names import family_of, ours, unused
from matting_models.errors import InputError
from matting_models.networks.fitting import fit
from matting_models.networks.semat.config import BESIDE, Family
from matting_models.networks.semat.large import large_model
from matting_models.networks.semat.model import SEMat
from matting_models.networks.semat.weights_file import trainable_state
from matting_models.weights import no_progress_bar

OWN_BACKBONE = "backbone"
"""Folder in the output for the checkpoint's own Segment Anything weights."""

ALPHA_PER_RANK = 1
"""LoRA's alpha is not in the weights; it equals the rank in every configuration that the authors published."""

_SAME = 1e-5
_FROZEN = "backbone.model."
_POINTS = "backbone.model.prompt_encoder.point_embed."
_POSITION = "backbone.model.prompt_encoder.shared_embedding.positional_embedding"
_POSITION_OF_IMAGE = "backbone.model.shared_image_embedding.positional_embedding"
_PROMPT = "box_prompt.projection."


@dataclass(frozen=True, slots=True)
class _Found:
    """A tensor of the checkpoint, and its name there for messages."""

    theirs: str
    tensor: Tensor


class SEMatConversion:
    """See ``protocol.Conversion``."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The backbone."""
        parser.add_argument(
            "--backbone",
            help="SAM, HQ-SAM or SAM2 that the checkpoint was trained on: hub name, such as facebook/sam-vit-large, "
            f"or local folder; without it the checkpoint's own becomes OUT/{OWN_BACKBONE}",
        )

    def convert(self, tensors: dict[str, Tensor], given: argparse.Namespace) -> Mapping[str, str]:
        """See ``protocol.Conversion``."""
        family = family_of(set(tensors))
        if family is None:
            raise InputError(f"{given.checkpoint} has no matting tokens of SEMat's: it is another network's checkpoint")
        left = {name: why for name in sorted(tensors) if (why := unused(name, family))}
        found = _translated({name: tensor for name, tensor in tensors.items() if name not in left}, family)
        try:
            if given.backbone is None:
                _write_backbone(found, family, given)
            model = _model(found, family, given)
            _check(found, model, given)
            trained = trainable_state(model)
            kept = {name: each for name, each in found.items() if name in trained}
            theirs = {name: each.theirs for name, each in kept.items()}
            fit(trained, {name: each.tensor for name, each in kept.items()}, f"{given.checkpoint}", theirs)
        except BaseException:
            if given.backbone is None:
                shutil.rmtree(given.out / OWN_BACKBONE, ignore_errors=True)
            raise
        model.save_pretrained(given.out)
        return left


def _translated(tensors: Mapping[str, Tensor], family: Family) -> dict[str, _Found]:
    """By our names."""
    found = {ours(name, family): _Found(name, tensor) for name, tensor in tensors.items()}
    if _POSITION in found:
        found[_POSITION_OF_IMAGE] = found[_POSITION]
    if family == "sam2":
        _join_points(found)
        _merge_prompt(found)
    return found


def _join_points(found: dict[str, _Found]) -> None:
    """Their four embeddings of points and corners are the four rows of one here."""
    names = [f"{_POINTS}{i}.weight" for i in range(4)]
    if all(name in found for name in names):
        rows = [found.pop(name) for name in names]
        found[f"{_POINTS}weight"] = _Found(rows[0].theirs, torch.cat([row.tensor for row in rows]))


def _merge_prompt(found: dict[str, _Found]) -> None:
    """Their prompt branch has an adapter beside weights that are trained too; here it is added to them."""
    names = [f"{_PROMPT}{part}.weight" for part in ("base_layer", "lora_A.default", "lora_B.default")]
    if not all(name in found for name in names):
        return  # what is there is then of no layer, which is told
    base, down, up = (found.pop(name) for name in names)
    change = torch.einsum("or,rchw->ochw", up.tensor[:, :, 0, 0], down.tensor)
    found[f"{_PROMPT}weight"] = _Found(base.theirs, base.tensor + ALPHA_PER_RANK * change)
    if bias := found.pop(f"{_PROMPT}base_layer.bias", None):
        found[f"{_PROMPT}bias"] = bias


def _write_backbone(found: Mapping[str, _Found], family: Family, given: argparse.Namespace) -> None:
    """The checkpoint's own Segment Anything model, as transformers saves one."""
    own = {
        name.removeprefix(_FROZEN).replace(".base_layer.", "."): each.tensor
        for name, each in found.items()
        if name.startswith(_FROZEN) and ".lora_" not in name
    }
    if not own:
        raise InputError(f"{given.checkpoint} has no Segment Anything weights of its own; give --backbone")
    model = large_model(family)
    fit(model.state_dict(), own, f"{given.checkpoint}: its Segment Anything model is no ViT-L or Hiera-L")
    with no_progress_bar():
        model.save_pretrained(given.out / OWN_BACKBONE)


def _model(found: Mapping[str, _Found], family: Family, given: argparse.Namespace) -> SEMat:
    """A SEMat of the checkpoint's sizes, its weights still its own."""
    ranks = {each.tensor.shape[0] for name, each in found.items() if ".lora_A." in name}
    widths = [found.get(f"matting_decoder.down.{i}.shortcut.weight") for i in range(4)]
    if len(ranks) != 1 or None in widths:
        raise InputError(f"{given.checkpoint} has no adapters of one rank, or not four down blocks: it is cut")
    rank = ranks.pop()
    model = SEMat.create(
        given.backbone or str(given.out / OWN_BACKBONE),
        lora_rank=rank,
        lora_alpha=rank * ALPHA_PER_RANK,
        prompt_init="copied" if family == "sam2" else "zero",
        prompt_dropout=0.0,
        decoder_channels=tuple(each.tensor.shape[0] for each in widths if each),
        architecture="released",
    )
    if model.config.family != family:
        raise InputError(f"{given.checkpoint} is a SEMat on {family}, {given.backbone} is {model.config.family}")
    if given.backbone is None:
        model.config = replace(model.config, backbone=BESIDE + OWN_BACKBONE)
    return model


def _check(found: Mapping[str, _Found], model: SEMat, given: argparse.Namespace) -> None:
    """Every tensor has its place, and the frozen ones are the backbone's."""
    state, trained = model.state_dict(), trainable_state(model).keys()
    for name, each in found.items():
        if name not in state:
            raise InputError(f"{given.checkpoint}: {each.theirs} is of no layer of a SEMat on {model.config.family}")
        if each.tensor.shape != state[name].shape:
            raise InputError(
                f"{given.checkpoint}: {each.theirs} is {tuple(each.tensor.shape)}, expected {tuple(state[name].shape)}"
                + (f" as in {given.backbone}" if name not in trained else "")
            )
    frozen = [name for name in found if name not in trained]
    if not frozen:
        warnings.warn(
            f"{given.checkpoint} has no Segment Anything weights of its own, so that whether it was trained on "
            f"{given.backbone} cannot be told",
            stacklevel=2,
        )
    for name in frozen:
        tensor = found[name].tensor
        expected = state[name].to(tensor.dtype).float()  # rounded as the checkpoint is
        difference = float((tensor.float() - expected).abs().max())
        if not difference <= _SAME:
            raise InputError(
                f"{given.checkpoint} was trained on other weights than {given.backbone}: {found[name].theirs} differs "
                f"by up to {difference:.2g}; without --backbone its own are taken"
            )
