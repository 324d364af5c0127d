"""The review page's server: a small ASGI application over a ``Board``. No path from a browser reaches the disk."""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from flows.review.access import FIRST, Guarded, Keys
from flows.review.mending import matte_again
from flows.review.pictures import TO_COMPARE, Pictures, painted
from pipelines.errors import UserError
from pipelines.labelling.matting import MattingBackend, MattingFailed
from pipelines.records import Instance
from pipelines.report.pictures import Picture, PictureError, encode
from pipelines.review.board import ORDERS, Board, Query, Replaced
from pipelines.review.catalogue import Catalogue
from pipelines.review.decisions import Decision
from pipelines.review.mended import keep_mended
from pipelines.review.standing import STATES
from pipelines.storage.current import current

PAGE = Path(__file__).parent / "page"
KINDS = ("photo", "mask", "trimap", "matte", "cutout")
MOST = 200
"""Most mattes in one answer."""
LONGEST_BODY = 32_000_000
"""Bytes of a painted trimap; one of 2048 x 2048 px has an eighth."""
LONGEST_TEXT = 200
"""Characters of a name or reason."""
MENDED_KEPT = 16
"""Mended mattes that wait for their decision."""
_FILES = {
    "/": ("index.html", "text/html"),
    "/app.js": ("app.js", "text/javascript"),
    "/app.css": ("app.css", "text/css"),
}


