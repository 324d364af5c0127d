"""An image of two or three entities on a background, in which a wanted relation is plainly true."""

from collections import Counter
from collections.abc import Sequence

import cv2
import numpy as np

from pipelines.refmatte.composition.cuts import check_cuts, cut_sides
from pipelines.refmatte.composition.facts import facts_of, positions_of
from pipelines.refmatte.composition.harmony import harmonised
from pipelines.refmatte.composition.measuring import Measured, measure
from pipelines.refmatte.composition.placing import Placed, Subject, draw_places
from pipelines.refmatte.composition.records import Alpha, Arrangement, Composed, CompositionFailed, Layer, Rgb
from pipelines.refmatte.composition.rendering import Piece, blended, scaled, scaled_alpha, visible_alphas
from pipelines.refmatte.composition.settings import CompositionSettings
from pipelines.refmatte.composition.sizes import real_size
from pipelines.refmatte.records import Fact, Relation

DRAFT_SIDE = 256
"""Pixels of the longer side at which placements are judged before one is rendered."""

FAINT = 16
"""Alphas from here on can be seen: glass and smoke are as large as their outlines, however clear they are."""

_RELATIONS: dict[Arrangement, Relation] = {"horizontal": "left", "vertical": "top", "depth": "front"}


def compose(
    layers: Sequence[Layer],
    background: Rgb,
    arrangement: Arrangement,
    settings: CompositionSettings,
    rng: np.random.Generator,
) -> Composed:
    """Place entities on a background so that each is, say, to the left of the next.

    Args:
        layers: two or three, in the order of their numbers; where each goes is drawn.
        background: (H, W, 3) uint8 RGB; cropped to the longest aspect and shrunk to the settings' side.
        arrangement: horizontal (left and right), vertical (top and bottom), or depth (in front and behind).
        settings: sizes, bounds and colours.
        rng: of every draw.

    Raises:
        CompositionFailed: with the reason why no placement will do.
    """
    widest = settings.stacked_aspect if arrangement == "vertical" else settings.longest_aspect
    ground = fitted_background(background, widest, settings, rng)
    subjects = [_subject(layer, settings) for layer in layers]
    check_cuts([subject.cuts for subject in subjects], arrangement)
    size = ground.shape[1], ground.shape[0]
    failures: list[CompositionFailed] = []
    for _ in range(settings.attempts):
        placed = draw_places(subjects, size, arrangement, settings, rng)
        try:
            _draft(subjects, placed, size, arrangement, settings)
            return _render(layers, placed, ground, arrangement, settings)
        except CompositionFailed as failure:
            failures.append(failure)
    (reason, _), *_ = Counter(failure.reason for failure in failures).most_common(1)
    detail = next(failure.detail for failure in failures if failure.reason == reason)
    raise CompositionFailed(reason, f"none of {settings.attempts} placements will do: {detail}")


def fitted_background(background: Rgb, widest: float, settings: CompositionSettings, rng: np.random.Generator) -> Rgb:
    """A background cropped and shrunk to the size of the image, whose width is at most ``widest`` times its height.

    Raises:
        CompositionFailed: its shorter side has too few pixels.
    """
    height, width = background.shape[:2]
    if min(height, width) < settings.min_background:
        raise CompositionFailed(
            "background_too_small",
            f"the background is {width} x {height} pixels, expected a shorter side of at least "
            f"{settings.min_background}",
        )
    h = min(height, int(settings.longest_aspect * width))
    w = min(width, int(widest * h))
    y, x = (int(rng.integers(0, whole - part + 1)) for whole, part in ((height, h), (width, w)))
    cropped = background[y : y + h, x : x + w]
    scale = min(1.0, settings.side / max(h, w))
    if scale == 1:
        return np.ascontiguousarray(cropped)
    size = max(1, round(w * scale)), max(1, round(h * scale))
    return np.asarray(cv2.resize(cropped, size, interpolation=cv2.INTER_AREA), np.uint8)


