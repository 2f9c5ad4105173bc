"""A labelled hospital in whose logs and tables people change, as they do over a year.

    python -m tests.evaluation.people_changes HOSPITAL TRUTH TARGET [--only KIND …]

`TARGET` is a copy of a simulated hospital with the same accesses: other numbers, names and units, further rows that a
newer version of a system writes, a record that exists for tests. Alerts should be those of the hospital itself. Kinds:

- `hires`: two accounts that left are given to new nurses, who do what two others did until then;
- `marriages`: ten people have another name from a day on, in log and staff table;
- `transfers`: three pairs of nurses of different units change places from a day on;
- `ward`: the largest unit has another name from a day on; stays go on under it;
- `merges`: records get another number from a day on, which the crosswalk knows;
- `renumbering`: from a day on every person's account has another number, which the crosswalk knows;
- `upgrade`: from a day on one system writes each view twice, and a banner row with the address for each record;
- `test-record`: a record without visits that accounts of many units open day by day.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import io
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

HEADERS: Final = {
    "日志编号": "event_id",
    "操作时间": "event_time",
    "工号": "user_id",
    "操作员": "user_name",
    "所属科室": "user_department",
    "患者ID": "patient_id",
    "就诊流水号": "visit_id",
    "就诊科室": "patient_department",
    "操作类型": "action",
    "数据类别": "category",
}
"""The columns that change, as the simulated HIS calls them."""
TEST_RECORD: Final = "99999999"
MERGED: Final = 85
NEVER: Final = "9999"
"""Later than every date, as a text."""


@dataclass(slots=True)
class Year:
    """The logs by file, with canonical headers and times as texts, and the context tables by name.

    ``taken`` are accounts with a part in attacks and unusual work: they keep their numbers and names, but for a
    renumbering. ``first`` and ``last`` are the dates of the log.
    """

    logs: dict[str, pl.DataFrame]
    tables: dict[str, pl.DataFrame]
    taken: frozenset[str]
    first: dt.date
    last: dt.date
    settings: list[str] = field(default_factory=list)

    def day(self, part: float) -> str:
        """Return the date after so much of the time."""
        return str(self.first + (self.last - self.first) * part)

    def in_logs(self, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
        """Change every log."""
        self.logs = {name: change(log) for name, log in self.logs.items()}

    def people(self) -> list[str]:
        """Return the accounts of people who are there all the time and take no part, in the order of their numbers."""
        staff = self.tables["staff"].filter(
            (pl.col("account_type") == "human") & (pl.col("start_date") == "") & (pl.col("end_date") == "")
        )
        return sorted(set(staff["user_id"]) - self.taken)


def date_of() -> pl.Expr:
    """Return the date of a row of a log, as it is written: all logs write it first."""
    return pl.col("event_time").str.slice(0, 10)


def before(date: str) -> str:
    """Return the day before a date."""
    return str(dt.date.fromisoformat(date) - dt.timedelta(days=1))


def replaced(column: str, known: Mapping[str, str], since: str, of: pl.Expr) -> pl.Expr:
    """Return the column with other values from a date on."""
    return pl.when(of >= since).then(pl.col(column).replace(dict(known))).otherwise(pl.col(column)).alias(column)


def hires(year: Year) -> None:
    """Give two accounts that left to two new nurses."""
    leavers = year.tables["staff"].filter((pl.col("status") == "left") & ~pl.col("user_id").is_in(sorted(year.taken)))
    nurses = year.tables["staff"].filter(pl.col("role") == "护士", pl.col("user_id").is_in(year.people()))["user_id"]
    for leaver, nurse in zip(leavers["user_id"].sort().head(2), nurses.sort()[3:5], strict=False):
        staff = year.tables["staff"]
        left = str(staff.filter(pl.col("user_id") == leaver)["end_date"].max())
        since = max(year.day(0.5), str(dt.date.fromisoformat(left) + dt.timedelta(days=40)))
        year.in_logs(lambda log, to=leaver, who=nurse, on=since: log.with_columns(
            replaced("user_id", {who: to}, on, date_of()),
            user_name=pl.when((pl.col("user_id") == who) & (date_of() >= on))
            .then(pl.lit("新护士")).otherwise(pl.col("user_name")),
        ))  # fmt: skip
        hired = staff.filter(pl.col("user_id") == nurse).with_columns(
            user_id=pl.lit(leaver), name=pl.lit("新护士"), start_date=pl.lit(since), patient_id=pl.lit("")
        )
        gone = pl.when(pl.col("user_id") == nurse).then(pl.lit(before(since))).otherwise(pl.col("end_date"))
        year.tables["staff"] = pl.concat([staff.with_columns(end_date=gone), hired])
        for table in ("care_team", "roster"):
            column = pl.col("start").str.slice(0, 10)
            year.tables[table] = year.tables[table].with_columns(replaced("user_id", {nurse: leaver}, since, column))


def marriages(year: Year) -> None:
    """Let ten people have another name from a day on."""
    for number, user in enumerate(year.people()[::7][:10]):
        since = year.day(0.2 + number * 0.07)
        name = f"新{number}姓"
        year.in_logs(lambda log, who=user, on=since, other=name: log.with_columns(
            user_name=pl.when((pl.col("user_id") == who) & (date_of() >= on))
            .then(pl.lit(other)).otherwise(pl.col("user_name"))
        ))  # fmt: skip
        year.tables["staff"] = dated(year.tables["staff"], pl.col("user_id") == user, since, name=pl.lit(name))


def transfers(year: Year) -> None:
    """Let nurses of different units change places: each does what the other did until then."""
    since = year.day(0.45)
    nurses = year.tables["staff"].filter(pl.col("role") == "护士", pl.col("user_id").is_in(year.people()))
    ones = nurses.unique("department", keep="last", maintain_order=True)["user_id"].to_list()
    for one, other in zip(ones[0:6:2], ones[1:6:2], strict=False):
        staff = year.tables["staff"]
        posts = {row["user_id"]: row for row in staff.filter(pl.col("user_id").is_in([one, other])).to_dicts()}
        places, names = {one: other, other: one}, {posts[one]["name"]: posts[other]["name"]}
        names |= {posts[other]["name"]: posts[one]["name"]}
        year.in_logs(lambda log, places=places, names=names: log.with_columns(
            replaced("user_id", places, since, date_of()),
            user_name=pl.when(pl.col("user_id").is_in(list(places)) & (date_of() >= since))
            .then(pl.col("user_name").replace(names)).otherwise(pl.col("user_name")),
        ))  # fmt: skip
        for user, post in ((one, posts[other]), (other, posts[one])):
            moved = {name: pl.lit(post[name]) for name in ("department", "manager_id")}
            year.tables["staff"] = dated(year.tables["staff"], pl.col("user_id") == user, since, **moved)
        for table in ("care_team", "roster"):
            column = pl.col("start").str.slice(0, 10)
            year.tables[table] = year.tables[table].with_columns(replaced("user_id", places, since, column))


def ward(year: Year) -> None:
    """Give the largest unit another name; who lies in it goes on under the new one."""
    unit = year.tables["staff"]["department"].value_counts(sort=True)["department"][0]
    since, name = year.day(0.35), f"{unit}一病区"
    year.in_logs(lambda log: log.with_columns(
        replaced(column, {unit: name}, since, date_of()) for column in ("user_department", "patient_department")
    ))  # fmt: skip
    staff = year.tables["staff"]
    year.tables["staff"] = dated(staff, pl.col("department") == unit, since, department=pl.lit(name))
    stays = year.tables["encounters"]
    lasting = (
        (pl.col("department") == unit) & (pl.col("start") < since) & ((pl.col("end") >= since) | (pl.col("end") == ""))
    )
    old = stays.with_columns(
        replaced("department", {unit: name}, since, pl.col("start").str.slice(0, 10)),
        end=pl.when(lasting).then(pl.lit(f"{before(since)} 23:59:59")).otherwise(pl.col("end")),
    )
    new = stays.filter(lasting).with_columns(
        visit_id=pl.col("visit_id") + "b", department=pl.lit(name), start=pl.lit(f"{since} 00:00:00")
    )
    year.tables["encounters"] = pl.concat([old, new])
    year.settings.append(f'sensitive = "{name}"')


def merges(year: Year) -> None:
    """Merge records: they have another number from a day on, and the tables know the new one alone."""
    since = year.day(0.55)
    own = year.tables["staff"].filter(pl.col("patient_id") != "")["patient_id"].unique().sort()
    others = year.tables["patients"]["patient_id"].sort()[::37]
    known = {old: f"8{old[1:]}" for old in [*own, *others][:MERGED]}
    year.in_logs(lambda log: log.with_columns(replaced("patient_id", known, since, date_of())))
    for table in ("patients", "encounters", "care_team"):
        year.tables[table] = year.tables[table].with_columns(pl.col("patient_id").replace(known))
    year.tables["patient_ids"] = pl.DataFrame(
        {"source": "", "id": list(known), "canonical_id": list(known.values()), "start": "", "end": ""}
    )


def renumbering(year: Year) -> None:
    """Give every person's account another number from a day on."""
    since = year.day(0.65)
    staff = year.tables["staff"]
    people = sorted(staff.filter(pl.col("account_type") == "human")["user_id"].unique())
    known = {user: f"N{number:05}" for number, user in enumerate(people)}
    year.in_logs(lambda log: log.with_columns(replaced("user_id", known, since, date_of())))
    year.tables["staff"] = dated(
        staff, pl.col("user_id").is_in(people), since, user_id=pl.col("user_id").replace(known)
    )
    for table in ("care_team", "roster", "approvals"):
        started = pl.col("start").str.slice(0, 10)
        year.tables[table] = year.tables[table].with_columns(replaced("user_id", known, since, started))
    year.tables["user_ids"] = pl.DataFrame(
        {"source": "", "id": list(known.values()), "canonical_id": list(known), "start": since, "end": ""}
    )