@dataclass(frozen=True, slots=True)
class Other:
    """Another run on the same masks, to compare with.

    Attributes:
        out: its output folder.
        catalogue: its mattes.
    """

    out: Path
    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A mended matte that waits for its decision; of which matte, by number and digest."""

    of: tuple[int, str]
    trimap: NDArray[np.uint8]
    alpha: NDArray[np.uint8]


class Review:
    """What the page asks for, answered.

    Args:
        out: the output folder.
        board: its mattes and decisions.
        pictures: their pictures.
        backend: gives what mattes mended trimaps, as for ``matte_again``.
        other: to compare with, or None.
        you: name of the reviewer, until the page is told another.
    """

    def __init__(
        self,
        out: Path,
        board: Board,
        pictures: Pictures,
        backend: Callable[[], MattingBackend | None],
        other: Other | None = None,
        you: str = "",
    ) -> None:
        self._out, self._board, self._pictures, self._backend, self._other = out, board, pictures, backend, other
        self._you = you
        self._mended: OrderedDict[str, _Waiting] = OrderedDict()
        self._lock = threading.Lock()

    # ---- what is asked

    def state(self, request: Request) -> Response:
        """What the whole output is, and how far people are; looks for news of other servers and runs."""
        self._board.refresh(current(self._out))
        catalogue = self._board.catalogue
        first = catalogue.read(0)
        return _json(
            {
                "dataset": first.dataset,
                "split": first.split,
                "version": catalogue.version,
                "mattes": len(catalogue),
                "counts": self._board.counts(),
                "reviewers": self._board.reviewers(),
                "categories": catalogue.category_names,
                "reasons": self._board.reasons(),
                "orders": list(ORDERS),
                "states": STATES,
                "other": str(self._other.out) if self._other else None,
                "you": self._you if request.scope.get(FIRST) else "",
                "problems": self._board.ledger.problems,
            }
        )

    def rows(self, request: Request) -> Response:
        """A page of the queue."""
        query, offset, limit = _query(request), _number(request, "offset", 0), _number(request, "limit", 50)
        numbers = self._board.find(query)
        page = numbers[max(offset, 0) : max(offset, 0) + min(max(limit, 1), MOST)]
        return _json({"total": len(numbers), "rows": [self._short(int(number)) for number in page]})

    def _short(self, number: int) -> dict[str, Any]:
        catalogue = self._board.catalogue
        return {
            "n": number,
            "sample": catalogue.sample(number),
            "digest": catalogue.digest(number),
            "state": self._board.state(number),
            "category": catalogue.category_names[catalogue.categories[number]],
        }

    def row(self, request: Request) -> Response:
        """Everything about one matte."""
        number = self._row_number(request)
        row = self._row(number)
        names = ("image_path", "image_width", "image_height", "accessory_categories", "mask_iou", "unknown_fraction",
                 "soft_fraction", "sam_iou", "mask_area", "matting_backend", "matting_revision")  # fmt: skip
        card = self._pictures.card(row)
        shown = {picture.kind: picture.missing for picture in card.pictures}
        standing = self._board.standing(number)
        return _json(
            self._short(number)
            | {name: getattr(row, name) for name in names}
            | {
                "doubt": _finite(self._board.catalogue.scores["doubt"][number]),
                "width": card.width,
                "height": card.height,
                "missing": shown,
                "compare": self._twin(row) is not None,
                "mended": standing.mended is not None,
                "words": [_word(word, row.alpha_sha256) for word in self._board.words(number).values()],
            }
        )

    def picture(self, request: Request) -> Response:
        """One picture of a matte."""
        row, kind = self._row(self._row_number(request)), request.path_params["kind"]
        if kind == TO_COMPARE:
            twin = self._twin(row)
            if twin is None or self._other is None:
                raise HTTPException(404, "the other output has no matte of this instance")
            return _picture(self._pictures.other(row, self._other.out, twin.alpha_path or ""))
        if kind not in KINDS:
            raise HTTPException(404, "no such picture")
        return _picture(self._pictures.picture(row, kind))

    def thumbnail(self, request: Request) -> Response:
        """The picture of the queue."""
        return _picture(self._pictures.thumbnail(self._row(self._row_number(request))))

    def mended_picture(self, request: Request) -> Response:
        """A mended trimap or matte that was kept."""
        number = self._row_number(request)
        mended, kind = self._board.standing(number).mended, request.path_params["kind"]
        if mended is None or kind not in ("trimap", "matte"):
            raise HTTPException(404, "nothing was mended")
        try:
            path = mended.trimap_path if kind == "trimap" else mended.alpha_path
            return _png(self._pictures.levels(self._row(number), path, exact=kind == "trimap"))
        except PictureError as error:
            raise HTTPException(404, str(error)) from None

    # ---- what is decided

    async def decide(self, request: Request) -> Response:
        """Write a decision down."""
        body = await _body(request)
        return await run_in_threadpool(self._decide, self._row_number(request), _asked(body))

    def _decide(self, number: int, asked: dict[str, Any]) -> Response:
        token, waiting, mended = asked.pop("mended"), None, None
        if token is not None:
            with self._lock:
                waiting = self._mended.get(token)
            if waiting is None or waiting.of != (number, asked["digest"]):
                raise HTTPException(409, "the mended matte is not here any more: matte again")
        try:
            if waiting is not None:
                mended = keep_mended(self._out, self._row(number), waiting.trimap, waiting.alpha)
            self._board.decide(number, **asked, mended=mended)
        except Replaced as error:
            raise HTTPException(409, str(error)) from None
        except OSError as error:
            raise HTTPException(507, f"not written: {error.strerror or error}") from None
        return _json(self._short(number) | {"counts": self._board.counts()})

    async def mend(self, request: Request) -> Response:
        """Matte again with the trimap that was painted; nothing is written yet."""
        levels = await _body(request)
        return await run_in_threadpool(self._mend, self._row_number(request), levels)

    def _mend(self, number: int, levels: bytes) -> Response:
        row = self._row(number)
        try:
            work = self._pictures.work(row)
            trimap = painted(work, levels)
            alpha = matte_again(self._backend(), work.photo, trimap, work.trimap, work.alpha)
        except (PictureError, MattingFailed) as error:
            raise HTTPException(422, str(error)) from None
        token = secrets.token_hex(8)
        with self._lock:
            self._mended[token] = _Waiting((number, row.alpha_sha256 or ""), trimap, alpha)
            while len(self._mended) > MENDED_KEPT:
                self._mended.popitem(last=False)
        answer = _png(encode(work.frame.shrink(alpha), "PNG"))
        answer.headers["x-mended"] = token
        return answer

    # ---- rows

    def _row_number(self, request: Request) -> int:
        number = int(request.path_params["n"])
        if not 0 <= number < len(self._board.catalogue):
            raise HTTPException(404, "no such matte")
        digest = request.query_params.get("d")
        if digest is not None and digest != self._board.catalogue.digest(number):
            raise HTTPException(409, "a new run has replaced the mattes: load the page anew")
        return number

    def _row(self, number: int) -> Instance:
        return self._board.catalogue.read(number)

    def _twin(self, row: Instance) -> Instance | None:
        if self._other is None:
            return None
        number = self._other.catalogue.numbers.get(row.sample_id)
        return None if number is None else self._other.catalogue.read(number)


def create_app(review: Review, keys: Keys, hosts: frozenset[str]) -> Guarded:
    """The application.

    Args:
        review: answers.
        keys: who may ask.
        hosts: values of the ``Host`` header that are this server's.
    """
    routes = [Route(path, _static(*what)) for path, what in _FILES.items()]
    routes += [
        Route("/api/state", review.state),
        Route("/api/rows", review.rows),
        Route("/api/rows/{n:int}", review.row),
        Route("/api/rows/{n:int}/decision", review.decide, methods=["POST"]),
        Route("/api/rows/{n:int}/mend", review.mend, methods=["POST"]),
        Route("/picture/{n:int}/thumbnail", review.thumbnail),
        Route("/picture/{n:int}/mended/{kind}", review.mended_picture),
        Route("/picture/{n:int}/{kind}", review.picture),
    ]
    handlers = {HTTPException: _said, UserError: _unusable, OSError: _unusable}
    return Guarded(Starlette(routes=routes, exception_handlers=handlers), keys, hosts)


def _static(name: str, kind: str) -> Callable[[Request], Response]:
    content = (PAGE / name).read_bytes()
    return lambda request: Response(content, media_type=kind, headers={"cache-control": "no-cache"})


def _said(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return Response(orjson.dumps({"error": error.detail}), error.status_code, media_type="application/json")


def _unusable(request: Request, error: Exception) -> Response:
    """The output, its photos or their store cannot be read just now."""
    return Response(orjson.dumps({"error": str(error)}), 503, media_type="application/json")


def _json(content: Any) -> Response:
    return Response(
        orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY),
        media_type="application/json",
        headers={"cache-control": "no-store"},
    )


def _png(content: bytes) -> Response:
    return Response(content, media_type="image/png", headers={"cache-control": "no-store"})


def _picture(picture: Picture) -> Response:
    if not picture.data:
        raise HTTPException(404, picture.missing)
    kinds = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}
    # The address has the matte's digest in its query, so it never shows another.
    return Response(picture.data, media_type=kinds[picture.suffix], headers={"cache-control": "private, max-age=3600"})


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BODY:
            raise HTTPException(413, "too long")
    return body


def _asked(body: bytes) -> dict[str, Any]:
    """A decision as the page sends it, checked."""
    try:
        asked = orjson.loads(body)
        known = {name: asked[name] for name in ("digest", "verdict", "reviewer", "reason", "grade", "mended")}
    except (ValueError, KeyError, TypeError):
        raise HTTPException(400, "a decision has digest, verdict, reviewer, reason, grade and mended") from None
    reason, grade, reviewer = known["reason"], known["grade"], known["reviewer"]
    if known["verdict"] not in ("accepted", "rejected", "withdrawn"):
        raise HTTPException(400, "verdict is accepted, rejected or withdrawn")
    if not _is_text(reviewer) or not _is_text(known["digest"]):
        raise HTTPException(400, f"reviewer and digest are texts of 1 to {LONGEST_TEXT} characters")
    if reason is not None and not _is_text(reason):
        raise HTTPException(400, f"a reason is a text of 1 to {LONGEST_TEXT} characters, or null")
    if grade is not None and (type(grade) is not int or not 1 <= grade <= 3):
        raise HTTPException(400, "grade is 1, 2, 3 or null")
    if known["mended"] is not None and not _is_text(known["mended"]):
        raise HTTPException(400, "mended is what the answer to mending named, or null")
    return known


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= LONGEST_TEXT


def _query(request: Request) -> Query:
    asked = request.query_params
    order, state = asked.get("order", "doubt"), asked.get("state") or None
    if order not in ORDERS or state not in (None, *STATES):
        raise HTTPException(400, f"order is one of {', '.join(ORDERS)}, state one of {', '.join(STATES)}")
    accessory = {"yes": True, "no": False}.get(asked.get("accessory", ""))
    least = asked.get("least")
    try:
        least_doubt = float(least) if least else None
    except ValueError:
        raise HTTPException(400, "least is a number") from None
    return Query(
        order, state, asked.get("category") or None, accessory, asked.get("reason") or None,
        asked.get("reviewer") or None, least_doubt,
    )  # fmt: skip


def _number(request: Request, name: str, default: int) -> int:
    try:
        return int(request.query_params.get(name, default))
    except ValueError:
        raise HTTPException(400, f"{name} is a whole number") from None


def _word(word: Decision, digest: str | None) -> dict[str, Any]:
    return {
        "reviewer": word.reviewer,
        "verdict": word.verdict,
        "reason": word.reason,
        "grade": word.grade,
        "time": word.time,
        "mended": word.mended is not None,
        "outdated": word.alpha_sha256 != digest,
    }


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
