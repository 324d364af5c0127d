"""The weight-free segmenter: GrabCut, told where to look by the outline the reference has in the target.

C. Rother, V. Kolmogorov, A. Blake, "GrabCut: interactive foreground extraction using iterated graph cuts", 2004;
OpenCV's implementation. Colours must tell object and background apart; meaning it knows nothing of.
"""

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.graph import MCP_Geometric

from pipelines.propagation.segmenter import Encoding, Prompt, Segment, agreement

SIDE = 256
"""Longer side in pixels that the part of the image around the object is shrunk to: cost grows with its area."""
ROUNDS = 5
"""Of learning colours and cutting. With an outline the colours are known from the start, and one round does."""
THIN = 0.6
"""Most of a thin part's half width that is open, arms and legs for example, and gaps between them."""
BAND = 2.0
"""Least half width of the band around an expected outline that is open, in pixels of the shrunk part."""
DISC = 0.012
"""Radius of the disc around a point that is taken as given, as a share of the part's longer side."""
MARGIN = 0.25
"""What is seen of the background around an outline or a box, as a share of its longer side."""
_BACKGROUND, _FOREGROUND, _MAYBE_BACKGROUND, _MAYBE_FOREGROUND = (
    cv2.GC_BGD,
    cv2.GC_FGD,
    cv2.GC_PR_BGD,
    cv2.GC_PR_FGD,
)


class GrabCut:
    """GrabCut, see the module; implements ``pipelines.propagation.segmenter.Segmenter``."""

    name = "grabcut"
    revision = f"opencv-{cv2.__version__}-1"

    def encode(self, image: NDArray[np.uint8]) -> Encoding:
        """Nothing: all there is to compute depends on the object."""
        return {}

    def segment(self, image: NDArray[np.uint8], encoding: Encoding, prompt: Prompt) -> Segment:
        """Cut the object out.

        With an outline, only a band around it is open. With a box, all of its inside is. With points alone, the
        start is what lies nearer to the positive ones than to the negative ones and the image's border, along paths
        of like colour.

        Args:
            image: (H, W, 3) uint8, RGB.
            encoding: not used.
            prompt: at least one positive point, a box or an outline.

        Returns:
            ``quality`` is the mask's IoU with the outline, 1 without one.

        Raises:
            ValueError: nothing to segment in the prompt.
        """
        outlined = prompt.outline is not None and bool(prompt.outline.any())
        if not outlined and prompt.box is None and not prompt.positive.any():
            raise ValueError("prompt has neither a positive point nor a box nor an outline, expected one of them")
        rows, columns = _part(image.shape[:2], prompt)
        part = image[rows, columns]
        scale = min(1.0, SIDE / max(part.shape[:2]))
        size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
        small = np.ascontiguousarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA)[:, :, ::-1], np.uint8)
        factor = np.array(size) / np.array(part.shape[1::-1])
        points = (prompt.points - [columns.start, rows.start] + 0.5) * factor - 0.5
        start = _start(small, prompt, points, (rows, columns), factor)
        cut = _cut(small, start, 1 if outlined else ROUNDS)
        mask = np.zeros(image.shape[:2], np.bool_)
        mask[rows, columns] = _enlarged(_attached(cut, start, points[prompt.positive]), part.shape[:2])
        return Segment(mask, _quality(mask, prompt.outline), agreement(mask, prompt))


def _part(size: tuple[int, ...], prompt: Prompt) -> tuple[slice, slice]:
    """The part of the image around outline or box; all of it for points alone."""
    if prompt.outline is not None and prompt.outline.any():
        x, y, w, h = map(float, cv2.boundingRect(prompt.outline.view(np.uint8)))
    elif prompt.box is not None:
        x, y, w, h = prompt.box
    else:
        return slice(0, size[0]), slice(0, size[1])
    margin = MARGIN * max(w, h) + 4
    top, left = max(0, int(y - margin)), max(0, int(x - margin))
    bottom, right = min(size[0], int(np.ceil(y + h + margin))), min(size[1], int(np.ceil(x + w + margin)))
    return slice(min(top, size[0] - 1), max(bottom, top + 1)), slice(min(left, size[1] - 1), max(right, left + 1))


