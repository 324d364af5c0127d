from typing import Any

import pytest

from matting_models.errors import InputError
from matting_models.networks.diffmatte.config import DiffMatteConfig


@pytest.mark.parametrize(
    ("config", "features"),
    [
        (DiffMatteConfig(), 384),
        (DiffMatteConfig("vit-b"), 768),
        (DiffMatteConfig("vit-b", width=0.25), 192),
        (DiffMatteConfig("swin-t", width=0.25), 192),
        (DiffMatteConfig("res34", width=0.25), 128),
    ],
)
def test_channels_that_encoders_give(config: DiffMatteConfig, features: int) -> None:
    assert config.features == features


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"encoder": "vit-l"}, "encoder is 'vit-l', expected one of vit-s, vit-b, swin-t, res34"),
        ({"width": 0}, "width is 0, expected above 0 and at most 4"),
        ({"side": 500}, "side is 500, expected a multiple of 16"),
        ({"steps": 0}, "steps is 0, expected at least 1"),
        ({"seed": -1}, "seed is -1, expected at least 0"),
    ],
)
def test_mistakes(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        DiffMatteConfig(**settings)
    assert str(caught.value) == message
