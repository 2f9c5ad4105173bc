"""What ``--help`` shows: usage, paragraphs, options and examples, in the reader's language.

typer keeps the signatures; the page is written here, since its own takes ``[[report]]`` for markup, breaks words of
choices, and speaks one language.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from detector.cli.render.text import cells, pad, wrap
from detector.texts import load_texts
from detector.texts.language import DEFAULT_LANGUAGE
from detector.texts.messages import load_messages

if TYPE_CHECKING:
    import typer

    from detector.texts import Texts
    from detector.texts.language import Language
    from detector.texts.messages import Messages

LABEL: Final = 30
"""Cells of the column of names; a longer name stands on a line of its own."""
PLACEHOLDERS: Final = {"int": "N", "float": "N", "str": "TEXT", "path": "PATH", "file": "PATH", "dir": "DIR"}
Rows = list[tuple[str, str]]


class HelpPage:
    """Writes the help of one command; ``width`` in cells."""

    def __init__(self, language: Language, width: int) -> None:
        self.texts: Texts = load_texts(language)
        self.messages: Messages = load_messages(language, "help")
        self.width = width

    def lines(self, command: TyperCommand | TyperGroup, context: typer.Context) -> Iterator[str]:
        """Yield the page of a command or of a group of commands."""
        parameters = [one for one in command.get_params(context) if not getattr(one, "hidden", False)]
        arguments = [one for one in parameters if isinstance(one, TyperArgument)]
        options = [one for one in parameters if isinstance(one, TyperOption)]
        yield ""
        yield from wrap(self.texts("help.usage", usage=self._usage(command, context, arguments)), self.width, "    ")
        for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
            yield ""
            yield from self._indented(self.messages(" ".join(paragraph.split())))
        yield from self._part(self.texts("help.arguments"), [self._argument(one) for one in arguments])
        yield from self._part(self.texts("help.options"), [self._option(one, context) for one in options])
        for title, rows in self._commands(command):
            yield from self._part(title, rows)
        yield from self._ending(command.epilog or "")
        yield ""

    def _usage(
        self, command: TyperCommand | TyperGroup, context: typer.Context, arguments: Sequence[TyperArgument]
    ) -> str:
        pieces = [context.command_path, self.texts("help.usage_options")]
        if isinstance(command, TyperGroup):
            pieces.append(self.texts("help.usage_command"))
        return " ".join([*pieces, *map(_usage_name, arguments)])

    def _argument(self, argument: TyperArgument) -> tuple[str, str]:
        return _usage_name(argument), self._sentence(argument)

    def _option(self, option: TyperOption, context: typer.Context) -> tuple[str, str]:
        names = ", ".join(sorted(option.opts, key=len))
        if option.secondary_opts:
            names += " / " + ", ".join(option.secondary_opts)
        kind = option.type_descriptor
        if not option.is_flag and not option.count:
            word = kind.annotation.__name__.lower() if isinstance(kind.annotation, type) else "str"
            names += f" {option.metavar or (PLACEHOLDERS.get(word) if not kind.choices else None) or 'WORD'}"
        return names, self._sentence(option) + self._default(option, context)

    def _sentence(self, parameter: TyperArgument | TyperOption) -> str:
        """Return what a parameter is for, and the words that it may be."""
        told = self.messages(parameter.help or "")
        choices = parameter.type_descriptor.choices
        if not choices:
            return told
        words = self.texts.words(str(one.value if isinstance(one, Enum) else one) for one in choices)
        return (told + self.texts("help.choices", words=words)).strip()

    def _default(self, option: TyperOption, context: typer.Context) -> str:
        """Return the default where it is a word or a number; what a missing value means is told by the sentence."""
        value = option.show_default if isinstance(option.show_default, str) else option.get_default(context, call=False)
        if not value or not option.show_default:
            return ""
        if isinstance(value, bool):
            value = option.opts[0]
        return self.texts("help.default", value=value.value if isinstance(value, Enum) else value)

    def _commands(self, command: TyperCommand | TyperGroup) -> Iterator[tuple[str, Rows]]:
        """Yield the commands of a group by their panel, each with the first sentence of its help."""
        if not isinstance(command, TyperGroup):
            return
        panels: dict[str, Rows] = {}
        for name, one in command.commands.items():
            first = inspect.cleandoc(one.help or "").split("\n\n")[0]
            panel = getattr(one, "rich_help_panel", None)
            panel = panel if isinstance(panel, str) else ""
            panels.setdefault(panel, []).append((name, self.messages(" ".join(first.split()))))
        for panel, rows in panels.items():
            yield self.messages(panel) if panel else self.texts("help.commands"), rows

    def _part(self, title: str, rows: Rows) -> Iterator[str]:
        """Yield a heading and two columns; a name that is too long for its column has a line of its own."""
        if not rows:
            return
        column = min(LABEL, max(cells(name) for name, _ in rows) + 2)
        yield from ("", title)
        for name, told in rows:
            first, *rest = wrap(told, max(20, self.width - column - 2)) or [""]
            if cells(name) + 2 > column:
                yield f"  {name}"
                first, rest = "", [first, *rest]
            else:
                yield f"  {pad(name, column)}{first}".rstrip()
            yield from (" " * (column + 2) + line for line in rest)

    def _ending(self, epilog: str) -> Iterator[str]:
        """Yield the examples, a line each as it is typed; any other ending as a paragraph."""
        title, _, examples = epilog.partition("\n\n")
        if title == "Examples:":
            yield from ("", self.texts("help.examples"))
            yield from (f"  {self.messages(example)}" for example in examples.split("\n\n"))
        elif epilog:
            yield ""
            yield from self._indented(self.messages(epilog))

    def _indented(self, text: str) -> Iterable[str]:
        return (f"  {line}" for line in wrap(text, self.width - 2))


class Helped(TyperCommand):
    """A command whose help is a page of ours."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - classes that typer keeps to itself
        """Write the page."""
        _write(self, ctx, formatter)


class HelpedGroup(TyperGroup):
    """A group of commands whose help is a page of ours; the outermost knows the language."""

    language: Language = DEFAULT_LANGUAGE

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - classes that typer keeps to itself
        """Write the page."""
        _write(self, ctx, formatter)


def _write(command: TyperCommand | TyperGroup, context: typer.Context, formatter: Any) -> None:  # noqa: ANN401
    outermost = context.find_root().command
    language = outermost.language if isinstance(outermost, HelpedGroup) else DEFAULT_LANGUAGE
    from detector.cli.session import terminal_width

    formatter.write("\n".join(HelpPage(language, terminal_width()).lines(command, context)))


def _usage_name(argument: TyperArgument) -> str:
    name = (argument.metavar or (argument.name or "").upper()).strip("[]{}.")
    many = "..." if argument.nargs == -1 else ""
    return f"{name}{many}" if argument.required else f"[{name}{many}]"
