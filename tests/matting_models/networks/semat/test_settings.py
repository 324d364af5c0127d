from pathlib import Path

import pytest

from matting_models.errors import InputError
from matting_models.networks.semat.settings import SEMatSettings

GOOD = {"backbone": "facebook/sam-vit-large", "manifest": Path("m"), "images": Path("i")}


def test_the_defaults_are_the_papers() -> None:
    settings = SEMatSettings(**GOOD)
    settings.check()
    assert (settings.iterations, settings.batch_size, settings.learning_rate) == (60_000, 2, 5e-5)
    assert (settings.weight_decay, settings.warmup) == (0.1, 250)
    assert (settings.lambda_reg, settings.lambda_trimap, settings.lora_rank) == (0.2, 0.05, 16)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"backbone": None}, "no backbone: give --backbone, a hub name or a local folder of SAM, HQ-SAM or SAM2"),
        ({"manifest": None}, "give either --manifest and --images, or --data"),
        ({"data": Path("d")}, "give either --manifest and --images, or --data"),
        ({"images": None}, "--manifest m needs --images, the folder of its photos"),
        ({"iterations": 0}, "--iterations is 0, expected at least 1"),
        ({"batch_size": -1}, "--batch-size is -1, expected at least 1"),
        ({"seed": 2**32}, "--seed is 4294967296, expected below 2\\^32"),
        ({"warmup": -1}, "--warmup is -1, expected at least 0"),
        ({"learning_rate": 0.0}, "--learning-rate is 0.0, expected above 0"),
        ({"learning_rate": float("nan")}, "--learning-rate is nan, expected above 0"),
        ({"lambda_reg": float("nan")}, "--lambda-reg is nan, expected at least 0"),
        ({"prompt_dropout": 1.0}, "--prompt-dropout is 1.0, expected at least 0 and below 1"),
        ({"decoder_channels": [8, 8, 8]}, r"--decoder-channels is \[8, 8, 8\], expected four numbers from 2 up"),
    ],
)
def test_mistakes_are_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}$"):
        SEMatSettings(**(GOOD | changes)).check()  # type: ignore[arg-type]


def test_what_shapes_the_result_may_not_change_on_resuming(tmp_path: Path) -> None:
    before = tmp_path / "settings.json"
    before.write_text(SEMatSettings(**GOOD).to_json())
    again = SEMatSettings(**(GOOD | {"workers": 3, "resume": True, "iterations": 70_000, "images": Path("elsewhere")}))
    again.check_unchanged(before)
    other = SEMatSettings(**(GOOD | {"batch_size": 4}))
    with pytest.raises(InputError, match="settings.json says --batch-size 2, this command 4; resume with the same"):
        other.check_unchanged(before)


@pytest.mark.parametrize("content", ["", "{", "[]"])
def test_damaged_settings(tmp_path: Path, content: str) -> None:
    (tmp_path / "settings.json").write_text(content)
    with pytest.raises(InputError, match="settings.json is damaged; delete it to resume with the settings of this"):
        SEMatSettings(**GOOD).check_unchanged(tmp_path / "settings.json")