def _subject(layer: Layer, settings: CompositionSettings) -> Subject:
    height, width = layer.alpha.shape
    cuts = cut_sides(layer.alpha)
    metres = real_size(layer.group, layer.category) * (settings.cut_size if cuts else 1)
    unit = metres**settings.size_exponent / float(np.sqrt(height * width))
    shrink = min(1.0, DRAFT_SIDE / max(height, width))
    small = scaled_alpha(layer.alpha, (max(1, round(width * shrink)), max(1, round(height * shrink))), False)
    return Subject(small, (width, height), cuts, unit)


def _draft(
    subjects: Sequence[Subject],
    placed: Placed,
    size: tuple[int, int],
    arrangement: Arrangement,
    settings: CompositionSettings,
) -> None:
    """Judge a placement by small alphas.

    Raises:
        CompositionFailed: it will not do.
    """
    scale = min(1.0, DRAFT_SIDE / max(size))
    shape = max(1, round(size[1] * scale)), max(1, round(size[0] * scale))
    pieces = []
    for subject, place in zip(subjects, placed.places, strict=True):
        x, y, w, h = place.box(scale, shape)
        pieces.append(Piece(x, y, scaled_alpha(subject.alpha, (w, h), place.flip)))
    visible, _ = visible_alphas(pieces, placed.order, shape)
    _judge(pieces, visible, placed, shape, arrangement, settings)


def _render(
    layers: Sequence[Layer], placed: Placed, ground: Rgb, arrangement: Arrangement, settings: CompositionSettings
) -> Composed:
    """The image of a placement.

    Raises:
        CompositionFailed: at full size it will not do.
    """
    shape = ground.shape[0], ground.shape[1]
    pieces, colours = [], []
    for layer, place in zip(layers, placed.places, strict=True):
        x, y, w, h = place.box(1, shape)
        colour, alpha = scaled(layer, (w, h), place.flip)
        pieces.append(Piece(x, y, alpha))
        colours.append(colour)
    visible, left = visible_alphas(pieces, placed.order, shape)
    measured = _judge(pieces, visible, placed, shape, arrangement, settings)
    colours = [harmonised(colour, piece, ground, settings) for colour, piece in zip(colours, pieces, strict=True)]
    image = blended(ground, left, pieces, visible, colours)
    facts, possible_facts = facts_of(measured)
    positions, possible_positions = positions_of(measured)
    alphas = [_whole(piece, seen, shape) for piece, seen in zip(pieces, visible, strict=True)]
    return Composed(image, alphas, facts, possible_facts, positions, possible_positions)


def _whole(piece: Piece, visible: Alpha, shape: tuple[int, int]) -> Alpha:
    alpha = np.zeros(shape, np.uint8)
    alpha[piece.window] = visible
    return alpha


def _judge(
    pieces: Sequence[Piece],
    visible: Sequence[Alpha],
    placed: Placed,
    shape: tuple[int, int],
    arrangement: Arrangement,
    settings: CompositionSettings,
) -> Measured:
    """What is measured of an image in which enough is visible of all, and neighbours are related as wanted.

    Raises:
        CompositionFailed: it is not so.
    """
    image = shape[0] * shape[1]
    for number, (piece, seen) in enumerate(zip(pieces, visible, strict=True), 1):
        covered = np.count_nonzero(seen >= FAINT) / image
        if np.count_nonzero(piece.alpha >= FAINT) < settings.least_area * image:
            raise CompositionFailed(
                "too_small",
                f"entity {number} covers {covered:.2%} of the image, expected at least {settings.least_area:.2%}",
            )
        share = cv2.sumElems(seen)[0] / cv2.sumElems(piece.alpha)[0]
        if share < settings.least_visible or covered < settings.least_area:
            raise CompositionFailed(
                "occluded",
                f"{share:.0%} of entity {number} is visible, expected at least {settings.least_visible:.0%} of it "
                f"and {settings.least_area:.2%} of the image",
            )
    measured = measure(pieces, visible, placed.order, shape)
    facts, _ = facts_of(measured)
    relation = _RELATIONS[arrangement]
    for one, other in zip(placed.chain, placed.chain[1:], strict=False):
        if Fact(one + 1, relation, other + 1) not in facts:
            raise CompositionFailed("unrelated", f"entities {one + 1} and {other + 1} are not plainly {arrangement}")
    return measured
