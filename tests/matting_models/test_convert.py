import argparse
import hashlib
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from matting_models.conversion.registry import CONVERSIONS, Entry
from matting_models.convert import main
from matting_models.errors import InputError


class Halving:
    """Writes each tensor halved; leaves out what begins with ``old``, and wants nothing named ``odd``."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--by", type=float, default=2)

    def convert(self, tensors: dict[str, Tensor], given: argparse.Namespace) -> Mapping[str, str]:
        if "odd" in tensors:
            raise InputError(f"{given.checkpoint}: odd is no tensor of this network")
        given.out.mkdir(exist_ok=True)
        save_file({name: tensor / given.by for name, tensor in tensors.items()}, given.out / "halved.safetensors")
        return {name: "no longer used" for name in tensors if name.startswith("old")}


@pytest.fixture(autouse=True)
def halving(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CONVERSIONS, "halving", Entry("weights halved", f"{__name__}:Halving"))


def test_a_conversion(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"model": {"a": torch.ones(2), **{f"old{i}": torch.ones(1) for i in range(5)}}}, tmp_path / "a.pth")
    assert main(["halving", str(tmp_path / "a.pth"), "--out", str(tmp_path / "out"), "--by", "4"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"reading {tmp_path / 'a.pth'}",
        "1 of 6 tensors used",
        "  unused: old0, old1, old2 and 2 more: no longer used",
        str(tmp_path / "out"),
    ]
    assert (tmp_path / "out" / "halved.safetensors").is_file()
    record = json.loads((tmp_path / "out" / "conversion.json").read_text())
    assert record == {
        "checkpoint": "a.pth",
        "digest": hashlib.sha256((tmp_path / "a.pth").read_bytes()).hexdigest()[:12],
        "tensors": 6,
        "unused": {"no longer used": [f"old{i}" for i in range(5)]},
    }
    (tmp_path / "made").mkdir()
    assert main(["halving", str(tmp_path / "a.pth"), "--out", str(tmp_path / "made")]) == 0


def test_mistakes_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["halving", str(tmp_path / "none.pth"), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == f"error: checkpoint {tmp_path / 'none.pth'} does not exist\n"
    torch.save({"odd": torch.ones(1)}, tmp_path / "a.pth")
    assert main(["halving", str(tmp_path / "a.pth"), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == f"error: {tmp_path / 'a.pth'}: odd is no tensor of this network\n"
    torch.save({"a": torch.ones(1)}, tmp_path / "a.pth")
    (tmp_path / "file").write_text("")
    assert main(["halving", str(tmp_path / "a.pth"), "--out", str(tmp_path / "file")]) == 2
    assert capsys.readouterr().err == f"error: --out {tmp_path / 'file'} is a file, expected a folder\n"


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    held = tmp_path / "weights" / "model.safetensors"
    held.parent.mkdir()
    save_file({"a": torch.ones(2)}, held)
    before = held.read_bytes()
    assert main(["halving", str(held), "--out", str(held.parent)]) == 2
    said = capsys.readouterr()
    assert said.err == f"error: --out {held.parent} is not empty; give another, or empty it first\n"
    assert said.out == ""  # told before anything is read
    assert [path.name for path in held.parent.iterdir()] == ["model.safetensors"]
    assert held.read_bytes() == before


def test_without_torch(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(CONVERSIONS, "torchless", Entry("needs torch", "matting_models.checkpoint:None"))
    monkeypatch.delitem(sys.modules, "matting_models.checkpoint", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    assert main(["torchless", "a.pth", "--out", "out"]) == 2
    assert "needs torch, which is not installed: pip install 'mask2matte[models]'" in capsys.readouterr().err


def test_help_lists_the_networks(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    assert re.search(r"  halving +weights halved\n", capsys.readouterr().out)
