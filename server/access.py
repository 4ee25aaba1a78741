"""Who may read or change something: a token of the right scope in the Authorization header.

Changing takes it as a bearer token. On a private server reading takes one too, and there it may
also come as the password of Basic authentication, so that a browser can ask a person for it; what a
browser sends by itself, from whatever page, is never good for a change.
"""

import base64
import binascii

from flask import Flask, Response, request

from server.context import Service, service
from server.problems import Problem
from server.tokens import SCOPES, Token, Tokens

REALM = 'Bearer realm="quiver"'
ASK_PERSON = 'Basic realm="quiver", charset="UTF-8"'
# What says nothing of the data: whoever starts and stops servers asks these.
OPEN = ("/health", "/health/live", "/robots.txt")


def register(app: Flask) -> None:
    """Let nobody read a private server without a token; preflights were answered before."""
    app.before_request(_guard)
    app.after_request(_keep_private)


def require(held: Service, scope: str) -> Token:
    """The token of the request; 401 without a good one, 403 where it is not for this.

    Only the header counts: no cookie and no parameter, so nothing is sent by a page of others.
    """
    if held.config.read_only and scope != "read":
        raise Problem(403, "this server was started read-only", cause="read-only")
    kind, text = _credentials(scope)
    if not kind:
        raise _unauthorized(f"this needs a token with the scope {scope}", scope)
    token = Tokens(held.config.data).find(text) if text else None
    if token is None:
        raise _unauthorized("the token is unknown or was revoked", scope, 'error="invalid_token"')
    if not token.allows(scope):
        challenge = f'{REALM}, error="insufficient_scope", scope="{scope}"'
        raise Problem(
            403,
            f"the token {token.name!r} has the scope {', '.join(token.scopes)}, not {scope}",
            cause="scope",
            headers={"WWW-Authenticate": challenge},
        )
    return token


def _guard() -> None:
    held = service()
    if held.config.private and request.path.rstrip("/") not in OPEN:
        require(held, "read")


def _keep_private(response: Response) -> Response:
    """No cache that several people share may keep what is for token holders."""
    if service().config.private:
        kept = response.headers.get("Cache-Control", "no-cache")
        kept = ", ".join(part for part in kept.split(", ") if part != "public")
        response.headers["Cache-Control"] = kept if "no-store" in kept else f"private, {kept}"
        response.vary.add("Authorization")
    return response


def _credentials(scope: str) -> tuple[str, str]:
    """The kind of credentials, and the token among them where that kind will do."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return kind, text.strip()
    if kind.lower() == "basic" and scope == "read":
        try:
            return kind, base64.b64decode(text, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return kind, ""
    return kind, ""


def _unauthorized(detail: str, scope: str, more: str = "") -> Problem:
    assert scope in SCOPES
    challenge = ", ".join(part for part in (REALM, more, f'scope="{scope}"') if part)
    if scope == "read":
        challenge = f"{challenge}, {ASK_PERSON}"
    return Problem(401, detail, cause="token", headers={"WWW-Authenticate": challenge})
