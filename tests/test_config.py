import pytest

from server.config import Config, ConfigError, read, size


def test_defaults():
    assert read({}, {}) == Config()


def test_nearer_places_win(tmp_path):
    file = tmp_path / "quiver.toml"
    file.write_text('port = 1\ntimeout = "1s"\nmemory = "256MiB"\nmax-rows = 10\n')
    environ = {"QUIVER_TIMEOUT": "2", "QUIVER_MEMORY": "512M"}
    settings = read({"memory": "1G", "host": None}, environ, file)
    assert (settings.port, settings.timeout) == (1, 2.0)
    assert (settings.memory, settings.max_rows) == (1 << 30, 10)
    assert settings.host == Config().host


def test_variable_names_the_file(tmp_path):
    file = tmp_path / "quiver.toml"
    file.write_text("read_only = true\n")
    settings = read({}, {"QUIVER_CONFIG": str(file)})
    assert settings.read_only is True


def test_variables_of_others_are_left_alone():
    assert read({}, {"QUIVER_REQUIRE": "browser", "QUIVER_SAMPLES": "/x"}) == Config()


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"QUIVER_PORT": "eighty"}, r"QUIVER_PORT: port: 'eighty' is not a whole number"),
        ({"QUIVER_TIMEOUT": "soon"}, r"QUIVER_TIMEOUT: timeout: 'soon' is not a duration"),
        ({"QUIVER_MEMORY": "lots"}, r"'lots' is not a size"),
        ({"QUIVER_MEMORY": "1M"}, r"below"),
        ({"QUIVER_WORKERS": "0"}, r"QUIVER_WORKERS: workers: 0 is below 1"),
        ({"QUIVER_PORT": "65536"}, r"QUIVER_PORT: port: 65536 is above 65535"),
        ({"QUIVER_READ_ONLY": "perhaps"}, r"neither true nor false"),
    ],
)
def test_bad_variable_is_named(environ, message):
    with pytest.raises(ConfigError, match=message):
        read({}, environ)


@pytest.mark.parametrize(
    ("text", "message"),
    [("prot = 1", "no such setting"), ("port = ", "Invalid value"), ('port = "x"', "not a whole")],
)
def test_bad_file_is_named(tmp_path, text, message):
    file = tmp_path / "quiver.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=message) as caught:
        read({}, {}, file)
    assert str(file) in str(caught.value)


def test_missing_file(tmp_path):
    with pytest.raises(ConfigError, match="No such file"):
        read({}, {}, tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("text", "number"), [("10", 10), ("1k", 1024), ("1.5 MiB", 1572864), ("2GB", 2 << 30)]
)
def test_sizes(text, number):
    assert size(text) == number
