"""What goes with every response: CORS for all without credentials, nosniff, a strict policy."""

from flask import Flask, Response, request

from server import access

# Pages run only our own scripts and styles; nothing may frame them; forms go only to us.
PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
EXPOSED = (
    "ETag, Link, Location, Retry-After, Allow, Accept-Query, Content-Location, Content-Profile, "
    "Server-Timing"
)
TAKEN = (
    "Accept, Accept-Profile, Authorization, Content-Type, If-Match, If-None-Match, "
    "If-Modified-Since, Slug"
)
BODILESS = (301, 302, 303)
PREFLIGHT_SECONDS = "86400"

# On every response, whatever it is.
ALWAYS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", EXPOSED),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer-when-downgrade"),
)


def register(app: Flask) -> None:
    """Answer preflights, let nobody in who may not, and dress every response."""
    app.before_request(_preflight)
    access.register(app)
    app.after_request(_dress)


def _preflight() -> Response | None:
    """204 to what a browser asks before a cross-origin request; the methods are the resource's."""
    if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
        return None
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(_methods()))
    response.headers["Access-Control-Allow-Headers"] = TAKEN
    response.headers["Access-Control-Max-Age"] = PREFLIGHT_SECONDS
    return response


def _methods() -> set[str]:
    rule = request.url_rule
    return set(rule.methods or ()) if rule is not None else {"GET", "HEAD", "OPTIONS"}


def _dress(response: Response) -> Response:
    headers = response.headers
    if _is_bodiless(response):
        headers.pop("Content-Type", None)
    for name, value in ALWAYS:
        headers.setdefault(name, value)
    if response.status_code != 304:  # a cache would put this policy in the place of the page's
        page = response.mimetype == "text/html"
        headers.setdefault("Content-Security-Policy", PAGE_POLICY if page else DATA_POLICY)
    return response


def _is_bodiless(response: Response) -> bool:
    """Whether there is nothing that a Content-Type could be of."""
    if response.status_code in (204, 304):
        return True
    return response.status_code in BODILESS and not response.get_data()
