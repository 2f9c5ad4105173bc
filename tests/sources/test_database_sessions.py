"""Statements of one session, in their order: who sat behind it, and which lines are one statement."""

from __future__ import annotations

from typing import Any

import pytest

from detector.sources.database_sessions import DatabaseLine, DatabaseSessions, TableCategories, host_of


def sessions(*names: str, **tables: str) -> DatabaseSessions:
    return DatabaseSessions(frozenset(names), {name.replace("__", "."): value for name, value in tables.items()})


def statement(sql: str, **more: Any) -> DatabaseLine:
    return DatabaseLine("statement", "2026-05-04 08:00:00", "his_app", "s1", sql=sql, **more)


def users(log: DatabaseSessions, *lines: DatabaseLine) -> list[str | None]:
    return [(log.record(line) or {}).get("user_id") for line in lines]


def test_the_person_behind_a_pool_user() -> None:
    log = sessions("app.current_user")
    assert users(
        log,
        statement("select 1 from patient"),
        statement("SET app.current_user = 'n01'"),
        statement("select 1 from patient"),
        statement("select set_config('app.current_user', 'n02', false)"),
        statement("select 1 from patient"),
        statement("set work_mem = '4MB'"),
        statement("select 1 from patient"),
        statement("reset all"),
        statement("select 1 from patient"),
    ) == ["his_app", "n01", "n01", "n02", "n02", "n02", "n02", "his_app", "his_app"]


def test_one_session_says_nothing_of_another() -> None:
    log = sessions("app.current_user")
    log.record(statement("set app.current_user = 'n01'"))
    other = DatabaseLine("statement", None, "his_app", "s2", sql="select 1 from patient")
    assert users(log, other) == ["his_app"]


def test_a_setting_that_no_configuration_names_is_no_person() -> None:
    assert users(sessions(), statement("set app.current_user = 'n01'"), statement("select 1 from t")) == ["his_app"] * 2


def test_a_setting_for_one_transaction() -> None:
    log = sessions("app.current_user")
    assert users(
        log,
        statement("set local app.current_user = 'n01'", transaction="3/1"),
        statement("select 1 from patient", transaction="3/1"),
        statement("select 1 from patient", transaction="3/2"),
    ) == ["n01", "n01", "his_app"]
    log = sessions("app.current_user")
    assert (
        users(
            log,
            statement("set local app.current_user = 'n01'"),
            statement("commit"),
            statement("select 1 from patient"),
        )[-1]
        == "his_app"
    )


def test_a_line_that_is_no_audit_may_name_the_person() -> None:
    log = sessions("app.current_user")
    aside = DatabaseLine("aside", None, "his_app", "s1", sql="select set_config('app.current_user', $1, false)",
                         parameters=("n01",))  # fmt: skip
    assert log.record(aside) is None
    assert users(log, statement("select 1 from patient")) == ["n01"]


def test_lines_of_one_statement_are_one_event() -> None:
    log = sessions()
    relations = [
        statement("select * from patient p join visit v on true", statement_id="5", part="1", rows=40, objects=(name,))
        for name in ("his.patient", "his.visit")
    ]
    first = log.record(relations[0])
    assert first is not None
    assert first["record_count"] == "40"
    assert log.record(relations[1]) is None
    assert log.record(statement("select * from visit", statement_id="6", part="1")) is not None


def test_a_copy_is_one_export_with_the_rows_that_it_read() -> None:
    log = sessions(patient="demographics")
    sql = "copy (select * from patient) to '/tmp/p.csv'"
    for rows in ((50, 0), (0, 50)):
        one = log.record(statement(sql, command="SELECT", statement_id=str(rows), part="1", rows=rows[0]))
        assert log.record(statement(sql, command="COPY", statement_id=str(rows), part="2", rows=rows[1])) is None
        assert one is not None
        assert (one["action"], one["record_count"], one["category"]) == ("export", "50", "demographics")


