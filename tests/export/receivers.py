"""Real receivers: rsyslog, syslog-ng from its unpacked package, and an HTTPS server with the semantics of HEC."""

from __future__ import annotations

import contextlib
import http.server
import itertools
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme

PORTS = itertools.cycle(range(20_000 + os.getpid() % 100 * 120, 32_000))
"""Each process of the tests begins at a place of its own."""
TOKEN = "11112222-3333-4444-5555-666677778888"


def free_port() -> int:
    """Return a port that nobody uses, outside the range that the system gives to outgoing connections."""
    for port in PORTS:
        with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            try:
                stream.bind(("127.0.0.1", port))
                datagrams.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port")


def wait_until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)


@dataclass
class Authority:
    """A certificate authority of the test, with one server and one client certificate in files."""

    folder: Path

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.ca = trustme.CA()
        self.ca_file = self.folder / "ca.pem"
        self.ca.cert_pem.write_to_path(self.ca_file)
        for name, issued in (
            ("server", self.ca.issue_cert("127.0.0.1", "localhost", common_name="localhost")),
            ("client", self.ca.issue_cert("audit01", common_name="audit01")),
        ):
            (self.folder / f"{name}.pem").write_bytes(b"".join(one.bytes() for one in issued.cert_chain_pems))
            issued.private_key_pem.write_to_path(self.folder / f"{name}.key")


@dataclass
class Process:
    """A receiver that runs as a process; it listens on the same ports again after a restart."""

    folder: Path
    authority: Authority | None = None
    mutual: bool = False
    ports: dict[str, int] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.ports = {kind: free_port() for kind in ("udp", "tcp", "tls")}
        self.out = self.folder / "out.jsonl"

    def start(self) -> None:
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, env=self.environment())
        log.close()
        for kind in ("tcp", "tls") if self.authority else ("tcp",):
            wait_until(lambda port=self.ports[kind]: listens(port))  # type: ignore[misc]

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(timeout=20)
            self.process = None

    def received(self) -> list[bytes]:
        """Return the messages as they came, header included."""
        if not self.out.exists():
            return []
        return [json.loads(line)["raw"].encode() for line in self.out.read_text(encoding="utf-8").splitlines()]

    def wait_for(self, count: int) -> list[bytes]:
        wait_until(lambda: len(self.received()) >= count)
        return self.received()


