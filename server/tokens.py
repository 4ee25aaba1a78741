"""Bearer tokens: made once, kept only as hashes, each with its scopes.

A token is 256 random bits, so a plain SHA-256 keeps it: there is nothing to guess that a slow hash
would slow down. The file `tokens.json` of the data folder is read anew when it changes.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

# Each scope with those that it brings along.
SCOPES = {"read": ("read",), "curate": ("read", "curate"), "write": ("read", "curate", "write")}
PREFIX = "quiver_"
FILE = "tokens.json"


class TokenError(ValueError):
    """A token cannot be made, found or read."""


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token; its `name` is for people, its `digest` for comparing."""

    name: str
    scopes: tuple[str, ...]
    digest: str
    created: str

    def allows(self, scope: str) -> bool:
        """Whether the token may be used for this."""
        return any(scope in SCOPES[held] for held in self.scopes)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one data folder."""

    data: Path

    @property
    def file(self) -> Path:
        """Where they are kept."""
        return self.data / FILE

    def list(self) -> tuple[Token, ...]:
        """All tokens that were made and not revoked."""
        try:
            entries = json.loads(self.file.read_text(encoding="utf-8"))
            return tuple(Token(**(entry | {"scopes": tuple(entry["scopes"])})) for entry in entries)
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise TokenError(f"{self.file}: cannot be read: {error}") from error

    def new(self, name: str, scopes: Iterable[str]) -> str:
        """Make a token; its text is given this once and kept nowhere."""
        wanted = tuple(dict.fromkeys(scopes))
        unknown = [scope for scope in wanted if scope not in SCOPES]
        if unknown or not wanted:
            raise TokenError(
                f"scope {', '.join(unknown) or 'missing'}; there is {', '.join(SCOPES)}"
            )
        held = self.list()
        if any(token.name == name for token in held):
            raise TokenError(f"there is a token {name!r} already; revoke it first")
        text = PREFIX + secrets.token_urlsafe(32)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._write((*held, Token(name, wanted, digest(text), now)))
        return text

    def revoke(self, name: str) -> None:
        """Make a token worthless."""
        held = self.list()
        left = tuple(token for token in held if token.name != name)
        if len(left) == len(held):
            raise TokenError(f"there is no token {name!r}")
        self._write(left)

    def find(self, text: str) -> Token | None:
        """The token with this text; every one is compared, each in constant time."""
        sought = digest(text)
        found = None
        for token in self.list():
            if hmac.compare_digest(token.digest, sought):
                found = token
        return found

    def _write(self, held: Iterable[Token]) -> None:
        """Replace the file, readable by its owner only."""
        fresh = self.file.with_suffix(".tmp")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump([asdict(token) for token in held], file, indent=1)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.file)


def digest(text: str) -> str:
    """What is kept of a token's text."""
    return hashlib.sha256(text.encode()).hexdigest()
