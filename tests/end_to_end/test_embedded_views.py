"""The whole propagation step on the embedded views, whose true alpha is known."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.propagation import configured, perfect_matte
from pipelines.sample.views import build_views
from pipelines.storage.manifest import read_folder
from tests.views import propagate


@pytest.mark.slow
def test_every_view_is_found_and_matted_nearly_as_well_as_with_a_perfect_mask(tmp_path: Path) -> None:
    views = build_views(tmp_path / "views")
    (views.targets / "10_large.jpg").unlink()  # its matting alone takes longer than all else
    (views.truth / "10_large.png").unlink()
    summary = propagate(configured(views, views.targets, tmp_path / "out", truth=views.truth))
    rows = read_folder(tmp_path / "out" / "manifest")
    found = [Path(row.image_path).stem for row in rows]
    absent = {path.stem for path in views.targets.glob("*absent*")}
    assert set(found) == {path.stem for path in views.targets.iterdir()} - absent
    assert sorted(n for n in found if found.count(n) > 1) == ["09_two", "09_two"]
    assert summary["rejects_by_reason"] == {"object_not_found": 2}
    perfect = float(np.mean([perfect_matte(views, path)["sad"] for path in sorted(views.truth.glob("*.png"))]))
    assert summary["truth"]["matte"]["sad"] < 1.6 * perfect  # what is left is the found masks
    assert summary["truth"]["matte"]["sad"] < 0.75 * summary["truth"]["mask"]["sad"]
