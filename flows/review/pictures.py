"""The pictures of one matte, made when they are asked for."""

import threading
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipelines.annotations.images import read_photo
from pipelines.config import ReportConfig
from pipelines.errors import StoreError
from pipelines.records import Instance
from pipelines.report.cards import CONTEXT, CardAssets, Frame, render_card
from pipelines.report.pictures import MAX_PIXELS, Picture, PictureError, as_array, as_picture, encode, read_levels
from pipelines.storage.safe_paths import ImageProblem, safe_path

LARGE = ReportConfig(thumbnail=1024)
"""Pictures to judge by have at most twice as many pixels on their longer side; COCO's are shown as they are."""
SMALL = ReportConfig(thumbnail=56)
"""Those of the queue."""
KEPT = 24
"""Mattes whose pictures are kept: the last ones looked at, and those fetched ahead."""
THUMBNAILS_KEPT = 2000
_Key = tuple[str, str | None]
"""``sample_id`` and the digest of its alpha."""
CONTEXTS = (CONTEXT, 0.5, 1.5)
"""Shares of the box around it that may be painted on, step by step; the last step is the whole photo."""
TO_COMPARE = "other"
"""Kind of the picture that another backend's matte has."""


@dataclass(frozen=True, slots=True)
class Work:
    """All that is needed to mend one matte, at the photo's own size.

    Attributes:
        photo: (H, W, 3) uint8, RGB.
        trimap, alpha: (H, W) uint8, the machine's.
        start: (H, W) uint8, the trimap that is painted on: the machine's, or one that was mended before.
        frame: what of it the page shows, and how large.
    """

    photo: NDArray[np.uint8]
    trimap: NDArray[np.uint8]
    alpha: NDArray[np.uint8]
    start: NDArray[np.uint8]
    frame: Frame


def frames(row: Instance) -> list[Frame]:
    """What may be painted on, each wider than the one before: what the row's pictures show, ..., the whole photo."""
    size = row.image_width, row.image_height
    found = [Frame.around(row, size, LARGE, context) for context in CONTEXTS]
    found.append(Frame.around(replace(row, bbox=None), size, LARGE))
    return [frame for number, frame in enumerate(found) if number == 0 or frame != found[number - 1]]