def upgrade(year: Year) -> None:
    """Let the EMR write each view twice, and a banner row with the address for each record opened."""
    since = year.day(0.75)

    def changed(log: pl.DataFrame) -> pl.DataFrame:
        pages = log.filter((pl.col("action") == "view") & (date_of() >= since) & (pl.col("patient_id") != ""))
        banners = pages.unique(["event_time", "user_id", "patient_id"], keep="first", maintain_order=True)
        twice = pages.with_columns(event_id=pl.col("event_id") + "b")
        banners = banners.with_columns(event_id=pl.col("event_id") + "c", category=pl.lit("demographics"))
        return pl.concat([log, twice, banners]).sort("event_time", "event_id", maintain_order=True)

    year.logs = {name: changed(log) if name.startswith("emr") else log for name, log in year.logs.items()}


def test_record(year: Year) -> None:
    """Let accounts of many units open a record without visits on most days."""
    record = {"patient_id": TEST_RECORD, "flags": "", "household_id": ""}
    known = year.tables["patients"]
    year.tables["patients"] = pl.concat(
        [known.head(1).with_columns(**{k: pl.lit(v) for k, v in record.items()}), known]
    )

    def changed(log: pl.DataFrame) -> pl.DataFrame:
        pages = log.filter((pl.col("action").is_in(["view", "浏览"])) & (pl.col("patient_id") != ""))
        opened = pages.unique([*(["user_id"]), "event_time"], keep="first", maintain_order=True)
        chosen = opened.filter(pl.col("event_id").hash(1) % 97 == 0).with_columns(
            event_id=pl.col("event_id") + "t", patient_id=pl.lit(TEST_RECORD), visit_id=pl.lit(""),
            patient_department=pl.lit(""),
        )  # fmt: skip
        return pl.concat([log, chosen]).sort("event_time", "event_id", maintain_order=True)

    year.in_logs(changed)


