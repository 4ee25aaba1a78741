"""Small formulas as characters: "DNA$_2$" is DNA₂; what Unicode has no characters for stays TeX."""

import re
import unicodedata

_FORMULA = re.compile(r"(?<!\\)\$([^$]{1,60})(?<!\\)\$")
_FONT = re.compile(
    r"\\(?:text(?:rm|it|sc)?|math(?:rm|it|bf)|ensuremath)\s*\{([^{}]*)\}|\\(?:rm|it|bf)\b\s*"
)
_SCRIPT = re.compile(r"([_^])\s*(?:\{([^{}]*)\}|(\\[a-zA-Z]+|[^\s\\{}]))")
_COMMAND = re.compile(r"\\([a-zA-Z]+)\s*")
_BASE = "0123456789+-=()abcdefghijklmnoprstuvwxyz"
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ"
_LOWERED = dict(
    zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True)
)
_SCRIPTS = {"^": dict(zip(_BASE, _RAISED, strict=True)), "_": _LOWERED}
_SYMBOLS = {
    "infty": "∞",
    "ell": "\u2113",
    "times": "\xd7",
    "pm": "±",
    "to": "→",
    "rightarrow": "→",
    "leq": "≤",
    "geq": "≥",
    "le": "≤",
    "ge": "≥",
    "cdot": "·",
    "circ": "°",
    "sim": "\u223c",
    "approx": "≈",
    "varepsilon": "ε",
    "varphi": "φ",
    "prime": "\u2032",
    "lambda": "λ",  # the standard calls it lamda
    "Lambda": "Λ",
}


def written_out(text: str) -> str:
    """The text with each formula that can be so as plain characters; the others as written."""
    return _FORMULA.sub(_written, text) if "$" in text else text


def _written(match: re.Match[str]) -> str:
    if not re.search(r"[\\_^]", match[1]):  # letters alone are italic, and read well as they are
        return match[0]
    inside = _FONT.sub(lambda found: found[1] or "", match[1])
    inside = _COMMAND.sub(_symbol, inside)
    inside = _SCRIPT.sub(_script, inside).replace("{", "").replace("}", "")
    return match[0] if re.search(r"[\\_^]", inside) or not inside.strip() else inside


def _symbol(match: re.Match[str]) -> str:
    name = match[1]
    if name in _SYMBOLS:
        return _SYMBOLS[name]
    size = "CAPITAL" if name[0].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {size} LETTER {name.upper()}")
    except KeyError:
        return match[0]


def _script(match: re.Match[str]) -> str:
    table = _SCRIPTS[match[1]]
    inside = (match[2] if match[2] is not None else match[3]).replace("\u2212", "-").strip()
    if match[1] == "^" and inside == "°":
        return inside
    return "".join(table[mark] for mark in inside) if set(inside) <= set(table) else match[0]
