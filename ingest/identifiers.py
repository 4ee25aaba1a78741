"""Identifiers by scheme: one table that normalises, validates and gives the canonical IRI.

A value that breaks its scheme's rule is kept with `valid=False` and never becomes an IRI. Values
are normalised to the shortest form that the scheme's own site uses (a DOI without its resolver).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.entities import codepoint2name
from urllib.parse import quote, unquote

from ingest.records import Identifier


@dataclass(frozen=True, slots=True)
class Scheme:
    """A kind of identifier: what to strip, the rule, the check digit and the IRI.

    `described` is where its makers say what the IRI is; `number_iri` is its form for values that
    are mere numbers, where that is another.
    """

    name: str
    prefix: re.Pattern[str]
    pattern: re.Pattern[str]
    iri: str
    fold: Callable[[str], str] = str
    check: Callable[[str], bool] = bool
    of_person: bool = False
    described: str = ""
    number_iri: str = ""

    def normalise(self, value: str) -> str:
        """The value without resolver, prefix and white space, in the scheme's own case."""
        value = value.strip()
        match = self.prefix.match(value)
        return self.fold(value[match.end() :].strip() if match else value)

    def valid(self, value: str) -> bool:
        """Whether a normalised value follows the scheme's rule."""
        return self.pattern.fullmatch(value) is not None and self.check(value)


def _weighted(digits: str, weights: range, modulus: int) -> int:
    return sum(int(d) * w for d, w in zip(digits, weights, strict=False)) % modulus


def orcid_check(value: str) -> bool:
    """ISO 7064 MOD 11-2 over the first fifteen digits."""
    digits = value.replace("-", "")
    total = 0
    for digit in digits[:15]:
        total = (total + int(digit)) * 2
    return "0123456789X"[(12 - total % 11) % 11] == digits[15]


def issn_check(value: str) -> bool:
    """The ISSN's check digit, modulus 11."""
    digits = value.replace("-", "")
    return "0123456789X"[-_weighted(digits[:7], range(8, 1, -1), 11) % 11] == digits[7]


def isbn_check(value: str) -> bool:
    """The check digit of an ISBN-10 (modulus 11) or ISBN-13 (modulus 10)."""
    if len(value) == 10:
        return "0123456789X"[-_weighted(value[:9], range(10, 1, -1), 11) % 11] == value[9]
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(value))
    return total % 10 == 0


def _doi(value: str) -> str:
    """Lower case (DOIs are case-insensitive), percent-decoded, without trailing punctuation."""
    if "%" in value:
        value = unquote(value)
    value = value.rstrip(".,;\"'").lower()
    return _balanced(value) if value[-1:] in _PAIRS else value


_PAIRS = {")": "(", "]": "[", ">": "<", "}": "{"}


def _balanced(value: str) -> str:
    """The value without closing brackets that it does not open."""
    while (opening := _PAIRS.get(value[-1:])) and value.count(value[-1]) > value.count(opening):
        value = value[:-1].rstrip(".,;")
    return value


def _digits(value: str) -> str:
    return re.sub(r"[\s\u2010-\u2015-]", "", value).upper()


def _issn(value: str) -> str:
    digits = _digits(value)
    return f"{digits[:4]}-{digits[4:]}" if len(digits) == 8 else value


def _orcid(value: str) -> str:
    digits = _digits(value).strip("/")
    return "-".join(re.findall("....", digits)) if len(digits) == 16 else value


def _isbn(value: str) -> str:
    """Digits only; a trailing remark such as "(pbk.)" goes."""
    return _digits(re.sub(r"\s*[(:;].*$", "", value))


def _arxiv(value: str) -> str:
    """The article without its version, which is another edition of the same entry."""
    value = re.sub(r"\.pdf$", "", value, flags=re.I)
    value = re.sub(r"\s*\[[\w.-]+\]$", "", value)
    value = re.sub(r"v\d+$", "", value)
    archive, slash, number = value.partition("/")
    return f"{archive.partition('.')[0].lower()}/{number}" if slash else value


def _scheme(
    name: str,
    prefix: str,
    pattern: str,
    iri: str,
    *,
    fold: Callable[[str], str] = str,
    check: Callable[[str], bool] = bool,
    of_person: bool = False,
    described: str = "",
    number_iri: str = "",
) -> Scheme:
    begin = re.compile(rf"(?:{prefix})", re.IGNORECASE)
    rule = re.compile(pattern)
    return Scheme(name, begin, rule, iri, fold, check, of_person, described, number_iri)


_HTTP = r"(?:https?:)?//"
_DOI_PATTERN = r"10\.\d{4,9}(?:\.\d+)*/[^\s\x00-\x1f]+"
_ARXIV_PATTERN = r"\d{4}\.\d{4,5}|[a-z-]+/\d{7}"

