"""Makes files of other graphs out of facts of ML Anthology, to link the demo's graph against.

`python tests/gold/make_outside.py PAPERS FOLDER` reads the sample's JSON Lines and writes a dblp
dump (XML), OpenAlex works (JSON Lines) and a table of people (CSV); `truth.tsv` beside them says
which record and which name each IRI was made from. Identifiers of people are made up.
"""

import csv
import gzip
import json
import sys
from hashlib import sha256
from pathlib import Path
from xml.sax.saxutils import escape


def number(text: str, digits: int) -> int:
    """A number made of a text, the same each time."""
    return int(sha256(text.encode()).hexdigest(), 16) % 10**digits


def printed(author: dict) -> str:
    return " ".join(filter(None, (author.get("given"), author.get("family"))))


def slug(author: dict) -> str:
    """Whom ML Anthology takes the author for."""
    return author.get("slug") or "-".join(printed(author).lower().split())


def pid(author: dict) -> str:
    """What stands for a person of ML Anthology in the dblp that is made here."""
    return f"{number(slug(author), 3)}/{number(slug(author) + 'x', 6)}"


def dblp_key(paper: dict) -> str:
    """The key that a record has in dblp, or one like it."""
    known = paper.get("source_id") or ""
    if known.startswith(("conf/", "journals/")):
        return known
    return f"conf/{paper.get('venue') or 'x'}/{paper['bibtex_key']}"


def dblp(papers: list[dict], file: Path) -> None:
    people = {}
    with file.open("w", encoding="utf-8") as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n<dblp>\n')
        for paper in papers:
            key = dblp_key(paper)
            tag = "article" if key.startswith("journals/") else "inproceedings"
            place = "journal" if tag == "article" else "booktitle"
            out.write(f'<{tag} mdate="2024-01-01" key="{escape(key)}">\n')
            for author in paper.get("authors", []):
                out.write(f"<author>{escape(printed(author))}</author>\n")
                people[printed(author)] = pid(author)
            out.write(f"<title>{escape(paper['title'])}.</title>\n<year>{paper['year']}</year>\n")
            out.write(f"<{place}>{escape(paper.get('venue_name') or '')}</{place}>\n")
            if paper.get("doi"):
                out.write(f"<ee>https://doi.org/{escape(paper['doi'])}</ee>\n")
            out.write(f"</{tag}>\n")
        for name, key in people.items():
            out.write(f'<www mdate="2024-01-01" key="homepages/{key}">')
            out.write(f"<author>{escape(name)}</author><title>Home Page</title></www>\n")
        out.write("</dblp>\n")


def work(paper: dict) -> dict:
    """A paper as OpenAlex has it."""
    authors = [
        {
            "author": {
                "id": f"https://openalex.org/A{5 * 10**9 + number(slug(one), 9)}",
                "display_name": printed(one),
            },
            "raw_author_name": printed(one),
        }
        for one in paper.get("authors", [])
    ]
    told = {
        "id": f"https://openalex.org/W{2 * 10**9 + number(paper['bibtex_key'], 9)}",
        "title": paper["title"],
        "display_name": paper["title"],
        "publication_year": int(paper["year"]),
        "type": "article",
        "authorships": authors,
        "primary_location": {"source": {"display_name": paper.get("venue_name")}},
    }
    return told | ({"doi": f"https://doi.org/{paper['doi']}"} if paper.get("doi") else {})


def openalex(papers: list[dict], file: Path) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(work(paper)) + "\n" for paper in papers)


def people(papers: list[dict], file: Path) -> None:
    titles: dict[str, list[str]] = {}
    names = {}
    for paper in papers:
        for author in paper.get("authors", []):
            names[slug(author)] = printed(author)
            titles.setdefault(slug(author), []).append(paper["title"].replace(";", ","))
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(("id", "name", "titles"))
        for key, name in names.items():
            rows.writerow((f"https://people.example/{key}", name, "; ".join(titles[key][:20])))


def truth(papers: list[dict], file: Path) -> None:
    """Which record or name each IRI was made from."""
    found = set()
    for paper in papers:
        found.add((f"https://dblp.org/rec/{dblp_key(paper)}", "publication", paper["bibtex_key"]))
        found.add((work(paper)["id"], "publication", paper["bibtex_key"]))
        for one, told in zip(paper.get("authors", []), work(paper)["authorships"], strict=True):
            name = printed(one)
            found.add((f"https://dblp.org/pid/{pid(one)}", "author", name))
            found.add((told["author"]["id"], "author", name))
            found.add((f"https://people.example/{slug(one)}", "author", name))
    file.write_text("".join("\t".join(row) + "\n" for row in sorted(found)), encoding="utf-8")


def make(source: Path, folder: Path) -> None:
    """All files; of a name borne by several there, the slug tells whom."""
    raw = source.read_bytes()
    text = (gzip.decompress(raw) if source.suffix == ".gz" else raw).decode()
    papers = json.loads(text) if text.startswith("[") else list(map(json.loads, text.splitlines()))
    folder.mkdir(parents=True, exist_ok=True)
    dblp(papers, folder / "dblp.xml")
    openalex(papers, folder / "openalex.jsonl")
    people(papers, folder / "people.csv")
    truth(papers, folder / "truth.tsv")


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]))
