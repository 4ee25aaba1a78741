"""Content negotiation by profile: documents of entities in the words of others.

A client asks by `_profile` in the address, or by the header Accept-Profile; as with formats, the
address wins. A document in another profile is data, never a page.
"""

import re
from datetime import UTC, datetime

from flask import Response, request

from queries import formats
from queries.pool.answers import Request
from queries.profiles import OTHERS, OWN, PROFILES, Profile, named
from server import documents
from server.context import Service
from server.negotiate import choose
from server.problems import Problem

RDF = formats.of_kind("rdf")
HEADER = "Accept-Profile"
_ITEM = re.compile(r"<([^<>]*)>\s*(?:;\s*q\s*=\s*([0-9.]+))?")
MOST = 16  # profiles of one header that are read


def wanted() -> Profile:
    """The profile that the request asks for; our own where it asks for none that there is."""
    asked = request.args.get("_profile", "")
    if asked:
        found = named(asked)
        if found is None:
            raise _unknown(asked)
        return found
    return _accepted(request.headers.get(HEADER, ""))


def _accepted(header: str) -> Profile:
    liked = [
        (_quality(quality), -place, one)
        for place, (iri, quality) in enumerate(_ITEM.findall(header)[:MOST])
        if (one := named(iri)) is not None
    ]
    best = max(liked, key=lambda item: item[:2], default=(0.0, 0, OWN))
    return best[2] if best[0] > 0 else OWN


def _quality(text: str) -> float:
    try:
        return min(float(text or 1), 1.0)
    except ValueError:
        return 0.0


def _unknown(asked: str) -> Problem:
    there = ", ".join(f"{one.token} ({one.iri})" for one in PROFILES)
    return Problem(
        406,
        f"there is no profile {asked[:120]!r}; there is {there}",
        cause="profile",
        members={"available": [one.iri for one in PROFILES]},
    )


def document(held: Service, iri: str, profile: Profile, asked: str) -> Response:
    """What the profile says of an entity, in the format that is asked for or liked."""
    chosen = choose(RDF, request.headers.getlist("Accept"), asked)
    etag = held.snapshot.etag(profile.token, chosen.media_type.partition("/")[2])
    told = documents.links(held, iri)
    query = profile.query
    answer = held.pool.run(
        Request(
            query.text,
            graph=chosen.media_type,
            bindings=query.bind({"entity": iri}),
            kind="page",
            prefixes=dict(profile.prefixes),
        )
    )
    if not answer.rows:
        said = f"{profile.title} has no word for what <{iri[:300]}> is"
        raise Problem(406, said, cause="profile", members={"available": [OWN.iri]})
    charset = "; charset=utf-8" if chosen.media_type.startswith("text/") else ""
    response = Response(answer.read(), content_type=chosen.media_type + charset)
    local = iri.rpartition("/")[2]
    lines = [f'<{local}>; rel="describes"', *alternates(local, profile)]
    lines += [f'<{licence}>; rel="license"' for licence in told.licences[:2]]
    response.headers["Link"] = ", ".join(lines)
    response.headers["Content-Profile"] = f"<{profile.iri}>"
    response.set_etag(etag, weak=True)
    response.vary.update(("Accept", HEADER))
    response.headers["Cache-Control"] = "public, no-cache"
    response.last_modified = min(held.snapshot.created, datetime.now(UTC))
    return response.make_conditional(request)  # type: ignore[return-value]


def alternates(local: str, of: Profile) -> list[str]:
    """The links that name a document's profile, and where it can be had in the others."""
    found = [f'<{of.iri}>; rel="profile"']
    for one in (*OTHERS, OWN):
        if one is not of:
            found.append(f'<{local}?_profile={one.token}>; rel="alternate"; profile="{one.iri}"')
    return found
