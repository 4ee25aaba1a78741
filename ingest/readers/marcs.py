"""A record of MARC in memory, whichever way it came: a leader, control fields and data fields."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Field:
    """A data field: its tag, indicators and subfields in order."""

    tag: str
    indicators: str
    subfields: list[tuple[str, str]]

    def first(self, *codes: str) -> str:
        """The first value of these codes, in the order of the codes."""
        return next((v for code in codes for c, v in self.subfields if c == code and v), "")

    def all(self, *codes: str) -> list[str]:
        """All values of these codes, in the field's order."""
        return [v for c, v in self.subfields if c in codes and v]


@dataclass(slots=True)
class Marc:
    """One record: the leader, control fields, data fields, and which of them did not decode."""

    leader: str
    control: dict[str, str] = field(default_factory=dict)
    fields: list[Field] = field(default_factory=list)
    undecoded: list[tuple[str, str]] = field(default_factory=list)  # tag, and what became of it

    def tagged(self, *tags: str) -> list[Field]:
        """The fields of these tags; where there are none, their forms in another script."""
        found = [f for f in self.fields if f.tag in tags]
        return found or [f for f in self.fields if f.tag == "880" and f.first("6").startswith(tags)]

    def first(self, tag: str, *codes: str) -> str:
        """The first value of these subfields in any field of the tag."""
        return next((v for f in self.tagged(tag) if (v := f.first(*codes))), "")
