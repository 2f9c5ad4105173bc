"""The frame around every command: help, version, errors as one line, exit codes, pipes."""

from __future__ import annotations

import os
import re
import resource
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import typer

from detector import __version__
from detector.cli import shell
from detector.cli.command import Command, Panel, discover
from detector.errors import ConfigError, DiskFull, InputError, StoreBusy, UsageError

COMMANDS = {command.name: command for command in discover()}


def detector(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "detector", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "80", "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        check=False,
    )


def raising(error: BaseException, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    def boom() -> None:
        """Fail."""
        raise error

    command = Command(boom, panel=Panel.DATA, examples=("detector boom",))
    monkeypatch.setattr(shell, "discover", lambda: [command])
    with pytest.raises(SystemExit) as caught:
        shell.main([*arguments, "boom"])
    assert isinstance(caught.value.code, int)
    return caught.value.code


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (ConfigError("unknown key", file="detector.toml", line=3, key="site.x"), 2, "detector.toml:3: site.x: unknown"),
        (UsageError("no finding 'x'"), 2, "no finding"),
        (InputError("no source has\nany file"), 3, "no source has any file"),
        (StoreBusy("process 17"), 4, "process 17"),
        (DiskFull("the disk is full"), 4, "full"),
        (OSError(28, "No space left on device", "/x"), 4, "the disk is full: /x"),
        (PermissionError(13, "Permission denied", "/x"), 2, "Permission denied: /x"),
        (OSError(24, "Too many open files", "/x"), 4, "too few file handles: /x; raise the limit"),
        (OSError(27, "File too large", "/x"), 4, "a file may not grow so large: /x; raise the limit"),
        (MemoryError("no"), 4, "not enough memory; give the process more"),
        (duckdb.OutOfMemoryException("Out of Memory Error: Allocation failure"), 4, "not enough memory"),
        (duckdb.IOException('IO Error: Cannot open file "/x": Too many open files'), 4, "too few file handles"),
        (duckdb.IOException("IO Error: bad\nfile"), 4, "the store cannot be used: IO Error: bad file"),
        (ValueError("surprise\x1b[31m"), 70, "a defect of the program: ValueError: surprise\\x1b[31m"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (typer.Exit(1), 1, ""),
        (BrokenPipeError(), 0, ""),
    ],
)
def test_every_error_is_one_line_and_has_its_code(
    error: BaseException,
    code: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    if isinstance(error, BrokenPipeError):
        monkeypatch.setattr(shell, "_let_stdout_go", lambda: None)
    assert raising(error, ["--lang", "en"], monkeypatch) == code
    written = capfd.readouterr().err
    assert words in written
    assert written.count("\n") == (1 if words else 0)
    assert "Traceback" not in written


ENDLESS = """
import os, signal, sys, threading
from detector.cli import shell
from detector.cli.command import Command, Panel
from detector.database.connection import connect
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs in the background inherits that it is ignored
def endless() -> None:
    "Never ends."
    threading.Timer(0.5, os.kill, (os.getpid(), int(sys.argv[1]))).start()
    with connect(Path("none.duckdb"), in_memory=True) as connection:
        read = connection.sql("select count(*) from range(10000000) a, range(10000000) b where a.range + b.range = 5")
        read.pl() if sys.argv[2] == "frame" else read.fetchall()
shell.discover = lambda: [Command(endless, panel=Panel.DATA, examples=())]
shell.main(["--lang", "en", "endless"])
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("how", ["frame", "rows"])
def test_a_signal_ends_a_query_at_once(number: signal.Signals, code: int, how: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDLESS, str(number.value), how],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert "interrupted" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_limit_is_raised_as_far_as_the_administrator_lets_it() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, before[1]))
    try:
        shell.raise_file_limit()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (min(shell.FILE_HANDLES, before[1]), before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def boom() -> None:
        """Fail."""
        raise UsageError("no")

    monkeypatch.setattr(shell, "discover", lambda: [Command(boom, panel=Panel.DATA, examples=())])
    with pytest.raises(UsageError):
        shell.main(["--debug", "boom"])


def test_help_lists_every_command_and_starts_fast() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = detector("--help")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert done.returncode == 0
    assert all(re.search(rf"^  {name} ", done.stdout, re.MULTILINE) for name in COMMANDS)
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert took < 2, f"{took:.2f} s of processor time; the aim is 0.4 s"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_with_examples_that_parse(name: str) -> None:
    command = COMMANDS[name]
    assert command.examples
    group = typer.main.get_command(shell.build_app())
    for example in command.examples:
        words = shlex.split(example.partition(" > ")[0])
        assert words[0] == "detector"
        context = group.make_context("detector", words[1:], resilient_parsing=False)
        rest = [*context._protected_args, *context.args]
        assert rest[0] == name
        given = group.get_command(context, name)  # type: ignore[attr-defined]
        inner = given.make_context(name, rest[1:], parent=context)
        if command.subcommands:
            word, *rest = [*inner._protected_args, *inner.args]
            assert word in {one.name for one in command.subcommands}
            given.get_command(inner, word).make_context(word, rest, parent=inner)


def test_a_group_lists_its_commands_each_with_examples() -> None:
    done = detector("policies", "--help")
    assert done.returncode == 0
    for one in COMMANDS["policies"].subcommands:
        assert re.search(rf"^  {one.name} ", done.stdout, re.MULTILINE)
        assert one.examples[0].startswith(f"detector policies {one.name}")
    assert "detector policies test night-prints" in detector("policies", "test", "--help").stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.parametrize("name", ["run", "show"])
def test_help_of_a_command(name: str) -> None:
    done = detector("--lang", "en", name, "--help")
    assert done.returncode == 0
    assert "Examples:" in done.stdout
    assert COMMANDS[name].examples[0] in done.stdout


def test_version() -> None:
    assert detector("--version").stdout == f"detector {__version__}\n"


@pytest.mark.parametrize("colour", [{"NO_COLOR": "1"}, {}])
def test_piped_output_has_no_colour(colour: dict[str, str]) -> None:
    assert "\x1b" not in detector("--help", **colour).stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["findngs"], "No such command 'findngs'. Did you mean 'findings'?"),
        (["findings", "--fromat", "csv"], "No such option"),
        (["findings", "--format", "xml"], "xml"),
        (["--lang", "fr", "findings"], "zh、en"),
        (["show"], "FINDING"),
        (["findings", "--since", "yesterday"], "yesterday"),
        (["policies", "nwe", "x"], "No such command 'nwe'"),
        (["policies", "test"], "FILE"),
    ],
)
def test_usage_errors_are_one_line_and_exit_2(arguments: list[str], words: str) -> None:
    done = detector("--lang", "en", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert "--help" in done.stderr
    assert done.stdout == ""


def test_no_configuration_is_said_with_what_to_do(tmp_path: Path) -> None:
    done = detector("findings", cwd=tmp_path)
    assert done.returncode == 2
    assert str(tmp_path / "detector.toml") in done.stderr
    assert "detector init" in done.stderr


def test_a_closed_pipe_is_no_error() -> None:
    command = f"{shlex.quote(sys.executable)} -m detector --help | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "0"


def test_completion_offers_commands() -> None:
    done = detector(_DETECTOR_COMPLETE="complete_bash", COMP_WORDS="detector fin", COMP_CWORD="1")
    assert "findings" in done.stdout


def test_the_completion_of_the_shell_that_asks_is_shown() -> None:
    """The shell is told by the parent process, so there must be one: a test may run without."""
    asked = f"{shlex.quote(sys.executable)} -m detector --show-completion; exit $?"
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "_DETECTOR_COMPLETE=complete_bash" in done.stdout


def test_a_locale_without_chinese_does_not_stop_output(tmp_path: Path) -> None:
    (tmp_path / "detector.toml").write_text('[site]\ntimezone = "UTC"\nname = "医院"\n[[source]]\nname="a"\npath="x"\n')
    done = detector("status", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert "\\u533b" in done.stdout


def test_interrupt_leaves_no_traceback(tmp_path: Path) -> None:
    script = """
import signal, time
from detector.cli import command, shell
signal.signal(signal.SIGINT, signal.default_int_handler)
def wait() -> None:
    "Wait."
    print("ready", flush=True)
    time.sleep(30)
shell.discover = lambda: [command.Command(wait, panel=command.Panel.DATA, examples=())]
shell.main(["--lang", "en", "wait"])
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130, errors
    assert errors == "detector: interrupted; what was committed stays\n"


def test_matrices_have_one_thread_unless_the_environment_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    shell.one_thread_for_matrices()
    assert [os.environ[name] for name in shell.MATRIX_THREADS] == ["3", "1"]
