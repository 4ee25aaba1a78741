"""Who may change something: a bearer token of the right scope in the Authorization header."""

from flask import request

from server.context import Service
from server.problems import Problem
from server.tokens import SCOPES, Token, Tokens

REALM = 'Bearer realm="quiver"'


def require(held: Service, scope: str) -> Token:
    """The token of the request; 401 without a good one, 403 where it is not for this.

    Only the header counts: no cookie and no parameter, so nothing is sent by a page of others.
    """
    if held.config.read_only and scope != "read":
        raise Problem(403, "this server was started read-only", cause="read-only")
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    if not kind:
        raise _unauthorized(f"this needs a token with the scope {scope}", scope)
    token = Tokens(held.config.data).find(text.strip()) if kind.lower() == "bearer" else None
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


def _unauthorized(detail: str, scope: str, more: str = "") -> Problem:
    assert scope in SCOPES
    challenge = ", ".join(part for part in (REALM, more, f'scope="{scope}"') if part)
    return Problem(401, detail, cause="token", headers={"WWW-Authenticate": challenge})
