"""Rules and crosswalk tables: which account and patient an event is of, where events are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.loading.context import load_context
from detector.loading.crosswalk import read_identities, use_identities
from detector.loading.doubtful_ids import DoubtfulIds, LookAlikes, Unresolved, doubtful_ids
from detector.loading.events import load_events
from detector.store import open_store
from detector.texts import load_texts
from tests.site_folder import HEADER, Deployment


@pytest.fixture
def site(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


def rows(*users: str, patient: str = "p1", month: int = 6) -> list[str]:
    return [f"e{month}{number},2026-{month:02d}-01 08:00:00,{user},{patient},view" for number, user in enumerate(users)]


def settled(site: Deployment, columns: str = "user_id") -> tuple[list[str], DoubtfulIds]:
    """Load, apply rules and crosswalk; return a column of the events in their order, and what is doubtful."""
    settings = site.settings()
    with open_store(settings, threads=1) as store:
        load_events(store, settings)
        load_context(store, settings)
        with store.transaction():
            assert read_identities(store.connection, settings.sources) == bool(
                site.source.count("\n") > 3 or site.context
            )
            use_identities(store.connection)
            assert not read_identities(store.connection, settings.sources)
        store.refresh_views()
        found = store.connection.execute(f"select {columns} from events order by file_id, row_number").fetchall()
        return [row[0] for row in found], doubtful_ids(store.connection)


def test_without_rule_and_crosswalk_events_are_read_as_they_lie(site: Deployment) -> None:
    site.write("a.csv", *rows("HIS\\u1", "u1"))
    assert settled(site)[0] == ["HIS\\u1", "u1"]
    with open_store(site.settings(), threads=1) as store:
        text = store.connection.execute("select sql from duckdb_views() where view_name = 'events'").fetchall()[0][0]
        assert "JOIN" not in text.upper()
        assert "CASE" not in text.upper()


@pytest.mark.parametrize(
    ("rule", "logged", "canonical"),
    [
        ("strip_domain = true", ["HIS\\u1", "u1@host", "u1", "@host", "HIS\\"], ["u1", "u1", "u1", "@host", "HIS\\"]),
        ('case = "fold"', ["U1", "u1", "Ä"], ["u1", "u1", "ä"]),
        ("pad_to = 5", ["1001", "01001", "123456", "u1"], ["01001", "01001", "123456", "u1"]),
        ("pattern = '^(\\d+)'", ["1001-2", "x1", "'77"], ["1001", "x1", "77"]),
        (
            "case = \"fold\", strip_domain = true, pad_to = 5, pattern = '^[A-Z]?(\\d+)'",
            ["HIS\\M1001@a", "m1001"], ["01001", "m1001"],
        ),
    ],
)  # fmt: skip
def test_a_rule_says_what_an_identifier_is(
    site: Deployment, rule: str, logged: list[str], canonical: list[str]
) -> None:
    site.write("a.csv", *rows(*logged))
    site.source += f"[source.identity]\nuser_id = {{ {rule} }}\n"
    assert settled(site)[0] == canonical


def test_the_crosswalk_joins_identifiers_for_a_time_and_many_to_one(site: Deployment) -> None:
    crosswalk = site.folder / "ids.csv"
    crosswalk.write_text(
        'source,id,canonical_id,start,end\nhis,="a1",01001,,2026-06-30\nhis,a1,01002,2026-07-01,\n,b1,01001,,\n'
        "other,c1,01001,,\nhis,d1,1,2026-06-01,2026-12-31\nhis,d1,2,2026-06-01,\n"
    )
    site.context = f'[context]\nuser_ids = "{crosswalk}"\n'
    site.write("a.csv", *rows("a1", "b1", "c1", "d1"), *rows("a1", month=7))
    canonical, doubtful = settled(site)
    assert canonical == ["01001", "01001", "c1", "2", "01002"]
    assert doubtful.unresolved == (Unresolved("user_id", "his", 1, 1),)
    assert "1 accounts of source his" in doubtful.sentences(load_texts("en"), with_unresolved=True)[-1]


def test_the_rule_comes_before_the_crosswalk_and_covers_former_names(site: Deployment) -> None:
    site.write("a.csv", *rows("HIS\\A1", patient="X-7"), *rows("a1", patient="7", month=7))
    settled(site)
    crosswalk = site.folder / "ids.csv"
    crosswalk.write_text("source,id,canonical_id\nnew,HIS\\A1,01001\n")
    (site.folder / "patients.csv").write_text("source,id,canonical_id\n,7,0007\n")
    site.context = f'[context]\nuser_ids = "{crosswalk}"\npatient_ids = "patients.csv"\n'
    site.source = (
        'name = "new"\nformer_names = ["his"]\nformat = "csv"\npath = "logs/*"\n[source.identity]\n'
        "user_id = { case = \"fold\", strip_domain = true }\npatient_id = { pattern = '(\\d+)' }\n"
    )
    assert settled(site, "user_id || ' ' || patient_id")[0] == ["01001 0007", "01001 0007"]


def test_look_alikes_are_told_once_with_their_events(site: Deployment) -> None:
    users = [
        "HIS\\u1",
        "u1",
        "U1",
        "u1@host",
        "01001",
        "1001",
        "01001",
        "x",
        "anonymous",
        "-1",
        "2.0",
        "2",
        "王芳(x7)",
        "X7",
    ]
    site.write("a.csv", *rows(*users), *rows("x", patient="P1", month=7))
    doubtful = settled(site)[1]
    assert doubtful.nobodies == (("-1", 1), ("anonymous", 1))
    assert set(doubtful.look_alikes) == {
        LookAlikes("user_id", (("HIS\\u1", 1), ("U1", 1), ("u1", 1), ("u1@host", 1))),
        LookAlikes("user_id", (("01001", 2), ("1001", 1))),
        LookAlikes("user_id", (("2", 1), ("2.0", 1))),
        LookAlikes("user_id", (("X7", 1), ("王芳(x7)", 1))),
        LookAlikes("patient_id", (("p1", 14), ("P1", 1))),
    }
    nobody, accounts, patients = doubtful.sentences(load_texts("en"))
    assert "2 events are of no account" in nobody
    assert "01001 (2), 1001 (1)" in accounts
    assert "4 such groups have 11 events" in accounts
    assert "1 groups of record numbers, with 15 events" in patients
    assert "P1" not in patients


def test_what_the_staff_table_tells_apart_is_settled(site: Deployment) -> None:
    (site.folder / "staff.csv").write_text("user_id,name\n01001,a\n1001,b\n")
    site.context = '[context]\nstaff = "staff.csv"\n'
    site.write("a.csv", *rows("01001", "1001", "1.0", "1"), header=HEADER)
    settings = site.settings()
    with open_store(settings, threads=1) as store:
        load_events(store, settings)
        load_context(store, settings)
        assert [one.counts for one in doubtful_ids(store.connection).look_alikes] == [(("1", 1), ("1.0", 1))]