def dated(staff: pl.DataFrame, which: pl.Expr, since: str, **changes: pl.Expr) -> pl.DataFrame:
    """Return the staff table with the rows of some accounts ended before a date and gone on, changed, from it."""
    lasting = which & (pl.col("start_date") < since) & ((pl.col("end_date") == "") | (pl.col("end_date") >= since))
    ended = staff.with_columns(
        end_date=pl.when(lasting).then(pl.lit(before(since))).otherwise(pl.col("end_date")),
    )
    later = which & (pl.col("start_date") >= since)
    ended = ended.with_columns(
        pl.when(later).then(change).otherwise(pl.col(name)).alias(name) for name, change in changes.items()
    )
    gone_on = staff.filter(lasting).with_columns(start_date=pl.lit(since), **changes)
    return pl.concat([ended, gone_on])


KINDS: Final[Mapping[str, Callable[[Year], None]]] = {
    "hires": hires, "marriages": marriages, "transfers": transfers, "ward": ward, "merges": merges, "upgrade": upgrade,
    "test-record": test_record, "renumbering": renumbering,
}  # fmt: skip
"""The changes, in the order in which they are made: numbers last."""


def changed_hospital(hospital: Path, truth: Path, target: Path, kinds: Iterable[str]) -> None:
    """Write the copy of a simulated hospital in which people change."""
    known = json.loads((truth / "truth.json").read_text(encoding="utf-8"))
    taken = {user for one in (*known["attacks"], *known["hard_negatives"]) for user in one["user_ids"]}
    first = dt.date.fromisoformat(known["start"])
    year = Year({}, {}, frozenset(taken), first, first + dt.timedelta(days=known["days"] - 1))
    spelled: dict[str, list[str]] = {}
    for path in sorted((hospital / "logs").glob("*.csv.gz")):
        text = gzip.decompress(path.read_bytes()).decode(encoding(path.name), "replace")
        log = pl.read_csv(
            text.encode(), infer_schema=False, truncate_ragged_lines=True, ignore_errors=True, quote_char='"'
        )
        spelled[path.name] = log.columns
        year.logs[path.name] = log.rename(HEADERS, strict=False).with_columns(pl.all().fill_null(""))
    for path in sorted((hospital / "context").glob("*.csv")):
        year.tables[path.stem] = pl.read_csv(path, infer_schema=False).with_columns(pl.all().fill_null(""))
    chosen = set(kinds) or set(KINDS)
    for kind, change in KINDS.items():
        if kind in chosen:
            change(year)
    write(hospital, target, year, spelled)


