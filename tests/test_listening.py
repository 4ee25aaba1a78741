"""Where the server listens, and whether the IRIs of its graph lead there."""

import socket
from contextlib import closing

import pytest

from server.config import Config
from server.serve import listen, reaches


def listening(host):
    return closing(listen(Config(host=host, port=0)))


@pytest.fixture
def no_ipv6():
    try:
        with closing(socket.socket(socket.AF_INET6)) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("there is no IPv6 loopback here")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])
@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]"])
def test_every_name_of_the_loopback_is_this_address(host, name):
    with listening(host) as listener:
        port = listener.getsockname()[1]
        assert reaches(f"http://{name}:{port}/", listener)


@pytest.mark.usefixtures("no_ipv6")
@pytest.mark.parametrize("host", ["::1", "::"])
@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]"])
def test_so_it_is_on_ipv6(host, name):
    with listening(host) as listener:
        port = listener.getsockname()[1]
        assert reaches(f"http://{name}:{port}/", listener)


@pytest.mark.parametrize(
    "base",
    [
        "http://localhost:{other}/",
        "http://localhost/",
        "https://localhost:{port}/",
        "http://example.org:{port}/",
        "http://localhost:{port}/library/",
    ],
)
def test_other_addresses_are_not(base):
    with listening("127.0.0.1") as listener:
        port = listener.getsockname()[1]
        assert not reaches(base.format(port=port, other=port % 65535 + 1), listener)


def test_a_server_at_its_own_base_warns_of_nothing(serving, tmp_path, unused_port):
    data = tmp_path / "data"
    serving.publish(data, "", f"http://127.0.0.1:{unused_port}/")
    with serving(data, workers=1, port=unused_port, proxies=0) as served:
        assert "IRIs" not in served.said


@pytest.fixture
def unused_port():
    with listening("127.0.0.1") as listener:
        return listener.getsockname()[1]
