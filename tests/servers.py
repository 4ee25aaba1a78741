"""Servers of Quiver as tests start and ask them: in a process of their own, or in this one."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pyoxigraph as ox

from queries.generations import Generations

CHECKOUT = Path(__file__).parent.parent
HANGS = 60  # seconds after which something will never happen, however busy the machine is


def free_port():
    """A loopback port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port, process, seconds=HANGS):
    """Whether the process comes to listen on the port."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.01)
    return False


class Reply:
    """One HTTP response: `status`, `headers` (without regard to case), `body`, `text`, `json()`."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode()

    @property
    def media_type(self):
        return self.headers.get_content_type()

    def json(self):
        return json.loads(self.body)


class Served:
    """A server of Quiver on a loopback port: `request` for plain talk, `connect` for the rest."""

    def __init__(self, process, data, port):
        self.process, self.data, self.port = process, data, port
        self.url = f"http://127.0.0.1:{port}"

    def connect(self, data=b"", seconds=HANGS):
        """A socket on which this was sent."""
        client = socket.create_connection(("127.0.0.1", self.port), timeout=seconds)
        client.sendall(data)
        return client

    def request(self, method, path, headers=(), body=None, seconds=HANGS):
        """Send one request on a connection of its own; redirects are not followed."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            client.putrequest(method, path, skip_accept_encoding=True)
            for name, value in dict(headers).items():
                client.putheader(name, value)
            if body is not None:
                body = body.encode() if isinstance(body, str) else body
                client.putheader("Content-Length", str(len(body)))
            client.endheaders(body)
            response = client.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            client.close()

    def get(self, path, accept=None, **headers):
        """GET; keyword names are headers, with underscores for hyphens."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("GET", path, given | ({"Accept": accept} if accept else {}))

    def query(self, text, accept="application/sparql-results+json", **parameters):
        """A query by POST form."""
        form = urlencode({"query": text, **parameters}, doseq=True)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": accept}
        return self.request("POST", "/sparql", headers, form)

    def update(self, text, token=None, parameters=""):
        """An update by direct POST."""
        headers = {"Content-Type": "application/sparql-update"}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        return self.request("POST", f"/sparql{parameters}", headers, text)

    def readied(self):
        """This server, once it has asked all that it asks for itself at its start.

        Who counts the queries that wait or run would count its own among them before that.
        """
        until = time.monotonic() + HANGS
        while "\nquiver_made_ready 1\n" not in self.get("/metrics").text:
            assert time.monotonic() < until, "it never was ready"
            time.sleep(0.01)
        return self

    def ready(self):
        """Whether a query would be answered now."""
        return self.get("/health").status == 200


def publish(data, trig, base="http://localhost:8000/"):
    """Publish a generation that holds just this TriG."""
    with Generations(data).write() as draft:
        draft.meta["base"] = base
        draft.replace_store().engine.bulk_load(
            trig if isinstance(trig, bytes) else trig.encode(), ox.RdfFormat.TRIG
        )
        return draft.publish()


@contextmanager
def running_server(data, *, cwd=CHECKOUT, **settings):
    """A server on the data folder with these settings (as in the config), started in `cwd`."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("QUIVER_")}
    given = {"data": data, "port": 0, "workers": 2, "memory": "512M"} | settings
    environ |= {f"QUIVER_{name.upper()}": str(value) for name, value in given.items()}
    start = "from server import config, serve; "
    start += "serve.serve(config.read(), lambda line: print(line, flush=True))"
    log = Path(data).with_suffix(".log").open("ab")
    with (
        log,
        subprocess.Popen(
            [sys.executable, "-c", start],
            env=environ,
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=log,
        ) as process,
    ):
        try:
            line = process.stdout.readline().decode()
            assert line.startswith("Serving"), Path(log.name).read_text()
            port = int(line.rstrip("/\n").rpartition(":")[2])
            served = Served(process, Path(data), port)
            served.log = Path(log.name)
            assert answers(port, process)
            assert served.ready()
            os.set_blocking(process.stdout.fileno(), False)  # there may be no second line
            served.said = line + process.stdout.readline().decode()
            yield served
        finally:
            process.terminate()
            try:
                process.wait(HANGS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


class Inside(Served):
    """The application in this process, asked as a server is: for what needs no socket."""

    def __init__(self, app, data):
        self.client, self.data = app.test_client(), Path(data)

    def request(self, method, path, headers=(), body=None, seconds=HANGS):
        response = self.client.open(path, method=method, headers=dict(headers), data=body)
        told = http.client.HTTPMessage()
        for name, value in response.headers:
            told[name] = value
        return Reply(response.status_code, told, response.data)


@contextmanager
def running_inside(data, **settings):
    """The application of the data folder in this process, with one worker."""
    from server import create_app
    from server.config import Config

    app = create_app(Config(**{"data": Path(data), "workers": 1, "memory": 512 << 20} | settings))
    yield Inside(app, data)
    app.extensions["quiver"].close()


running_server.publish = publish
