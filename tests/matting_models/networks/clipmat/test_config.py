import pytest

from matting_models.errors import InputError
from matting_models.networks.clipmat.config import CLIPMatConfig

GOOD = {
    "backbone": "clip@0",
    **dict.fromkeys(("hidden_size", "mlp", "text_size", "text_mlp"), 32),
    **dict.fromkeys(("heads", "text_layers", "text_heads"), 2),
    "layers": 4,
    "vocabulary": 600,
    "positions": 77,
    "end": 599,
    "activation": "quick_gelu",
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"heads": 0}, "heads is 0, expected a whole number from 1 up"),
        ({"layers": 6}, "layers is 6, expected a multiple of 4"),
        ({"width": 0}, "width is 0, expected above 0 and at most 4"),
        ({"side": 72}, "side is 72, expected a multiple of 16 from 64 up"),
        ({"setting": "caption"}, "setting is 'caption', expected keyword or expression"),
        ({"positions": 40}, "the text tower has 40 positions, expected at least 77 in the expression setting"),
    ],
)
def test_impossible_sizes_are_refused(change: dict[str, object], message: str) -> None:
    CLIPMatConfig(**GOOD)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=message):
        CLIPMatConfig(**GOOD | change)  # type: ignore[arg-type]


def test_keywords_need_fewer_positions() -> None:
    assert CLIPMatConfig(**GOOD | {"positions": 22, "setting": "keyword"}).length == 14  # type: ignore[arg-type]
