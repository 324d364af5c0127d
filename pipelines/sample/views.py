"""Another small sample: one person, marked on a reference image, seen again in many images of other places."""

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.sample.backgrounds import background, contact_shadow
from pipelines.sample.disk import encoded, is_complete, mark_complete, to_bytes
from pipelines.sample.layers import Canvas, Layer, Rgba, blur, composite, lay, lens, shares
from pipelines.sample.looks import Look, look
from pipelines.sample.scene import draw_actor
from pipelines.sample.shapes import Plane, Point
from pipelines.sample.skeleton import POSES, posed
from pipelines.sample.textures import CLOTHS, HAIRS, Picture, striped, weave
from pipelines.storage.files import write_whole

VIEWS_VERSION = 1
"""Raise when the pictures change: samples of another version are built anew."""
_MARKER = "views.json"
_DRAWN = 1320
"""Pixels from foot to crown as people are drawn: as large as the largest view shows them, so none is enlarged."""

_Matrix = NDArray[np.float64]
"""(3, 3) float64 homography of continuous image coordinates: the first pixel's centre is at 0.5, 0.5."""


@dataclass(frozen=True, slots=True)
class ViewsPaths:
    """Where a sample of views lies.

    Attributes:
        reference: JPEG of the person.
        mask: PNG, 0 or 255, of the person on the reference: where true alpha is at least one half.
        targets: folder of JPEGs.
        truth: folder of 8-bit gray PNGs, ``<target's stem>.png``: true alpha of all the person's copies together.
    """

    reference: Path
    mask: Path
    targets: Path
    truth: Path


@dataclass(frozen=True, slots=True)
class Spot:
    """How one copy of a person is seen.

    Attributes:
        x, y: where its middle is, as shares of the image's width and height.
        tall: pixels from foot to crown; 420 on the reference.
        turn: degrees, clockwise.
        tilt: mild perspective: how much smaller things get to the right and below, per ``tall``.
    """

    x: float
    y: float
    tall: float
    turn: float = 0.0
    tilt: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Light:
    """Exposure: colours are raised to ``gamma``, then multiplied by ``gain``, red, green and blue."""

    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)
    gamma: float = 1.0


@dataclass(frozen=True, slots=True)
class View:
    """One image.

    Attributes:
        name: stem of its files.
        size: width and height in pixels.
        background: see ``backgrounds.BACKGROUNDS``.
        spots: where the person stands; they do not overlap.
        light: on person and background alike.
        stranger: whether it is somebody else who stands there.
    """

    name: str
    size: tuple[int, int]
    background: str
    spots: tuple[Spot, ...]
    light: Light = Light()
    stranger: bool = False


_WIDE, _TALL = (640, 480), (480, 640)
REFERENCE = View("reference", _TALL, "courtyard", (Spot(0.5, 0.54, 420),))
TARGETS: tuple[View, ...] = (
    View("01_shifted", _TALL, "alley", (Spot(0.36, 0.6, 420, 3),)),
    View("02_nearer", _TALL, "garage", (Spot(0.52, 0.5, 588, -4, (0.04, 0.0)),), Light((1.08, 1.08, 1.08), 0.95)),
    View("03_farther", _WIDE, "garden", (Spot(0.68, 0.57, 315, -11),), Light((0.94, 0.97, 1.02))),
    View("04_tilted", _WIDE, "gallery", (Spot(0.4, 0.52, 400, 6, (0.2, -0.14)),)),
    View("05_turned", _TALL, "lights", (Spot(0.5, 0.5, 430, 25),), Light((1.0, 1.0, 1.0), 1.1)),
    View("06_dim", _TALL, "hedge", (Spot(0.6, 0.56, 400, -6, (-0.1, 0.08)),), Light((0.72, 0.74, 0.8), 1.25)),
    View("07_warm", _WIDE, "launch pad", (Spot(0.3, 0.52, 380, 9, (0.0, 0.12)),), Light((1.16, 1.0, 0.78), 0.9)),
    View("08_cut", _WIDE, "quarry", (Spot(0.93, 0.7, 480, -3),), Light((0.95, 1.0, 1.06))),
    View("09_two", (800, 600), "field", (Spot(0.27, 0.56, 450, -5), Spot(0.73, 0.6, 330, 8, (0.08, 0.0)))),
    View("10_large", (1500, 2000), "cafe", (Spot(0.48, 0.55, 1320, 4),)),
    View("11_small", (196, 260), "cat", (Spot(0.52, 0.52, 180, -7),)),
    View("12_absent_background", _WIDE, "mural", ()),
    View("13_absent_other_person", _TALL, "studio", (Spot(0.5, 0.55, 430),), stranger=True),
)
"""Each before another background."""