class Pictures:
    """Pictures of the mattes of one output folder. Threads may share it.

    Args:
        out: the output folder.
        images: folder that the photos are below.
    """

    def __init__(self, out: Path, images: Path) -> None:
        self._out, self._images = out, images
        self._cards: OrderedDict[_Key, Future[CardAssets]] = OrderedDict()
        self._thumbnails: OrderedDict[_Key, Picture] = OrderedDict()
        self._lock = threading.Lock()
        # Where Numba has no OpenMP, the estimator of foregrounds ends the process that calls it from two threads.
        self._rendering = threading.Lock()

    def card(self, row: Instance) -> CardAssets:
        """Photo, mask, trimap, matte and cutout of a matte, of one size; what cannot be made says why."""
        key = row.sample_id, row.alpha_sha256
        with self._lock:
            waiting = self._cards.get(key)
            if waiting is not None:
                self._cards.move_to_end(key)
            else:
                future = self._cards[key] = Future()
                while len(self._cards) > KEPT:
                    self._cards.popitem(last=False)
        if waiting is not None:  # the page asks for several pictures of a matte at once
            return waiting.result()
        try:
            with self._rendering:
                card = render_card(row, self._out, self._images, LARGE)
        except BaseException as error:
            with self._lock:
                self._cards.pop(key, None)
            future.set_exception(error)
            raise
        future.set_result(card)
        return card

    def picture(self, row: Instance, kind: str) -> Picture:
        """One of them.

        Raises:
            KeyError: no such kind.
        """
        return {picture.kind: picture for picture in self.card(row).pictures}[kind]

    def thumbnail(self, row: Instance) -> Picture:
        """The matte for the queue: the photo over grey, or what there is of it."""
        key = row.sample_id, row.alpha_sha256
        with self._lock:
            if key in self._thumbnails:
                return self._thumbnails[key]
        picture = self._thumbnail(row)
        with self._lock:
            self._thumbnails[key] = picture
            while len(self._thumbnails) > THUMBNAILS_KEPT:
                self._thumbnails.popitem(last=False)
        return picture

    def _thumbnail(self, row: Instance) -> Picture:
        frame = Frame.around(row, (row.image_width, row.image_height), SMALL)
        try:
            alpha = frame.shrink(read_levels(self._out, row.alpha_path))
        except PictureError as error:
            return Picture("thumbnail", missing=str(error))
        try:
            photo = frame.shrink(self._photo(row))
        except PictureError:
            return Picture("thumbnail", encode(alpha, "PNG"), ".png")
        share = alpha[..., None] / np.float32(255)
        over = np.rint(photo * share + 128 * (1 - share)).astype(np.uint8)
        return Picture("thumbnail", encode(over, "JPEG"), ".jpg")

    def _photo(self, row: Instance) -> NDArray[np.uint8]:
        try:
            size = row.image_width, row.image_height
            return read_photo(safe_path(self._images, row.image_path), *size, MAX_PIXELS).pixels
        except StoreError:
            raise
        except (ImageProblem, OSError) as error:
            raise PictureError(str(error)) from error

    def other(self, row: Instance, out: Path, path: str) -> Picture:
        """A matte of the same instance by another run.

        Args:
            row: of this run.
            out: the other run's output folder.
            path: of its alpha below that.
        """
        frame = Frame.around(row, (row.image_width, row.image_height), LARGE)
        try:
            return Picture(TO_COMPARE, encode(frame.shrink(read_levels(out, path)), "PNG"), ".png")
        except PictureError as error:
            return Picture(TO_COMPARE, missing=str(error))

    def mended_matte(self, row: Instance, path: str) -> bytes:
        """A mended matte of a row, as the page shows the machine's; ``path`` is below the output folder.

        Raises:
            PictureError: it cannot be read.
        """
        return encode(frames(row)[0].shrink(read_levels(self._out, path)), "PNG")

    def photo_to_paint(self, row: Instance, frame: Frame) -> bytes:
        """What of a row's photo a frame shows, as a JPEG.

        Raises:
            PictureError: it cannot be read.
        """
        return encode(frame.shrink(self._photo(row)), "JPEG")

    def trimap_to_paint(self, row: Instance, frame: Frame, path: str | None) -> bytes:
        """What of a trimap a frame shows, as a PNG of 0, 128 and 255.

        Args:
            row: whose.
            frame: one of ``frames``.
            path: below the output folder; of the machine's trimap or of one that was mended.

        Raises:
            PictureError: it cannot be read.
        """
        return encode(frame.shrink(_exact(read_levels(self._out, path)), Image.Resampling.NEAREST), "PNG")

    def work(self, row: Instance, frame: Frame, mended: str | None = None) -> Work:
        """What mending starts from.

        Args:
            row: whose.
            frame: one of ``frames``.
            mended: path below the output folder of the mended trimap that is painted on; the machine's without one.

        Raises:
            PictureError: a file cannot be read.
        """
        photo = self._photo(row)
        trimap, alpha = read_levels(self._out, row.trimap_path), read_levels(self._out, row.alpha_path)
        start = trimap if mended is None else read_levels(self._out, mended)
        for pixels in (trimap, alpha, start):
            if pixels.shape != photo.shape[:2]:
                raise PictureError("trimap and matte are not of the photo's size")
        return Work(photo, trimap, alpha, start, frame)


def _exact(trimap: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.select([trimap == 0, trimap == 255], [0, 255], 128).astype(np.uint8)


def painted(work: Work, levels: bytes) -> NDArray[np.uint8]:
    """The trimap of the whole photo after a person painted on what the page shows of it.

    What was not painted keeps its exact values, also where the page shows it smaller.

    Args:
        work: what was mended.
        levels: a byte a pixel of what the page shows, row by row: 0, 128 or 255.

    Returns:
        (H, W) uint8 of 0, 128 and 255.

    Raises:
        PictureError: not so many bytes, or others.
    """
    width, height = work.frame.size
    if len(levels) != width * height or set(levels) - {0, 128, 255}:
        raise PictureError(f"the painted trimap is not {width} x {height} times 0, 128 or 255")
    page = np.frombuffer(levels, np.uint8).reshape(height, width)
    left, top, right, bottom = work.frame.crop
    exact = _exact(work.start)
    shown = as_array(as_picture(exact[top:bottom, left:right]).resize((width, height), 0))
    size = (right - left, bottom - top)
    changed = cv2.resize((page != shown).astype(np.uint8), size, interpolation=cv2.INTER_NEAREST_EXACT).astype(bool)
    whole = cv2.resize(page, size, interpolation=cv2.INTER_NEAREST_EXACT)
    exact[top:bottom, left:right][changed] = whole[changed]
    return exact
