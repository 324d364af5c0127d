"""The review page's command line: ``python -m flows.review OUT``.

Opens a page on which people go through an output's mattes, decide about them and mend them. Decisions are written to
OUT/reviews at once; the mattes and the manifest stay as they are.
"""

import argparse
import errno
import getpass
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.config import ICON, MASK_TO_MATTE
from pipelines.errors import UserError
from pipelines.labelling.matting import MaskMatting, MattingBackend, MattingFailed
from pipelines.storage.current import current_folder
from pipelines.storage.image_folder import image_folder
from pipelines.storage.lock import disk_errors
from pipelines.storage.stores import place_argument

if TYPE_CHECKING:
    from flows.review.app import Review
    from pipelines.review.board import Board

PORT = 8710
TRIES = 20
"""Ports that are tried from there on when none is asked for."""


def main(arguments: list[str] | None = None) -> int:
    """Serve the review page until Ctrl-C; returns the exit status: 0, or 2 for a user's mistake."""
    given = _parser().parse_args(sys.argv[1:] if arguments is None else arguments)
    print(f"reading the manifest of {given.out}", file=sys.stderr, flush=True)
    try:
        with disk_errors(given.out):
            _serve(given)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    _about, more = (__doc__ or "").split("\n\n", 1)
    parser = argparse.ArgumentParser("python -m flows.review", description=more)
    parser.add_argument("out", type=place_argument, help="output folder of a labelling or propagation run, or its URL")
    parser.add_argument("--images", type=place_argument, help="folder of the photos (default: that of the last run)")
    parser.add_argument("--other", type=place_argument, help="output folder of another run on the same"
                        " masks, to see its mattes beside and to order by how far the two differ")  # fmt: skip
    parser.add_argument("--backend", default="mask-to-matte", help="mattes mended trimaps: closed-form, diffmatte,"
                        " net-m, vitmatte or mask-to-matte, which has the closed form for that"
                        " (default: %(default)s)")  # fmt: skip
    parser.add_argument("--weights", help="of the backend")
    parser.add_argument("--reviewer", default=_user(), help="your name in the decisions (default: %(default)s)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at; any other than this machine's own"
                        " lets others in who have a token (default: %(default)s)")  # fmt: skip
    parser.add_argument("--port", type=int, help=f"(default: the first free one from {PORT} on)")
    return parser


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def _serve(given: argparse.Namespace) -> None:
    current_folder(given.out)  # before what is asked for to show it
    images = image_folder(given.out, given.images)
    with _listening(given.host, given.port) as listener:
        # What follows takes a second or two to import.
        import uvicorn

        from flows.review.access import Keys
        from flows.review.app import create_app

        review, board = _review(given, images)
        port = listener.getsockname()[1]
        shown = given.host if given.host not in ("0.0.0.0", "::") else socket.gethostname()
        keys = Keys(lambda token: _tell(f"another browser: http://{shown}:{port}/?token={token}"))
        names = {shown, given.host, "127.0.0.1", "localhost", *_addresses(given.host)}
        hosts = frozenset(name if port == 80 else f"{name}:{port}" for name in names)
        for problem in board.ledger.problems:
            _tell(problem)
        _tell(f"{len(board.catalogue):,} mattes, {board.counts()['undecided']:,} undecided; decisions go to "
              f"{given.out / 'reviews'}")  # fmt: skip
        _tell(f"open http://{shown}:{port}/?token={keys.token}  (once; Ctrl-C ends)")
        config = uvicorn.Config(create_app(review, keys, hosts), log_level="error", timeout_graceful_shutdown=2)
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])
        if board.comparison is not None:
            board.comparison.close()
        _tell(f"decisions  {given.out / 'reviews'}")


def _addresses(host: str) -> list[str]:
    """This machine's addresses, where others may come by them."""
    if host not in ("0.0.0.0", "::"):
        return []
    with suppress(OSError):
        return socket.gethostbyname_ex(socket.gethostname())[2]
    return []


def _review(given: argparse.Namespace, images: Path) -> "tuple[Review, Board]":
    from flows.review.app import Review
    from flows.review.mending import matte_again
    from flows.review.pictures import Pictures, frames
    from pipelines.report.pictures import PictureError
    from pipelines.review.board import Board, Query
    from pipelines.review.comparison import Comparison

    comparison = Comparison(given.out, given.other) if given.other else None
    board, pictures = Board(given.out, comparison), Pictures(given.out, images)

    def warm() -> None:
        """The first picture and the first mending would have to wait for the libraries that make them."""
        row = board.catalogue.read(int(board.find(Query())[0]))
        pictures.card(row)
        with suppress(PictureError, MattingFailed):
            work = pictures.work(row, frames(row)[0])
            matte_again(None, work.photo, work.trimap, work.trimap, work.alpha)

    threading.Thread(target=warm, daemon=True).start()
    backend = _backend(given.backend, given.weights)
    return Review(given.out, board, pictures, backend, given.reviewer), board


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _backend(name: str, weights: str | None) -> Callable[[], MattingBackend | None]:
    """Loads what mattes mended trimaps when it is first needed, at once where something may be missing.

    It gives None for methods that start from masks, whose networks a mended trimap has no use for.

    Raises:
        UserError: it, or its weights, cannot be used.
    """
    from matting_models.backends.registry import backend_names, create_backend

    names = [known for known in backend_names() if known != ICON]  # which starts from a reference
    if name not in names:
        raise UserError(f"--backend {name}: unknown, expected one of {', '.join(names)}")

    @lru_cache(maxsize=1)
    def load() -> MattingBackend | None:
        made = None if name == MASK_TO_MATTE else create_backend(name, weights=weights)
        return None if isinstance(made, MaskMatting) else made

    if name == MASK_TO_MATTE and weights:
        raise UserError(f"--weights {weights}: {name} mattes a mended trimap by the closed form; leave the weights out")
    if name not in ("closed-form", MASK_TO_MATTE):
        try:
            load()
        except (ModuleNotFoundError, ValueError, FileNotFoundError) as error:
            raise UserError(str(error)) from None
    return load


def _listening(host: str, port: int | None) -> socket.socket:
    """A listening socket.

    Raises:
        UserError: the port is taken, or the address is not this machine's.
    """
    for candidate in [port] if port is not None else range(PORT, PORT + TRIES):
        try:
            return socket.create_server((host, candidate))
        except (OSError, OverflowError) as error:
            problem = error
            if port is not None or not _taken(error):
                break
    what = f"{host}:{port if port is not None else PORT}"
    why = "another program listens there" if _taken(problem) else str(problem)
    raise UserError(f"{what}: cannot listen ({why}); give another --port")


def _taken(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno == errno.EADDRINUSE


if __name__ == "__main__":
    sys.exit(main())