@dataclass(frozen=True, slots=True)
class _Cutout:
    """A drawn person, ``_DRAWN`` pixels tall.

    Attributes:
        rgba: (h, w, 4) float32, premultiplied.
        foot: where the person stands on it.
    """

    rgba: Rgba
    foot: Point


def build_views(out: Path, seed: int = 0) -> ViewsPaths:
    """Build a sample for propagating one mask to many images: near views of one drawn person with exact true alpha.

    Everything follows from the seed. A complete sample of this version and seed is left as it is; an interrupted one
    is built anew. Targets without the person have an empty true alpha.

    Args:
        out: folder to write, made if missing.
        seed: of all random choices.
    """
    paths = ViewsPaths(out / "reference.jpg", out / "mask.png", out / "targets", out / "truth")
    marker = out / _MARKER
    wanted = {"version": VIEWS_VERSION, "seed": seed}
    if is_complete(marker, wanted):
        return paths
    marker.unlink(missing_ok=True)
    for folder in (paths.targets, paths.truth):
        folder.mkdir(parents=True, exist_ok=True)
    for stale in (*paths.targets.glob("*.jpg"), *paths.truth.glob("*.png")):
        stale.unlink()
    _write_views(paths, seed)
    pictures = sorted((*paths.targets.glob("*.jpg"), *paths.truth.glob("*.png")))
    mark_complete(marker, wanted, (paths.reference, paths.mask, *pictures))
    return paths


def _write_views(paths: ViewsPaths, seed: int) -> None:
    person, stranger = _people(np.random.default_rng([seed, 0]))
    pixels, alpha = _render(REFERENCE, person, np.random.default_rng([seed, 1]))
    _write(paths.reference, pixels)
    _write(paths.mask, np.where(alpha >= 0.5, 255, 0).astype(np.uint8))
    for i, view in enumerate(TARGETS):
        pixels, alpha = _render(view, stranger if view.stranger else person, np.random.default_rng([seed, i + 2]))
        _write(paths.targets / f"{view.name}.jpg", pixels)
        _write(paths.truth / f"{view.name}.png", to_bytes(alpha))


def _write(path: Path, pixels: NDArray[np.uint8]) -> None:
    content = encoded(pixels, "JPEG", quality=95) if path.suffix == ".jpg" else encoded(pixels, "PNG")
    write_whole(path, content, durable=False)


