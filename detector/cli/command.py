"""How a command is declared: one file in ``commands/``, one :class:`Command` at its end."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from detector.cli import commands


class Panel(StrEnum):
    """The groups in which ``--help`` lists the commands, in this order."""

    SET_UP = "Set up"
    NIGHT = "Every night"
    REVIEW = "Review"
    DATA = "Data"


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its function (typer reads the signature and the docstring), its place in the help, its examples.

    A command with ``subcommands`` does nothing by itself: its function tells by its docstring what they are about.
    """

    function: Callable[..., None]
    panel: Panel
    examples: tuple[str, ...]
    order: int = 50
    subcommands: tuple[Command, ...] = ()

    @property
    def name(self) -> str:
        """The word on the command line."""
        return self.function.__name__.removesuffix("_")


def discover() -> list[Command]:
    """Return the commands of every module in ``detector.cli.commands``, ordered by panel and order."""
    names = sorted(module.name for module in pkgutil.iter_modules(commands.__path__))
    found: list[Command] = [importlib.import_module(f"{commands.__name__}.{name}").COMMAND for name in names]
    panels = list(Panel)
    return sorted(found, key=lambda command: (panels.index(command.panel), command.order, command.name))
