from pathlib import Path

import pytest

from benchmarks import train_smoke
from tests.conftest import Dataset, label


@pytest.mark.slow
def test_says_what_holds_and_what_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Four iterations teach nothing, so its expectations must fail, but for the resumed run."""
    dataset = Dataset(tmp_path / "coco")
    for ident in range(1, 7):
        dataset.person(ident)
    config = dataset.config()
    label(config)
    monkeypatch.setattr(train_smoke, "ITERATIONS", 4)
    monkeypatch.setattr(train_smoke, "RESUME_AT", 2)
    short = {"iterations": 4, "validate-every": 2, "checkpoint-every": 2, "log-every": 1, "learning-rate": 1e-9}
    monkeypatch.setattr(train_smoke, "SETTINGS", train_smoke.SETTINGS | short)
    out = tmp_path / "smoke"
    paths = ["--manifest", config.out / "manifest", "--images", dataset.images, "--out", out]
    assert train_smoke.main(list(map(str, paths))) == 1
    printed = capfd.readouterr().out
    assert "ok   resumed at 2: same weights: yes" in printed
    assert "FAIL validation SAD, trained against nothing" in printed
    assert len(list((out / "straight" / "pictures").iterdir())) == 3


def test_another_byte_is_seen(tmp_path: Path) -> None:
    for name, content in (("straight", b"same"), ("resumed", b"sane")):
        folder = tmp_path / name / "checkpoints" / f"step-{train_smoke.ITERATIONS:07d}"
        folder.mkdir(parents=True)
        (folder / "model.safetensors").write_bytes(content)
    assert not train_smoke.same_weights(tmp_path / "straight", tmp_path / "resumed")
    assert train_smoke.same_weights(tmp_path / "straight", tmp_path / "straight")
