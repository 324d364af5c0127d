"""Layers of premultiplied colour, and the exact compositing that images and true alphas come from."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.sample.shapes import Form, Plane, coverage

Rgba = NDArray[np.float32]
"""(h, w, 4) float32 in [0, 1], colour premultiplied with alpha."""
LIGHT = (-0.48, -0.58, 0.66)
"""Unit vector towards the light: above, to the left, in front."""


@dataclass(slots=True)
class Canvas:
    """A rectangle that parts are painted into; it may reach beyond the image.

    Attributes:
        x, y: image coordinates of its top left corner.
        rgba: (h, w, 4) float32, premultiplied.
        solid: (h, w) float32, how much an annotator takes for the object: 1 inside glass, which alpha does not reach.
    """

    x: int
    y: int
    rgba: Rgba
    solid: Plane

    @classmethod
    def empty(cls, box: tuple[float, float, float, float]) -> "Canvas":
        """A transparent canvas over ``box``, x0, y0, x1, y1."""
        x0, y0 = int(np.floor(box[0])), int(np.floor(box[1]))
        w, h = max(int(np.ceil(box[2])) - x0, 1), max(int(np.ceil(box[3])) - y0, 1)
        return cls(x0, y0, np.zeros((h, w, 4), np.float32), np.zeros((h, w), np.float32))

    def like(self) -> "Canvas":
        """A transparent canvas over the same rectangle."""
        return Canvas(self.x, self.y, np.zeros_like(self.rgba), np.zeros_like(self.solid))

    def window(self, box: tuple[float, float, float, float], margin: float) -> tuple[slice, slice]:
        """Rows and columns of the canvas under ``box``; empty slices outside."""
        h, w = self.solid.shape
        rows = np.clip([box[1] - margin - self.y, box[3] + margin - self.y + 1], 0, h).astype(int)
        columns = np.clip([box[0] - margin - self.x, box[2] + margin - self.x + 1], 0, w).astype(int)
        return slice(rows[0], rows[1]), slice(columns[0], columns[1])

    def centres(self, rows: slice, columns: slice) -> tuple[Plane, Plane]:
        """(h, w) float32 image x and y of the pixel centres in a window."""
        y, x = np.mgrid[rows, columns].astype(np.float32)
        return x + np.float32(self.x + 0.5), y + np.float32(self.y + 0.5)


@dataclass(frozen=True, slots=True)
class Material:
    """What a part is made of.

    Attributes:
        tile: (t, t, 3) float32 colours, not premultiplied; repeats seamlessly.
        ambient: light where the lamp does not reach.
        gloss: strength of the highlight.
    """

    tile: NDArray[np.float32]
    ambient: float = 0.5
    gloss: float = 0.0


@dataclass(frozen=True, slots=True)
class Layer:
    """One finished layer of an image.

    Attributes:
        canvas: its pixels.
        instance: which annotated object it shows; -1 for none.
        owner: which human's true alpha it counts for; -1 for nobody's.
    """

    canvas: Canvas
    instance: int
    owner: int


def paint(
    canvas: Canvas, form: Form, material: Material, *, round_px: float = 0.0, opacity: float = 1.0, shadow: float = 0.3
) -> None:
    """Paint a shaded part over a canvas.

    Args:
        canvas: changed in place.
        form: the part's outline.
        material: colours.
        round_px: over how many pixels from the outline the surface turns away; 0 for the thickest place, a full limb.
        opacity: alpha inside, in [0, 1]; the annotator's view stays solid.
        shadow: how dark the part makes what it lies on, close to its outline.
    """
    reach = 6.0
    rows, columns = canvas.window(form.box, reach + 2)
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    x, y = canvas.centres(rows, columns)
    distance = form.distance(x, y)
    solid = coverage(distance)
    if not solid.any():
        return
    colour = _shaded(distance, x - form.box[0], y - form.box[1], material, round_px)
    under = canvas.rgba[rows, columns]
    if shadow:
        # Falls to the lower right, away from the light; darkens colour only, so alpha stays what it was.
        shade = cv2.GaussianBlur(np.roll(solid, (2, 1), (0, 1)), (0, 0), reach / 2)
        under[..., :3] *= 1 - np.float32(shadow) * shade[..., None]
    alpha = (solid * np.float32(opacity))[..., None]
    under *= 1 - alpha
    under += np.concatenate([colour * alpha, alpha], axis=2)
    canvas.solid[rows, columns] = canvas.solid[rows, columns] * (1 - solid) + solid


def _shaded(distance: Plane, u: Plane, v: Plane, material: Material, round_px: float) -> NDArray[np.float32]:
    """(h, w, 3) float32 colours in [0, 1] of a rounded surface, the tile laid from the part's corner."""
    radius = np.float32(max(round_px or -float(distance.min()), 1.0))
    if min(distance.shape) < 2:
        gx = gy = np.zeros_like(distance)
    else:
        # Smoothed, since distances have ridges where the nearest outline changes, and cloth has none.
        smooth = cv2.GaussianBlur(distance, (0, 0), max(float(radius) * 0.22, 0.5), borderType=cv2.BORDER_REPLICATE)
        gy, gx = np.gradient(smooth)
    turn = 1 - np.clip(-distance / radius, 0, 1)
    nz = np.sqrt(np.clip(1 - turn * turn, 0, 1))
    facing = np.clip(gx * turn * LIGHT[0] + gy * turn * LIGHT[1] + nz * LIGHT[2], 0, 1)
    light = material.ambient + (1.15 - material.ambient) * facing / 0.85
    side = material.tile.shape[0]
    texel = material.tile[v.astype(np.intp) % side, u.astype(np.intp) % side]
    out = texel * light[..., None]
    if material.gloss:
        out = out + np.float32(material.gloss) * (facing**12)[..., None]
    return np.asarray(np.clip(out, 0, 1), np.float32)


