"""Charts as SVG, made here: no script, no style attribute, readable by a screen reader.

Colours come from the stylesheet by class, so that a chart follows light and dark.
"""

from collections.abc import Callable, Sequence
from math import ceil, log10

from markupsafe import Markup, escape

WIDTH = 640
HEIGHT = 170
_LEFT, _TOP, _BOTTOM = 34, 10, 24
_LABELS = 14  # as many labels as fit below the bars without touching
_ROW = 26
_NARROW = 480  # width of a drawing whose names are read on a phone too
_NAME = 150  # room for the name of a term
_LETTERS = 24  # of such a name, before it is cut

Pair = tuple[str, float]


def bars(pairs: Sequence[Pair], title: str, link: Callable[[str], str] | None = None) -> Markup:
    """A column a pair, each with its figure as a tooltip; `link` makes a column a link."""
    if not pairs:
        return Markup("")
    top = _ceiling(max(value for _, value in pairs))
    step = (WIDTH - _LEFT) / len(pairs)
    every = ceil(len(pairs) / _LABELS)
    parts = [_axis(top)]
    for place, (name, value) in enumerate(pairs):
        x = _LEFT + place * step
        parts.append(_column(name, value, x, step, top, link(name) if link else ""))
        back, rest = divmod(len(pairs) - 1 - place, every)
        if rest == 0:
            parts.append(_label(name, x + step / 2, back % 2 == 1))
    return _drawing(title, HEIGHT, parts)


def _label(name: str, x: float, more: bool) -> Markup:
    """What stands below a column; every other one is left out where there is little room."""
    return Markup(
        f'<text class="tick{" more" if more else ""}" x="{_n(x)}" y="{HEIGHT - 7}"'
        f' text-anchor="middle">{escape(name)}</text>'
    )


def _column(name: str, value: float, x: float, step: float, top: float, link: str) -> Markup:
    """Escaped here: to format a Markup takes five times as long, and a page has a hundred."""
    room = HEIGHT - _TOP - _BOTTOM
    height, width = room * value / top, min(step * 0.78, 44)
    told = f"{escape(name)}: {_n(value)}"
    column = (
        f'<g class="column"><title>{told}</title>'
        f'<rect class="ground" x="{_n(x)}" y="{_TOP}" width="{_n(step)}" height="{room}"/>'
        f'<rect class="bar" x="{_n(x + (step - width) / 2)}" y="{_n(HEIGHT - _BOTTOM - height)}"'
        f' width="{_n(width)}" height="{_n(height)}" rx="2"/></g>'
    )
    if link and value:
        column = f'<a href="{escape(link)}" aria-label="{told}">{column}</a>'
    return Markup(column)


def _axis(top: float) -> Markup:
    lines = Markup("")
    for part in (0, 0.5, 1):
        y = HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * part
        lines += Markup('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
            _LEFT, WIDTH, _n(y), _n(y)
        )
        if top * part == int(top * part):
            lines += Markup('<text class="tick" x="{}" y="{}" text-anchor="end">{}</text>').format(
                _LEFT - 6, _n(y + 4), _n(top * part)
            )
    return lines


def lengths(pairs: Sequence[Pair], title: str) -> Markup:
    """A row a pair: its name, a bar, its figure; for names, which columns have no room for."""
    if not pairs:
        return Markup("")
    most = max(value for _, value in pairs) or 1.0
    parts = [_length(name, value, n * _ROW + 4, most) for n, (name, value) in enumerate(pairs)]
    return _drawing(title, _ROW * len(pairs) + 8, parts, WIDTH, " lengths")


def _length(name: str, value: float, y: float, most: float) -> Markup:
    letters = 2 * _LETTERS
    cut = name if len(name) <= letters else f"{name[: letters - 1]}…"
    width = max((WIDTH - 2 * _NAME - 80) * value / most, 1)
    return Markup(
        '<g><title>{}: {}</title><text class="name" x="0" y="{}">{}</text>'
        '<rect class="bar" x="{}" y="{}" width="{}" height="16" rx="2"/>'
        '<text class="figure" x="{}" y="{}">{}</text></g>'
    ).format(
        name,
        _n(value),
        _n(y + 14),
        cut,
        2 * _NAME,
        _n(y + 2),
        _n(width),
        _n(2 * _NAME + width + 6),
        _n(y + 14),
        _n(value),
    )


def balance(pairs: Sequence[Pair], title: str) -> Markup:
    """Terms for and against, as rows to the right and left of a middle line."""
    if not pairs:
        return Markup("")
    most = max(abs(value) for _, value in pairs) or 1.0
    half = (_NARROW - _NAME - 90) / 2
    middle = _NAME + 45 + half
    height = _ROW * len(pairs) + 8
    parts = [
        Markup('<line class="grid" x1="{}" x2="{}" y1="0" y2="{}"/>').format(
            _n(middle), _n(middle), height
        )
    ]
    for place, (name, value) in enumerate(pairs):
        parts.append(_term(name, value, place * _ROW + 4, middle, half * abs(value) / most))
    return _drawing(title, height, parts, _NARROW, " balance")


def _term(name: str, value: float, y: float, middle: float, length: float) -> Markup:
    kind = "for" if value >= 0 else "against"
    start = middle if value >= 0 else middle - length
    end = middle + length + 6 if value >= 0 else middle - length - 6
    cut = name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"
    return Markup(
        '<g><title>{}: {}</title><text class="name" x="0" y="{}">{}</text>'
        '<rect class="{}" x="{}" y="{}" width="{}" height="16" rx="2"/>'
        '<text class="figure" x="{}" y="{}" text-anchor="{}">{}</text></g>'
    ).format(
        name,
        signed(value),
        _n(y + 14),
        cut,
        kind,
        _n(start),
        _n(y + 2),
        _n(max(length, 1)),
        _n(end),
        _n(y + 14),
        "start" if value >= 0 else "end",
        signed(value),
    )


def signed(value: float) -> str:
    """A weight with its sign."""
    return f"{value:+.2f}".replace("-", "\u2212")


def _drawing(
    title: str, height: int, parts: Sequence[Markup], width: int = WIDTH, kind: str = ""
) -> Markup:
    return Markup(
        '<svg class="chart{}" viewBox="0 0 {} {}" width="{}" height="{}" role="group"'
        ' aria-label="{}">{}</svg>'
    ).format(kind, width, height, width, height, title, Markup("").join(parts))


def _ceiling(most: float) -> float:
    """The round number at the top of the axis."""
    if most <= 4:
        return max(2.0, 2 * ceil(most / 2))
    unit = float(10 ** int(log10(most)))
    steps = (1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10)
    return float(next(unit * step for step in steps if most <= unit * step))


def _n(value: float) -> str:
    """A number in as few letters as do."""
    return f"{value:.1f}".removesuffix(".0")
