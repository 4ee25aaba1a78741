"""Every repair by its name: what it mends, and what stands there when it is switched off."""

import io
import json

import pytest
from click.testing import CliRunner

from ingest import repairs
from ingest.readers import READERS
from ingest.records import Record
from server.cli import main


def bib(fields, head="@misc{a, title={T}, ", tail="}"):
    return "bibtex", f"{head}{fields}{tail}"


def ml(**fields):
    return "mlanthology", json.dumps({"bibtex_key": "a", "title": "T", "authors": [], **fields})


def author(name):
    return ml(authors=[{"given": "", "family": name}])


def ris(*lines):
    return "ris", "TY  - JOUR\nTI  - T\n" + "\n".join(lines) + "\nER  - \n"


def names(record):
    return "; ".join(c.name for c in record.contributors)


CASES = [
    (
        "address-escaped",
        ris("UR  - http://pens.example/a{b"),
        "links",
        None,
    ),
    ("comma-form", author("Quill, Ada"), "Ada Quill", "Quill, Ada"),
    ("comma-missing", bib("year=2001 author={Ada Quill}"), "Ada Quill", ""),
    ("debris", author('Ada Quill"'), "Ada Quill", 'Ada Quill"'),
    (
        "encoding",
        ("bibtex", b"@misc{a, title={T}, author={Bo N\xfcb}}"),
        "Bo N\u00fcb",
        "Bo N\ufffdb",
    ),
    ("entry-unclosed", bib("author={Ada Quill}", tail="\n"), "Ada Quill", None),
    ("field-debris", author("Ada Quill pages = 12"), "Ada Quill", "Ada Quill pages = 12"),
    ("footnote-mark", author("Ada Quill[2]"), "Ada Quill", "Ada Quill[2]"),
    ("glued-affiliation", author("OpenAI Ada Quill"), "Ada Quill", "OpenAI Ada Quill"),
    ("latex", bib("author={B{\\o} Nib}"), "B\u00f8 Nib", "B{\\o} Nib"),
    (
        "latin-1",
        ("ris", b"TY  - JOUR\nTI  - T\nAU  - N\xfcb, Bo\nER  - \n"),
        "Bo N\u00fcb",
        "Bo N\ufffdb",
    ),
    ("leading-and", author("and Ada Quill"), "Ada Quill", "and Ada Quill"),
    (
        "listed-twice",
        ris("AU  - A, B", "AU  - C, D", "AU  - A, B", "AU  - C, D"),
        "B A; D C",
        "B A; D C; B A; D C",
    ),
    ("pages-abbreviated", ris("SP  - 123", "EP  - 34"), "123-134", "123-34"),
    ("pages-backwards", ris("SP  - 34", "EP  - 12"), "12-34", "34-12"),
    (
        "several-in-one-name",
        ris("AU  - Quill, Ada; Nib, Bo"),
        "Ada Quill; Bo Nib",
        "Ada; Nib Bo Quill",
    ),
    ("several-people", author("Ada Quill, Bo Nib"), "Ada Quill; Bo Nib", "Bo Nib Ada Quill"),
    ("stray-characters", author("Ada\u200b Quill"), "Ada Quill", "Ada\u200b Quill"),
    ("unknown-type", bib("", head="@nosuch{a, title={T}"), "Other", "Publication"),
    ("year-extracted", bib("year={c1998}"), "1998", "None"),
]


def read(source):
    name, text = source
    data = text if isinstance(text, bytes) else text.encode()
    items = READERS[name].read(io.BufferedReader(io.BytesIO(data)))
    return next((repairs.mended(item) for item in items if isinstance(item, Record)), None)


def shown(rule, record):
    if record is None:
        return None
    if rule == "address-escaped":
        return "links" if record.links else None
    values = {"pages": record.pages, "unknown": record.kind, "year": str(record.year)}
    return values.get(rule.partition("-")[0], names(record))


def test_every_repair_is_shown_here():
    assert {rule for rule, *_ in CASES} == set(repairs.RULES)


