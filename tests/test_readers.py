"""The registry of readers: guessing, opening, and never a traceback for what a file holds."""

import bz2
import gzip
import io
import lzma
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.readers import READERS, ReadError, UnknownFormat, guess, open_records
from ingest.readers.streams import Line, lines
from ingest.records import Item, Record

DATA = Path(__file__).parent / "data"
FILES = {
    "arrow": DATA / "arrow" / "page.txt",
    "mlanthology": DATA / "mlanthology" / "papers.jsonl",
    "bibtex": DATA / "bibtex" / "everyday.bib",
}


def write(folder, name, data):
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", FILES)
def test_content_tells_the_format_whatever_the_name(tmp_path, name):
    opened = open_records(write(tmp_path, "x.csv", FILES[name].read_bytes()))
    assert (opened.format.name, opened.how) == (name, "by content")
    assert any(isinstance(item, Record) for item in opened.items)


@pytest.mark.parametrize(
    ("filename", "name"),
    [("a.bib", "bibtex"), ("A.BIB.GZ", "bibtex"), ("x.arrow.txt", "arrow"), ("x.unknown", None)],
)
def test_the_name_tells_where_the_content_does_not(filename, name):
    found = guess(b"% nothing yet\n", filename)
    assert (found.name if found else None) == name


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress, bz2.compress])
@pytest.mark.parametrize("name", FILES)
def test_compression_is_known_by_content(tmp_path, compress, name):
    plain = list(open_records(FILES[name]).items)
    path = write(tmp_path, "x", compress(FILES[name].read_bytes()))
    assert list(open_records(path).items) == plain


def test_a_format_can_be_asked_for():
    assert open_records(FILES["bibtex"], "bibtex").how == "as asked"


def test_an_unknown_format_says_what_was_looked_at_and_what_is_known(tmp_path):
    path = write(tmp_path, "x.xyz", b"\x89PNG\r\n\x1a\n" * 20)
    with pytest.raises(UnknownFormat) as caught:
        open_records(path)
    assert "looked at the name and the first 160 bytes" in str(caught.value)
    assert caught.value.known == tuple(READERS)
    assert "\n" not in str(caught.value)


def test_a_format_that_does_not_exist(tmp_path):
    with pytest.raises(UnknownFormat, match="no format 'nonesuch'"):
        open_records(FILES["bibtex"], "nonesuch")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b" \n\n", "empty file"),
        (gzip.compress(b"", mtime=0), "empty file"),
        (gzip.compress(FILES["bibtex"].read_bytes())[:-400], "gzip file cut off before its end"),
        (b"\x1f\x8bnot gzip at all", "broken gzip file"),
        (b"\xfd7zXZ\x00not xz at all", "broken xz file"),
        (b"BZh9not bzip2 at all", "broken bzip2 file"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(tmp_path, data, reason):
    path = write(tmp_path, "x.bib", data)
    with pytest.raises(ReadError, match=reason) as caught:
        list(open_records(path).items)
    assert caught.value.path == path
    assert "\n" not in str(caught.value)


def test_a_folder_and_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ReadError, match="a folder, not a file"):
        open_records(tmp_path)
    with pytest.raises(ReadError, match="no such file"):
        open_records(tmp_path / "nowhere.bib")