def test_a_batch_that_is_logged_once_for_each_of_its_statements() -> None:
    log = sessions()
    sql = "select 1 from patient where patient_id='a'; update visit set x=1 where patient_id='b'; select 1 from patient"
    given = [
        log.record(statement(sql, command=command, statement_id=number, part="1"))
        for number, command in (("1", "SELECT"), ("2", "UPDATE"), ("3", "SELECT"), ("4", "SELECT"))
    ]
    assert [(one["action"], one["patient_id"]) for one in given if one] == [
        ("view", "a"), ("update", "b"), ("search", None), ("view", "a"),
    ]  # fmt: skip


def test_a_setting_in_the_same_batch() -> None:
    """Where the audit leaves out settings, the text of the statement beside one tells it."""
    sql = "set app.current_user = 'n01'; select 1 from patient; reset app.current_user; select 1 from visit"
    lines = [statement(sql, command="SELECT", statement_id=number, part="1") for number in ("1", "2")]
    assert users(sessions("app.current_user"), *lines) == ["n01", "his_app"]


def test_a_batch_that_is_logged_as_a_whole() -> None:
    log = sessions()
    whole = log.record(statement("set x = 1; select 1 from patient where patient_id='a'; select 1 from visit"))
    assert whole is not None
    assert (whole["action"], whole["patient_id"]) == ("search", None)
    two = log.record(statement("select 1 from p where patient_id='a'; select 1 from p where patient_id='b'"))
    assert two is not None
    assert (two["action"], two["patient_id"]) == ("search", None)


def test_what_was_prepared_or_declared_is_what_runs() -> None:
    log = sessions()
    actions = [
        (log.record(statement(sql, **more)) or {}).get("action")
        for sql, more in (
            ("declare c cursor for select * from patient", {}),
            ("fetch 100 from c", {"rows": 100}),
            ("prepare s from 'select * from patient'", {"mysql": True}),
            ("execute s", {"mysql": True}),
            ("prepare q(text) as select * from patient where patient_id = $1", {"command": "PREPARE"}),
            ("prepare q(text) as select * from patient where patient_id = $1", {"command": "SELECT",
                                                                                "parameters": ("M7",)}),
        )
    ]  # fmt: skip
    assert actions == ["other", "search", "other", "search", "other", "view"]


def test_a_text_that_was_logged_before() -> None:
    log = sessions()
    log.record(statement("select 1 from p where patient_id='a'", statement_id="1", part="1", command="SELECT"))
    again = log.record(statement("<previously logged>", statement_id="1", part="2", command="SELECT"))
    assert again is not None
    assert again["patient_id"] == "a"
    hidden = log.record(statement("<not logged>", statement_id="2", command="SELECT", objects=("his.patient",)))
    assert hidden is not None
    assert hidden["action"] == "search"


def test_a_program_that_dumps_exports() -> None:
    one = sessions().record(statement("select * from patient", application="expdp@db (TNS V1-V3)"))
    assert one is not None
    assert one["action"] == "export"


@pytest.mark.parametrize(
    ("tables", "database", "category"),
    [
        (("patient",), None, "demographics"),
        (("his.patient",), None, "demographics"),
        (("his.drug_order",), None, "medication"),
        (("drug_order",), "his", "medication"),
        (("drug_order",), None, "medication"),
        (("erp.drug_order",), None, "other"),
        (("patient", "his.psy"), None, "psychiatric"),
        (("staff",), None, "other"),
        ((), None, None),
    ],
)
def test_tables_and_categories(tables: tuple[str, ...], database: str | None, category: str | None) -> None:
    known = TableCategories({"patient": "demographics", "his.drug_order": "medication", "psy": "psychiatric"})
    assert known.category(tables, database) == category
    assert TableCategories({}).category(tables, database) is None


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("10.1.2.3", ("10.1.2.3", None)), ("::1", ("::1", None)), ("[local]", (None, None)), (None, (None, None)),
        ("PC-7", (None, "PC-7")), ("localhost", (None, "localhost")),
    ],
)  # fmt: skip
def test_the_clients_host(host: str | None, expected: tuple[str | None, str | None]) -> None:
    assert host_of(host) == expected