def connected(port: int) -> bool:
    """Tell whether somebody has a connection to a port of this machine, be it that he has said all he has to say."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    return any(row[1].endswith(f":{port:04X}") and row[3] in {"01", "08"} for row in rows)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Rsyslog(Process):
    """rsyslogd with a direct queue, so that what it has read it has written."""

    def command(self) -> list[str]:
        name = "imtcp"
        tls = ""
        if self.authority is not None:
            name = "imptcp"
            known = self.authority.folder
            mode = "x509/name" if self.mutual else "anon"
            peer = 'PermittedPeer=["audit01"]' if self.mutual else ""
            files = f'DefaultNetstreamDriverCAFile="{known}/ca.pem" DefaultNetstreamDriverCertFile="{known}/server.pem"'
            tls = (
                f'global(DefaultNetstreamDriver="gtls" {files} DefaultNetstreamDriverKeyFile="{known}/server.key")\n'
                f'module(load="imtcp" StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="{mode}" '
                f"{peer})\n"
                f'input(type="imtcp" port="{self.ports["tls"]}" address="127.0.0.1")\n'
            )
        configuration = self.folder / "rsyslog.conf"
        configuration.write_text(
            f'global(workDirectory="{self.folder}" maxMessageSize="64k")\n'
            'global(parser.escapeControlCharactersOnReceive="off")\n'
            'main_queue(queue.type="Direct")\n'
            f'module(load="imudp")\nmodule(load="{name}")\n{tls}'
            'template(name="raw" type="list" option.jsonf="on") {'
            ' property(outname="raw" name="rawmsg" format="jsonf") }\n'
            f'input(type="imudp" port="{self.ports["udp"]}" address="127.0.0.1")\n'
            f'input(type="{name}" port="{self.ports["tcp"]}" address="127.0.0.1")\n'
            f'if $programname == "access-audit" then action(type="omfile" file="{self.out}" template="raw")\n',
            encoding="utf-8",
        )
        return [
            str(shutil.which("rsyslogd")), "-n", "-f", str(configuration), "-i", str(self.folder / "pid"),
        ]  # fmt: skip


class SyslogNg(Process):
    """syslog-ng from wherever its program lies; an unpacked package brings its libraries along."""

    def root(self) -> Path:
        return Path(str(shutil.which("syslog-ng"))).resolve().parents[2]

    def environment(self) -> dict[str, str]:
        return {**os.environ, "LD_LIBRARY_PATH": str(self.root() / "usr/lib/syslog-ng")}

    def command(self) -> list[str]:
        assert self.authority is not None
        known = self.authority.folder
        verify = "required-trusted" if self.mutual else "optional-untrusted"
        configuration = self.folder / "syslog-ng.conf"
        configuration.write_text(
            "@version: 3.38\n"
            "options { keep-hostname(yes); log-msg-size(65536); flush-lines(1); };\n"
            "source s {\n"
            f'  syslog(transport("udp") ip("127.0.0.1") port({self.ports["udp"]}) flags(store-raw-message));\n'
            f'  syslog(transport("tcp") ip("127.0.0.1") port({self.ports["tcp"]}) flags(store-raw-message));\n'
            f'  syslog(transport("tls") ip("127.0.0.1") port({self.ports["tls"]}) flags(store-raw-message)\n'
            f'    tls(key-file("{known}/server.key") cert-file("{known}/server.pem") ca-file("{known}/ca.pem")\n'
            f"      peer-verify({verify})));\n"
            "};\n"
            f'destination d {{ file("{self.out}" template("$(format-json raw=${{RAWMSG}})\\n")); }};\n'
            "log { source(s); destination(d); };\n",
            encoding="utf-8",
        )
        modules = next((self.root() / "usr/lib/syslog-ng").glob("[0-9]*"))
        state = self.folder
        return [
            str(shutil.which("syslog-ng")), "-F", "--no-caps", "-f", str(configuration), f"--module-path={modules}",
            "-R", str(state / "persist"), "-c", str(state / "control"), "-p", str(state / "pid"),
        ]  # fmt: skip


@contextlib.contextmanager
def running(receiver: Process) -> Iterator[Process]:
    try:
        receiver.start()
        yield receiver
    finally:
        receiver.stop(signal.SIGKILL)


@dataclass
class Collector:
    """An HTTP event collector: tokens, acknowledgement by channel, and trouble on demand.

    ``trouble`` holds what the next requests get: a status, or ``reset``, ``hang``, ``drip``, ``garbage``; once it is
    empty requests succeed. ``refuse`` tells which events are invalid.
    """

    authority: Authority
    acknowledgement: bool = False
    ack_after: int = 0
    trouble: list[Any] = field(default_factory=list)
    refuse: Callable[[dict[str, Any]], bool] = lambda _: False
    name_the_event: bool = True
    batches: list[list[dict[str, Any]]] = field(default_factory=list)
    asked: int = 0
    channels: set[str] = field(default_factory=set)
    port: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        collector = self
        self.stopped.clear()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                collector.handle(self)

            def log_message(self, *_: Any) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, *_: Any) -> None:
                pass

        self.server = Server(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_address[1]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.authority.folder / "server.pem", self.authority.folder / "server.key")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self.stopped.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for batch in self.batches for event in batch]

    def handle(self, request: http.server.BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        trouble = self.trouble.pop(0) if self.trouble else None
        channel = request.headers.get("X-Splunk-Request-Channel")
        if trouble == "reset":
            request.connection.close()
        elif trouble == "hang":
            self.stopped.wait(60)
        elif trouble == "drip":
            self.drip(request)
        elif trouble == "garbage":
            request.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        elif trouble is not None:
            self.answer(request, trouble, {"text": "Server is busy", "code": 9})
        elif request.headers.get("Authorization") != f"Splunk {TOKEN}":
            self.answer(request, 403, {"text": "Invalid token", "code": 4})
        elif request.path.startswith("/services/collector/ack"):
            self.asked += 1
            messages = {str(one): self.asked > self.ack_after for one in json.loads(body)["acks"]}
            self.answer(request, 200, {"acks": messages})
        elif self.acknowledgement and not channel:
            self.answer(request, 400, {"text": "Data channel is missing", "code": 10})
        else:
            self.take(request, body, str(channel))

    def drip(self, request: http.server.BaseHTTPRequestHandler) -> None:
        """Answer a byte at a time, for a minute."""
        with contextlib.suppress(OSError):
            for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 1200:
                request.wfile.write(bytes([byte]))
                request.wfile.flush()
                if self.stopped.wait(0.05):
                    return

    def take(self, request: http.server.BaseHTTPRequestHandler, body: bytes, channel: str) -> None:
        events, decoder, text = [], json.JSONDecoder(), body.decode("utf-8")
        while text:
            event, end = decoder.raw_decode(text)
            events.append(event)
            text = text[end:].lstrip()
        bad = [place for place, event in enumerate(events) if self.refuse(event)]
        if bad:
            answer = {"text": "Invalid data format", "code": 6}
            if self.name_the_event:
                answer["invalid-event-number"] = bad[0]
            self.answer(request, 400, answer)
            return
        self.channels.add(channel)
        self.batches.append(events)
        acked = {"ackId": len(self.batches)} if self.acknowledgement else {}
        self.answer(request, 200, {"text": "Success", "code": 0, **acked})

    @staticmethod
    def answer(request: http.server.BaseHTTPRequestHandler, status: int, answer: dict[str, Any]) -> None:
        content = json.dumps(answer).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(content)))
        if status in {429, 503}:
            request.send_header("Retry-After", "0")
        request.end_headers()
        request.wfile.write(content)


@contextlib.contextmanager
def collecting(collector: Collector) -> Iterator[Collector]:
    collector.start()
    try:
        yield collector
    finally:
        collector.stop()
