"""Hair and hats: a dense core, and strands around it that are thinner than a pixel."""

import numpy as np
from numpy.typing import NDArray

from pipelines.sample import strands
from pipelines.sample.layers import Canvas, Material, paint
from pipelines.sample.looks import Look
from pipelines.sample.shapes import blend, both, capsule, chain, ellipse, polygon
from pipelines.sample.skeleton import Body
from pipelines.sample.textures import Colour, plain


def _ground(colour: Colour) -> Material:
    return plain((colour[0] * 0.85, colour[1] * 0.85, colour[2] * 0.85), 0.04, 0.45)


def _scalp(
    body: Body, count: int, rng: np.random.Generator, low: float, high: float, inner: float
) -> NDArray[np.float32]:
    """(count, 2) float32 points on the skull between two directions (0 right, 90 up)."""
    h, (x, y) = body.h, body.head
    angle = np.radians(rng.uniform(low, high, count))
    r = rng.uniform(inner, 1, count)
    points = np.stack([x + 0.056 * h * r * np.cos(angle), y - 0.018 * h - 0.056 * h * r * np.sin(angle)], 1)
    return points.astype(np.float32)


_COUNTS = {"short": 260, "long": 620, "wild": 900, "curly": 900, "bun": 200, "hat": 160}


def _count(style: str, h: float) -> int:
    """Strands; small heads do not show, and so do not get, all of them."""
    return int(_COUNTS[style] * np.clip(h / 420, 0.12, 1.6))


def _strand_width(h: float) -> float:
    return float(np.clip(h / 1500, 0.25, 0.75))


def hair_behind(canvas: Canvas, body: Body, style: Look, rng: np.random.Generator) -> None:
    """Long hair falls behind the shoulders; wild and curly hair stands around the head."""
    h, (x, y) = body.h, body.head
    base, width = _ground(style.hair), _strand_width(h)
    n = _count(style.style, h)
    drift = style.wind * 0.06 * h
    if style.style == "long":
        fall = blend(
            [
                ellipse((x, y - 0.012 * h), 0.062 * h, 0.064 * h),
                capsule((x - 0.034 * h, y), (x - 0.05 * h + drift, y + 0.13 * h), 0.03 * h, 0.022 * h),
                capsule((x + 0.034 * h, y), (x + 0.05 * h + drift, y + 0.13 * h), 0.03 * h, 0.022 * h),
            ],
            0.03 * h,
        )
        paint(canvas, fall, base)
        roots = _scalp(body, n, rng, -25, 205, 0.85)
        strands.draw(
            canvas,
            strands.hair(
                roots,
                (x, y),
                0.3 * h,
                style.hair,
                rng,
                weight=0.95,
                wind=style.wind,
                spread=0.1,
                lift=0.32,
                width=width,
            ),
            rng,
        )
    elif style.style == "wild":
        paint(canvas, ellipse((x, y - 0.012 * h), 0.064 * h, 0.066 * h), base)
        roots = _scalp(body, n, rng, -40, 220, 0.8)
        strands.draw(
            canvas,
            strands.hair(
                roots,
                (x, y + 0.01 * h),
                0.15 * h,
                style.hair,
                rng,
                lift=0.8,
                weight=0.45,
                wind=style.wind,
                spread=0.35,
                width=width,
            ),
            rng,
        )
    elif style.style == "curly":
        blobs = [
            ellipse(
                (x + 0.05 * h * float(np.cos(a)), y - 0.02 * h - 0.045 * h * float(np.sin(a))), 0.034 * h, 0.034 * h
            )
            for a in np.radians(np.linspace(-30, 210, 9))
        ]
        paint(canvas, blend(blobs, 0.01 * h), base)
        roots = _scalp(body, n, rng, -40, 220, 1.0) * 1.0
        out = roots + (roots - np.array((x, y), np.float32)) * rng.uniform(0, 0.45, (n, 1)).astype(np.float32)
        strands.draw(
            canvas,
            strands.hair(
                out.astype(np.float32), (x, y), 0.055 * h, style.hair, rng, weight=0.0, spread=0.8, width=width
            ),
            rng,
        )
    elif style.style == "bun":
        paint(canvas, ellipse((x + 0.012 * h, y - 0.078 * h), 0.03 * h, 0.027 * h), base)
        paint(canvas, ellipse((x, y - 0.016 * h), 0.057 * h, 0.06 * h), base)


def hair_in_front(canvas: Canvas, body: Body, style: Look, rng: np.random.Generator) -> None:
    """The cap of hair over the forehead, with strands combed over it, or a fur hat."""
    h, (x, y) = body.h, body.head
    if style.style == "hat":
        _hat(canvas, body, style, rng)
        return
    cap = both(
        ellipse((x, y - 0.016 * h), 0.057 * h, 0.06 * h),
        polygon(
            [
                (x - 0.07 * h, y - 0.1 * h),
                (x + 0.07 * h, y - 0.1 * h),
                (x + 0.07 * h, y - 0.002 * h),
                (x + 0.041 * h, y - 0.008 * h),
                (x + 0.03 * h, y - 0.033 * h),
                (x - 0.012 * h, y - 0.041 * h),
                (x - 0.036 * h, y - 0.03 * h),
                (x - 0.043 * h, y - 0.006 * h),
                (x - 0.07 * h, y - 0.002 * h),
            ]
        ),
    )
    paint(canvas, cap, _ground(style.hair))
    n = _count(style.style, h)
    roots = _scalp(body, n, rng, 35, 145, 0.55)
    roots[:, 1] -= 0.012 * h
    combed = strands.hair(
        roots,
        (x - 0.008 * h, y - 0.085 * h),
        0.05 * h,
        style.hair,
        rng,
        lift=0.6,
        weight=0.15,
        spread=0.15,
        width=_strand_width(h),
    )
    strands.draw(canvas, combed, rng)
    if style.style in ("short", "bun"):
        loose = _scalp(body, n // 2, rng, -5, 185, 0.96)
        strands.draw(
            canvas,
            strands.hair(
                loose, (x, y), 0.026 * h, style.hair, rng, lift=0.6, weight=0.4, wind=style.wind, width=_strand_width(h)
            ),
            rng,
        )
    if style.style == "long":
        for side in (-1, 1):
            lock = np.stack(
                [rng.uniform(0.036, 0.056, n // 3) * side * h + x, rng.uniform(-0.04, 0.0, n // 3) * h + y], 1
            ).astype(np.float32)
            centre = (x - side * 0.1 * h, y - 0.1 * h)
            strands.draw(
                canvas,
                strands.hair(
                    lock,
                    centre,
                    0.2 * h,
                    style.hair,
                    rng,
                    weight=1.0,
                    wind=style.wind,
                    spread=0.05,
                    lift=0.2,
                    width=_strand_width(h),
                ),
                rng,
            )


def _hat(canvas: Canvas, body: Body, style: Look, rng: np.random.Generator) -> None:
    h, (x, y) = body.h, body.head
    paint(canvas, ellipse((x, y - 0.074 * h), 0.056 * h, 0.044 * h), style.cloth)
    brim = np.stack(
        [x + np.linspace(-0.06, 0.06, 12) * h, y - 0.048 * h - 0.008 * h * np.cos(np.linspace(-1.5, 1.5, 12))], 1
    )
    xy = [(float(p[0]), float(p[1])) for p in brim]
    paint(canvas, chain(xy, [0.018 * h] * 12, 0.01 * h), style.fur)
    strands.draw(canvas, strands.fur(brim.astype(np.float32), body.head, 0.032 * h, style.fur_colour, rng, 12), rng)
