"""Who may talk to the page: whoever opened an address with a token, from that page and no other."""

import hmac
import secrets
import threading
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

COOKIE = "mask2matte-review"
FIRST = "mask2matte.first"
"""Key of an ASGI scope: whether it is the browser that the first token let in, that of whoever started the server."""
HEADER = "x-mask2matte"
"""Sent by the page with every change; a form or a picture of another site cannot send it."""
PROTECTION = {
    "content-security-policy": (
        "default-src 'none'; img-src 'self' blob: data:; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}


class Keys:
    """Tokens that open the page once each, and the session that they open.

    Args:
        on_used: called with the next token when one has been used, so that another person can be let in.
    """

    def __init__(self, on_used: Callable[[str], None] = lambda _: None) -> None:
        self._on_used = on_used
        self._lock = threading.Lock()
        self._sessions: list[str] = []
        self.token = secrets.token_urlsafe(16)

    def open(self, token: str) -> str | None:
        """A session's secret in exchange for a token that has not been used; None for any other."""
        with self._lock:
            if not hmac.compare_digest(token.encode(), self.token.encode()):
                return None
            self.token, session = secrets.token_urlsafe(16), secrets.token_urlsafe(32)
            self._sessions.append(session)
        self._on_used(self.token)
        return session

    def known(self, cookie: str) -> int | None:
        """Which session a cookie has the secret of, from 0 on; None for no session's."""
        found = [hmac.compare_digest(cookie.encode(), session.encode()) for session in self._sessions]
        return found.index(True) if True in found else None


class Guarded:
    """Middleware: answers nobody but who came by a token, under a name that is ours, and for changes from our page.

    Args:
        app: what is guarded.
        keys: who may.
        hosts: values of the ``Host`` header that are this server's; a stranger's page may have a name that leads here.
    """

    def __init__(self, app: ASGIApp, keys: Keys, hosts: frozenset[str]) -> None:
        self._app, self._keys = app, keys
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI says."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def protected(message: object) -> None:
            if message["type"] == "http.response.start":  # type: ignore[index]
                extra = [(name.encode(), value.encode()) for name, value in PROTECTION.items()]
                message["headers"] = [*message["headers"], *extra]  # type: ignore[index]
            await send(message)  # type: ignore[arg-type]

        answer = self._refusal(Request(scope))
        await (answer or self._app)(scope, receive, protected)

    def _refusal(self, request: Request) -> Response | None:
        host = request.headers.get("host", "").lower()
        if host not in self._hosts:
            return PlainTextResponse("this address is not the review page's", 421)
        if request.method == "GET" and request.url.path == "/" and "token" in request.query_params:
            return self._enter(request.query_params["token"], host)
        session = self._keys.known(request.cookies.get(_cookie_of(host), ""))
        request.scope[FIRST] = session == 0
        if session is None:
            return PlainTextResponse("open the address that the command printed; each opens the page once", 403)
        if request.method not in ("GET", "HEAD") and not _from_our_page(request.headers, host):
            return PlainTextResponse("changes are taken from the review page alone", 403)
        return None

    def _enter(self, token: str, host: str) -> Response:
        session = self._keys.open(token)
        if session is None:
            return PlainTextResponse("this address was used before; the command has printed another one", 403)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(_cookie_of(host), session, httponly=True, samesite="lax", path="/")
        return answer


def _cookie_of(host: str) -> str:
    """Cookies know no ports, and several servers may run on one machine."""
    return f"{COOKIE}-{host.rpartition(':')[2]}"


def _from_our_page(headers: Headers, host: str) -> bool:
    origin = headers.get("origin")
    same = origin is None or origin.partition("://")[2].lower() == host
    return same and headers.get("sec-fetch-site", "same-origin") == "same-origin" and HEADER in headers
