"""Dumps: the whole graph, and each named graph, as compressed files that say what they are.

    SHA256SUMS        for `sha256sum --check`
    index.ttl         the files in VoID and DCAT
    all.nq.gz …       the whole graph; the first format first
    graph-….nq.gz …   one named graph
    profile-….nt.gz   the whole in the words of others, where that is asked for

The folder appears whole, in the place of an earlier dump. Every file is written as a stream.
"""

import gzip
import hashlib
import io
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

import pyoxigraph as ox

from ontology import terms
from ontology.iris import Iris
from queries import formats, wellformed
from queries.errors import QueriesError
from queries.formats import Format
from queries.generations import Reader
from queries.profiles import Profile, parts, write

FOLDER = "dump"  # in the data folder: what the server serves
SUMS, INDEX, WHOLE = "SHA256SUMS", "index.ttl", "all"
LEVEL = 4  # of compression: twice as fast as the usual 9, an eighth larger
FORMATS = (formats.N_QUADS, *(f for f in formats.of_kind("rdf") if f is not formats.N_QUADS))
DCAT = "http://www.w3.org/ns/dcat#"
SPDX = "http://spdx.org/rdf/terms#"
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
PREFIXES = terms.PREFIXES | {"dcat": DCAT, "spdx": SPDX}
_NAME = re.compile(r"(all|(graph|profile)-[A-Za-z0-9._-]+)\.[a-z]+\.gz")

Progress = Callable[[str, int, int | None], object]


class NotADump(QueriesError, FileExistsError):
    """The folder holds something else, which a dump would replace."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of a dump; `graph` is None for the whole, `profile` an IRI where it has one."""

    name: str
    graph: str | None
    form: Format
    size: int
    sha256: str
    profile: str = ""


@dataclass(frozen=True, slots=True)
class Dump:
    """What was written, and why other files could not be."""

    files: tuple[File, ...]
    left_out: tuple[str, ...]


