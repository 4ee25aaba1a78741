"""UNIMARC, the form of MARC that French, Italian and Portuguese libraries send, as MARC 21.

The fields that a publication needs are renamed; codes of roles are numbers there.
"""

from ingest.readers.marcs import Field, Marc

# Field: its field in MARC 21, and the subfields to take under which codes.
_FIELDS = {
    "010": ("020", "aa"),
    "011": ("022", "aa"),
    "101": ("041", "aa"),
    "200": ("245", "aa eb hn ip"),
    "210": ("260", "aa cb dc"),
    "214": ("260", "aa cb dc"),
    "328": ("502", "aa bb"),
    "330": ("520", "aa"),
    "606": ("650", "aa"),
    "610": ("653", "aa"),
    "856": ("856", "uu"),
    **dict.fromkeys(("461", "463", "464"), ("773", "tt xx vg")),
}
_AGENTS = {
    **dict.fromkeys(("700", "701", "702"), "700"),
    **dict.fromkeys(("710", "711", "712"), "710"),
}
_ROLES = {
    "070": "aut",
    "100": "aut",
    "340": "edt",
    "651": "edt",
    "727": "ths",
    "730": "trl",
    "650": "pbl",
    "310": "dst",
    "295": "dgg",
}


def is_unimarc(marc: Marc) -> bool:
    """Whether the title stands where only UNIMARC has it."""
    return not marc.tagged("245") and bool(marc.first("200", "a"))


def as_marc21(marc: Marc) -> Marc:
    """The record with the names of MARC 21."""
    return Marc(marc.leader, marc.control, [new for f in marc.fields if (new := _renamed(f))])


def _renamed(found: Field) -> Field | None:
    if found.tag in _AGENTS:
        return _agent(found)
    if found.tag not in _FIELDS:
        return None
    tag, codes = _FIELDS[found.tag]
    names = {pair[0]: pair[1] for pair in codes.split()}
    indicators = found.indicators if tag != "264" else " 1"
    return Field(tag, indicators, [(names[c], v) for c, v in found.subfields if c in names])


def _agent(found: Field) -> Field:
    """A name in one piece, and its role; who is secondary and has no role is only a contributor."""
    roles = [("4", _ROLES.get(code[:3], "oth")) for code in found.all("4")]
    if not roles:
        roles = [("4", "oth" if found.tag.endswith("2") else "aut")]
    family, given = found.first("a"), found.first("b")
    tag = _AGENTS[found.tag]
    if tag == "700" and given:
        family = f"{family.rstrip(', ')}, {given.lstrip(', ')}"
    return Field(tag, found.indicators, [("a", family), *roles])
