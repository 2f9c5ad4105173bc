"""Sessions that go on in the next file of a rotated database log, in whatever order the files are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.site_folder import Deployment
from tests.sources.test_database_logs import SESSION, audit, csvlog

VIEW = "select name from patient where patient_id='M7'"
SOURCE = 'name = "db"\nformat = "db-audit"\npath = "logs/*"\nsession_user = ["app.current_user"]\n'
SET = "SET app.current_user = 'n01'"


def at(log: str, clock: str) -> str:
    return log.replace("10:14:14", clock)


def setting(statement: str) -> str:
    """The setting as `log_statement` writes it, without pgaudit."""
    return csvlog(f"statement: {statement}")


def plain(message: str) -> str:
    """A line of a plain log whose prefix has the process alone."""
    return f"2026-11-24 10:14:14.888 CST [4711] his_app@his LOG:  {message}\n"


@pytest.mark.parametrize("names", [("a.log", "b.log", "c.log"), ("db.log.2", "db.log.1", "db.log")])
@pytest.mark.parametrize(
    "statement", [SET, f"BEGIN; {SET}; SELECT 1", "SELECT set_config('app.current_user', 'n01', false)"]
)
def test_who_works_was_said_in_the_file_before(tmp_path: Path, names: tuple[str, str, str], statement: str) -> None:
    site = Deployment(tmp_path, source=SOURCE)
    site.put(names[0], at(csvlog(audit(1, VIEW)) + setting(statement), "09:00:00").encode())
    site.put(names[1], at(csvlog(audit(2, VIEW)), "10:00:00").encode())
    site.load()
    users = "select user_id from events where action = 'view' order by event_time"
    assert site.query(users) == [("his_app",), ("n01",)]
    site.put(names[2], at(csvlog(audit(3, VIEW)), "11:00:00").encode())
    site.load()
    assert site.query(users) == [("his_app",), ("n01",), ("his_app",)], "said two files before: no longer sure"


def test_what_ends_a_session_ends_it_for_the_next_file(tmp_path: Path) -> None:
    """A process number comes again, another session is another person's, a reset or a local setting has ended."""
    for name, log, later in (
        ("reset", setting(SET) + setting("RESET app.current_user"), csvlog(audit(2, VIEW))),
        ("other", setting(SET), csvlog(audit(2, VIEW)).replace(SESSION, "6b04f2f6.9999")),
        ("number", plain(f"statement: {SET}"), plain(audit(2, VIEW))),
    ):
        site = Deployment(tmp_path / name, source=SOURCE)
        site.put("a.log", at(log, "09:00:00").encode())
        site.put("b.log", at(later, "10:00:00").encode())
        site.load()
        assert site.query("select user_id from events where action = 'view'") == [("his_app",)], name


def test_a_connection_of_the_general_log_goes_on(tmp_path: Path) -> None:
    """Its account stands in the file before; without it the rows would have none."""
    header = (
        "mariadbd, Version: 10.11 started with:\nTcp port: 3306  Unix socket: /x\nTime\t\t    Id Command\tArgument\n"
    )
    site = Deployment(tmp_path, source=SOURCE.replace("session_user", "# session_user"))
    site.put("a.log", (header + "261124  2:12:56\t     8 Connect\this@10.1.2.3 on his using TCP/IP\n"
                       "\t\t     9 Connect\tgone@10.1.2.4 on his using TCP/IP\n\t\t     9 Quit\t\n").encode())  # fmt: skip
    site.put("b.log", (header + f"261125  2:12:56\t     8 Query\t{VIEW}\n\t\t     9 Query\t{VIEW}\n").encode())
    site.load()
    assert site.query("select user_id from events where action = 'view'") == [("his",)]
    assert site.counts()[1] == ("b.log", 2, 1, 0, 1)