def test_damage_late_in_an_archive_is_told_of(tmp_path):
    papers = b"".join(
        b'{"bibtex_key": "k%d", "title": "%s"}\n' % (n, bytes(str(hash(n * 7.1)), "ascii"))
        for n in range(20000)
    )
    packed = bytearray(gzip.compress(papers, mtime=0))
    packed[len(packed) // 2] ^= 0xFF
    with pytest.raises(ReadError, match="gzip"):
        list(open_records(write(tmp_path, "x.jsonl.gz", bytes(packed))).items)


@pytest.mark.parametrize(
    "encode",
    [
        str.encode,
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
        lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    ],
)
def test_lines_of_every_encoding(encode):
    found = list(lines(io.BytesIO(encode("a\r\nöb\n\nc"))))
    assert found == [Line(1, "a"), Line(2, "öb"), Line(3, ""), Line(4, "c")]


def test_a_line_too_long_is_cut_and_marked(monkeypatch):
    monkeypatch.setattr("ingest.readers.streams.MAX_LINE", 8)
    found = list(lines(io.BytesIO(b"short\n" + b"x" * 30 + b"\nlast\n")))
    assert [(line.number, line.sound) for line in found] == [(1, True), (2, False), (3, True)]
    assert found[2].text == "last"


def endless(block, count):
    class Source(io.RawIOBase):
        left = count

        def readable(self):
            return True

        def readinto(self, buffer):
            if not self.left:
                return 0
            self.left -= 1
            buffer[: len(block)] = block
            return len(block)

    return io.BufferedReader(Source(), 64 * 1024)


LONG = b"Much can be said of this. " * 1000


@pytest.mark.parametrize(
    ("name", "block"),
    [
        ("mlanthology", b'{"bibtex_key": "k", "title": "T", "authors": [], "abstract": "%s"}\n'),
        ("bibtex", b"@misc{,\n title={A title},\n abstract={%s},\n author={A. Uthor}\n}\n"),
        ("arrow", "X Conference 2020 Paper\n\nTitle\n\n  \u2022 A B\n\n%s\n\n".encode()),
    ],
)
def test_memory_stays_flat_while_a_file_streams(name, block):
    """The most that this process ever held grows by less than half of what it read."""
    block = block % LONG
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew at what is held now
    before = kilobytes("VmRSS")
    count = sum(isinstance(item, Record) for item in READERS[name].read(endless(block, 200)))
    assert count == 200
    assert kilobytes("VmHWM") - before < 200 * len(block) // 1024 // 2


def kilobytes(name):
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{name}:\s+(\d+) kB", status)[1])


def read_without_traceback(name, data):
    items = list(READERS[name].read(io.BufferedReader(io.BytesIO(data))))
    for item in items:
        assert isinstance(item, Item)
        str(item).encode()
    return items


@pytest.mark.parametrize("name", FILES)
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(data=st.binary(max_size=300), start=st.integers(0, 4000))
def test_random_bytes_anywhere_never_raise(name, data, start):
    whole = FILES[name].read_bytes()
    read_without_traceback(name, data)
    read_without_traceback(name, whole[:start] + data + whole[start:])


@pytest.mark.parametrize("name", FILES)
@given(cut=st.integers(0, 4000))
def test_truncations_never_raise(name, cut):
    read_without_traceback(name, FILES[name].read_bytes()[:cut])


@pytest.mark.parametrize("name", FILES)
@given(flips=st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 255)), max_size=8))
def test_byte_flips_never_raise(name, flips):
    data = bytearray(FILES[name].read_bytes())
    for place, mask in flips:
        data[place % len(data)] ^= mask
    read_without_traceback(name, bytes(data))


@pytest.mark.parametrize("opener", ["{", "[", '{"a":', "@a{a, b={", "{" * 5 + "@x{"])
@pytest.mark.parametrize("name", FILES)
def test_deep_nesting_never_raises(name, opener):
    read_without_traceback(name, (opener * 5000).encode())
    read_without_traceback(name, f"@a{{a, title={{{opener * 4000}}}}}".encode())


@given(data=st.binary(max_size=200), kind=st.sampled_from([gzip, lzma, bz2]), flip=st.integers(0))
def test_damaged_archives_raise_only_the_readers_own_error(tmp_path_factory, data, kind, flip):
    packed = bytearray(kind.compress(FILES["bibtex"].read_bytes() + data))
    packed[flip % len(packed)] ^= 1 + flip % 255
    path = write(tmp_path_factory.mktemp("damaged"), "x.bib", bytes(packed))
    try:
        list(open_records(path).items)
    except ReadError as error:
        assert "\n" not in str(error)
