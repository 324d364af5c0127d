"""Pretrained ResNets of transformers, from which encoders are made."""

from matting_models.errors import InputError
from matting_models.weights import load_model, locate, models_extra

with models_extra("a ResNet"):
    from transformers import ResNetConfig, ResNetModel

_COMPARED = (
    "layer_type",
    "depths",
    "embedding_size",
    "hidden_sizes",
    "num_channels",
    "hidden_act",
    "downsample_in_first_stage",
    "downsample_in_bottleneck",
)


def load_resnet(weights: str, expected: ResNetConfig, network: str, depth: int) -> tuple[ResNetModel, str]:
    """Pretrained weights of a ResNet of given sizes.

    Args:
        weights: hub name, such as ``microsoft/resnet-50``, or a local folder.
        expected: sizes.
        network: that it is for, such as "Net-T of width 1", for messages.
        depth: the number in its name, for messages.

    Returns:
        The model, and ``NAME@DIGEST or commit``.

    Raises:
        InputError: nothing there, or damaged, or a ResNet of other sizes.
    """
    source = locate(weights, "resnet")
    found = ResNetConfig.from_pretrained(source.location, **source.options)
    for name in _COMPARED:
        there, here = getattr(found, name), getattr(expected, name)
        if there != here:
            raise InputError(
                f"backbone {weights} has {name} {there}, {network} expects {here}; "
                f"give a ResNet-{depth} of that width, or another --width"
            )
    model: ResNetModel = load_model(ResNetModel, source)
    return model, source.revision