SCHEMES: dict[str, Scheme] = {
    scheme.name: scheme
    for scheme in (
        _scheme(
            "doi",
            rf"(?!10\.)(?:{_HTTP}(?:dx\.|www\.)?doi\.org/|doi\.org/)?(?:(?:info:)?doi)?[:/]?\s*",
            _DOI_PATTERN,
            "https://doi.org/{}",
            fold=_doi,
            described="https://www.doi.org/the-identifier/resources/handbook/",
        ),
        _scheme(
            "arxiv",
            rf"{_HTTP}(?:\w+\.)?arxiv\.org/(?:abs|pdf|html)/|arxiv\s*:\s*|oai:arxiv\.org:",
            _ARXIV_PATTERN,
            "https://arxiv.org/abs/{}",
            fold=_arxiv,
            described="https://info.arxiv.org/help/arxiv_identifier_for_services.html",
        ),
        _scheme(
            "pmid",
            rf"{_HTTP}(?:www\.)?(?:pubmed\.)?ncbi\.nlm\.nih\.gov/(?:pubmed/)?|pmid:?\s*",
            r"[1-9]\d{0,8}",
            "https://pubmed.ncbi.nlm.nih.gov/{}/",
            fold=lambda value: value.strip("/"),
            described="https://pubmed.ncbi.nlm.nih.gov/help/",
        ),
        _scheme(
            "pmcid",
            rf"{_HTTP}(?:www\.)?(?:pmc\.)?ncbi\.nlm\.nih\.gov/(?:pmc/)?articles/|pmcid:?\s*",
            r"PMC\d{1,9}",
            "https://pmc.ncbi.nlm.nih.gov/articles/{}/",
            fold=lambda value: value.strip("/").upper(),
            described="https://pmc.ncbi.nlm.nih.gov/about/intro/",
        ),
        _scheme(
            "openreview",
            rf"{_HTTP}(?:api\d?\.)?openreview\.net/(?:forum|pdf)\?(?:[^#]*&)?id=",
            r"[A-Za-z0-9_-]{5,20}",
            "https://openreview.net/forum?id={}",
            fold=lambda value: re.split("[&#]", value)[0],
            described="https://docs.openreview.net/reference/api-v2/entities/note",
        ),
        _scheme(
            "aclId",
            rf"{_HTTP}(?:www\.)?(?:aclanthology\.org|aclweb\.org/anthology)/",
            r"[A-Z]\d{2}-\d{1,5}|\d{4}\.[a-z0-9_]+-[a-z0-9_]+(?:\.\d+)?",
            "https://aclanthology.org/{}",
            fold=lambda value: re.sub(r"\.(?:pdf|bib)$", "", value.strip("/")),
            described="https://aclanthology.org/info/ids/",
        ),
        _scheme(
            "dblpKey",
            rf"{_HTTP}dblp\.(?:org|uni-trier\.de|dagstuhl\.de)/rec/|dblp:",
            r"[a-z]+/[^\s<>\"]*[^\s<>\"/]",
            "https://dblp.org/rec/{}",
            fold=lambda value: re.sub(r"\.(?:html|xml|bib|rdf)$", "", value),
            described="https://dblp.org/rdf/docu/",
        ),
        _scheme(
            "dblpPid",
            rf"{_HTTP}dblp\.(?:org|uni-trier\.de|dagstuhl\.de)/(?:pid|pers(?:/hd)?)/|homepages/",
            r"[a-z0-9]{1,4}/[A-Za-z0-9-]+",
            "https://dblp.org/pid/{}",
            fold=lambda value: re.sub(r"\.(?:html|xml|rdf)$", "", value),
            of_person=True,
            described="https://blog.dblp.org/2020/08/18/new-dblp-url-scheme-and-api-changes/",
        ),
        _scheme(
            "orcid",
            rf"{_HTTP}(?:www\.)?orcid\.org/|orcid:?\s*",
            r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]",
            "https://orcid.org/{}",
            fold=_orcid,
            check=orcid_check,
            of_person=True,
            described="https://support.orcid.org/hc/en-us/articles/360006897674",
        ),
        _scheme(
            "issn",
            rf"{_HTTP}portal\.issn\.org/resource/issn/|e?-?issn:?\s*",
            r"\d{4}-\d{3}[\dX]",
            "https://portal.issn.org/resource/ISSN/{}",
            fold=_issn,
            check=issn_check,
            described="https://portal.issn.org/",
        ),
        _scheme(
            "isbn",
            r"urn:isbn:|isbn(?:-1[03])?:?\s*",
            r"97[89]\d{10}|\d{9}[\dX]",
            "urn:isbn:{}",
            fold=_isbn,
            check=isbn_check,
            described="https://www.rfc-editor.org/rfc/rfc8254",
        ),
        _scheme(
            "openalex",
            rf"{_HTTP}(?:api\.)?openalex\.org/(?:works/|authors/|sources/)?",
            r"[AWSIPVCFT]\d{2,12}",
            "https://openalex.org/{}",
            fold=str.upper,
            described="https://docs.openalex.org/how-to-use-the-api/get-single-entities",
        ),
        _scheme(
            "wikidata",
            rf"{_HTTP}(?:www\.)?wikidata\.org/(?:wiki|entity)/",
            r"Q[1-9]\d{0,11}",
            "http://www.wikidata.org/entity/{}",
            fold=str.upper,
            described="https://www.wikidata.org/wiki/Wikidata:Data_access",
        ),
        _scheme(
            "semanticScholar",
            rf"{_HTTP}(?:www\.)?semanticscholar\.org/paper/(?:[^/]+/)?"
            rf"|{_HTTP}api\.semanticscholar\.org/(?:corpusid:)?|s2:|corpusid:\s*",
            r"[0-9a-f]{40}|\d{1,12}",
            "https://www.semanticscholar.org/paper/{}",
            fold=str.lower,
            described="https://api.semanticscholar.org/api-docs/graph",
            number_iri="https://api.semanticscholar.org/CorpusID:{}",
        ),
    )
}


