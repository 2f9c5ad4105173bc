"""Small hospitals: some accounts of a labelled hospital, with their departments, logs and rows of the staff table.

The simulator's smallest hospital has about fifty accounts. A clinic of fifteen is cut from one: everybody who attacks,
then their departments, then the others by department, up to the number asked for. The logs are written anew in
canonical columns; the other tables stay as they are, and so does the truth about those who are left.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Final

from detector.deployment.settings import load_settings
from detector.loading.context import load_context
from detector.loading.events import load_events
from detector.store import open_store

CHOSEN: Final = """
with people as (
    select events.user_id, mode(coalesce(staff.department, user_department, '')) as department
    from events left join staff on events.user_id = staff.user_id
    group by events.user_id
),
first_of_all as (select unnest($guilty) as user_id)
select user_id
from people
order by
    user_id not in (select user_id from first_of_all),
    department not in (select department from people semi join first_of_all using (user_id)),
    department,
    user_id
limit $accounts
"""
COLUMNS: Final = (
    "user_id", "user_role", "user_department", "patient_id", "patient_department", "visit_id", "action", "category",
    "query_by", "record_count", "workstation", "client_ip", "application", "outcome", "reason",
)  # fmt: skip
WRITTEN: Final = """
select
    event_id[length(source) + 2:] as event_id,
    strftime(local_time, '%Y-%m-%d %H:%M:%S') as event_time,
    {columns}
from events
semi join chosen using (user_id)
where source = '{source}'
order by local_time, events.event_id
"""
SOURCE: Final = """
[[source]]
name = "{name}"
path = "logs/{name}.csv"
"""


def cut(hospital: Path, truth: Path, target: Path, accounts: int) -> tuple[Path, Path]:
    """Write a part of a labelled hospital below ``target``, unless it is there; return its folder and its truth."""
    site, known = target / "site", target / "truth"
    if (known / "truth.json").exists():
        return site, known
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(hospital, site, ignore=shutil.ignore_patterns("state", "logs"), copy_function=shutil.copyfile)
    told = json.loads((truth / "truth.json").read_text(encoding="utf-8"))
    guilty = sorted({user for one in told["attacks"] for user in one["user_ids"]})
    settings = load_settings(hospital)
    scratch = load_settings(_with_logs_of(hospital, target / "scratch"))
    with open_store(scratch) as store:
        load_events(store, scratch)
        load_context(store, scratch)
        run = store.connection.execute
        run(f"create temp table chosen as {CHOSEN}", {"guilty": guilty, "accounts": accounts})
        (site / "logs").mkdir()
        for source in settings.sources:
            rows = WRITTEN.format(columns=", ".join(COLUMNS), source=source.name)
            run(f"copy ({rows}) to '{site / 'logs' / source.name}.csv' (header)")
        staff = site / "context" / "staff.csv"
        run(f"copy (from read_csv('{staff}', all_varchar = true) semi join chosen using (user_id)) to '{staff}.draft'")
        staff.with_name("staff.csv.draft").replace(staff)
        kept = {row[0] for row in run("select user_id from chosen").fetchall()}
    shutil.rmtree(target / "scratch")
    _write_configuration(hospital, site, [one.name for one in settings.sources])
    known.mkdir()
    for name in ("attacks", "hard_negatives"):
        told[name] = [one for one in told[name] if kept.intersection(one["user_ids"])]
    told["staff"] = len(kept)
    shutil.copyfile(truth / "truth-events.csv", known / "truth-events.csv")
    (known / "truth.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    return site, known


def _with_logs_of(hospital: Path, scratch: Path) -> Path:
    shutil.copytree(hospital, scratch, ignore=shutil.ignore_patterns("state"), copy_function=shutil.copyfile)
    return scratch


def _write_configuration(hospital: Path, site: Path, sources: list[str]) -> None:
    """Write the hospital's configuration with canonical logs in place of its own."""
    text = (hospital / "detector.toml").read_text(encoding="utf-8")
    before, after = text[: text.index("[[source]]")], text[text.index("[context]") :]
    middle = "".join(SOURCE.format(name=name) for name in sources)
    (site / "detector.toml").write_text(f"{before}{middle}\n{after}", encoding="utf-8")