def lay(canvas: Canvas, other: Canvas) -> None:
    """Composite ``other``, a canvas over the same rectangle, over ``canvas``."""
    canvas.rgba *= 1 - other.rgba[..., 3:]
    canvas.rgba += other.rgba
    canvas.solid += other.solid * (1 - canvas.solid)


def blur(canvas: Canvas, kernel: NDArray[np.float32]) -> None:
    """Filter premultiplied colour and alpha alike, as a lens or a shutter does; ``kernel`` sums to 1."""
    canvas.rgba = cv2.filter2D(canvas.rgba, -1, kernel, borderType=cv2.BORDER_REPLICATE).clip(0, 1)
    canvas.solid = cv2.filter2D(canvas.solid, -1, kernel, borderType=cv2.BORDER_REPLICATE).clip(0, 1)


def shutter(length: float, degrees: float) -> NDArray[np.float32]:
    """Motion blur kernel: a line ``length`` pixels long, ``degrees`` clockwise from the x axis."""
    side = 2 * int(np.ceil(length / 2)) + 3
    kernel = np.zeros((side, side), np.float32)
    for t in np.linspace(-length / 2, length / 2, 8 * side):
        px = side / 2 - 0.5 + t * np.cos(np.radians(degrees))
        py = side / 2 - 0.5 + t * np.sin(np.radians(degrees))
        x, y = int(px), int(py)
        fx, fy = px - x, py - y
        kernel[y : y + 2, x : x + 2] += np.outer((1 - fy, fy), (1 - fx, fx)).astype(np.float32)
    return np.asarray(kernel / kernel.sum(), np.float32)


def lens(radius: float) -> NDArray[np.float32]:
    """Defocus kernel: an anti-aliased disc of ``radius`` pixels."""
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    disc = np.clip(np.float32(radius + 0.5) - np.sqrt(x * x + y * y), 0, 1)
    return np.asarray(disc / disc.sum(), np.float32)


def composite(background: NDArray[np.float32], layers: Sequence[Layer]) -> NDArray[np.float32]:
    """All layers over the background, back to front.

    Args:
        background: (H, W, 3) float32 in [0, 1]; left as it is.
        layers: back to front; parts beyond the image are cut off.

    Returns:
        (H, W, 3) float32 in [0, 1].
    """
    out = background.copy()
    for layer in layers:
        inside, part = _overlap(layer.canvas, out.shape[:2])
        rgba = layer.canvas.rgba[part]
        out[inside] = out[inside] * (1 - rgba[..., 3:]) + rgba[..., :3]
    return out


def shares(size: tuple[int, int], layers: Sequence[Layer]) -> tuple[dict[int, Plane], dict[int, Plane]]:
    """How much of each pixel every human and every object is.

    A layer's share is its alpha times (1 - alpha) of all layers in front. A human's shares add up to the union of the
    human's own layers, seen through everybody else's: the true alpha.

    Args:
        size: height and width of the image.
        layers: back to front.

    Returns:
        Owner to (H, W) float32 true alpha, and instance to (H, W) float32 of what an annotator sees of it.
    """
    through, unhidden = np.ones(size, np.float32), np.ones(size, np.float32)
    truth: dict[int, Plane] = {}
    seen: dict[int, Plane] = {}
    for layer in reversed(layers):
        inside, part = _overlap(layer.canvas, size)
        alpha, solid = layer.canvas.rgba[part][..., 3], layer.canvas.solid[part]
        if layer.owner >= 0:
            truth.setdefault(layer.owner, np.zeros(size, np.float32))[inside] += through[inside] * alpha
        if layer.instance >= 0:
            seen.setdefault(layer.instance, np.zeros(size, np.float32))[inside] += unhidden[inside] * solid
        through[inside] *= 1 - alpha
        unhidden[inside] *= 1 - solid
    return truth, seen


def _overlap(canvas: Canvas, size: tuple[int, int]) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Where a canvas lies in an image of height and width ``size``, and which part of it that is."""
    h, w = canvas.solid.shape
    top, bottom = max(canvas.y, 0), min(canvas.y + h, size[0])
    left, right = max(canvas.x, 0), min(canvas.x + w, size[1])
    bottom, right = max(bottom, top), max(right, left)
    inside = slice(top, bottom), slice(left, right)
    return inside, (slice(top - canvas.y, bottom - canvas.y), slice(left - canvas.x, right - canvas.x))