def _start(
    small: NDArray[np.uint8],
    prompt: Prompt,
    points: NDArray[np.float64],
    part: tuple[slice, slice],
    factor: NDArray[np.float64],
) -> NDArray[np.uint8]:
    """GrabCut's labels to start from."""
    height, width = small.shape[:2]
    if prompt.outline is not None and prompt.outline[part].any():
        outline = prompt.outline[part].view(np.uint8)
        band = max(BAND, prompt.outline_error * float(factor.mean()))
        outline = np.asarray(cv2.resize(outline, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        labels = _around(outline, band)
    elif prompt.box is not None:
        x, y, w, h = prompt.box
        low = np.array([x - part[1].start, y - part[0].start]) * factor
        high = low + np.array([w, h]) * factor
        labels = np.full((height, width), _BACKGROUND, np.uint8)
        left, top = np.clip(np.floor(low), 0, [width - 1, height - 1]).astype(int)
        right, bottom = np.clip(np.ceil(high), 1, [width, height]).astype(int)
        labels[top:bottom, left:right] = _MAYBE_FOREGROUND
    else:
        labels = _nearest(small, points, prompt.positive)
    radius = max(1, round(DISC * max(height, width)))
    for sort, label in ((False, _BACKGROUND), (True, _FOREGROUND)):
        for x, y in np.rint(points[prompt.positive == sort]).astype(int).tolist():
            cv2.circle(labels, (x, y), radius, label, -1)
    return labels


def _around(outline: NDArray[np.uint8], band: float) -> NDArray[np.uint8]:
    """Open within a band around the outline, given elsewhere."""
    outside, inside = _distance(1 - outline), _distance(np.pad(outline, 1, mode="edge"))[1:-1, 1:-1]
    labels = np.where(outline > 0, _MAYBE_FOREGROUND, _MAYBE_BACKGROUND).astype(np.uint8)
    labels[outside > _within(outside, band)] = _BACKGROUND
    labels[inside > _within(inside, band)] = _FOREGROUND
    return labels


def _distance(inner: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Distance of every nonzero pixel to the nearest zero."""
    return np.asarray(cv2.distanceTransform(inner, cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)


def _within(distance: NDArray[np.float32], band: float) -> NDArray[np.float32]:
    """The band's width at each place: less where the part is so thin that the whole band would leave nothing of it."""
    side = 2 * int(np.ceil(band)) + 1
    thickness = cv2.dilate(distance, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    return np.asarray(np.minimum(band, THIN * np.asarray(thickness)), np.float32)


def _nearest(small: NDArray[np.uint8], points: NDArray[np.float64], positive: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Pixels that like colours lead to from the positive points sooner than from the negative ones and the border."""
    height, width = small.shape[:2]
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    steps = [np.pad(np.linalg.norm(np.diff(lab, axis=a), axis=2), [(0, 1 - a), (0, a)]) for a in (0, 1)]
    cost = 0.3 + np.hypot(*steps)
    cells = np.clip(np.rint(points), 0, [width - 1, height - 1]).astype(int)[:, ::-1]
    border = [(y, x) for y in range(height) for x in (0, width - 1)] + [
        (y, x) for x in range(width) for y in (0, height - 1)
    ]
    inner = [tuple(c) for c in cells[positive].tolist()]
    outer = [c for c in [*border, *map(tuple, cells[~positive].tolist())] if c not in set(inner)]
    if not outer:
        return np.full((height, width), _MAYBE_FOREGROUND, np.uint8)
    to_object = MCP_Geometric(cost).find_costs(inner)[0]
    to_rest = MCP_Geometric(cost).find_costs(outer)[0]
    nearer = np.where(to_object < to_rest, _MAYBE_FOREGROUND, _MAYBE_BACKGROUND)
    return np.ascontiguousarray(nearer, np.uint8)


def _cut(small: NDArray[np.uint8], start: NDArray[np.uint8], rounds: int) -> NDArray[np.uint8]:
    """(h, w) uint8 of 0 and 1. Where a side has no pixel at all, there is nothing to learn colours from."""
    labels = start.copy()
    sides = np.isin(labels, (_FOREGROUND, _MAYBE_FOREGROUND))
    if sides.any() and not sides.all():
        cv2.setRNGSeed(0)  # its k-means starts at random
        colours = np.zeros((2, 1, 65))
        cv2.grabCut(small, labels, (0, 0, 0, 0), colours[0], colours[1], rounds, cv2.GC_INIT_WITH_MASK)
    return np.isin(labels, (_FOREGROUND, _MAYBE_FOREGROUND)).astype(np.uint8)


def _attached(cut: NDArray[np.uint8], start: NDArray[np.uint8], points: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Components that hold something given as object, without the specks; all of them where nothing is given."""
    opened = cv2.morphologyEx(cut, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) | (start == _FOREGROUND)
    labels = cv2.connectedComponents(np.asarray(opened, np.uint8))[1]
    given = np.unique(labels[start == _FOREGROUND])
    kept = np.isin(labels, given[given > 0]) if (given > 0).any() else labels > 0
    return _without_pinholes(kept.astype(np.uint8))


def _without_pinholes(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Holes smaller than a thousandth of the object filled: they are noise of single pixels' colours."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(1 - mask, connectivity=4)
    small = [i for i in range(1, count) if stats[i, cv2.CC_STAT_AREA] < 1e-3 * int(mask.sum())]
    return np.asarray(mask | np.isin(labels, small), np.uint8)


def _enlarged(mask: NDArray[np.uint8], size: tuple[int, ...]) -> NDArray[np.bool_]:
    smooth = cv2.resize(mask.astype(np.float32), size[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(smooth > 0.5)


def _quality(mask: NDArray[np.bool_], outline: NDArray[np.bool_] | None) -> float:
    if outline is None:
        return 1.0
    either = int((mask | outline).sum())
    return int((mask & outline).sum()) / either if either else 0.0
