import pytest
import torch

from matting_models.errors import InputError
from matting_models.networks.icon.backbone import Diffusion, noises
from matting_models.networks.icon.config import IconConfig
from matting_models.networks.icon.network import IconNetwork

from .conftest import SIDE


def test_size_on_stable_diffusion_2_1() -> None:
    with torch.device("meta"):
        network = IconNetwork(IconConfig("sd", "sd@0", 1280, 1280))
    parts = [sum(p.numel() for p in part.parameters()) for part in (network.fusion, network.head)]
    assert parts == [19_180_800, 1_920_785]
    assert sum(parts) == 21_101_585


def test_gradients_reach_everything(diffusion: Diffusion) -> None:
    network = IconNetwork(IconConfig("sd", "sd@0", *diffusion.channels, side=SIDE, width=0.125))
    image = torch.rand(2, 3, SIDE, SIDE) * 2 - 1
    features = diffusion.target(image, 200, noises(1, SIDE, 0))
    alpha, similarity = network(image, features, [features.fine[0].flatten(1).T[:5]] * 2)
    assert alpha.shape == (2, 1, SIDE, SIDE)
    assert similarity.sum(dim=(1, 2, 3)).tolist() == pytest.approx([5, 5])
    alpha.mean().backward()
    assert all(p.grad is not None and p.grad.any() for p in network.parameters())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"side": 100}, "side is 100, expected a multiple of 64"),
        ({"timestep": 1000}, "timestep is 1000, expected 0 to 999"),
        ({"ensemble": 0}, "ensemble is 0, expected at least 1"),
        ({"width": 0}, "width is 0, expected above 0 and at most 4"),
    ],
)
def test_settings_out_of_range(given: dict[str, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        IconConfig("sd", "sd@0", 8, 8, **given)  # type: ignore[arg-type]


def test_a_backbone_is_known_by_its_digest_or_commit() -> None:
    config = IconConfig("sd", "sd@aaa", 8, 8)
    config.check_backbone("w", "moved@aaa", (8, 8))
    for revision, channels in (("sd@bbb", (8, 8)), ("sd@aaa", (8, 16))):
        with pytest.raises(InputError, match=f"w was trained on backbone sd@aaa, this one is {revision}"):
            config.check_backbone("w", revision, channels)
    with pytest.warns(UserWarning, match="whether org/sd@ccc is the same cannot be told"):
        config.check_backbone("w", "org/sd@ccc", (8, 8))
