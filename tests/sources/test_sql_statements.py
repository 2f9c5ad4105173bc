"""What a statement did: judged by its text alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.sources.sql_statements import SqlSetting, read_statements

VIEW = ("view", ("patient",), ("M7",))
SEARCH = ("search", ("patient",), ())
JUDGED = [
    ("select name from patient where patient_id='M7'", VIEW),
    ("SELECT * FROM patient p WHERE p.patient_id = $1 AND p.sex = 'F' ORDER BY 1 LIMIT 5", VIEW),
    ("select * from patient where 'M7' = patient_id", VIEW),
    ("select * from patient where patient_id::text = 'M7'::varchar(20) for update", VIEW),
    ("select * from patient where (patient_id = 'M7' and (sex = 'F' or sex = 'M'))", VIEW),
    ("select * from (select a.*, rownum rn from (select * from patient where mrn = :1) a where rownum < 9)", VIEW),
    ("select * from patient where patient_id in ('M7')", SEARCH),
    ("select * from patient where patient_id = 'M7' or 1 = 1", SEARCH),
    ("select * from patient where not (patient_id = 'M7')", SEARCH),
    ("select * from patient where patient_id <> 'M7'", SEARCH),
    ("select * from patient where patient_id >= 'M7'", SEARCH),
    ("select * from patient where patient_id between 'M1' and 'M7'", SEARCH),
    ("select * from patient where patient_id = 'M7' union select * from patient", SEARCH),
    ("select * from patient where patient_id = 'M' || '7'", SEARCH),
    ("select * from patient where patient_id = any($1)", SEARCH),
    ("select patient_id = 'M7' from patient", SEARCH),
    ("select * from patient where edc between '2026-05-10' and '2026-06-10'", SEARCH),
    ("select * from patient -- where patient_id = 'M7'", SEARCH),
    ("select * from patient /* where patient_id = 'M7' */", SEARCH),
    ("select 'where patient_id = ''M7''' from patient", SEARCH),
    ("table patient", SEARCH),
    ("create table mine as select * from patient", SEARCH),
    ("select * from patient a left join visit v on v.patient_id = 'M7'", ("search", ("patient", "visit"), ())),
    ("select * from patient where exists (select 1 from v where patient_id = 'M7')", ("search", ("patient", "v"), ())),
    ("select * from (select * from patient where patient_id = 'M7') t, visit", ("search", ("patient", "visit"), ())),
    ("select extract(year from edc) from patient where patient_id = 'M7'", VIEW),
    ("with x as (select * from visit) select * from x join patient p on true where p.patient_id = 'M7'",
     ("view", ("visit", "patient"), ("M7",))),
    ("copy (select * from patient) to '/tmp/p.csv' csv", ("export", ("patient",), ())),
    ("copy his.patient to stdout", ("export", ("his.patient",), ())),
    ("copy patient (a, b) from '/tmp/p.csv'", ("create", ("patient",), ())),
    ("insert into patient (name, patient_id) values ('a', 'M7'), ('b', 'M8')", ("create", ("patient",), ("M7", "M8"))),
    ("update patient set patient_id = 'M9' where patient_id = 'M7'", ("update", ("patient",), ("M7",))),
    ("delete from patient where patient_id = 'M7'", ("delete", ("patient",), ("M7",))),
    ("truncate table patient", ("delete", ("patient",), ())),
    ("prepare q(text) as select * from patient where patient_id = $1", ("other", (), ())),
    ("explain analyze select * from patient", ("other", (), ())),
    ("declare c cursor for select * from patient", ("other", (), ())),
    ("select version()", ("other", (), ())),
    ("select * from his.patients_of($1)", ("search", ("his.patients_of",), ())),
    ("select * from generate_series(1, 5)", ("other", (), ())),
    ("select relname from pg_catalog.pg_class", ("other", (), ())),
    ("begin", ("other", (), ())),
    ("grant select on patient to x", ("other", (), ())),
    ("", None),
    ("select * from patient where patient_id = 'M7", VIEW),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "expected"), JUDGED)
def test_what_a_statement_does(sql: str, expected: tuple[str, tuple[str, ...], tuple[str, ...]] | None) -> None:
    found = [(one.action, one.tables, one.patients) for one in read_statements(sql, ("M7",))]
    assert found == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (r"select * from `his`.`patient` into outfile '/tmp/p.csv'", ("export", ("his.patient",), ())),
        ("SELECT /*!40001 SQL_NO_CACHE */ * FROM `patient`", ("export", ("patient",), ())),
        ("select sql_no_cache * from patient where patient_id = 'M7'", VIEW),
        ("select name into @x from patient where patient_id = 'M7'", VIEW),
        (r"select * from patient where patient_id = 'M\'7' # or 1=1", ("view", ("patient",), ("M'7",))),
        ('select * from patient where patient_id = "M7"', VIEW),
        ("select * from patient where /*!50000 1=1 or */ patient_id = 'M7'", SEARCH),
        ("insert into visit set patient_id = 'M7', kind = 'x'", ("create", ("visit",), ("M7",))),
    ],
)
def test_mysql(sql: str, expected: tuple[str, tuple[str, ...], tuple[str, ...]]) -> None:
    assert [(one.action, one.tables, one.patients) for one in read_statements(sql, mysql=True)] == [expected]


@pytest.mark.parametrize(
    ("condition", "by"),
    [
        ("name = '王某'", "name"), ("name like '王%' and phone = '1'", "name"), ("phone in ('1', '2')", "phone"),
        ("id_card = '1'", "id_number"), ("patient_id in ('a', 'b')", "patient_id"), ("edc > '2026'", None),
    ],
)  # fmt: skip
def test_by_what_a_search_looked(condition: str, by: str | None) -> None:
    assert [one.query_by for one in read_statements(f"select * from patient where {condition}")] == [by]


@pytest.mark.parametrize(
    ("sql", "setting"),
    [
        ("set app.current_user = 'n01'", SqlSetting("app.current_user", "n01")),
        ("SET SESSION app.current_user TO 'n01'", SqlSetting("app.current_user", "n01")),
        ("set local app.current_user to 'n01'", SqlSetting("app.current_user", "n01", is_local=True)),
        ("select set_config('app.current_user', $1, true)", SqlSetting("app.current_user", "n02", is_local=True)),
        ("set app.current_user to default", SqlSetting("app.current_user", None)),
        ("reset app.current_user", SqlSetting("app.current_user", None)),
        ("reset all", SqlSetting("*", None)),
        ("set @app_user := 'n01'", SqlSetting("app_user", "n01")),
        ("set role nurse", SqlSetting("role", "nurse")),
        ("update t set app = 'n01'", None),
    ],
)
def test_what_a_session_sets(sql: str, setting: SqlSetting | None) -> None:
    assert [one.setting for one in read_statements(sql, ("n02",))] == [setting]


def test_several_statements_in_one_text() -> None:
    found = read_statements("select * from patient where patient_id = 'a;b'; ; update visit set x = 1;")
    assert [(one.action, one.patients) for one in found] == [("view", ("a;b",)), ("update", ())]


@given(st.text(alphabet="selctfromwhpain_d=('\")-*/;$1,.\\`:| \n王", max_size=80), st.booleans())
def test_any_text_is_read(sql: str, mysql: bool) -> None:
    for one in read_statements(sql, mysql=mysql):
        assert one.action in {"search", "view", "create", "update", "delete", "export", "other"}


@given(st.text(max_size=12).filter(lambda text: "\0" not in text and "\x01" not in text))
def test_a_number_is_found_as_it_is(number: str) -> None:
    quoted = number.replace("'", "''")
    [one] = read_statements(f"select * from patient where patient_id = '{quoted}'")
    assert (one.action, one.patients) == ("view", (number,))
