import json

import pytest

from server.tokens import TokenError, Tokens, digest


@pytest.fixture
def tokens(tmp_path):
    return Tokens(tmp_path)


def test_token_is_found_by_its_text_only(tokens):
    text = tokens.new("pipeline", ["write"])
    assert tokens.find(text).name == "pipeline"
    assert tokens.find(text[:-1]) is None
    assert tokens.find(digest(text)) is None
    assert tokens.find("") is None


def test_only_the_hash_is_kept(tokens):
    text = tokens.new("pipeline", ["write"])
    kept = tokens.file.read_text()
    assert text not in kept
    assert json.loads(kept)[0]["digest"] == digest(text)
    assert tokens.file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [("read", {"read"}), ("curate", {"read", "curate"}), ("write", {"read", "curate", "write"})],
)
def test_scopes_bring_the_lesser_ones(tokens, scope, allowed):
    token = tokens.find(tokens.new("one", [scope]))
    assert {name for name in ("read", "curate", "write") if token.allows(name)} == allowed


def test_revoked_token_is_gone(tokens):
    kept, lost = tokens.new("kept", ["read"]), tokens.new("lost", ["read"])
    tokens.revoke("lost")
    assert tokens.find(lost) is None
    assert tokens.find(kept).name == "kept"
    assert [token.name for token in tokens.list()] == ["kept"]


def test_mistakes_are_named(tokens):
    tokens.new("one", ["read"])
    with pytest.raises(TokenError, match="already"):
        tokens.new("one", ["read"])
    with pytest.raises(TokenError, match="admin"):
        tokens.new("two", ["admin"])
    with pytest.raises(TokenError, match="missing"):
        tokens.new("two", [])
    with pytest.raises(TokenError, match="no token 'three'"):
        tokens.revoke("three")


def test_damaged_file_is_an_error_not_an_open_door(tokens):
    tokens.file.write_text("[{")
    with pytest.raises(TokenError, match="cannot be read"):
        tokens.find("quiver_anything")


def test_two_tokens_never_agree(tokens):
    assert len({tokens.new(str(number), ["read"]) for number in range(20)}) == 20
