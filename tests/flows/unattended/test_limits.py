"""Which runs wait for which: names of limits, and who needs a GPU. Waiting itself is in test_deployments."""

from pathlib import Path

import pytest

from flows.unattended import jobs
from flows.unattended.limits import gpu_slots, output_limit, output_slot
from pipelines.config import CocoMattingConfig, JobConfig
from pipelines.propagation.config import Mark, PropagationConfig
from pipelines.refmatte.config import RefMatteConfig
from pipelines.storage.stores import place


def test_an_output_has_one_name_however_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert output_limit(Path("out")) == output_limit(tmp_path / "out") == output_limit(tmp_path / "x" / ".." / "out")
    assert output_limit(Path("out")) != output_limit(Path("other/out"))
    assert output_limit(Path("out")).startswith("mask2matte-output-out-")
    assert output_limit(Path("COCO_v1.2")).startswith("mask2matte-output-coco-v1-2-")
    assert output_limit(place("memory://bucket/out/")) == output_limit(place("memory://bucket/out"))


def test_without_a_server_nobody_waits(tmp_path: Path) -> None:
    with output_slot(tmp_path, labelling()), output_slot(tmp_path, labelling()), gpu_slots(0):
        pass


def labelling(**settings: object) -> CocoMattingConfig:
    given = {"annotations": "a.json", "images": "i", "out": "o"}
    return CocoMattingConfig.model_validate(given | settings)


def propagation(**settings: object) -> PropagationConfig:
    return PropagationConfig.model_validate(
        {"images": "i", "out": "o", "marks": [Mark(image=Path("r.jpg"), box="0,0,9,9")]} | settings
    )


def refmatte() -> RefMatteConfig:
    return RefMatteConfig.model_validate({"manifest": ["m"], "backgrounds": "b", "out": "o"})


@pytest.mark.parametrize(
    ("config", "there", "needed"),
    [
        (labelling(), True, True),
        (labelling(), False, False),
        (labelling(matting={"backend": "closed-form"}), True, False),
        (labelling(matting={"backend": "vitmatte", "weights": "w"}), True, True),
        (labelling(matting={"backend": "vitmatte", "weights": "w"}), False, False),
        (labelling(matting={"backend": "vitmatte", "weights": "w", "device": "cpu"}), True, False),
        (labelling(matting={"backend": "vitmatte", "weights": "w", "device": "cuda"}), False, True),
        (labelling(quality={"sam_weights": "w"}), True, True),
        (labelling(quality={"sam_weights": "w"}, runner="dask", scheduler="tcp://a:1"), True, False),
        (refmatte(), True, False),
        (propagation(), True, True),
        (propagation(matting={"backend": "closed-form"}), True, False),
        (propagation(features="dinov2"), True, True),
        (propagation(segmenter="sam2", device="cpu", matting={"device": "cpu"}), True, False),
        (propagation(segmenter="sam2", device="cuda"), False, True),
    ],
)
def test_only_networks_on_a_gpu_take_a_slot(
    config: JobConfig, there: bool, needed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "visible", lambda: ["0"] if there else [])
    assert jobs.uses_gpu(config) is needed
