"""What XML can carry: not every property, and not every character.

The engine writes such XML all the same, and only it can read that. A whole answer in another format
is worth more than one that breaks in its reader, so these are refused, by what they are.
"""

import re
from functools import lru_cache
from pyexpat import ExpatError, ParserCreate

import pyoxigraph as ox

RDF_XML = "application/rdf+xml"
MEDIA_TYPES = (RDF_XML, "application/sparql-results+xml")
# Characters that no XML document holds, escaped or not: controls, U+FFFE and U+FFFF.
_CONTROLS = bytes({*range(0x20)} - {0x09, 0x0A, 0x0D})
_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_BINDING = re.compile(rb'<binding name="([^"]*)">')
_SUBJECT = ox.NamedNode("urn:s")
_VALUE = ox.Literal("")


class Unwritable(ValueError):
    """XML cannot carry this; the message says what."""


@lru_cache(4096)
def names_element(name: str) -> bool:
    """Whether RDF/XML can have a property of this IRI: tried, written and read."""
    triple = ox.Triple(_SUBJECT, ox.NamedNode(name), _VALUE)
    try:
        body = ox.serialize([triple], format=ox.RdfFormat.RDF_XML)
        ParserCreate(namespace_separator=" ").Parse(body or b"", True)
    except (OSError, ExpatError):  # a word of RDF/XML's own, or no name for an element
        return False
    return True


def check_property(name: str) -> None:
    """Unwritable where RDF/XML has no element for the property."""
    if not names_element(name):
        raise Unwritable(f"RDF/XML has no name for the property <{name}>")


class Text:
    """The chunks of one XML document on their way out."""

    def __init__(self) -> None:
        self._end = b""

    def carried(self, chunk: bytes) -> bytes:
        """The chunk with its carriage returns kept; Unwritable where a character cannot be.

        A reader takes a bare carriage return for the end of a line, and the value changes. The
        engine writes none of its own.
        """
        text = self._end + chunk
        clean = len(text.translate(None, _CONTROLS)) == len(text)
        if not clean or b"\xef\xbf\xbe" in text or b"\xef\xbf\xbf" in text:
            raise Unwritable(_told(text))
        self._end = text[-2:]
        return chunk.replace(b"\r", b"&#13;")


def carried(body: bytes) -> bytes:
    """A whole document as `Text` carries its chunks."""
    return Text().carried(body)


def _told(text: bytes) -> str:
    """Which character it is, and of which variable where one is near."""
    found = _FORBIDDEN.search(text)
    assert found is not None
    names = _BINDING.findall(text, 0, found.start())
    where = f"a value of ?{names[-1].decode(errors='replace')}" if names else "a value"
    return f"{where} has the character U+{ord(found[0].decode()):04X}, which XML cannot carry"
