"""IconMatting's released checkpoint (tiny-smart/in-context-matting): what was trained, without the backbone."""

import argparse
import math
import re
from collections.abc import Mapping

from torch import Tensor

from matting_models.errors import InputError
from matting_models.networks.fitting import fit
from matting_models.networks.icon.backbone import Diffusion
from matting_models.networks.icon.config import FINE, IconConfig
from matting_models.networks.icon.fusion import FUSED
from matting_models.networks.icon.network import IconNetwork
from matting_models.networks.saved import save_network

_FUSION, _HEAD = r"in_context_decoder\.in_context_fusion\.", r"in_context_decoder\.detail_decoder\."
_SCALES = ("coarse", "fine")
_LAYERS = {"attn_module_list": "intra", "ft_module_list": "narrow", "ft_attn_module_list": "join"}
_SIZE = "in_context_decoder.in_context_fusion.attn_module_list.1.ln.weight"
_WIDTH = "in_context_decoder.in_context_fusion.ft_module_list.0.conv.weight"
_FROZEN = "feature_extractor."


class IconConversion:
    """See ``Conversion``."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The backbone, which the checkpoint does not have."""
        parser.add_argument(
            "--backbone", required=True,
            help="the Stable Diffusion model that it was trained on, 2.1: local folder or hub name",
        )  # fmt: skip

    def convert(self, tensors: dict[str, Tensor], given: argparse.Namespace) -> Mapping[str, str]:
        """Input size and width are read off the tensors' shapes."""
        unused = {name: "the frozen backbone, read from --backbone" for name in tensors if name.startswith(_FROZEN)}
        ours = {_renamed(name): tensor for name, tensor in tensors.items() if name not in unused}
        for name in (_SIZE, _WIDTH):
            if name not in tensors or not tensors[name].ndim:
                raise InputError(f"{given.checkpoint} has no tensor {name}; expected IconMatting's checkpoint")
        backbone = Diffusion.load(given.backbone)
        config = IconConfig(
            given.backbone,
            backbone.revision,
            *backbone.channels,
            side=FINE * math.isqrt(tensors[_SIZE].shape[0]),
            width=tensors[_WIDTH].shape[0] / FUSED,
        )
        network = IconNetwork(config)
        fit(network.state_dict(), ours, f"{given.checkpoint} does not fit backbone {given.backbone}")
        save_network(given.out, config, network)
        return unused


def _renamed(name: str) -> str:
    """Ours for a name of the authors'.

    Raises:
        InputError: IconMatting has no such tensor.
    """
    for pattern, replacement in (
        (_FUSION + r"attn_module\.norm\.(\w+)", r"fusion.inter.norm.\1"),
        (_FUSION + r"fusion\.module_list\.0\.conv\.(.+)", r"fusion.merge.conv.\1"),
        (_HEAD + r"convstream\.convs\.(.+)", r"head.details.\1"),
        (_HEAD + r"fusion_blks\.(.+)", r"head.upwards.\1"),
        (_HEAD + r"matting_head\.matting_convs\.(.+)", r"head.alpha.\1"),
    ):
        if found := re.fullmatch(pattern, name):
            return found.expand(replacement)
    if found := re.fullmatch(_FUSION + r"(\w+)\.([01])\.(.+)", name):
        layer, scale, rest = found.groups()
        if layer in _LAYERS:
            rest = re.sub(r"^ln\.", "norm.", rest)
            return f"fusion.{_SCALES[int(scale)]}.{_LAYERS[layer]}.{rest}"
    raise InputError(f"tensor {name} is none of IconMatting's")