def encoding(name: str) -> str:
    """Return the encoding of a log of the simulator."""
    return "gb18030" if name.startswith("his") else "utf-8"


def write(hospital: Path, target: Path, year: Year, spelled: Mapping[str, list[str]]) -> None:
    """Write logs, tables and configuration."""
    for folder in ("logs", "context"):
        (target / folder).mkdir(parents=True)
    for name, log in year.logs.items():
        text = io.StringIO()
        log.rename(dict(zip(log.columns, spelled[name], strict=True))).write_csv(text)
        (target / "logs" / name).write_bytes(gzip.compress(text.getvalue().encode(encoding(name)), 1))
    for name, table in year.tables.items():
        table.write_csv(target / "context" / f"{name}.csv")
    settings = (hospital / "detector.toml").read_text(encoding="utf-8")
    crosswalks = [f'{name} = "context/{name}.csv"' for name in ("user_ids", "patient_ids") if name in year.tables]
    settings = settings.replace("[context]\n", "\n".join(["[context]", *crosswalks, ""]))
    for line in year.settings:
        name = line.partition(" = ")[2]
        settings = settings.replace("sensitive_departments = [", f"sensitive_departments = [{name}, ")
    (target / "detector.toml").write_text(settings, encoding="utf-8")
    shutil.copymode(hospital / "detector.toml", target / "detector.toml")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hospital", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--only", nargs="*", choices=sorted(KINDS), default=[])
    options = parser.parse_args()
    changed_hospital(options.hospital, options.truth, options.target, options.only)


if __name__ == "__main__":
    main()
