"""The mean of several weights."""

from pathlib import Path

import numpy as np
import pytest

from matting_models.networks.mask_to_matte.average import main
from matting_models.networks.mask_to_matte.weights import read_weights, write_weights


@pytest.fixture
def three(tmp_path: Path) -> list[str]:
    """Weights whose every number is 1, 2 and 6."""
    names = []
    for value in (1, 2, 6):
        tensors = {name: np.full_like(array, value) for name, array in read_weights(None)[0].items()}
        write_weights(tmp_path / str(value), tensors)
        names.append(str(tmp_path / str(value)))
    return names


def test_the_mean_is_what_can_be_read_back(
    three: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mean"
    assert main([*three, "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"weights  {out / 'model.safetensors'}\n"
    tensors = read_weights(str(out))[0]
    assert tensors.keys() == read_weights(None)[0].keys()
    assert {float(value) for array in tensors.values() for value in np.unique(array)} == {3.0}


@pytest.mark.parametrize(
    ("more", "out", "message"),
    [
        ([], "1", "error: {out} has weights already; choose another --out"),
        (["nowhere"], "mean", "error: weights nowhere do not exist"),
    ],
)
def test_mistakes(
    three: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], out: str, message: str
) -> None:
    assert main([*three, *more, "--out", str(tmp_path / out)]) == 2
    assert message.format(out=tmp_path / out) in capsys.readouterr().err
    assert not (tmp_path / "mean").exists()
