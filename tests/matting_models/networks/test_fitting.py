import pytest
import torch
from torch import nn

from matting_models.errors import InputError
from matting_models.networks.fitting import fit


def test_values_are_copied_and_cast() -> None:
    network = nn.Linear(2, 1)
    fit(network.state_dict(), {"weight": torch.tensor([[1.5, -2.0]]).half(), "bias": torch.tensor([3.0])}, "a.pth")
    assert network.weight.dtype == torch.float32
    assert network(torch.tensor([[2.0, 1.0]])).item() == 4.0


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ({"weight": torch.zeros(1, 2)}, r"^a\.pth: 1 tensors differ; bias is missing, expected \(1,\)$"),
        (
            {"weight": torch.zeros(2, 2), "bias": torch.zeros(1)},
            r"^a\.pth: 1 tensors differ; weight is \(2, 2\), expected \(1, 2\)$",
        ),
        (
            {"weight": torch.zeros(1, 2), "bias": torch.zeros(1), "scale": torch.zeros(3)},
            r"^a\.pth: 1 tensors differ; scale is \(3,\), expected none of that name$",
        ),
    ],
    ids=["missing", "shape", "left over"],
)
def test_what_does_not_fit_is_named(found: dict[str, torch.Tensor], message: str) -> None:
    network = nn.Linear(2, 1)
    before = network.weight.clone()
    with pytest.raises(InputError, match=message):
        fit(network.state_dict(), found, "a.pth")
    torch.testing.assert_close(network.weight, before, rtol=0, atol=0)


def test_whole_numbers_are_no_weights() -> None:
    found = {"weight": torch.ones(1, 2, dtype=torch.int8), "bias": torch.zeros(1)}
    with pytest.raises(InputError, match=r"^a\.pth: weight has whole numbers \(int8\), expected float32$"):
        fit(nn.Linear(2, 1).state_dict(), found, "a.pth")


@pytest.mark.parametrize("value", [torch.nan, -torch.inf, 1e300], ids=["nan", "infinite", "beyond float32"])
def test_weights_are_finite(value: float) -> None:
    found = {"weight": torch.tensor([[1.0, value]], dtype=torch.float64), "bias": torch.zeros(1)}
    network = nn.Linear(2, 1)
    with pytest.raises(InputError, match=r"^a\.pth: fc\.w has values that are not finite$"):
        fit(network.state_dict(), found, "a.pth", {"weight": "fc.w"})
    assert network.weight.isfinite().all()


def test_names_of_the_file_are_told() -> None:
    found = {"weight": torch.zeros(2, 2), "bias": torch.zeros(1)}
    with pytest.raises(InputError, match=r"^a\.pth: 1 tensors differ; fc\.w is \(2, 2\), expected \(1, 2\)$"):
        fit(nn.Linear(2, 1).state_dict(), found, "a.pth", {"weight": "fc.w"})
