"""New edges, with exact alpha, drawn on objects that have only a mask."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.data.cutouts import Cutout

Picture = NDArray[np.float32]

EDGES = {"crisp": 0.27, "defocused": 0.25, "moving": 0.13, "hair": 0.35}
"""Kind of edge to its share."""
HOLED = 0.12
"""Share of the objects that get holes too."""
POINTS = 8
"""Of a strand."""


def draw_edge(photo: NDArray[np.uint8], mask: NDArray[np.uint8], rng: np.random.Generator) -> Cutout | None:
    """Cut an object out with an edge of its own: crisp, defocused, moving or with hair.

    Colours are those of the object well inside its mask, grown outwards, since near the mask's edge they are mixed
    with the background's. Lengths go with u, a twentieth of the square root of the object's area.

    Args:
        photo: (H, W, 3) uint8, RGB.
        mask: (H, W) uint8 of 0 and 1.
        rng: everything random comes from it.

    Returns:
        The cutout; None where less than 500 pixels are well inside the mask.
    """
    unit = math.sqrt(mask.sum()) / 20
    inner = cv2.erode(mask, np.ones((2 * int(0.25 * unit) + 3,) * 2, np.uint8)).astype(np.uint8, copy=False)
    if inner.sum() < 500:
        return None
    colour = _grown(photo, inner)
    kind = str(rng.choice(list(EDGES), p=list(EDGES.values())))
    smooth = _blurred(mask.astype(np.float32), rng.uniform(0.5, 2))
    if rng.random() < HOLED:
        smooth = np.minimum(smooth, 1 - _holes(inner, unit, rng))
    alpha = np.clip((smooth - 0.5) * np.float32(rng.uniform(2, 6)) + np.float32(0.5), 0, 1)
    if kind == "defocused":
        alpha = _blurred(alpha, math.exp(rng.uniform(-0.5, 1.8)))
    if kind == "hair":
        strands, tinted = _hair(mask, colour, unit, rng)
        colour = colour + strands[:, :, None] * (tinted - colour)
        alpha = np.maximum(alpha, strands)
    cutout = Cutout(colour * alpha[:, :, None], alpha)
    return _moved(cutout, unit, rng) if kind == "moving" else cutout


def _blurred(picture: Picture, sigma: float) -> Picture:
    return cv2.GaussianBlur(picture, (0, 0), sigma).astype(np.float32, copy=False)


def _grown(photo: NDArray[np.uint8], inner: NDArray[np.uint8]) -> Picture:
    """The photo inside; outside, the colour of the nearest pixel inside, smoothed."""
    _, labels = cv2.distanceTransformWithLabels(1 - inner, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    inside = inner > 0
    colours = np.zeros((int(labels.max()) + 1, 3), np.float32)
    colours[labels[inside]] = photo[inside]
    grown = colours[labels]
    return np.where(inside[:, :, None], grown, _blurred(grown, 1.5))


def _moved(cutout: Cutout, unit: float, rng: np.random.Generator) -> Cutout:
    """Blurred along a straight way of 0.3 to 2.5 u."""
    length, turn = rng.uniform(0.3, 2.5) * unit, rng.uniform(0, math.pi)
    side = 2 * math.ceil(length / 2) + 3
    kernel = np.zeros((side, side), np.float32)
    step = np.array([math.cos(turn), math.sin(turn)]) * length / 2
    ends = np.rint(16 * (side // 2 + np.array([-step, step]))).astype(np.int32)
    cv2.polylines(kernel, [ends], False, 1.0, 1, cv2.LINE_8, 4)
    kernel /= kernel.sum()
    colour, alpha = (cv2.filter2D(layer, -1, kernel) for layer in (cutout.colour, cutout.alpha))
    return Cutout(colour.astype(np.float32, copy=False), alpha.astype(np.float32, copy=False))


def _holes(inner: NDArray[np.uint8], unit: float, rng: np.random.Generator) -> Picture:
    """One to five ellipses around pixels inside, of radii of 0.4 to 3 u: (H, W), 1 in them."""
    drawn = np.zeros(inner.shape, np.uint8)
    rows, columns = np.nonzero(inner)
    for pick in rng.integers(len(rows), size=int(rng.integers(1, 6))):
        radii = np.rint(rng.uniform(0.4, 3, 2) * unit).astype(int) + 1
        centre = (int(columns[pick]), int(rows[pick]))
        cv2.ellipse(drawn, centre, (int(radii[0]), int(radii[1])), rng.uniform(0, 180), 0, 360, 1, -1)
    return _blurred(drawn.astype(np.float32), rng.uniform(0.5, 1.5))


def _hair(mask: NDArray[np.uint8], colour: Picture, unit: float, rng: np.random.Generator) -> tuple[Picture, Picture]:
    """Strands along the outline or a part of it, drawn at twice the size.

    Returns:
        Their alpha (H, W) and their colours (H, W, 3): of each strand the object's at its root, in a tone of its own.
    """
    height, width = mask.shape
    roots, lines = _strands(mask, unit, rng)
    level = np.sort(rng.uniform(120, 256, len(lines)))  # the densest last, on top
    thick = np.where(rng.random(len(lines)) < 0.75, 1, 2)
    tones = colour[roots[:, 1], roots[:, 0]] * np.exp(rng.normal(0, 0.25, (len(lines), 1)))
    tones = np.clip(tones + rng.normal(0, 6, tones.shape), 0, 255)
    alpha = np.zeros((2 * height, 2 * width), np.uint8)
    tinted = cv2.resize(np.rint(colour).astype(np.uint8), (2 * width, 2 * height), interpolation=cv2.INTER_NEAREST)
    points = np.rint(2 * 16 * lines).astype(np.int32)
    for line, value, thickness, tone in zip(points, level, thick, tones, strict=True):
        cv2.polylines(tinted, [line], False, tone.tolist(), int(thickness) + 2, cv2.LINE_8, 4)
        cv2.polylines(alpha, [line], False, float(value), int(thickness), cv2.LINE_AA, 4)
    drawn, colours = (cv2.resize(x, (width, height), interpolation=cv2.INTER_AREA) for x in (alpha, tinted))
    return drawn.astype(np.float32) / np.float32(255), colours.astype(np.float32)


def _strands(
    mask: NDArray[np.uint8], unit: float, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Roots (N, 2) on the outline and strands (N, POINTS, 2), x and y: outwards, turned, bent."""
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(outlines, key=len)[:, 0].astype(np.int64)
    count = max(1, int(len(outline) * rng.uniform(0.3, 1.5)))
    length, common = rng.uniform(0.3, 3) * unit, rng.normal(0, 0.6)
    picks = rng.integers(len(outline), size=count)
    if rng.random() < 0.5:  # on a part of the outline
        start, part = rng.integers(len(outline)), rng.uniform(0.2, 0.7) * len(outline)
        picks = picks[(picks - start) % len(outline) <= part]
    roots = outline[picks]
    away = _outwards(mask, unit)[roots[:, 1], roots[:, 0]]
    turn = rng.normal(common, 0.35, len(roots))
    cosine, sine = np.cos(turn), np.sin(turn)
    along = np.stack([away[:, 0] * cosine - away[:, 1] * sine, away[:, 0] * sine + away[:, 1] * cosine], 1)
    along = (along * length * rng.uniform(0.3, 1.2, (len(roots), 1)))[:, None]
    across = along[:, :, ::-1] * np.array([-1, 1]) * rng.normal(0, 0.35, (len(roots), 1, 1))
    way = np.linspace(0, 1, POINTS)[:, None]
    return roots, roots[:, None] + along * (way - 0.15) + across * way**2


def _outwards(mask: NDArray[np.uint8], unit: float) -> NDArray[np.float64]:
    """Unit vectors (H, W, 2), x and y, that point away from the object near its outline."""
    down, right = np.gradient(_blurred(mask.astype(np.float32), max(2, unit / 2)))
    away = -np.stack([right, down], 2).astype(np.float64)
    pointing: NDArray[np.float64] = away / (np.linalg.norm(away, axis=2, keepdims=True) + 1e-6)
    return pointing