def _people(rng: np.random.Generator) -> tuple[_Cutout, _Cutout]:
    """The person, and somebody whom nobody would take for the person."""
    bold, other = CLOTHS[int(rng.integers(3))], CLOTHS[3 + int(rng.integers(2))]
    hairs = [HAIRS[i] for i in rng.permutation(len(HAIRS))]
    style = look(rng, "long", "shirt", _DRAWN, wind=0.3, swing=0)
    style = replace(style, hair=hairs[0], cloth=striped(bold, CLOTHS[5], rng, _DRAWN // 60))
    person = _cut_out("carry", style, ("handbag",), rng)
    style = look(rng, "curly", "dress", _DRAWN, wind=0, swing=0)
    style = replace(style, hair=hairs[1], cloth=weave(other, rng, _DRAWN // 6))
    return person, _cut_out("hip", style, (), rng)


def _cut_out(pose: str, style: Look, items: tuple[str, ...], rng: np.random.Generator) -> _Cutout:
    body = posed(POSES[pose], (0, 0), _DRAWN)
    canvas = Canvas.empty(body.box(0.3 * _DRAWN))
    whole = canvas.like()
    for part, _ in draw_actor(canvas, body, style, items, rng):
        lay(whole, part)
    x, y, w, h = cv2.boundingRect((whole.rgba[..., 3] > 0).astype(np.uint8))
    return _Cutout(whole.rgba[y : y + h, x : x + w], (-whole.x - x, -whole.y - y))


def _render(view: View, who: _Cutout, rng: np.random.Generator) -> tuple[NDArray[np.uint8], Plane]:
    """(H, W, 3) uint8 RGB pixels of a view, and (H, W) float32 true alpha of the person in it."""
    width, height = view.size
    picture = background(view.background, width, height, rng)
    layers = []
    for spot in view.spots:
        matrix = _homography(spot, view.size, who)
        contact_shadow(picture, _mapped(matrix, who.foot), spot.tall)
        rgba = _relit(_warped(who.rgba, matrix, spot.tall / _DRAWN, view.size), view.light)
        layers.append(Layer(Canvas(0, 0, rgba, rgba[..., 3]), -1, -1 if view.stranger else 0))
    truth, _ = shares((height, width), layers)
    pixels = to_bytes(composite(_exposed(picture, view.light), layers))
    return pixels, truth.get(0, np.zeros((height, width), np.float32))


def _homography(spot: Spot, size: tuple[int, int], who: _Cutout) -> _Matrix:
    """From the drawn person to an image of width and height ``size``."""
    h, w = who.rgba.shape[:2]
    scale = spot.tall / _DRAWN
    c, s = scale * np.cos(np.radians(spot.turn)), scale * np.sin(np.radians(spot.turn))
    turn = np.array([(c, -s, 0), (s, c, 0), (0, 0, 1)])
    tilt = np.array([(1, 0, 0), (0, 1, 0), (spot.tilt[0] / spot.tall, spot.tilt[1] / spot.tall, 1)])
    to_spot = _shift(spot.x * size[0], spot.y * size[1])
    return np.asarray(to_spot @ tilt @ turn @ _shift(-w / 2, -h / 2), np.float64)


def _shift(x: float, y: float) -> _Matrix:
    return np.array([(1, 0, x), (0, 1, y), (0, 0, 1)], np.float64)


def _mapped(matrix: _Matrix, point: Point) -> Point:
    x, y, w = matrix @ np.array([point[0], point[1], 1])
    return float(x / w), float(y / w)


def _warped(rgba: Rgba, matrix: _Matrix, scale: float, size: tuple[int, int]) -> Rgba:
    """Premultiplied colour and alpha of a person, seen through a homography that shrinks by about ``scale``."""
    h, w = rgba.shape[:2]
    # Bicubic samples are too few for a picture made smaller; averages first bring it to its size.
    small = cv2.resize(rgba, (round(w * scale), round(h * scale)), interpolation=cv2.INTER_AREA)
    enlarge = np.diag([w / small.shape[1], h / small.shape[0], 1.0])
    # OpenCV has the first pixel's centre at 0, 0.
    turn = _shift(-0.5, -0.5) @ matrix @ enlarge @ _shift(0.5, 0.5)
    seen = cv2.warpPerspective(small, turn, size, flags=cv2.INTER_CUBIC)
    canvas = Canvas(0, 0, np.asarray(seen, np.float32), np.asarray(seen[..., 3], np.float32))
    blur(canvas, lens(0.6))
    # Bicubic overshoots; colour must stay within alpha.
    canvas.rgba[..., :3] = np.minimum(canvas.rgba[..., :3], canvas.rgba[..., 3:])
    return canvas.rgba


def _relit(rgba: Rgba, light: Light) -> Rgba:
    """A person in another light; alpha stays."""
    alpha = rgba[..., 3:]
    colour: Picture = (rgba[..., :3] / np.maximum(alpha, np.float32(1e-6))).astype(np.float32)
    return np.concatenate([_exposed(colour, light) * alpha, alpha], axis=2)


def _exposed(picture: Picture, light: Light) -> Picture:
    """Colours in another light, (H, W, 3) float32 in [0, 1], not premultiplied."""
    lit = picture ** np.float32(light.gamma) * np.array(light.gain, np.float32)
    return np.asarray(np.clip(lit, 0, 1), np.float32)
