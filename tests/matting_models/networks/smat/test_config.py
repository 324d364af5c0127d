from dataclasses import replace

import pytest

from matting_models.errors import InputError
from matting_models.networks.smat.config import SMatConfig
from tests.matting_models.networks.smat.conftest import CONFIG


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layers": 0}, "layers is 0, expected a whole number from 1 up"),
        ({"side": 71}, "side is 71, expected a multiple of the patches' 14"),
        ({"position_side": 30}, "position_side is 30, expected a multiple of the patches' 14"),
        ({"hidden_size": 18}, "hidden_size is 18, expected a multiple of 2 heads, and of 8"),
        ({"width": 0}, "width is 0, expected above 0 and at most 4"),
    ],
)
def test_what_cannot_be(change: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        replace(CONFIG, **change)  # type: ignore[arg-type]


def test_lengths_are_the_papers_at_its_training_side() -> None:
    paper = SMatConfig("dino@0", 384, 12, 6, 4, False, 14, 518)
    assert (paper.scaled(20), CONFIG.scaled(20), CONFIG.scaled(2)) == (20, 3, 1)


def test_a_backbone_is_known_by_its_digest() -> None:
    moved = replace(CONFIG, backbone="elsewhere@0")
    assert CONFIG.same_backbone(moved)
    assert CONFIG.same_sizes(moved)
    assert not CONFIG.same_backbone(replace(CONFIG, backbone="dino@1"))
    assert not CONFIG.same_sizes(replace(CONFIG, width=1.0))
