"""Identifiers by scheme: one table that normalises, validates and gives the canonical IRI.

A value that breaks its scheme's rule is kept with `valid=False` and never becomes an IRI. Values
are normalised to the shortest form that the scheme's own site uses (a DOI without its resolver).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, unquote

from ingest.records import Identifier


@dataclass(frozen=True, slots=True)
class Scheme:
    """A kind of identifier: what to strip, the rule, the check digit and the IRI."""

    name: str
    prefix: re.Pattern[str]
    pattern: re.Pattern[str]
    iri: str
    fold: Callable[[str], str] = str
    check: Callable[[str], bool] = bool
    of_person: bool = False

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
) -> Scheme:
    begin = re.compile(rf"(?:{prefix})", re.IGNORECASE)
    return Scheme(name, begin, re.compile(pattern), iri, fold, check, of_person)


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
        ),
        _scheme(
            "arxiv",
            rf"{_HTTP}(?:\w+\.)?arxiv\.org/(?:abs|pdf|html)/|arxiv\s*:\s*|oai:arxiv\.org:",
            _ARXIV_PATTERN,
            "https://arxiv.org/abs/{}",
            fold=_arxiv,
        ),
        _scheme(
            "pmid",
            rf"{_HTTP}(?:www\.)?(?:pubmed\.)?ncbi\.nlm\.nih\.gov/(?:pubmed/)?|pmid:?\s*",
            r"[1-9]\d{0,8}",
            "https://pubmed.ncbi.nlm.nih.gov/{}",
            fold=lambda value: value.strip("/"),
        ),
        _scheme(
            "pmcid",
            rf"{_HTTP}(?:www\.)?(?:pmc\.)?ncbi\.nlm\.nih\.gov/(?:pmc/)?articles/|pmcid:?\s*",
            r"PMC\d{1,9}",
            "https://pmc.ncbi.nlm.nih.gov/articles/{}",
            fold=lambda value: value.strip("/").upper(),
        ),
        _scheme(
            "openreview",
            rf"{_HTTP}(?:api\d?\.)?openreview\.net/(?:forum|pdf)\?(?:[^#]*&)?id=",
            r"[A-Za-z0-9_-]{5,20}",
            "https://openreview.net/forum?id={}",
            fold=lambda value: re.split("[&#]", value)[0],
        ),
        _scheme(
            "aclId",
            rf"{_HTTP}(?:www\.)?(?:aclanthology\.org|aclweb\.org/anthology)/",
            r"[A-Z]\d{2}-\d{1,5}|\d{4}\.[a-z0-9_]+-[a-z0-9_]+(?:\.\d+)?",
            "https://aclanthology.org/{}",
            fold=lambda value: re.sub(r"\.(?:pdf|bib)$", "", value.strip("/")),
        ),
        _scheme(
            "dblpKey",
            rf"{_HTTP}dblp\.(?:org|uni-trier\.de|dagstuhl\.de)/rec/|dblp:",
            r"[a-z]+/[^\s<>\"]*[^\s<>\"/]",
            "https://dblp.org/rec/{}",
            fold=lambda value: re.sub(r"\.(?:html|xml|bib|rdf)$", "", value),
        ),
        _scheme(
            "dblpPid",
            rf"{_HTTP}dblp\.(?:org|uni-trier\.de|dagstuhl\.de)/(?:pid|pers(?:/hd)?)/|homepages/",
            r"[a-z0-9]{1,4}/[A-Za-z0-9-]+",
            "https://dblp.org/pid/{}",
            fold=lambda value: re.sub(r"\.(?:html|xml|rdf)$", "", value),
            of_person=True,
        ),
        _scheme(
            "orcid",
            rf"{_HTTP}(?:www\.)?orcid\.org/|orcid:?\s*",
            r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]",
            "https://orcid.org/{}",
            fold=_orcid,
            check=orcid_check,
            of_person=True,
        ),
        _scheme(
            "issn",
            rf"{_HTTP}portal\.issn\.org/resource/issn/|e?-?issn:?\s*",
            r"\d{4}-\d{3}[\dX]",
            "https://portal.issn.org/resource/ISSN/{}",
            fold=_issn,
            check=issn_check,
        ),
        _scheme(
            "isbn",
            r"urn:isbn:|isbn(?:-1[03])?:?\s*",
            r"97[89]\d{10}|\d{9}[\dX]",
            "urn:isbn:{}",
            fold=_isbn,
            check=isbn_check,
        ),
        _scheme(
            "openalex",
            rf"{_HTTP}(?:api\.)?openalex\.org/(?:works/|authors/|sources/)?",
            r"[AWSIPVCFT]\d{2,12}",
            "https://openalex.org/{}",
            fold=str.upper,
        ),
        _scheme(
            "wikidata",
            rf"{_HTTP}(?:www\.)?wikidata\.org/(?:wiki|entity)/",
            r"Q[1-9]\d{0,11}",
            "http://www.wikidata.org/entity/{}",
            fold=str.upper,
        ),
        _scheme(
            "semanticScholar",
            rf"{_HTTP}(?:www\.)?semanticscholar\.org/paper/(?:[^/]+/)?|s2:|corpusid:\s*",
            r"[0-9a-f]{40}|\d{1,12}",
            "https://api.semanticscholar.org/{}",
            fold=str.lower,
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


def iri(found: Identifier) -> str | None:
    """The canonical IRI of a valid identifier; None for one that is not."""
    if not found.valid:
        return None
    return SCHEMES[found.scheme].iri.format(quote(found.value, safe=_SAFE.get(found.scheme, "/")))


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
