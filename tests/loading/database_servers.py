"""Real database servers for tests: PostgreSQL and MariaDB, each in a folder of its own, on a free port."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy.exc import SQLAlchemyError

from tests.export.receivers import free_port

PASSWORD = "Nacht-Schicht 7@#:/?"
ADMIN = "owner"
VALUES = "(id, at, who, patient, what)"


@dataclass
class Server:
    """A server with a database `his`, a table `log` and a view `access_log` that the account `audit` may read."""

    kind: str
    command: Callable[[Path, int], list[str]]
    prepare: Callable[[Path], None]
    admin_url: str
    setup: tuple[str, ...]
    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"{self.kind}://audit@127.0.0.1:{self.port}/his"

    @property
    def time(self) -> str:
        return "timestamp" if self.kind == "postgresql" else "datetime(6)"

    def start(self) -> None:
        with (self.folder / "server.log").open("ab") as log:
            command = self.command(self.folder, self.port)
            self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, **_account())
        end = time.monotonic() + 60
        while not self._answers():
            assert time.monotonic() < end, (self.folder / "server.log").read_text(errors="replace")[-2000:]
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1):
                pass
            self.execute("select 1")
        except (OSError, SQLAlchemyError):
            return False
        return True

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT if self.kind == "postgresql" else signal.SIGKILL)
            self.process.wait(30)
            self.process = None

    def execute(self, *statements: str, rows: list[dict[str, Any]] | None = None, database: str = "") -> None:
        database = database or ("postgres" if self.kind == "postgresql" else "")
        engine = sqlalchemy.create_engine(
            self.admin_url.format(port=self.port, folder=self.folder, database=database), poolclass=sqlalchemy.NullPool
        )
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for statement in statements:
                if rows is None:
                    connection.exec_driver_sql(statement)
                else:
                    connection.execute(sqlalchemy.text(statement), rows)

    def insert(self, *rows: tuple[Any, ...]) -> None:
        names = ("id", "at", "who", "patient", "what")
        self.execute(
            f"insert into log {VALUES} values (:id, :at, :who, :patient, :what)",
            rows=[dict(zip(names, row, strict=True)) for row in rows], database="his",
        )  # fmt: skip

    def fresh(self) -> None:
        """Empty the log, and let the view be as it was."""
        self.execute(
            "drop view if exists access_log", "drop table if exists log",
            f"create table log (id bigint, at {self.time} null, who varchar(20),"
            " patient varchar(20), what varchar(20))",
            "create view access_log as select at, who, patient, what from log", "grant select on access_log to audit",
            database="his",
        )  # fmt: skip


def _account() -> dict[str, Any]:
    """Return how a process is started where the tests run as root: servers refuse to be that."""
    return {"user": "nobody", "group": "nogroup", "extra_groups": ()} if os.geteuid() == 0 else {}


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, **_account())
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]


def postgres_folder() -> str | None:
    """Return the folder with the server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    program = str(found[-1]) if found else shutil.which("initdb")
    return None if program is None else str(Path(program).parent)


@contextmanager
def _folder() -> Iterator[Path]:
    """Give a folder that the servers' account can reach and own."""
    with tempfile.TemporaryDirectory(prefix="detector-server-") as name:
        folder = Path(name)
        if account := _account():
            shutil.chown(folder, account["user"], account["group"])
        yield folder


@contextmanager
def postgres() -> Iterator[Server]:
    programs = postgres_folder()
    assert programs is not None

    def prepare(folder: Path) -> None:
        _run(
            [f"{programs}/initdb", "-D", f"{folder}/data", "-U", ADMIN, "-E", "UTF8", "--locale=C", "--no-sync"], folder
        )
        hosts = "local all owner trust\nhost all audit 127.0.0.1/32 scram-sha-256\n"
        (folder / "data" / "pg_hba.conf").write_text(hosts)

    def command(folder: Path, port: int) -> list[str]:
        return [f"{programs}/postgres", "-D", f"{folder}/data", "-p", str(port), "-k", str(folder), "-F",
                "-c", "listen_addresses=127.0.0.1", "-c", "timezone=Asia/Shanghai"]  # fmt: skip

    with _folder() as folder:
        yield from _serve(Server(
            "postgresql", command, prepare, f"postgresql+psycopg://{ADMIN}@/{{database}}?host={{folder}}&port={{port}}",
            ("create database his", f"create role audit login password '{PASSWORD}'"), folder,
        ))  # fmt: skip


@contextmanager
def mariadb() -> Iterator[Server]:
    def prepare(folder: Path) -> None:
        _run(["mariadb-install-db", "--no-defaults", f"--datadir={folder}/data", "--skip-test-db",
              "--auth-root-authentication-method=normal"], folder)  # fmt: skip

    def command(folder: Path, port: int) -> list[str]:
        return ["/usr/sbin/mariadbd", "--no-defaults", f"--datadir={folder}/data", f"--socket={folder}/s",
                f"--port={port}", "--bind-address=127.0.0.1", f"--pid-file={folder}/pid", "--skip-name-resolve",
                "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=8M",
                "--character-set-server=utf8mb4"]  # fmt: skip

    with _folder() as folder:
        yield from _serve(Server(
            "mariadb", command, prepare, "mariadb+pymysql://root@/{database}?unix_socket={folder}/s",
            ("create database his", f"create user audit identified by '{PASSWORD}'"), folder,
        ))  # fmt: skip


def _serve(server: Server) -> Iterator[Server]:
    server.prepare(server.folder)
    server.start()
    try:
        with contextlib.suppress(SQLAlchemyError):
            server.execute("drop user if exists ''@'localhost'")
        server.execute(*server.setup)
        yield server
    finally:
        server.stop()
