"""The SPARQL 1.1 Protocol: an HTTP request -> the operation that it asks for; pure.

Knows nothing of Flask, so that any HTTP front can ask it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

import pyoxigraph as ox

from server.config import seconds
from server.problems import Problem

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
METHODS = ("GET", "HEAD", "POST", "QUERY", "OPTIONS")
# Far above what anybody sends, and what bounds the work of taking a query string apart.
MAX_FIELDS = 1000

Fields = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What the protocol looks at: the query string as sent, the body, its declared type."""

    method: str
    query_string: str = ""
    content_type: str = ""
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Describe:
    """No query and no update: the service describes itself (in the format named)."""

    format: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """A query; None for graphs where the request names no dataset."""

    text: str
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    timeout: float | None = None
    format: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """An update with the dataset of its patterns, where the request names one."""

    text: str
    using: tuple[str, ...] = ()
    using_named: tuple[str, ...] = ()
    timeout: float | None = None


Operation = Describe | Ask | Change


def read(request: HttpRequest) -> Operation:
    """The operation, or a Problem that says what is wrong with the request."""
    url = fields(request.query_string)
    if request.method in ("GET", "HEAD"):
        return _from_url(url)
    if request.method not in ("POST", "QUERY"):
        raise Problem(
            405, f"{request.method} is not for this resource", headers={"Allow": ", ".join(METHODS)}
        )
    media_type, charset = content_type(request.content_type)
    if charset not in ("", "utf-8", "utf8", "us-ascii"):
        raise Problem(415, f"the body must be UTF-8, not {charset[:40]}")
    if media_type == FORM:
        return _from_form(request, url)
    if media_type == QUERY:
        _refuse_both(url, ("query", "update"))
        return _ask(_text(request.body), url)
    if media_type == UPDATE and request.method == "POST":
        _refuse_both(url, ("query", "update"))
        return _change(_text(request.body), url)
    raise _unsupported(media_type, request.method)


def content_type(header: str) -> tuple[str, str]:
    """The media type and the charset of a Content-Type header, in lower case."""
    media_type, *parameters = (part.strip() for part in header.split(";"))
    charset = ""
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "charset":
            charset = value.strip().strip('"').lower()
    return media_type.lower(), charset


def fields(encoded: str) -> Fields:
    """The fields of a query string or form."""
    try:
        pairs = parse_qsl(
            encoded, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except UnicodeDecodeError:
        raise Problem(400, "a parameter is not UTF-8") from None
    except ValueError:
        raise Problem(400, f"more than {MAX_FIELDS} parameters") from None
    found: Fields = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _from_url(url: Fields) -> Operation:
    if "update" in url:
        raise Problem(400, "an update needs POST; GET changes nothing")
    if "query" not in url:
        return Describe(_one(url, "format"))
    return _ask(_one(url, "query"), url)


def _from_form(request: HttpRequest, url: Fields) -> Operation:
    form = fields(_text(request.body))
    _refuse_both(url, ("query", "update"))
    both: Fields = {
        name: form.get(name, []) + url.get(name, []) for name in dict.fromkeys([*form, *url])
    }
    if "query" in form and "update" in form:
        raise Problem(400, "both query= and update= given; one request does one thing")
    if "update" in form and request.method == "POST":
        return _change(_one(form, "update"), both)
    if "query" in form:
        return _ask(_one(form, "query"), both)
    raise Problem(400, "the form has neither query= nor update=")


def _refuse_both(url: Fields, names: Sequence[str]) -> None:
    for name in names:
        if name in url:
            raise Problem(400, f"{name}= stands in the address of a request that has a body")


def _ask(text: str, given: Fields) -> Ask:
    _refuse_names(given, ("using-graph-uri", "using-named-graph-uri"), "query")
    default, named = _graphs(given, "default-graph-uri"), _graphs(given, "named-graph-uri")
    chosen = bool(default or named)
    return Ask(
        text,
        default if chosen else None,
        named if chosen else None,
        _timeout(given),
        _one(given, "format") or _one(given, "output"),
    )


def _change(text: str, given: Fields) -> Change:
    _refuse_names(given, ("default-graph-uri", "named-graph-uri"), "update")
    using, named = _graphs(given, "using-graph-uri"), _graphs(given, "using-named-graph-uri")
    return Change(text, using, named, _timeout(given))


def _refuse_names(given: Fields, names: Sequence[str], operation: str) -> None:
    for name in names:
        if name in given:
            raise Problem(400, f"{name}= is not for a {operation}")


def _graphs(given: Fields, name: str) -> tuple[str, ...]:
    """The graph IRIs under a name; each must be absolute."""
    for iri in given.get(name, []):
        try:
            ox.NamedNode(iri)
        except ValueError as error:
            raise Problem(400, f"{name}={iri[:200]}: {error}") from None
    return tuple(dict.fromkeys(given.get(name, [])))


def _one(given: Fields, name: str) -> str:
    values = given.get(name, [""])
    if len(values) > 1:
        raise Problem(400, f"{name}= given {len(values)} times; once is right")
    return values[0]


def _timeout(given: Fields) -> float | None:
    text = _one(given, "timeout")
    if not text:
        return None
    try:
        return seconds(text)
    except ValueError as error:
        raise Problem(400, f"timeout: {error}") from None


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(400, f"the body is not UTF-8: byte {error.start}") from None


def _unsupported(media_type: str, method: str) -> Problem:
    takes = [QUERY, FORM] + ([UPDATE] if method == "POST" else [])
    headers = {"Accept-Query": ", ".join((QUERY, FORM)), "Accept-Post": ", ".join(takes)}
    if not media_type:
        return Problem(400, f"no Content-Type; there is {', '.join(takes)}", headers=headers)
    detail = f"{media_type[:100]} is neither query nor update; there is {', '.join(takes)}"
    return Problem(415, detail, headers=headers)
