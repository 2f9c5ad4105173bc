"""The frame around every command: global options before it, one readable line and the right exit code after it."""

from __future__ import annotations

import inspect
import os
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from detector import __version__
from detector.cli.command import Command, discover
from detector.cli.help_page import Helped, HelpedGroup
from detector.cli.render.text import shown
from detector.cli.session import Session
from detector.database.interruption import ended_by_signals
from detector.deployment.settings import FILE_NAME, configured_language
from detector.errors import DetectorError, StoreError, resource_error
from detector.files.permissions import private_umask
from detector.texts import load_texts
from detector.texts.language import Language, choose_language, is_language

EXIT_DEFECT: Final = 70
"""A defect of the program itself (EX_SOFTWARE); no code of the contract, so that no watchdog mistakes it for one."""
EXIT_INTERRUPTED: Final = 130
SIGNALLED: Final = 128
"""Exit code of a process that a signal ended, without the signal's number: 130 for SIGINT, 143 for SIGTERM."""
FILE_HANDLES: Final = 1024
MATRIX_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and end the process with its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in given
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    with private_umask(), ended_by_signals() as signals:
        code = _run(given, debug=debug, signals=signals)
    if signals:
        code = SIGNALLED + signals[0]
    if signals or code == EXIT_INTERRUPTED:
        told = load_texts(language_of(given)).message("interrupted; what was committed stays")
        sys.stderr.write(f"detector: {told}\n")
    raise SystemExit(code if isinstance(code, int) else 0)


def _run(given: list[str], *, debug: bool, signals: Sequence[int]) -> object:
    """Run one command; return its exit code once its error, if any, is told. After a signal nothing more is told."""
    try:
        raise_file_limit()
        one_thread_for_matrices()
        command = typer.main.get_command(build_app())
        if isinstance(command, HelpedGroup):
            command.language = language_of(given)
        code: object = command(given, prog_name="detector", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        _let_stdout_go()
        return 0
    except SystemExit as stop:
        if not isinstance(stop.__context__, BrokenPipeError):
            raise
        _let_stdout_go()
        return 0
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except Exception as error:
        if signals:
            return EXIT_INTERRUPTED
        if debug:
            raise
        message, code = explain(error)
        if message:
            config = global_values(given)["--config"]
            texts = load_texts(language_of(given)).at("" if config == FILE_NAME else config)
            sys.stderr.write(f"detector: {shown(texts.message(message))}\n")
    return code


def language_of(given: Sequence[str]) -> Language:
    """Return the language of errors and of the help, which come before there is a session: ``--lang``, or the site's.

    ``given`` is the command line.
    """
    values = global_values(given)
    asked = values["--lang"]
    return asked if is_language(asked) else choose_language(None, configured_language(Path(values["--config"])))


def global_values(given: Sequence[str]) -> dict[str, str]:
    """Return what a command line says of language and deployment; global options stand before the command."""
    values = {"--lang": "", "--config": FILE_NAME}
    words = iter(given)
    for word in words:
        if not word.startswith("-"):
            break
        name, is_joined, value = word.partition("=")
        if name in {"--lang", "--config", "-c", "--now"}:
            values["--config" if name == "-c" else name] = value if is_joined else next(words, "")
    return values


def one_thread_for_matrices() -> None:
    """Let numpy and scikit-learn work in one thread, unless the environment says otherwise.

    Their matrices are small: threads that wait for one another double what the models cost. Both read it on import.
    """
    for name in MATRIX_THREADS:
        os.environ.setdefault(name, "1")


def raise_file_limit() -> None:
    """Let the process open as many files as it needs, where the administrator's hard limit lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILE_HANDLES if hard == resource.RLIM_INFINITY else min(hard, FILE_HANDLES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def explain(error: Exception) -> tuple[str, int]:
    """Return one line that says what went wrong, and the exit code."""
    if isinstance(error, DetectorError):
        return str(error), error.exit_code
    if type(error).__name__ == "NoArgsIsHelpError":  # a class of typer that has no public name
        sys.stdout.write(f"{error}\n")
        return "", DetectorError.exit_code
    if isinstance(error, typer.exceptions.TyperException):
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "detector"
        return f"{error.format_message().rstrip('.')}; see `{path} --help`", error.exit_code
    from_database = type(error).__module__.partition(".")[0] in {"duckdb", "_duckdb"}
    if from_database or isinstance(error, OSError | MemoryError):
        limited = resource_error(error, getattr(error, "filename", None))
        if limited is not None:
            return str(limited), limited.exit_code
    if isinstance(error, OSError):
        return f"{error.strerror or error}{_of(error)}", DetectorError.exit_code
    if from_database:
        return f"the store cannot be used: {' '.join(str(error).split())}", StoreError.exit_code
    return f"a defect of the program: {type(error).__name__}: {error}; --debug shows where", EXIT_DEFECT


def build_app() -> typer.Typer:
    """Return the application with every command found."""
    app = typer.Typer(
        name="detector",
        help="Find accounts that harvest patient records, in the access logs of hospital information systems.",
        epilog="Start: detector init, detector check, detector run, detector findings.",
        cls=HelpedGroup,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_global_options)
    for command in discover():
        _add(app, command)
    return app


def _add(app: typer.Typer, command: Command) -> None:
    """Add one command to the application, or to the command that groups it."""
    panel, examples = command.panel.value, _examples(command)
    if not command.subcommands:
        app.command(command.name, cls=Helped, rich_help_panel=panel, epilog=examples)(command.function)
        return
    group = typer.Typer(
        name=command.name,
        cls=HelpedGroup,
        help=inspect.getdoc(command.function),
        epilog=examples,
        no_args_is_help=True,
        rich_help_panel=panel,
    )
    for one in command.subcommands:
        group.command(one.name, cls=Helped, epilog=_examples(one))(one.function)
    app.add_typer(group, rich_help_panel=panel)


def _global_options(
    context: typer.Context,
    config: Annotated[
        Path,
        typer.Option("--config", "-c", metavar="PATH", help="The deployment's file or folder.", show_default=FILE_NAME),
    ] = Path(FILE_NAME),
    lang: Annotated[
        str | None, typer.Option("--lang", metavar="LANG", help="zh or en; default: the site's language.")
    ] = None,
    now: Annotated[
        str | None,
        typer.Option(
            "--now", metavar="TIME", help="When this run starts, in the clock's place: later log rows are set aside."
        ),
    ] = None,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colour (also: NO_COLOR=1).")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,  # noqa: ARG001
    version: Annotated[  # noqa: ARG001
        bool,
        typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=_version),
    ] = False,
) -> None:
    context.obj = Session(config=config, lang=_language(lang), colour=not no_color, given_now=now)


def _language(value: str | None) -> Language | None:
    from detector.texts.language import LANGUAGES, is_language

    if value is None or is_language(value):
        return value
    raise typer.BadParameter(f"must be one of {', '.join(LANGUAGES)}, not {value!r}", param_hint="--lang")


def _version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"detector {__version__}\n")
        raise typer.Exit


def _examples(command: Command) -> str:
    return "Examples:\n\n" + "\n\n".join(command.examples)


def _of(error: OSError) -> str:
    return f": {error.filename}" if error.filename else ""


def _let_stdout_go() -> None:
    """Point the standard output at nothing, so that the interpreter's last flush does not complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)
