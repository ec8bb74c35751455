"""Speaks the few Docker Engine endpoints that the pipeline uses, over a real unix socket.

It keeps containers, images and volumes as an engine would, records every request, and publishes a
started container's Bolt port by forwarding it to a Neo4j that runs elsewhere.
"""

import contextlib
import io
import json
import re
import shutil
import socket
import socketserver
import struct
import tarfile
import tempfile
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.narrowing import present


class DockerStandIn:
    """An engine without containers; what it is to do wrong is set before the code under test."""

    def __init__(self, bolt_port=None):
        self.bolt_port = bolt_port  # where a started container's 7687 leads; None: nowhere
        self.requests = []  # (method, path without version, query, body)
        self.images, self.containers, self.volumes, self.files = set(), {}, {}, {}
        self.pull_events = [{"status": "Pulling fs layer"}, {"status": "Pull complete"}]
        self.pull_status = 200
        self.start_error = None
        self.exit = None  # (exit code, log lines, killed for memory) of a container that dies
        self._publishers = []
        self._folder = Path(tempfile.mkdtemp(prefix="rkan-engine-"))  # socket paths are short
        self._server = _Server(str(self._folder / "docker.sock"), _Handler)
        self._server.engine = self
        self.url = f"unix://{self._folder / 'docker.sock'}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self._unpublish()
        self._server.shutdown()
        self._server.server_close()
        shutil.rmtree(self._folder)

    def asked(self, method, path):
        """The requests of one kind, as (query, body)."""
        return [(q, b) for m, p, q, b in self.requests if m == method and re.fullmatch(path, p)]

    # What each endpoint does: (status, document or bytes)

    def version(self, query, body):
        return 200, {"ApiVersion": "1.47", "MinAPIVersion": "1.24", "Version": "27.0.0"}

    def inspect_image(self, query, body, name):
        if name not in self.images:
            return 404, {"message": f"No such image: {name}"}
        return 200, {"Id": "sha256:1", "RepoTags": [name]}

    def pull(self, query, body):
        if self.pull_status != 200:
            return self.pull_status, {"message": "manifest unknown"}
        if not any("error" in event for event in self.pull_events):
            self.images.add(f"{query['fromImage']}:{query['tag']}")
        return 200, (json.dumps(event).encode() + b"\r\n" for event in self.pull_events)

    def inspect_volume(self, query, body, name):
        if name not in self.volumes:
            return 404, {"message": f"no such volume: {name}"}
        return 200, self.volumes[name]

    def create_volume(self, query, body):
        self.volumes[body["Name"]] = {"Name": body["Name"], "Labels": body["Labels"]}
        return 201, self.volumes[body["Name"]]

    def create_container(self, query, body):
        if body["Image"] not in self.images:
            return 404, {"message": f"No such image: {body['Image']}"}
        self.containers[query["name"]] = {
            "Id": query["name"],
            "Name": f"/{query['name']}",
            "Config": {**body, "Tty": False},
            "HostConfig": body["HostConfig"],
            "State": {"Status": "created", "ExitCode": 0, "OOMKilled": False},
        }
        return 201, {"Id": query["name"], "Warnings": []}

    def inspect_container(self, query, body, name):
        if name not in self.containers:
            return 404, {"message": f"No such container: {name}"}
        return 200, self.containers[name]

    def put_archive(self, query, body, name):
        with tarfile.open(fileobj=io.BytesIO(body)) as archive:
            for member in archive.getmembers():
                content = present(archive.extractfile(member)).read() if member.isfile() else b""
                self.files[f"{query['path']}{member.name}"] = (member, content)
        return 200, b""

    def start_container(self, query, body, name):
        if self.start_error:
            return 500, {"message": self.start_error}
        state = self.containers[name]["State"]
        if self.exit:
            code, _, out_of_memory = self.exit
            state.update(Status="exited", ExitCode=code, OOMKilled=out_of_memory)
            return 204, b""
        state["Status"] = "running"
        if self.bolt_port:
            binding = self.containers[name]["HostConfig"]["PortBindings"]["7687/tcp"][0]
            self._publishers.append(
                _publish(binding["HostIp"], int(binding["HostPort"]), self.bolt_port)
            )
        return 204, b""

    def stop_container(self, query, body, name):
        self.containers[name]["State"]["Status"] = "exited"
        self._unpublish()
        return 204, b""

    def remove_container(self, query, body, name):
        del self.containers[name]
        return 204, b""

    def logs(self, query, body, name):
        lines = self.exit[1] if self.exit else []
        frames = [(struct.pack(">BxxxL", 1, len(t) + 1), t.encode() + b"\n") for t in lines]
        return 200, b"".join(head + text for head, text in frames)

    def _unpublish(self):
        while self._publishers:
            self._publishers.pop().close()


_ROUTES: list[tuple[str, str, Callable[..., tuple[int, object]]]] = [
    ("GET", r"/version", DockerStandIn.version),
    ("GET", r"/images/(.+)/json", DockerStandIn.inspect_image),
    ("POST", r"/images/create", DockerStandIn.pull),
    ("POST", r"/volumes/create", DockerStandIn.create_volume),
    ("GET", r"/volumes/([^/]+)", DockerStandIn.inspect_volume),
    ("POST", r"/containers/create", DockerStandIn.create_container),
    ("GET", r"/containers/([^/]+)/json", DockerStandIn.inspect_container),
    ("PUT", r"/containers/([^/]+)/archive", DockerStandIn.put_archive),
    ("POST", r"/containers/([^/]+)/start", DockerStandIn.start_container),
    ("POST", r"/containers/([^/]+)/stop", DockerStandIn.stop_container),
    ("GET", r"/containers/([^/]+)/logs", DockerStandIn.logs),
    ("DELETE", r"/containers/([^/]+)", DockerStandIn.remove_container),
]


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    engine: DockerStandIn


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _answer(self):
        engine = self.server.engine
        url = urlsplit(self.path)
        path = unquote(re.sub(r"^/v[\d.]+(?=/)", "", url.path))
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        raw = self._body()
        is_json = "json" in self.headers.get("Content-Type", "")
        body = json.loads(raw) if raw and is_json else raw
        engine.requests.append((self.command, path, query, body))
        for method, pattern, action in _ROUTES:
            match = re.fullmatch(pattern, path)
            if method == self.command and match:
                status, document = action(engine, query, body, *match.groups())
                break
        else:
            status, document = 501, {"message": f"the stand-in has no {self.command} {path}"}
        self.send_response(status)
        if isinstance(document, Iterator):
            self._stream(document)
            return
        content = document if isinstance(document, bytes) else json.dumps(document).encode()
        if not isinstance(document, bytes):
            self.send_header("Content-Type", "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _stream(self, pieces):
        """Send events as an engine does, chunk by chunk; an event "hang up" ends it half way."""
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            if b"hang up" in piece:
                self.close_connection = True
                return
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815

    def _body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def log_message(self, *_):
        pass


def _publish(host, port, target):
    """Forward a port, as an engine does for a published one; closing what it returns ends it."""
    listener = socket.create_server((host, port))

    def accept():
        with contextlib.suppress(OSError):  # closed
            while True:
                inward, _ = listener.accept()
                outward = socket.create_connection(("127.0.0.1", target))
                for a, b in ((inward, outward), (outward, inward)):
                    threading.Thread(target=_copy, args=(a, b), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return _Closer(listener)


class _Closer:
    def __init__(self, listener):
        self._listener = listener

    def close(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the accepting thread
        self._listener.close()


def _copy(source, target):
    with contextlib.suppress(OSError):
        while chunk := source.recv(65536):
            target.sendall(chunk)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
