"""Checks of the other screens about one finding: how it was rated, and the rows of the log behind it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.sentences.expected import KNOWN
from tests.sentences.reading import Page
from tests.sentences.screen_tables import Table, parts
from tests.sentences.sheets import Counted, same

SUPPORTING: Final = ("unusual",)
SUPPORT: Final = 0.55
"""Evidence that supports other evidence counts with so much of what an alert needs at most."""
FIXED: Final = ("patients", "vip_patients", "decoy_patients")
"""Tables without dates: all their rows are known at any time."""


def method(page: Page, lines: Sequence[str]) -> None:
    """Read how a finding was rated: the streams, what of them comes to the risk, policies and context tables."""
    for part in parts(lines):
        if isinstance(part, Table):
            _method_table(page, part)
        elif not part.startswith(page.reader.say("show.method_risk", combined="\0").split("\0")[0]):
            page.sentence(part)
    rated = page.row["method"]
    if "standing" in rated:
        combined = sum(value**4 for value in rated["standing"].values()) ** 0.25
        told = " ".join(lines)
        page.same(told, "show.method_risk.combined", f"{combined:.2f}" in told, True)
        say, least = page.reader.say, 100 * (1 - 2 ** -rated["combined"])
        lowered = say("show.method_cleared", risk=f"{page.row['risk']:.0f}")
        page.same(told, "show.method_cleared", lowered in told, page.row["risk"] < least - 0.5)
        nats = rated.get("nats", {})
        names = [one for one in SUPPORTING if one in nats and nats[one] / rated["thresholds"][one] > SUPPORT + 0.005]
        capped = say("show.method_capped", streams="\0", most=f"{SUPPORT:.2f}").split("\0")[1]
        page.same(told, "show.method_capped", capped in told, bool(names))


def _method_table(page: Page, table: Table) -> None:
    say = page.reader.say
    readers = {
        say("show.stream"): _stream_row,
        say("show.used_policy"): _policy_row,
        say("show.used_table"): _context_row,
    }
    names = ("stream", "nats", "needed", "standing", "used_policy", "used_version", "used_from", "used_to",
             "used_table", "used_as_of", "used_rows")  # fmt: skip
    columns = {say(f"show.{name}"): name for name in names}
    for row in table.by_title():
        counted = readers[table.titles[0]](page, row[table.titles[0]])
        for title, shown in row.items():
            name = "digest" if title == "SHA-256" else columns.get(title, title)
            if name not in counted or (counted[name] is not KNOWN and not same(counted[name], shown)):
                page.note(" ".join(row.values()), f"show.method {name}", shown, counted.get(name, "nobody reads it"))


def _stream_row(page: Page, label: str) -> Counted:
    rated = page.row["method"]
    name = next(one for one in rated["thresholds"] if page.reader.say.name("stream", one) == label)
    nats, needed = rated.get("nats", {}).get(name), rated["thresholds"][name]
    standing = rated["combined"] if nats is None else nats / needed
    standing = min(standing, SUPPORT) if name in SUPPORTING else standing
    near = {f"{standing + step:.2f}" for step in (-0.005, 0.0, 0.005)}  # the program rounds once before
    return {"stream": label, "nats": nats, "needed": needed, "standing": near}


def _policy_row(page: Page, policy: str) -> Counted:
    firing = page.figures.firing(policy)
    days = (None, None) if firing is None else (firing.first_at.date(), firing.last_at.date())
    version = next(one["version"] for one in page.row["method"]["policies"] if one["id"] == policy)
    if page.row["subject"] != "account":
        days = (KNOWN, KNOWN)
    return {"used_policy": policy, "used_version": version, "used_from": days[0], "used_to": days[1], "digest": KNOWN}


def _context_row(page: Page, label: str) -> Counted:
    hospital = page.figures.hospital
    name = next(one["id"] for one in page.row["method"]["context"] if _label(page, one["id"]) == label)
    path = hospital.settings.get("context", {}).get(name) or hospital.settings["site"].get(name)
    with (hospital.folder / path).open(encoding="utf-8-sig") as stream:
        count = sum(bool(row) for row in csv.reader(stream)) - 1
    rejected = hospital.one("select max(quarantined) from context_tables where name = ?", name) or 0
    until = str(page.figures.rated_until)
    return {
        "used_table": label, "used_as_of": until, "digest": KNOWN,
        "used_rows": count - int(rejected) if name in FIXED else KNOWN,
    }  # fmt: skip


def _label(page: Page, name: str) -> str:
    return page.reader.say.name("context_table", name)


HEAD: Final = re.compile(r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)  (?P<patient>\S.*?)  (?P<what>.*)")


def events(page: Page, lines: Sequence[str]) -> None:
    """Read the rows behind a finding: each is the event of its id, and stands at its place in the log's file."""
    say, hospital = page.reader.say, page.figures.hospital
    page.sentence(lines[0])
    blocks = list(_blocks(lines[1:]))
    known = {row[0]: row[1:] for row in hospital.all(
        "select event_id, strftime(local_time, '%Y-%m-%d %H:%M:%S'), patient_id, action, category from events"
        " where list_contains(?, event_id)", page.row["event_ids"],
    )}  # fmt: skip
    page.same(lines[0], "show.events", len(blocks), len(page.row["event_ids"]))
    told = say("show.place", file="(?P<path>.*)", row=r"(?P<row>\d+)", byte=r"(?P<byte>\d+)")
    place = re.compile(rf"(?P<id>\S+)  {told}")
    for block in blocks:
        head, where = HEAD.match(block[0]), place.match(block[1])
        if head is None or where is None:
            page.note(" ".join(block), "show.events", "a block", "nobody reads it")
            continue
        time, patient, action, category = known[where["id"]]
        what = f"{say.name('action', action)} {say.name('category', category) if category else ''}".rstrip()
        page.same(block[0], "show.events time", head["time"], time)
        page.same(block[0], "show.events patient", head["patient"].startswith(patient or "-"), True)
        page.same(block[0], "show.events what", head["what"].startswith(what), True)
        if Path(where["path"]).is_file() and len(block) > 2:
            page.same(block[2], "show.events raw", _line_at(page, where), block[2])


def _blocks(lines: Iterable[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in lines:
        if line.strip():
            block.append(line.strip())
        elif block:
            yield block
            block = []
    if block:
        yield block


def _line_at(page: Page, where: Mapping[str, str]) -> str:
    """Return the line that begins at a byte of a log's file."""
    source = next(one for one in page.figures.hospital.settings["source"] if Path(where["path"]).match(one["path"]))
    content = page.figures.hospital.content(Path(where["path"]))
    end = content.find(b"\n", int(where["byte"]))
    line = content[int(where["byte"]) : end if end >= 0 else None]
    return " ".join(line.decode(source.get("encoding", "utf-8")).split())
