"""The one line under a name or title in search results: what tells it from its namesakes."""

from collections.abc import Sequence

from ingest.venues import Venues

SHOWN = 3  # authors under a title


def of_publication(venue: str, year: str, people: Sequence[str], of: int) -> str:
    """Venue, year and first authors; `of` is how many authors there are."""
    venue = Venues.bundled().spelled(venue)
    authors = ", ".join(people[:SHOWN]) + (" and others" if of > SHOWN else "")
    return " · ".join(part for part in (f"{venue} {year}".strip(), authors) if part)


def of_author(first: int, last: int) -> str:
    """The years of an author's papers; 0 where unknown."""
    return "" if not last else str(last) if first == last else f"{first}-{last}"