@pytest.mark.parametrize(("rule", "source", "on", "off"), CASES, ids=[case[0] for case in CASES])
def test_a_repair_on_and_off(rule, source, on, off):
    record = read(source)
    assert shown(rule, record) == on
    assert rule in {repair.rule for repair in record.repairs}
    with repairs.without([rule]):
        record = read(source)
    assert shown(rule, record) == off
    assert record is None or rule not in {repair.rule for repair in record.repairs}


def quiver(*arguments):
    return CliRunner().invoke(main, [str(one) for one in arguments])


def test_loads_name_their_repairs_and_leave_them_out_when_told(tmp_path):
    file = tmp_path / "a.ris"
    file.write_text(ris("AU  - Quill, Ada; Nib, Bo", "SP  - 34", "EP  - 12")[1])
    load = ("load", file, "--data", tmp_path / "data", "--quiet")
    done = quiver(*load)
    assert "1 read, 1 loaded, 1 repaired, 0 rejected" in done.output
    assert "repaired: pages-backwards (1)" in done.output
    assert "repaired: several-in-one-name (1)" in done.output

    done = quiver(*load, "--no-repair", "pages-backwards")
    assert "pages-backwards" not in done.output
    assert "repaired: several-in-one-name (1)" in done.output
    assert "nothing changed" not in done.output
    assert "0 repaired" in quiver(*load, "--no-repairs").output
    assert "2 removed" not in quiver(*load).output  # without the options: as usual again
    assert "nothing changed" in quiver(*load).output


def test_repairs_are_listed_and_others_refused(tmp_path):
    listed = quiver("load", "--list-repairs")
    assert listed.exit_code == 0
    assert [line.split()[0] for line in listed.output.splitlines()] == list(repairs.RULES)
    wrong = quiver("load", tmp_path / "a", "--no-repair", "nosuch")
    assert wrong.exit_code == 2
    assert "no repair 'nosuch'" in wrong.output


def test_a_load_ends_with_a_table_and_keeps_its_rejections(tmp_path):
    file, errors = tmp_path / "two.bib", tmp_path / "errors.jsonl"
    file.write_text(
        "@misc{a, title={One}, year={c1998}, author={Tan, M; Reed, B}}\n"
        "@misc{b, year=2001}\n@misc{c, title={Two}, year={soon}}\n@misc{d, title={Three}}\n"
    )
    data = ("--data", tmp_path / "data", "--quiet")
    done = quiver("load", file, *data, "--errors", errors)
    assert done.exit_code == 1
    lines = [line.strip() for line in done.output.splitlines()]
    assert "Source two: 4 read, 3 loaded, 1 repaired, 1 rejected" in lines
    assert "repaired: several-in-one-name (1)" in lines
    assert "repaired: year-extracted (1)" in lines
    place = lines.index("rejected: title: no title, name or identifier (1)")
    assert lines[place + 1] == "two.bib:2:b"
    place = lines.index("left out: year: not a year (1)")
    assert lines[place + 1] == "two.bib:3:c: 'soon'"
    kept = [json.loads(line) for line in errors.read_text().splitlines()]
    assert [(e["file"], e["line"], e["key"], e["field"], e["value"], e["fatal"]) for e in kept] == [
        ("two.bib", 2, "b", "title", "", True),
        ("two.bib", 3, "c", "year", "soon", False),
    ]

    file.write_text("@misc{a, title={One more}, year={1998}}\n")
    again = quiver("load", file, *data)
    assert again.exit_code == 0
    assert "quads added" in again.output and " 0 removed" not in again.output
    file.write_text("@misc{a, year={1998}}\n")
    strict = quiver("load", file, *data, "--strict")
    assert strict.exit_code == 1
    assert "two.bib:1:a: title: no title" in strict.output
    assert quiver("sources", *data[:2]).output.splitlines()[1].split()[:2] == ["two", "1"]
    assert "Source two taken out" in quiver("unload", "two", *data).output
    assert len(quiver("sources", *data[:2]).output.splitlines()) == 1
