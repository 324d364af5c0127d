"""A sheet to draw one entity on: outlines in units of the entity's own size, which may be mirrored."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.sample.layers import Canvas, Material, lay, paint
from pipelines.sample.shapes import Form, Plane, coverage
from pipelines.sample.textures import Colour

_BEYOND = 0.14
"""Units around the sheet for what hangs over, such as strands; ``finished`` cuts away what stays empty."""
_MARGIN = 4
"""Empty pixels around a finished entity."""
_LEAST = np.float32(0.5 / 255)
"""Alpha that does not round to nothing."""
_BLEED = 3.0
"""Pixels over which colours reach beyond alpha, so that a picture made smaller has no dark rim."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """An entity being drawn; its outlines are in units, (0, 0) top left, y downwards.

    Attributes:
        canvas: its pixels.
        unit: pixels of a unit.
        width: of the sheet, in units; what outlines are mirrored in.
        rng: consumed by what is drawn.
        flip: whether outlines are mirrored; light still falls from the left.
    """

    canvas: Canvas
    unit: float
    width: float
    rng: np.random.Generator
    flip: bool = False

    def paint(
        self, form: Form, material: Material, *, round_to: float = 0.0, opacity: float = 1.0, shadow: float = 0.3
    ) -> None:
        """Paint a shaded part, see ``layers.paint``; ``round_to`` is its ``round_px``, in units."""
        paint(
            self.canvas,
            self.in_pixels(form),
            material,
            round_px=round_to * self.unit,
            opacity=opacity,
            shadow=shadow,
        )

    def tint(self, form: Form, colour: Colour, opacity: float, blur: float = 0.0) -> None:
        """Colour what is painted already, and only that: alpha stays. ``blur`` softens the form, in units."""
        placed = self.in_pixels(form)
        rows, columns = self.canvas.window(placed.box, 3 * blur * self.unit + 2)
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return
        inside = coverage(placed.distance(*self.canvas.centres(rows, columns)))
        if blur:
            inside = np.asarray(cv2.GaussianBlur(inside, (0, 0), blur * self.unit), np.float32)
        share = (np.float32(opacity) * inside)[..., None]
        under = self.canvas.rgba[rows, columns]
        under[..., :3] += share * (np.array(colour, np.float32) * under[..., 3:] - under[..., :3])

    def like(self) -> "Sheet":
        """An empty sheet of the same size, for a part that gets a coat of its own."""
        return Sheet(self.canvas.like(), self.unit, self.width, self.rng, self.flip)

    def lay(self, other: "Sheet") -> None:
        """Lay a sheet of the same size over this one."""
        lay(self.canvas, other.canvas)

    def in_pixels(self, form: Form) -> Form:
        """An outline in units as one in pixels of the canvas."""
        unit, width = np.float32(self.unit), np.float32(self.width)

        def distance(x: Plane, y: Plane) -> Plane:
            u = width - x / unit if self.flip else x / unit
            return np.asarray(form.distance(u, y / unit) * unit, np.float32)

        x0, y0, x1, y1 = form.box
        if self.flip:
            x0, x1 = self.width - x1, self.width - x0
        return Form(distance, (x0 * self.unit, y0 * self.unit, x1 * self.unit, y1 * self.unit))

    def points(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, 2) points in units as points in pixels."""
        out = points.astype(np.float32)
        if self.flip:
            out = np.stack([self.width - out[:, 0], out[:, 1]], axis=1)
        return np.asarray(out * np.float32(self.unit), np.float32)


def blank(width: float, height: float, unit: float, rng: np.random.Generator, flip: bool = False) -> Sheet:
    """An empty sheet of ``width`` x ``height`` units of ``unit`` pixels."""
    beyond = _BEYOND * unit
    canvas = Canvas.empty((-beyond, -beyond, width * unit + beyond, height * unit + beyond))
    return Sheet(canvas, unit, width, rng, flip)


def finished(sheet: Sheet) -> NDArray[np.uint8]:
    """(h, w, 4) uint8 RGBA with straight colours, cut to the entity with ``_MARGIN`` empty pixels around it.

    Raises:
        ValueError: something lies at the canvas's border, where it may be cut off.
    """
    x, y, w, h = cv2.boundingRect((sheet.canvas.rgba[..., 3] >= _LEAST).astype(np.uint8))
    m, (height, width) = _MARGIN, sheet.canvas.solid.shape
    if min(x, y, width - x - w, height - y - h) < m:
        raise ValueError("the entity reaches the border of its canvas")
    rgba = sheet.canvas.rgba[y - m : y + h + m, x - m : x + w + m]
    near = cv2.GaussianBlur(rgba, (0, 0), _BLEED)
    thin = rgba[..., 3:] < _LEAST
    # Where there is nothing, the colours of what is near; where nothing is near, black.
    whole = np.where(thin, near, rgba)
    whole[..., :3] /= np.maximum(whole[..., 3:], np.float32(1e-3))
    whole[..., 3:] = np.where(thin, np.float32(0), rgba[..., 3:])
    return np.asarray(cv2.convertScaleAbs(np.clip(whole, 0, 1, out=whole), alpha=255), np.uint8)