def dump(
    reader: Reader,
    out: Path,
    chosen: Sequence[Format] = FORMATS,
    progress: Progress = lambda phase, done, total: None,
    profiles: Sequence[Profile] = (),
) -> Dump:
    """Write a generation into a folder, whole or not at all; in these profiles too."""
    _check(out)
    fresh, old = out.with_name(f".{out.name}.new"), out.with_name(f".{out.name}.old")
    for left in (fresh, old):
        shutil.rmtree(left, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        left_out: list[str] = []
        files = (
            *_files(reader, fresh, chosen, progress, left_out),
            *_in_profiles(reader, fresh, profiles, progress),
        )
        sums = "".join(f"{file.sha256}  {file.name}\n" for file in files)
        (fresh / SUMS).write_text(sums, encoding="ascii")
        (fresh / INDEX).write_bytes(_described(reader, files))
        if out.exists():
            out.rename(old)
        fresh.rename(out)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    return Dump(files, tuple(left_out))


def published(folder: Path) -> list[str]:
    """The names of the dump files in a folder; none where there is no dump."""
    if not (folder / SUMS).is_file():
        return []
    lines = (folder / SUMS).read_text(encoding="ascii").splitlines()
    return [name for name in (line.partition("  ")[2] for line in lines) if _NAME.fullmatch(name)]


def _check(out: Path) -> None:
    if out.exists() and not (out.is_dir() and ((out / SUMS).exists() or not any(out.iterdir()))):
        raise NotADump(f"{out} holds something that is no dump; choose an empty folder")


def _files(
    reader: Reader,
    folder: Path,
    chosen: Sequence[Format],
    progress: Progress,
    left_out: list[str],
) -> Iterator[File]:
    engine = reader.store.engine
    iris = Iris(str(reader.meta["base"]))
    named = (name for name in engine.named_graphs() if isinstance(name, ox.NamedNode))
    filled = (name for name in named if any(engine.quads_for_pattern(None, None, None, name)))
    graphs = sorted(filled, key=lambda name: name.value)
    nameless = _nameless(engine) if formats.RDF_XML in chosen else {}
    jobs = [(graph, form) for form in chosen for graph in (None, *graphs)]
    for number, (graph, form) in enumerate(jobs):
        stem = WHOLE if graph is None else _stem(graph.value, iris)
        name = f"{stem}{form.suffixes[0]}.gz"
        progress("dump", number, len(jobs))
        if form is formats.RDF_XML and graph in nameless:
            left_out.append(f"{name}: RDF/XML has no name for the property <{nameless[graph]}>")
            continue
        try:
            size, digest = _write(engine, folder / name, graph, form)
        except wellformed.Unwritable as error:
            (folder / name).unlink()
            left_out.append(f"{name}: {error}")
            continue
        yield File(name, graph.value if graph else None, form, size, digest)


def _in_profiles(
    reader: Reader, folder: Path, profiles: Sequence[Profile], progress: Progress
) -> Iterator[File]:
    """The whole graph in each profile, as N-Triples."""
    form = formats.N_TRIPLES
    engine = reader.store.engine
    for number, profile in enumerate(profiles):
        name = f"profile-{profile.token}{form.suffixes[0]}.gz"
        progress("profiles", number, len(profiles))
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            size, digest = _joined(folder / name, _packed_parts(engine, profile, Path(scratch)))
        yield File(name, None, form, size, digest, profile.iri)


def _packed_parts(engine: ox.Store, profile: Profile, scratch: Path) -> Iterator[Path]:
    """What each part of a profile says, compressed, in order; several are written at once."""

    def pack(number: int, text: str) -> Path:
        path = scratch / str(number)
        _packed(path, formats.N_TRIPLES, partial(_put, engine, text))
        return path

    texts = parts(profile)
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        yield from pool.map(pack, range(len(texts)), texts)


def _joined(path: Path, packed: Iterable[Path]) -> tuple[int, str]:
    """One compressed file of several, which may follow each other: its size and SHA-256."""
    with path.open("wb") as file:
        sink = _Sink(file)
        for part in packed:
            with part.open("rb") as stream:
                shutil.copyfileobj(stream, sink, 1 << 20)
            part.unlink()
    return sink.size, sink.hash.hexdigest()


def _put(engine: ox.Store, text: str, out: io.BufferedWriter) -> None:
    write(engine, text, out)
    out.flush()


def _nameless(engine: ox.Store) -> dict[ox.NamedNode | None, str]:
    """Graphs, and the whole as None, with a property that no XML element can be named for.

    The engine writes an element without a name there, which only it can read.
    """
    found: dict[ox.NamedNode | None, str] = {}
    asked = engine.query("SELECT DISTINCT ?p WHERE { GRAPH ?g { ?s ?p ?o } }")
    properties = [str(row["p"].value) for row in asked]  # type: ignore[union-attr]
    for name in properties:
        if not wellformed.names_element(name):
            found[None] = name
            for quad in engine.quads_for_pattern(None, ox.NamedNode(name), None, None):
                found[cast(ox.NamedNode, quad.graph_name)] = name
    return found


def _stem(graph: str, iris: Iris) -> str:
    """A file's name for a graph: its path, else its IRI with a hash that keeps two apart."""
    below = graph.removeprefix(iris.graph(""))
    if below != graph and re.fullmatch(r"[a-z0-9-]+(/[a-z0-9-]+)?", below):
        return f"graph-{below.replace('/', '.')}"
    plain = re.sub(r"[^A-Za-z0-9]+", "-", graph.partition("://")[2] or graph)[:60].strip("-")
    return f"graph-{plain}-{hashlib.sha256(graph.encode()).hexdigest()[:12]}"


class _Sink(io.RawIOBase):
    """A file that counts and hashes what is written to it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = 0
        self.hash = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        view = memoryview(data)  # type: ignore[arg-type]
        self._file.write(view)
        self.hash.update(view)
        self.size += view.nbytes
        return view.nbytes


class _Carried(io.RawIOBase):
    """An XML document on its way to a file; Unwritable at what XML cannot carry."""

    def __init__(self, file: gzip.GzipFile) -> None:
        self._file = file
        self._text = wellformed.Text()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        view = memoryview(data)  # type: ignore[arg-type]
        self._file.write(self._text.carried(bytes(view)))
        return view.nbytes


def _write(
    engine: ox.Store, path: Path, graph: ox.NamedNode | None, form: Format
) -> tuple[int, str]:
    return _packed(path, form, lambda out: _serialize(engine, out, graph, form))


def _packed(path: Path, form: Format, put: Callable[[io.BufferedWriter], None]) -> tuple[int, str]:
    """A compressed file of what `put` writes: its size and SHA-256."""
    with path.open("wb") as file:
        sink = _Sink(file)
        # No name and no time inside: the same graph gives the same bytes.
        with gzip.GzipFile("", "wb", LEVEL, sink, mtime=0) as packed:
            raw = _Carried(packed) if form is formats.RDF_XML else packed
            put(io.BufferedWriter(raw, 1 << 16))
    return sink.size, sink.hash.hexdigest()


def _serialize(
    engine: ox.Store, out: io.BufferedWriter, graph: ox.NamedNode | None, form: Format
) -> None:
    if graph is None and form.datasets:
        engine.dump(out, form.rdf, prefixes=PREFIXES)
    elif graph is not None and not form.datasets:
        engine.dump(out, form.rdf, from_graph=graph, prefixes=PREFIXES)
    else:  # the engine writes a graph without its name, and a union not at all
        quads = engine.quads_for_pattern(None, None, None, graph)
        triples = (quad.triple for quad in quads)
        ox.serialize(quads if form.datasets else triples, out, form.rdf, prefixes=PREFIXES)
    out.flush()


def _described(reader: Reader, files: Sequence[File]) -> bytes:
    base = str(reader.meta["base"])
    found = _triples(base, str(reader.meta["created"]), files)
    body = ox.serialize(found, format=ox.RdfFormat.TURTLE, prefixes=PREFIXES)
    assert body is not None
    return body


def _triples(base: str, created: str, files: Sequence[File]) -> Iterator[ox.Triple]:
    """Each file a distribution of the dataset, or of the subset that its graph is."""
    node, rdf_type = ox.NamedNode, f"{terms.RDF}type"
    for file in files:
        about = base if file.graph is None else file.graph
        place = f"{base}dump/{file.name}"
        if file.graph is not None:
            yield _triple(base, f"{terms.VOID}subset", node(about))
        for kind in (f"{terms.VOID}Dataset", f"{DCAT}Dataset"):
            yield _triple(about, rdf_type, node(kind))
        yield _triple(about, f"{terms.VOID}dataDump", node(place))
        yield _triple(about, f"{DCAT}distribution", node(f"{place}#file"))
        yield from _distribution(f"{place}#file", place, created, file)


def _distribution(name: str, place: str, created: str, file: File) -> Iterator[ox.Triple]:
    node, xsd = ox.NamedNode, terms.XSD
    check = f"{name}-checksum"
    yield _triple(name, f"{terms.RDF}type", node(f"{DCAT}Distribution"))
    yield _triple(name, f"{DCAT}downloadURL", node(place))
    yield _triple(name, f"{DCAT}mediaType", node(MEDIA_TYPES + file.form.media_type))
    yield _triple(name, f"{DCAT}compressFormat", node(f"{MEDIA_TYPES}application/gzip"))
    yield _triple(name, f"{DCAT}byteSize", _typed(str(file.size), f"{xsd}nonNegativeInteger"))
    yield _triple(name, f"{terms.DCTERMS}issued", _typed(created, f"{xsd}dateTime"))
    if file.profile:
        yield _triple(name, f"{terms.DCTERMS}conformsTo", node(file.profile))
    yield _triple(name, f"{SPDX}checksum", node(check))
    yield _triple(check, f"{terms.RDF}type", node(f"{SPDX}Checksum"))
    yield _triple(check, f"{SPDX}algorithm", node(f"{SPDX}checksumAlgorithm_sha256"))
    yield _triple(check, f"{SPDX}checksumValue", _typed(file.sha256, f"{xsd}hexBinary"))


def _typed(text: str, datatype: str) -> ox.Literal:
    return ox.Literal(text, datatype=ox.NamedNode(datatype))


def _triple(subject: str, predicate: str, value: ox.NamedNode | ox.Literal) -> ox.Triple:
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), value)
