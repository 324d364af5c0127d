"""The real command line, loader, losses and checkpoints, on a few drawn discs and tiny networks."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from matting_models.networks.joint.settings import JointSettings
from matting_models.networks.joint.training import DISCRIMINATOR, GENERATOR, JointTraining
from matting_models.train import main

pytestmark = pytest.mark.usefixtures("one_thread")


def train(recipe: Path, weights: Path, out: Path, *more: str) -> int:
    settings = {"iterations": 4, "batch-size": 2, "validate-every": 2, "checkpoint-every": 2,
                "log-every": 1, "workers": 0, "device": "cpu", "discriminator-every": 2}  # fmt: skip
    words = [f"--{name}={value}" for name, value in settings.items()]
    networks = [f"--net-t={weights / 'net-t'}", f"--net-m={weights / 'net-m'}"]
    return main(["joint", "--data", str(recipe), "--out", str(out), *networks, *words, *more])


@pytest.mark.slow
def test_stopped_and_resumed_is_never_stopped(recipe: Path, weights: Path, tmp_path: Path) -> None:
    straight, resumed = tmp_path / "straight", tmp_path / "resumed"
    assert train(recipe, weights, straight) == 0
    shutil.copytree(straight, resumed)  # as it stood at iteration 2
    shutil.rmtree(resumed / "checkpoints" / "step-0000004")
    assert train(recipe, weights, resumed, "--resume") == 0
    for name in ("net-t/model.safetensors", "net-m/model.safetensors"):
        last = [(run / "checkpoints" / "step-0000004" / name).read_bytes() for run in (straight, resumed)]
        assert last[0] == last[1] != (weights / name).read_bytes()
    rows = [json.loads(line) for line in (straight / "metrics.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows if "loss_2" in row] == [2, 4]  # the discriminator's turns
    assert (straight / "net-t" / "config.json").is_file()  # the best weights


def batch(network: JointTraining) -> object:
    from matting_models.data.batch import Loaded
    from tests.matting_models.networks.joint.test_examples import sample

    rng = np.random.default_rng(0)
    return network.examples.collate([Loaded(network.examples.train(sample(), rng)) for _ in range(2)])


@pytest.fixture
def network(weights: Path, recipe: Path) -> JointTraining:
    torch.manual_seed(0)
    settings = JointSettings(net_t=weights / "net-t", net_m=weights / "net-m", data=recipe, batch_size=2)
    return JointTraining(settings, torch.device("cpu"), 1)


def moved(module: torch.nn.Module) -> bool:
    return any(p.grad is not None and bool(p.grad.abs().sum() > 0) for p in module.parameters())


def test_each_turn_teaches_its_own_side_and_the_teacher_stays(network: JointTraining) -> None:
    terms = network.losses(batch(network), network.modules, GENERATOR)
    terms["loss"].backward()
    total = terms["realism"] + 0.5 * (terms["trimap"] + terms["coarse"] + terms["refined"])
    torch.testing.assert_close(terms["loss"], total)
    assert moved(network.joint.net_t) and moved(network.joint.net_m) and not moved(network.teacher)
    for module in network.modules.values():
        module.zero_grad()
    network.losses(batch(network), network.modules, DISCRIMINATOR)["loss"].backward()
    assert moved(network.discriminator) and not moved(network.joint)


def test_what_is_known_in_the_pseudo_trimap_is_known_in_the_pseudo_matte(network: JointTraining) -> None:
    crops = batch(network)
    pseudo = network._pseudo_alpha(crops)[:, 0]
    assert (pseudo[crops.classes == 2] == 1).all() and (pseudo[crops.classes == 0] == 0).all()


def test_mistakes_are_said(recipe: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = {
        ("--batch-size", "1"): "--batch-size is 1: there is no other photo for a background; give --backgrounds",
        ("--discriminator-every", "0"): "--discriminator-every is 0, expected at least 1",
        ("--net-m", str(weights / "net-t")): "is of network 'net-t', expected 'net-m'",
        ("--teacher", "nowhere"): "nowhere/config.json does not exist; expected a folder that training net-m wrote",
        ("--backgrounds", str(tmp_path)): f"backgrounds folder {tmp_path} has no pictures",
    }
    for words, message in cases.items():
        assert train(recipe, weights, tmp_path / "out", *words) == 2
        assert message in capsys.readouterr().err
