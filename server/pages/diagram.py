"""The classes of the ontology as a drawing: what leads from one class to which, by its property.

Made from the domains and ranges of quiver.ttl: a class at the left, once, and a row for each of
its properties with the class that it leads to.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby

from markupsafe import Markup

from ontology import terms

Join = tuple[str, str, str]
DOMAIN, RANGE = "of", "gives"  # as the page words domains and ranges
WIDTH, ROW, BOX = 640, 30, 150
_MIDDLE = WIDTH - BOX


def joins(said: Mapping[str, Sequence[tuple[str, str]]]) -> list[Join]:
    """Domain, property and range of those that lead from a class of ours to one of ours."""
    found = []
    for name, relations in said.items():
        ours = [(kind, iri.removeprefix(terms.Q)) for kind, iri in relations if terms.Q in iri]
        domains = [one for kind, one in ours if kind == DOMAIN]
        ranges = [one for kind, one in ours if kind == RANGE]
        alike = set(domains) == set(ranges)  # then each leads to its own kind
        found += [
            (one, name, other) for one in domains for other in ranges if one == other or not alike
        ]
    return sorted(found)


def drawn(rows: Sequence[Join]) -> Markup:
    """The drawing; every name in it leads to its entry."""
    parts, top = Markup(""), 4
    for domain, group in groupby(rows, key=lambda row: row[0]):
        several = list(group)
        middle = top + ROW * len(several) / 2
        for place, (_, name, other) in enumerate(several):
            y = top + ROW * place + ROW / 2
            parts += _line(middle, y) + _name(name, y) + _box(other, _MIDDLE, y)
        parts += _box(domain, 0, middle)
        top += ROW * len(several) + 10
    return Markup(
        '<svg class="chart classes" viewBox="0 0 {} {}" width="{}" height="{}" role="group"'
        ' aria-label="Classes and what leads from one to another">{}</svg>'
    ).format(WIDTH, top, WIDTH, top, parts)


def _line(start: float, y: float) -> Markup:
    return Markup(
        '<path class="grid" fill="none" d="M{} {:.0f} C{} {:.0f} {} {:.0f} {} {:.0f}"/>'
    ).format(BOX, start, BOX + 40, start, BOX + 10, y, BOX + 50, y) + Markup(
        '<line class="grid" x1="{}" x2="{}" y1="{:.0f}" y2="{:.0f}"/>'
    ).format(BOX + 50, _MIDDLE, y, y)


def _name(name: str, y: float) -> Markup:
    return Markup(
        '<a href="#{}"><text class="name" x="{}" y="{:.0f}" text-anchor="middle">{}</text></a>'
    ).format(name, (BOX + 50 + _MIDDLE) / 2, y - 4, name)


def _box(name: str, x: float, y: float) -> Markup:
    return Markup(
        '<a href="#{}"><rect class="ground" x="{}" y="{:.0f}" width="{}" height="24" rx="4"/>'
        '<text class="name" x="{}" y="{:.0f}" text-anchor="middle">{}</text></a>'
    ).format(name, x, y - 12, BOX, x + BOX / 2, y + 5, name)
