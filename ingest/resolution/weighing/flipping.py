"""The smallest change of evidence that would flip an outcome: computed from the terms; pure."""

from collections.abc import Mapping

# By rule: terms that new evidence could bring.
GAINS = {
    "authors": {
        "sharedPublication": "a publication that both sign in two sources",
        "identifier": "an identifier that both have",
        "coauthors": "co-authors in common",
    },
    "publications": {
        "identifier": "an identifier that both have",
        "authors": "authors in common",
        "pages": "the same pages",
    },
}


def flip(rule: str, terms: Mapping[str, float], accept: float, forbidden: str, same: bool) -> str:
    """What would have to be otherwise: the fewest terms, the strongest first."""
    total = sum(terms.values())
    if same:
        margin = round(total - accept, 3)
        gone = _fewest({n: w for n, w in terms.items() if w > 0}, margin)
        if margin < 0:
            return f"joined through others: this pair alone is {-margin:g} short"
        return f"{margin:g} above the line: without {' and '.join(gone)} they would be two"
    if forbidden:
        return f"only a decision can join them: {forbidden}"
    missing = round(accept - total, 3)
    if missing < 0:
        return f"{-missing:g} above the line, but other members of their clusters cannot be one"
    against = {name: -weight for name, weight in terms.items() if weight < 0}
    gone = _fewest({n: w for n, w in against.items() if n != "prior"}, missing)
    gains = GAINS.get(rule, {}).items()
    could = " or ".join(text for name, text in gains if not terms.get(name))
    without = f"without {' and '.join(gone)}, or " if gone else ""
    return f"{missing:g} below the line: {without}with {could or 'more of the same'} worth as much"


def _fewest(weights: Mapping[str, float], enough: float) -> list[str]:
    """The fewest terms whose sum reaches this; none where all together do not."""
    chosen: list[str] = []
    for name, weight in sorted(weights.items(), key=lambda item: (-item[1], item[0])):
        chosen.append(name)
        enough -= weight
        if enough <= 0:
            return chosen
    return []
