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
from flows.review.pictures import TO_COMPARE, Pictures, frames, painted
from pipelines.errors import UserError
from pipelines.labelling.matting import MattingBackend, MattingFailed
from pipelines.records import Instance
from pipelines.report.cards import Frame
from pipelines.report.pictures import Picture, PictureError, encode
from pipelines.review.board import Board, Query, Replaced, Span
from pipelines.review.decisions import Decision, Mended
from pipelines.review.measured import NOT_YET
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
        you: name of the reviewer, until the page is told another.
    """

    def __init__(
        self,
        out: Path,
        board: Board,
        pictures: Pictures,
        backend: Callable[[], MattingBackend | None],
        you: str = "",
    ) -> None:
        self._out, self._board, self._pictures, self._backend, self._you = out, board, pictures, backend, you
        self._mended: OrderedDict[str, _Waiting] = OrderedDict()
        self._lock = threading.Lock()

    # ---- what is asked

    def state(self, request: Request) -> Response:
        """What the whole output is, and how far people are; looks for news of other servers and runs."""
        self._board.refresh(current(self._out))
        catalogue, comparison = self._board.catalogue, self._board.comparison
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
                "orders": self._board.orders(),
                "scores": self._board.spans(),
                "states": STATES,
                "other": str(comparison.other) if comparison else None,
                "compared": comparison.progress() if comparison else None,
                "you": self._you if request.scope.get(FIRST) else "",
                "problems": self._board.ledger.problems + (comparison.problems if comparison else []),
            }
        )

    def rows(self, request: Request) -> Response:
        """A page of the queue."""
        query, offset, limit = self._query(request), _number(request, "offset", 0), _number(request, "limit", 50)
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
        names = ("image_path", "image_width", "image_height", "accessory_categories", "matting_backend",
                 "matting_revision")  # fmt: skip
        card, scores = self._pictures.card(row), self._board.catalogue.scores
        shown = {picture.kind: picture.missing for picture in card.pictures}
        standing = self._board.standing(number)
        return _json(
            self._short(number)
            | {name: getattr(row, name) for name in names}
            | {
                "scores": {name: _finite(values[number]) for name, values in scores.items()},
                "waits": "disagreement" in scores and scores["disagreement"][number] == NOT_YET,
                "width": card.width,
                "height": card.height,
                "crops": [{"crop": f.crop, "width": f.size[0], "height": f.size[1]} for f in frames(row)],
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
            comparison, twin = self._board.comparison, self._twin(row)
            if comparison is None or twin is None:
                raise HTTPException(404, "the other output has no matte of this instance")
            return _picture(self._pictures.other(row, comparison.other, twin.alpha_path or ""))
        if kind not in KINDS:
            raise HTTPException(404, "no such picture")
        return _picture(self._pictures.picture(row, kind))

    def thumbnail(self, request: Request) -> Response:
        """The picture of the queue."""
        return _picture(self._pictures.thumbnail(self._row(self._row_number(request))))

    def mended_matte(self, request: Request) -> Response:
        """A mended matte that was kept."""
        number = self._row_number(request)
        try:
            return _png(self._pictures.mended_matte(self._row(number), self._mended_of(number).alpha_path))
        except PictureError as error:
            raise HTTPException(404, str(error)) from None

    def to_paint(self, request: Request) -> Response:
        """Photo, trimap, or mended trimap of a matte, as wide as it is painted on."""
        number, kind = self._row_number(request), request.path_params["kind"]
        row = self._row(number)
        frame = _frame(row, request.path_params["step"], 404)
        try:
            if kind == "photo":
                content = self._pictures.photo_to_paint(row, frame)
                return Response(content, media_type="image/jpeg", headers={"cache-control": "no-store"})
            if kind not in ("trimap", "mended"):
                raise HTTPException(404, "no such picture")
            path = self._mended_of(number).trimap_path if kind == "mended" else row.trimap_path
            return _png(self._pictures.trimap_to_paint(row, frame, path))
        except PictureError as error:
            raise HTTPException(404, str(error)) from None

    def _mended_of(self, number: int) -> Mended:
        mended = self._board.standing(number).mended
        if mended is None:
            raise HTTPException(404, "nothing was mended")
        return mended

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
        return await run_in_threadpool(self._mend, request, levels)

    def _mend(self, request: Request, levels: bytes) -> Response:
        number = self._row_number(request)
        row = self._row(number)
        frame = _frame(row, _number(request, "step", 0), 400)
        start = self._mended_of(number).trimap_path if request.query_params.get("start") == "mended" else None
        try:
            work = self._pictures.work(row, frame, start)
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

    def _query(self, request: Request) -> Query:
        asked, orders = request.query_params, self._board.orders()
        order, state = asked.get("order", "doubt"), asked.get("state") or None
        if order not in orders or state not in (None, *STATES):
            raise HTTPException(400, f"order is one of {', '.join(orders)}, state one of {', '.join(STATES)}")
        accessory = {"yes": True, "no": False}.get(asked.get("accessory", ""))
        return Query(
            order, state, asked.get("category") or None, accessory, asked.get("reason") or None,
            asked.get("reviewer") or None, self._span(request),
        )  # fmt: skip

    def _span(self, request: Request) -> Span | None:
        least, most = _bound(request, "least"), _bound(request, "most")
        if least is None and most is None:
            return None
        score, scores = request.query_params.get("score", ""), [name for name in self._board.orders() if name != "id"]
        if score not in scores:
            raise HTTPException(400, f"score is one of {', '.join(scores)}")
        if least is not None and most is not None and least > most:
            raise HTTPException(400, f"{score.replace('_', ' ')} from {least:g} to {most:g}: nothing lies between")
        return Span(score, least, most)

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
        comparison = self._board.comparison
        return comparison.twin(row.sample_id) if comparison else None


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
        Route("/picture/{n:int}/mended/matte", review.mended_matte),
        Route("/picture/{n:int}/paint/{step:int}/{kind}", review.to_paint),
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


def _bound(request: Request, name: str) -> float | None:
    given = request.query_params.get(name)
    try:
        value = float(given) if given else None
    except ValueError:
        value = np.nan
    if value is not None and not np.isfinite(value):
        raise HTTPException(400, f"{name} is a number, not {given!r:.40}")
    return value


def _frame(row: Instance, step: int, status: int) -> Frame:
    """One of the row's frames; ``status`` answers where it has no such one."""
    known = frames(row)
    if not 0 <= step < len(known):
        raise HTTPException(status, f"step is 0 to {len(known) - 1}")
    return known[step]


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
