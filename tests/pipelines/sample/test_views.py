import hashlib
import json

import cv2
import numpy as np
import pytest

from pipelines.sample import views
from pipelines.sample.backgrounds import background
from pipelines.sample.views import REFERENCE, TARGETS, Light, Spot, View, build_views

ABSENT = ("12_absent_background", "13_absent_other_person")


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return build_views(tmp_path_factory.mktemp("views"))


@pytest.fixture(scope="module")
def truths(sample):
    return {path.stem: read(path) for path in sorted(sample.truth.iterdir())}


def read(path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def digests(out):
    return {str(p.relative_to(out)): hashlib.sha256(p.read_bytes()).hexdigest() for p in out.rglob("*") if p.is_file()}


def large_parts(alpha):
    _, _, stats, _ = cv2.connectedComponentsWithStats((alpha >= 128).astype(np.uint8))
    return [area for area in stats[1:, cv2.CC_STAT_AREA] if area > 0.01 * alpha.size]


def test_every_target_has_a_truth_of_its_size(sample, truths):
    assert {path.stem for path in sample.targets.iterdir()} == truths.keys() == {view.name for view in TARGETS}
    for view in TARGETS:
        width, height = view.size
        assert read(sample.targets / f"{view.name}.jpg").shape == (height, width, 3)
        assert truths[view.name].shape == (height, width) and truths[view.name].dtype == np.uint8
    assert len({view.background for view in (REFERENCE, *TARGETS)}) == len(TARGETS) + 1


def test_the_reference_is_marked_by_a_binary_mask(sample):
    mask = read(sample.mask)
    assert mask.shape == read(sample.reference).shape[:2]
    assert set(np.unique(mask)) == {0, 255}
    assert len(large_parts(mask)) == 1
    assert cv2.boundingRect(mask)[3] == pytest.approx(420, rel=0.08)


def test_only_absent_targets_have_empty_truths(truths):
    assert {name for name, alpha in truths.items() if not alpha.any()} == set(ABSENT)
    for name in truths.keys() - set(ABSENT):
        alpha = truths[name]
        soft = (alpha > 12) & (alpha < 243)
        assert soft.sum() > 0.02 * (alpha > 0).sum(), name
        assert (alpha == 255).sum() > 0.5 * (alpha > 0).sum(), name


def test_one_target_shows_two_copies(truths):
    assert {name for name, alpha in truths.items() if len(large_parts(alpha)) != 1} == {"09_two", *ABSENT}
    assert len(large_parts(truths["09_two"])) == 2


def test_only_one_target_cuts_the_person(truths):
    borders = {name: np.concatenate([a[0], a[-1], a[:, 0], a[:, -1]]) for name, a in truths.items()}
    assert {name for name, border in borders.items() if border.max() >= 128} == {"08_cut"}


def test_only_where_alpha_is_does_a_target_differ_from_its_background():
    person, _ = views._people(np.random.default_rng([0, 0]))
    view = View("plain", (320, 240), "field", (Spot(0.5, 0.5, 200, 10, (0.1, 0)),), Light((0.9, 1.0, 1.1), 1.1))
    empty = View("empty", view.size, view.background, (), view.light)
    pixels, alpha = views._render(view, person, np.random.default_rng(3))
    behind, nothing = views._render(empty, person, np.random.default_rng(3))
    assert not nothing.any()
    differs = np.abs(pixels.astype(int) - behind).max(axis=2)
    # Below the knees the person's shadow lies on the ground.
    assert not differs[:180][alpha[:180] == 0].any()
    assert np.median(differs[alpha == 1]) > 30
    # Where the person is half there, the pixel lies between the background and any colour at all.
    half = (alpha > 0.4) & (alpha < 0.6)
    assert half.any()
    assert differs[half].max() <= 0.6 * 255 + 1
    lit = views._exposed(background("field", 320, 240, np.random.default_rng(3)), view.light)
    assert np.abs(lit * 255 - behind).max() <= 0.5 + 1e-3


def test_the_same_warp_moves_colour_and_alpha():
    """A white disc stays white up to its edge, and its middle and its area go where the homography puts them."""
    y, x = np.mgrid[:400, :300].astype(np.float32)
    alpha = np.clip(120.5 - np.hypot(x - 149.5, y - 199.5), 0, 1).astype(np.float32)
    disc = views._Cutout(np.repeat(alpha[..., None], 4, axis=2), (150, 320))
    spot = Spot(0.25, 0.5, 0.4 * views._DRAWN, 20)
    matrix = views._homography(spot, (400, 200), disc)
    seen = views._warped(disc.rgba, matrix, 0.4, (400, 200))
    np.testing.assert_allclose(seen[..., :3], np.repeat(seen[..., 3:], 3, axis=2), atol=1e-6)
    weights = seen[..., 3]
    y, x = np.mgrid[:200, :400] + 0.5
    centre = (x * weights).sum() / weights.sum(), (y * weights).sum() / weights.sum()
    np.testing.assert_allclose(centre, (100, 100), atol=0.02)
    assert weights.sum() == pytest.approx(np.pi * (0.4 * 120) ** 2, rel=0.01)


def test_same_seed_same_bytes(sample, tmp_path):
    build_views(tmp_path)
    assert digests(tmp_path) == digests(sample.reference.parent)


def test_a_complete_sample_is_left_alone(sample):
    files = [p for p in sample.reference.parent.rglob("*") if p.is_file()]
    before = [p.stat().st_mtime_ns for p in files]
    assert build_views(sample.reference.parent) == sample
    assert [p.stat().st_mtime_ns for p in files] == before


@pytest.fixture
def small(monkeypatch):
    """One target is enough to see whether a build starts over."""
    monkeypatch.setattr(views, "TARGETS", TARGETS[10:11])


def test_an_interrupted_build_is_made_again(small, tmp_path, monkeypatch):
    whole = views.write_whole

    def fail(path, content, **options):
        if path.parent.name == "truth":
            raise KeyboardInterrupt
        whole(path, content, **options)

    with monkeypatch.context() as patch:
        patch.setattr(views, "write_whole", fail)
        with pytest.raises(KeyboardInterrupt):
            build_views(tmp_path)
    assert not (tmp_path / views._MARKER).exists()
    (tmp_path / "targets" / "99_stale.jpg").write_bytes(b"left over")
    paths = build_views(tmp_path)
    assert [p.name for p in paths.targets.iterdir()] == ["11_small.jpg"]
    assert [p.name for p in paths.truth.iterdir()] == ["11_small.png"]


def test_another_seed_or_a_lost_file_means_another_build(small, tmp_path):
    paths = build_views(tmp_path)
    first = digests(tmp_path)
    build_views(tmp_path, seed=1)
    assert json.loads((tmp_path / views._MARKER).read_bytes())["seed"] == 1
    second = digests(tmp_path)
    assert first.keys() == second.keys() and first != second
    paths.mask.unlink()
    build_views(tmp_path, seed=1)
    assert digests(tmp_path) == second
