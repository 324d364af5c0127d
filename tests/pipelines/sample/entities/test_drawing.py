import numpy as np
import pytest

from pipelines.sample.entities.coats import Hair, coat
from pipelines.sample.entities.outlines import curve, outline, tube
from pipelines.sample.entities.sheet import blank, finished
from pipelines.sample.shapes import capsule, ellipse, polygon
from pipelines.sample.textures import plain

RED, BLUE = plain((1.0, 0.0, 0.0), ambient=1.0), plain((0.0, 0.0, 1.0), ambient=1.0)


def sheet_of(unit, flip=False, seed=0):
    return blank(1.0, 1.0, unit, np.random.default_rng(seed), flip)


def alpha_of(sheet):
    return sheet.canvas.rgba[..., 3]


def test_a_curve_goes_through_its_points():
    points = [(0.0, 0.0), (1.0, 2.0), (3.0, 1.0)]
    line = curve(points, steps=4)
    assert len(line) == 9
    np.testing.assert_allclose(line[::4], points)
    np.testing.assert_allclose(curve(points, steps=4, closed=True)[::4], points)
    # Halfway: (9 (b + c) - (a + d)) / 16 with the first point doubled.
    np.testing.assert_allclose(line[2], [(9 * 1 - 3) / 16, (9 * 2 - 1) / 16])


def test_an_outline_covers_what_it_encloses():
    turns = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    ring = [(0.5 + 0.4 * float(np.cos(a)), 0.5 + 0.4 * float(np.sin(a))) for a in turns]
    for flip in (False, True):
        sheet = sheet_of(50, flip)
        sheet.paint(outline(ring), RED)
        assert alpha_of(sheet).sum() == pytest.approx(np.pi * 20**2, rel=0.01)
        wide = sheet_of(50, flip)
        wide.paint(outline(ring, grow=0.04), RED)
        assert alpha_of(wide).sum() == pytest.approx(np.pi * 22**2, rel=0.01)


def test_a_tube_is_as_wide_as_its_radii():
    sheet = sheet_of(100)
    sheet.paint(tube([(0.1, 0.5), (0.5, 0.5), (0.9, 0.5)], (0.05, 0.1, 0.05)), RED)
    across = alpha_of(sheet).sum(0)
    x = -sheet.canvas.x
    assert across[x + 50] == pytest.approx(20, abs=0.5)
    assert across[x + 30] == pytest.approx(15, abs=0.7)


def test_a_flipped_sheet_mirrors_outlines():
    def drawn(flip):
        sheet = sheet_of(40, flip)
        sheet.paint(capsule((0.1, 0.2), (0.4, 0.7), 0.05, 0.1), RED)
        return alpha_of(sheet)

    np.testing.assert_allclose(drawn(True), drawn(False)[:, ::-1], atol=1e-4)


def test_a_tint_changes_colour_and_not_alpha():
    sheet = sheet_of(40)
    sheet.paint(ellipse((0.5, 0.5), 0.3, 0.3), RED, opacity=0.5)
    before = alpha_of(sheet).copy()
    sheet.tint(polygon([(-1, -1), (2, -1), (2, 2), (-1, 2)]), (0.0, 1.0, 0.0), 0.25)
    np.testing.assert_array_equal(alpha_of(sheet), before)
    middle = sheet.canvas.rgba[20 - sheet.canvas.y, 20 - sheet.canvas.x]
    np.testing.assert_allclose(middle, [0.375, 0.125, 0, 0.5], atol=1e-6)


def test_finished_colours_are_straight_and_reach_beyond_alpha():
    sheet = sheet_of(40)
    sheet.paint(polygon([(0.25, 0.25), (0.75, 0.25), (0.75, 0.5), (0.25, 0.5)]), BLUE, opacity=0.6)
    pixels = finished(sheet)
    assert pixels.shape == (10 + 8, 20 + 8, 4)
    assert pixels[4:14, 4:24, 3].min() == pixels[..., 3].max() == 153
    assert not pixels[:4, :, 3].any() and not pixels[:, 24:, 3].any()
    assert (pixels[3:15, 3:25, 2] == 255).all() and not pixels[..., :2].any()


def test_what_may_be_cut_off_is_not_finished():
    sheet = sheet_of(40)
    sheet.paint(ellipse((0.0, 0.5), 0.3, 0.3), RED)
    with pytest.raises(ValueError, match="reaches the border"):
        finished(sheet)


def test_a_coat_lies_along_its_bones_in_the_colours_under_it():
    def shifted(bone):
        sheet = sheet_of(100)
        sheet.paint(ellipse((0.5, 0.5), 0.2, 0.2), RED)
        inside = alpha_of(sheet) == 1
        total = alpha_of(sheet).sum()
        coat(sheet, [bone], Hair(0.1, 0.3, lift=0.0, mess=0.1))
        alpha = alpha_of(sheet)
        np.testing.assert_allclose(alpha[inside], 1, atol=1e-6)
        assert alpha.sum() > total
        assert not sheet.canvas.rgba[..., 1:3].any()
        y, x = np.nonzero(alpha > 0)
        return x.mean() + sheet.canvas.x - 50, y.mean() + sheet.canvas.y - 50

    assert shifted(((0.0, 0.5), (1.0, 0.5)))[0] > 2
    assert shifted(((0.5, 1.0), (0.5, 0.0)))[1] < -2


def test_strands_are_thinner_than_a_pixel():
    sheet = sheet_of(100)
    sheet.paint(ellipse((0.5, 0.5), 0.2, 0.2), RED)
    hard = alpha_of(sheet).copy()
    coat(sheet, [((0.5, 0.6), (0.5, 0.4))], Hair(0.08))
    beyond = alpha_of(sheet)[(hard == 0) & (alpha_of(sheet) > 0)]
    assert np.median(beyond) < 0.5 and (beyond < 0.99).mean() > 0.9


def test_a_coat_of_nothing_is_nothing():
    sheet = sheet_of(20)
    coat(sheet, [((0.0, 0.0), (1.0, 1.0))], Hair())
    assert not sheet.canvas.rgba.any()
