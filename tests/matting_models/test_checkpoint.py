import argparse
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from matting_models.checkpoint import read_checkpoint
from matting_models.errors import InputError, MissingError

WEIGHT = torch.tensor([[1.0, 2.0]])


@pytest.mark.parametrize(
    "content",
    [
        {"a.weight": WEIGHT},
        {"model": {"a.weight": WEIGHT}, "optimizer": {"state": {0: {"step": WEIGHT}}}, "iteration": 7},
        {"state_dict": {"module.a.weight": WEIGHT}, "epoch": 3},
        {"model": {"state_dict": {"a.weight": WEIGHT}}},
    ],
    ids=["tensors", "trainer", "parallel", "nested"],
)
def test_a_torch_file(content: Any, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "a.pth")
    tensors = read_checkpoint(tmp_path / "a.pth")
    assert list(tensors) == ["a.weight"]
    torch.testing.assert_close(tensors["a.weight"], WEIGHT, rtol=0, atol=0)


def test_a_safetensors_file(tmp_path: Path) -> None:
    save_file({"a.weight": WEIGHT}, tmp_path / "a.safetensors")
    torch.testing.assert_close(read_checkpoint(tmp_path / "a.safetensors"), {"a.weight": WEIGHT}, rtol=0, atol=0)


def test_a_name_that_only_some_share_stays(tmp_path: Path) -> None:
    torch.save({"module.a": WEIGHT, "b": WEIGHT}, tmp_path / "a.pth")
    assert set(read_checkpoint(tmp_path / "a.pth")) == {"module.a", "b"}


class Bomb:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return Path.touch, (self.mark,)


def test_code_in_a_pickle_is_not_run(tmp_path: Path) -> None:
    torch.save({"model": {"a": WEIGHT}, "args": Bomb(tmp_path / "ran")}, tmp_path / "a.pth")
    with pytest.raises(InputError, match=r"a\.pth holds a .*, expected tensors alone; it was not loaded"):
        read_checkpoint(tmp_path / "a.pth")
    assert not (tmp_path / "ran").exists()


def test_what_a_pickle_wants_is_named(tmp_path: Path) -> None:
    torch.save({"model": {"a": WEIGHT}, "args": argparse.Namespace(lr=1)}, tmp_path / "a.pth")
    with pytest.raises(InputError, match=r"holds a argparse\.Namespace, expected tensors alone"):
        read_checkpoint(tmp_path / "a.pth")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "is empty"),
        ([WEIGHT], "holds a list, expected tensors by name"),
        ({"optimizer": {}, "iteration": 7}, "'optimizer' is a dict, expected a tensor"),
        ({"a": WEIGHT, "b": 3}, "'b' is a int, expected a tensor"),
    ],
)
def test_no_tensors_by_name(content: Any, message: str, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "a.pth")
    with pytest.raises(InputError, match=re.escape(message)):
        read_checkpoint(tmp_path / "a.pth")


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (WEIGHT.to_sparse(), "'b' is not a dense tensor of real numbers"),
        (torch.empty(2, device="meta"), "'b' is not a dense tensor of real numbers"),
        (torch.ones(2, dtype=torch.complex64), "'b' is not a dense tensor of real numbers"),
    ],
    ids=["sparse", "meta", "complex"],
)
def test_tensors_that_are_no_weights(tensor: Tensor, message: str, tmp_path: Path) -> None:
    torch.save({"model": {"a": WEIGHT, "b": tensor}}, tmp_path / "a.pth")
    with pytest.raises(InputError, match=re.escape(f"checkpoint {tmp_path / 'a.pth'}: {message}")):
        read_checkpoint(tmp_path / "a.pth")


def test_other_precisions_counters_and_masks(tmp_path: Path) -> None:
    tensors = {"a": WEIGHT.half(), "b": WEIGHT.bfloat16(), "n": torch.tensor(7), "mask": torch.tensor([0, -torch.inf])}
    torch.save(tensors, tmp_path / "a.pth")
    torch.testing.assert_close(read_checkpoint(tmp_path / "a.pth"), tensors, rtol=0, atol=0)


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("share", [0, 0.5], ids=["empty", "half"])
def test_a_file_cut_short(suffix: str, share: float, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    tensors = {"a": torch.from_numpy(np.arange(4096, dtype=np.float32))}
    torch.save(tensors, path) if suffix == ".pth" else save_file(tensors, path)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(InputError, match=rf"checkpoint .*a\{suffix} is (damaged|no torch file)"):
        read_checkpoint(path)


def test_another_kind_of_file(tmp_path: Path) -> None:
    (tmp_path / "a.pth").write_text("<html>404</html>")
    with pytest.raises(InputError, match=r"a\.pth is no torch file, or damaged"):
        read_checkpoint(tmp_path / "a.pth")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"a\.pth does not exist"):
        read_checkpoint(tmp_path / "a.pth")
    with pytest.raises(InputError, match="is a folder, expected"):
        read_checkpoint(tmp_path)