def identifier(scheme: str, value: str) -> Identifier:
    """The identifier in normal form, or, where it breaks its rule, as given and not valid."""
    rules = SCHEMES[scheme]
    normal = rules.normalise(value)
    if rules.valid(normal):
        return Identifier(scheme, normal)
    return Identifier(scheme, value.strip(), valid=False)


_ISSN = re.compile(r"(?<![\dX-])\d{4}-?\d{3}[\dX](?![\dX-])", re.I)


def issns(text: str) -> tuple[str, ...]:
    """The valid ISSNs in a text; reference managers keep them among ISBNs, with remarks."""
    found = (identifier("issn", match) for match in _ISSN.findall(text))
    return tuple(dict.fromkeys(one.value for one in found if one.valid))


def without_issns(text: str) -> str:
    """The text with no valid ISSN in it, nor the remark in brackets after each."""
    held = issns(text)
    for match in reversed(list(_ISSN.finditer(text))) if held else ():
        if identifier("issn", match[0]).value in held:
            text = text[: match.start()] + re.sub(r"^\s*\([^)]*\)", "", text[match.end() :])
    return text.strip(" ,;/")


# Schemes whose values are known for what they are without a prefix.
_PLAIN = ("doi", "orcid")


def meant(text: str) -> Iterator[Identifier]:
    """The identifiers that a text as a whole may be: an address, a prefixed value, a DOI, an ORCID.

    What could be a value of many schemes ("12345") is none without its prefix.
    """
    for name, rules in SCHEMES.items():
        value = rules.normalise(text) if text else ""
        bare = value == text and name not in _PLAIN
        if value and not bare and rules.valid(value):
            yield Identifier(name, value)


def iri(found: Identifier) -> str | None:
    """The canonical IRI of a valid identifier; None for one that is not."""
    if not found.valid:
        return None
    rules = SCHEMES[found.scheme]
    form = rules.number_iri if rules.number_iri and found.value.isdecimal() else rules.iri
    return form.format(quote(found.value, safe=_SAFE.get(found.scheme, "/")))


def homonym_iri(name: str, suffix: str) -> str | None:
    """The page of a name that dblp tells apart by a number ("Wei Wang", "0001").

    dblp's persons are named by their PID; a name's page leads there as long as it is theirs. dblp
    writes letters beyond ASCII by HTML's names for them; None where there is no such name.
    """
    *given, last = name.split() or [""]
    if not suffix or not given:
        return None
    parts = [_dblp_letters(text) for text in (last, " ".join(given))]
    if not all(parts):
        return None
    return f"https://dblp.org/pers/{parts[0][0].lower()}/{parts[0]}_{suffix}:{parts[1]}"


HOMONYM = "https://dblp.org/pers/{letter}/{Last}_{number}:{First}"


def _dblp_letters(text: str) -> str:
    found = []
    for sign in text:
        if sign.isascii():
            found.append(sign if sign.isalnum() or sign == "-" else "_" if sign == " " else "=")
        elif ord(sign) in codepoint2name:
            found.append(f"={codepoint2name[ord(sign)]}=")
        else:
            return ""
    return "".join(found)


# In DOIs only what an IRI forbids is escaped; the rest is how doi.org prints them.
_SAFE = {"doi": "/:;()@!$&'*+,=~._-", "dblpKey": "/:", "dblpPid": "/"}

_FROM_ADDRESS = ("doi", "arxiv", "openreview", "aclId", "dblpKey", "pmcid", "pmid")


def from_address(address: str) -> Identifier | None:
    """The identifier that a web address is the page of, if it is one."""
    if "//" not in address:
        return None
    for name in _FROM_ADDRESS:
        rules = SCHEMES[name]
        if rules.prefix.match(address):
            normal = rules.normalise(address)
            if normal != address and rules.valid(normal):
                return Identifier(name, normal)
    return None
