"""Settings: one frozen Config, read once at the edge and passed in.

Defaults give way to the config file, that to `QUIVER_*` variables, those to command line options.
"""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

MIB = 1024 * 1024
GIB = 1024 * MIB
# The module whose FUNCTIONS queries may call; query processes import it when one does.
FUNCTIONS = "ingest.resolution.functions"

_SIZE = re.compile(r"(?i)\s*(\d+(?:\.\d+)?)\s*(|[kmgt])(?:i?b)?\s*")
_SECONDS = re.compile(r"(?i)\s*(\d+(?:\.\d+)?)\s*(ms|s|m|min|)\s*")
_UNITS = {"": 1, "k": 1024, "m": MIB, "g": GIB, "t": 1024 * GIB}
_TIMES = {"": 1.0, "s": 1.0, "ms": 0.001, "m": 60.0, "min": 60.0}
_TRUTH = {"1": True, "true": True, "yes": True, "on": True}
_FALSEHOOD = {"0": False, "false": False, "no": False, "off": False, "": False}


class ConfigError(ValueError):
    """A setting that cannot be used; `name` is the setting, `where` what gave it."""

    def __init__(self, where: str, name: str, reason: str) -> None:
        super().__init__(f"{where}: {name}: {reason}" if name else f"{where}: {reason}")
        self.where = where
        self.name = name


def seconds(text: str) -> float:
    """A duration: 30, 30s, 500ms, 2m."""
    found = _SECONDS.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not a duration such as 30, 30s, 500ms or 2m")
    return float(found[1]) * _TIMES[found[2].lower()]


def size(text: str) -> int:
    """A number of bytes: 1048576, 512M, 1GiB."""
    found = _SIZE.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not a size such as 1048576, 512M or 1GiB")
    return int(float(found[1]) * _UNITS[found[2].lower()])


def truth(text: str) -> bool:
    """Yes or no: 1, true, yes, on; 0, false, no, off."""
    known = _TRUTH | _FALSEHOOD
    if text.strip().lower() not in known:
        raise ValueError(f"{text!r} is neither true nor false")
    return known[text.strip().lower()]


def addresses(text: str) -> tuple[str, ...]:
    """Addresses of endpoints, parted by spaces or commas, or as TOML lists them."""
    from queries.pool.federation import endpoint  # few have any

    found = tuple(re.findall(r"[^\s,'\"\[\]()]+", text))
    for one in found:
        endpoint(one)
    return found


def whole(text: str) -> int:
    """A whole number."""
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a whole number") from None


def _setting(
    default: Any,
    read: Callable[[str], object],
    least: float | None = None,
    most: float | None = None,
) -> Any:
    """A field with its reader from text, its smallest and its largest value."""
    return field(default=default, metadata={"read": read, "least": least, "most": most})


@dataclass(frozen=True, slots=True)
class Config:
    """What a server runs with; times in seconds, sizes in bytes.

    Only holders of tokens may read a `private` server. `workers` is the number of query processes,
    `threads` that of the threads that answer requests; `proxies` is how many reverse proxies stand
    in front, whose X-Forwarded-For is believed. After writes of more bytes than `settle_above` the
    store is compacted in the background; the VoID in a store of `describe_up_to` triples or fewer
    is brought up to date there too. `services` are the endpoints that SERVICE may name,
    `queries` is a folder of `.rq` files that join the catalogue.
    """

    data: Path = _setting(Path("quiver-data"), Path)  # noqa: RUF009 (a Path is immutable)
    host: str = _setting("127.0.0.1", str)
    port: int = _setting(8000, whole, 0, 65535)
    read_only: bool = _setting(False, truth)
    private: bool = _setting(False, truth)
    workers: int = _setting(os.cpu_count() or 1, whole, 1)
    threads: int = _setting(16, whole, 1)
    # One query
    timeout: float = _setting(30.0, seconds, 0.05)
    memory: int = _setting(GIB, size, 64 * MIB)
    max_query: int = _setting(MIB, size, 1024)
    max_rows: int = _setting(10_000_000, whole, 1)
    max_answer: int = _setting(256 * MIB, size, 1024)
    queue: int = _setting(64, whole, 1)
    spool: int = _setting(2 * GIB, size, MIB)
    cache: int = _setting(64 * MIB, size, 0)
    settle_above: int = _setting(64 * MIB, size, 0)
    describe_up_to: int = _setting(1_000_000, whole, 0)
    queries: str = _setting("", str)
    # Other endpoints
    services: tuple[str, ...] = _setting((), addresses)
    service_timeout: float = _setting(10.0, seconds, 0.05)
    max_service: int = _setting(16 * MIB, size, 1024)
    # One connection
    max_upload: int = _setting(256 * MIB, size, 1024)
    header_timeout: float = _setting(30.0, seconds, 0.1)
    body_timeout: float = _setting(30.0, seconds, 0.1)
    send_timeout: float = _setting(30.0, seconds, 0.1)
    stop_timeout: float = _setting(10.0, seconds, 0.1)
    proxies: int = _setting(0, whole, 0)
    access_log: bool = _setting(True, truth)


_FIELDS = {entry.name: entry for entry in fields(Config)}


def read(
    options: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> Config:
    """The settings, each from the nearest place that gives it; options of None give nothing."""
    environ = os.environ if environ is None else environ
    named = environ.get("QUIVER_CONFIG")
    if file is None and named:
        file = Path(named)
    settings: dict[str, object] = {}
    if file is not None:
        settings |= _from_file(file)
    settings |= _from_environ(environ)
    for name, value in (options or {}).items():
        if value is not None:
            settings[name] = _checked(name, value, f"--{name.replace('_', '-')}")
    return Config(**settings)  # type: ignore[arg-type]


def _from_file(file: Path) -> dict[str, object]:
    """The settings of a TOML file, one a line, under their own names."""
    try:
        text = file.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(str(file), "", error.strerror or str(error)) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(str(file), "", str(error)) from error
    return {
        name.replace("-", "_"): _checked(name.replace("-", "_"), value, str(file))
        for name, value in table.items()
    }


def _from_environ(environ: Mapping[str, str]) -> dict[str, object]:
    """The settings that variables give; a variable of no setting is not ours to refuse."""
    found = {}
    for name in _FIELDS:
        variable = f"QUIVER_{name.upper()}"
        if variable in environ:
            found[name] = _checked(name, environ[variable], variable)
    return found


def _checked(name: str, value: object, where: str) -> object:
    """The value in its own type and range, or a ConfigError that says what is wrong."""
    if name not in _FIELDS:
        raise ConfigError(where, name, f"no such setting; there are {', '.join(_FIELDS)}")
    metadata = _FIELDS[name].metadata
    kind = type(_FIELDS[name].default)
    if isinstance(value, str) or not isinstance(value, kind):
        try:
            value = metadata["read"](str(value))
        except ValueError as error:
            raise ConfigError(where, name, str(error)) from None
    least, most = metadata["least"], metadata["most"]
    if least is not None and isinstance(value, (int, float)) and value < least:
        raise ConfigError(where, name, f"{value} is below {least}, the least that works")
    if most is not None and isinstance(value, (int, float)) and value > most:
        raise ConfigError(where, name, f"{value} is above {most}, the most that works")
    return value
