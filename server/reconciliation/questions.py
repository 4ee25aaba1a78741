"""What clients ask, read into one form from either version of the API; pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from server.problems import Problem

MOST = 200  # questions in a batch
LIMIT, LIMITS = 5, 50  # candidates where none are asked for, and at most
LONGEST = 500  # characters of a value
VALUES = 50  # values of one property
STRICT = ("any", "all", "should")
QUANTIFIERS = ("any", "all", "none")


@dataclass(frozen=True, slots=True)
class Value:
    """One value: its text, and the identifier where it is an entity reconciled before."""

    text: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """A property and values that candidates should have, or, where `required`, must have."""

    name: str
    values: tuple[Value, ...]
    required: bool = False
    quantifier: str = "any"


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to find."""

    text: str
    types: tuple[str, ...] = ()
    strict: str = "any"
    limit: int = LIMIT
    conditions: tuple[Condition, ...] = ()
    ids: tuple[str, ...] = ()


def batch(text: str) -> dict[str, Question]:
    """The questions of version 0.2, by their names."""
    given = decoded(text, "queries")
    if not isinstance(given, dict):
        raise _wrong("queries", "is no object of queries by name")
    too_large(len(given))
    return {name: _of_02(f"queries.{name}", told) for name, told in given.items()}


def batch_of_draft(given: object) -> list[Question]:
    """The questions of the draft of version 1.0, in order."""
    told = _object("the body", given).get("queries")
    if not isinstance(told, list):
        raise _wrong("queries", "is no list of queries")
    too_large(len(told))
    return [_of_draft(f"queries[{place}]", one) for place, one in enumerate(told)]


def too_large(count: int, what: str = "queries") -> None:
    """413 for more than a batch may hold."""
    if count > MOST:
        raise Problem(413, f"{count} {what} in a batch; at most {MOST} are taken", cause="batch")


def decoded(text: str, where: str) -> Any:
    """JSON; 400 where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _wrong(where, f"is no JSON: {error}") from None


def _of_02(where: str, given: object) -> Question:
    told = _object(where, given)
    unknown = set(told) - {"query", "type", "limit", "properties", "type_strict"}
    if unknown:
        raise _wrong(f"{where}.{min(unknown)}", "is not known")
    text = _text(f"{where}.query", told.get("query", ""))
    conditions = tuple(_conditions(where, told.get("properties", [])))
    if not text and not conditions:
        raise _wrong(where, "has neither a query nor properties")
    types = told.get("type") or []
    strict = told.get("type_strict", "any")
    if strict not in STRICT:
        raise _wrong(f"{where}.type_strict", f"is none of {', '.join(STRICT)}")
    listed = types if isinstance(types, list) else [types]
    return Question(
        text,
        tuple(_text(f"{where}.type", _name_of(one)) for one in listed),
        strict,
        limit(f"{where}.limit", told.get("limit")),
        conditions,
    )


def _conditions(where: str, given: object) -> Iterator[Condition]:
    if not isinstance(given, list):
        raise _wrong(f"{where}.properties", "is no list")
    for place, one in enumerate(given):
        here = f"{where}.properties[{place}]"
        told = _object(here, one)
        if "pid" not in told or "v" not in told:
            raise _wrong(here, "lacks pid or v")
        yield Condition(_text(f"{here}.pid", told["pid"]), _values(f"{here}.v", told["v"]))


def _of_draft(where: str, given: object) -> Question:
    told = _object(where, given)
    conditions = told.get("conditions")
    if not isinstance(conditions, list) or not conditions:
        raise _wrong(f"{where}.conditions", "is no list with a condition in it")
    texts: list[str] = []
    ids: list[str] = []
    others: list[Condition] = []
    for place, one in enumerate(conditions):
        here = f"{where}.conditions[{place}]"
        found = _object(here, one)
        kind = found.get("matchType")
        values = _values(f"{here}.propertyValue", found.get("propertyValue"))
        if kind == "name":
            texts += [value.text for value in values]
        elif kind == "id":
            ids += [value.id or value.text for value in values]
        elif kind == "property":
            others.append(_of_property(here, found, values))
        else:
            raise _wrong(f"{here}.matchType", "is none of name, id, property")
    kinds = (_text(f"{where}.type", told["type"]),) if told.get("type") else ()
    wanted = limit(f"{where}.limit", told.get("limit"))
    return Question(" ".join(texts), kinds, "any", wanted, tuple(others), tuple(ids))


def _of_property(where: str, told: Mapping[str, object], values: tuple[Value, ...]) -> Condition:
    quantifier = told.get("matchQuantifier", "any")
    if quantifier not in QUANTIFIERS:
        raise _wrong(f"{where}.matchQuantifier", f"is none of {', '.join(QUANTIFIERS)}")
    name = _text(f"{where}.propertyId", told.get("propertyId", ""))
    if not name:
        raise _wrong(f"{where}.propertyId", "is missing")
    return Condition(name, values, told.get("required") is True, str(quantifier))


def limit(where: str, given: object) -> int:
    """How many candidates are wanted, within what is given."""
    if given is None:
        return LIMIT
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not given >= 1:
        raise _wrong(where, "is no number from 1 on")
    return int(min(given, LIMITS))


def _values(where: str, given: object) -> tuple[Value, ...]:
    listed = given if isinstance(given, list) else [given]
    if len(listed) > VALUES:
        raise _wrong(where, f"has {len(listed)} values; at most {VALUES} are taken")
    return tuple(value for one in listed for value in _value(where, one))


def _value(where: str, given: object) -> Iterator[Value]:
    if isinstance(given, dict):
        name, found = given.get("name") or "", given.get("id") or ""
        yield Value(_text(where, name), _text(where, found))
    elif isinstance(given, (str, int, float)):
        text = _text(where, given)
        if text:
            yield Value(text)
    elif given is not None:
        raise _wrong(where, "is neither text, number, truth nor an entity")


def _name_of(given: object) -> object:
    return given.get("id") if isinstance(given, dict) else given


def _object(where: str, given: object) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise _wrong(where, "is no object")
    return given


def _text(where: str, given: object) -> str:
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    if not isinstance(given, (str, int, float)):
        raise _wrong(where, "is no text")
    text = " ".join(str(given).split())
    if len(text) > LONGEST:
        raise _wrong(where, f"has {len(text)} characters; at most {LONGEST} are taken")
    return text


def _wrong(where: str, reason: str) -> Problem:
    return Problem(400, f"{where[:120]} {reason}", cause="parameter")
