"""What each figure of each text should be: text and place → how it is counted anew.

A figure of a text that has no entry here is a failure: whoever writes a new sentence with a figure says here what the
figure counts.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from detector.detection.features import FEATURES
from detector.model.relations import RELATIONS
from detector.texts import load_texts
from tests.sentences.hospital import GROUNDS, POLICY_EVENTS, WITH_CARE, WITHOUT_CARE, FindingFigures
from tests.sentences.policy_facts import clock_set_back, late_rows, log_gap, missing_numbers_told, vanished_account
from tests.sentences.reader import Told

Expect = Callable[["Place"], object]


@dataclass
class Place:
    """Where a figure stands: the finding whose page it is, the figure with its text, and the row it is part of."""

    figures: FindingFigures
    told: Told
    row: str = ""
    subject: Mapping[str, Any] = field(default_factory=dict)

    @property
    def finding(self) -> Mapping[str, Any]:
        """The finding as ``--format ndjson`` gives it."""
        return self.figures.row


class Either(set[str]):
    """Any of these is right."""


FEW_DAYS: Final = 5
"""A baseline of fewer days says so."""
MARGINS: Final = ("patients", "days", "other_patients", "other_days", "below")
KNOWN: Final = object()
"""The figure is the program's own rating and stands in the finding itself: pages must only agree on it."""


LISTED: Final = re.compile("、|, | and ")
"""What stands between the parts of a list."""


def right(expected: object, shown: str) -> bool:
    """Tell whether a figure is what was counted, as a person would write it."""
    if isinstance(expected, Either):
        return any(right(one, shown) for one in expected) or {*LISTED.split(shown)} <= expected
    if isinstance(expected, list):
        return LISTED.split(shown) == [str(one) for one in expected]
    if isinstance(expected, set):
        return any(right(one, shown) for one in expected)
    bare = shown.replace(",", "").rstrip("% ").strip()
    if bare == "–":  # a share of nothing
        return isinstance(expected, float) and math.isnan(expected)
    if isinstance(expected, AtLeast):
        return float(bare) >= expected.least
    if isinstance(expected, bool) or expected is None:
        return False
    if isinstance(expected, dt.datetime):
        return bare.replace("T", " ") in {f"{expected:%Y-%m-%d %H:%M:%S}", f"{expected:%Y-%m-%d %H:%M}"}
    if isinstance(expected, float):
        unit: float = 10.0 ** -len(bare.partition(".")[2])
        return abs(float(bare) - expected) <= 0.5000001 * unit
    return bare == str(expected)


@dataclass(frozen=True)
class AtLeast:
    """The program names a part only, so that there are no fewer."""

    least: float


def _counted(count: Callable[[FindingFigures], int]) -> Expect:
    """The count over the events that the finding names; where it cannot name them all, no fewer."""

    def expect(place: Place) -> object:
        found = count(place.figures)
        return found if place.figures.names_all else AtLeast(found)

    return expect


def _records_expected(place: Place) -> object:
    figures = place.figures
    if not figures.names_all:
        return AtLeast(figures.records)
    return Either({str(figures.records + figures.returned), str(max(figures.records, _fired_records(figures)))})


def _copied(place: Place) -> object:
    """What prints and exports returned, beyond the records that were opened."""
    figures = place.figures
    if not figures.names_all:
        return AtLeast(1)
    beyond = _fired_records(figures) - figures.records
    return Either({str(figures.returned), *([str(beyond)] if beyond > 0 else [])})


def _fired_records(figures: FindingFigures) -> int:
    """What the prints and exports that policies fired on returned."""
    return figures.count("sum(record_count)", "action in ('print', 'export')") if figures.row["policies"] else 0


def _share(place: Place) -> object:
    """The share of what speaks for the person, named by its own text: of a relation counted anew."""
    for one in place.finding["explained"]:
        if one["share"] is not None and one["text"] == place.told.values.get("text"):
            language = place.figures.language
            found = [known.name for known in RELATIONS if known.explained and known.explained[language] == one["text"]]
            counted = found and found[0] not in WITHOUT_CARE and place.figures.is_rated_tonight
            return (place.figures.relation_share(found[0]) if counted else one["share"]) * 100
    return None


def _policy(place: Place) -> object:
    """A figure of a policy's sentence: what it fired on over all dates of the finding."""
    if place.told.value.startswith("P-"):  # a pseudonym in the number's place
        return place.told.value
    key, _, name = place.told.name.rpartition(".")
    policy = key.removeprefix("policy:")
    if policy == "log-gap":
        gap = log_gap(place.figures.hospital, place.finding["source"], place.told.values["hours"])
        return None if gap is None else gap[name]
    if policy == "vanished-account":
        values = place.told.values
        told = (str(values[one]) for one in ("accounts", "since", "until"))
        found = vanished_account(place.figures.hospital, place.finding["source"], *told)
        return None if found is None else found[name]
    if policy == "missing-numbers":
        since, until = (str(place.told.values[one])[:10] for one in ("since", "until"))
        found = missing_numbers_told(place.figures.hospital, place.finding["source"], since, until)
        return None if found is None else found[name]
    if policy == "clock-set-back":
        before, after = (str(place.told.values[one]) for one in ("before", "after"))
        found = clock_set_back(place.figures.hospital, place.finding["source"], before, after)
        return None if found is None else found[name]
    firing = place.figures.firing(policy)
    if firing is None:
        return None
    return firing.values[name] if name in firing.values else getattr(firing, name)


def _reason_of(place: Place) -> Mapping[str, Any] | None:
    """The reason whose sentence the figure stands in."""
    text = place.told.values.get("text", "")
    return next((one for one in place.finding["reasons"] if text and one["text"].startswith(text)), None)


def _reason_patients(place: Place) -> object:
    reason = _reason_of(place)
    if reason is None:
        return None
    found = place.figures.feature_patients(reason["feature"]) if place.figures.is_rated_tonight else None
    if found is None:
        return KNOWN
    return found if place.figures.names_all else AtLeast(found)


def _part(place: Place) -> object:
    """How many of a reason's patients show a further feature as well, named in half a sentence."""
    words = place.told.values["text"]
    other = next((one.id for one in FEATURES if words in one.of_these.values()), "")
    leader = str(place.subject.get("feature", ""))
    if not place.figures.is_rated_tonight:
        return KNOWN
    if leader.startswith("policy:"):
        firing = place.figures.firing(leader.removeprefix("policy:"))
        found = None if firing is None else place.figures.feature_patients(other, among=firing.patient_ids)
    else:
        found = place.figures.feature_patients(other, leader)
    return KNOWN if found is None else found if place.figures.names_all else AtLeast(found)


def _leader_patients(place: Place) -> object:
    """The patients of the reason that half-sentences belong to."""
    leader = str(place.subject.get("feature", ""))
    if leader.startswith("policy:"):
        firing = place.figures.firing(leader.removeprefix("policy:"))
        return KNOWN if firing is None else firing.patients
    found = place.figures.feature_patients(leader) if place.figures.is_rated_tonight else None
    return KNOWN if found is None else found if place.figures.names_all else AtLeast(found)


def _reason_mean(place: Place) -> object:
    reason = _reason_of(place)
    if reason is None:
        return None
    found = place.figures.feature_mean(reason["feature"]) if place.figures.is_rated_tonight else None
    if found is None:
        return KNOWN
    total, days = found
    counts = {"value": total / days if days else 0.0, "total": total, "days": days, "records": total}
    return counts[place.told.name.rpartition(".")[2]]


def _reason_days(place: Place) -> object:
    """On how many days of the finding a reason shows."""
    reason = _reason_of(place)
    if reason is None:
        return None
    return place.figures.feature_shown(reason["feature"]) if place.figures.is_rated_tonight else KNOWN


def _few_days(place: Place) -> object:
    """Of how many days a baseline is: fewer than five are said."""
    reason = _reason_of(place)
    found = place.figures.baseline_days(reason["feature"]) if reason else None
    days = None if found is None else found[place.told.name.endswith(".peers")]
    return KNOWN if days is None else days if 0 < days < FEW_DAYS else None


def _usual(place: Place, which: int, key: str) -> object:
    found = place.figures.feature_usual(place.subject["feature"])
    return place.subject[key] if found is None else found[which]


def _exported(place: Place) -> object:
    """The days on which many records were printed or exported: how many, of how many records, and the largest."""
    lists = place.figures.lists
    largest = max(lists, key=lambda one: one[1], default=(None, 0))
    counts = {"days": len(lists), "records": sum(count for _, count in lists), "largest": largest[1]}
    name = place.told.name.rpartition(".")[2]
    return str(largest[0]) if name == "largest_on" else counts[name]


def _day(place: Place, column: int) -> object:
    day = place.figures.days.get(dt.date.fromisoformat(place.row))
    return 0 if day is None else day[column]


def _most(place: Place) -> object:
    column = 1 if place.row in {"show.timeline_patients", "show.timeline_records"} else 3
    return max((day[column] for day in place.figures.days.values()), default=0)


def _most_of_days(column: int) -> Expect:
    return lambda place: max((day[column] for day in place.figures.days.values()), default=0)


def _named_day(place: Place, what: str) -> object:
    """A figure of one day of a letter; of days with accesses that a task accounts for, those are left out."""
    match = re.search(r"\d{4}-\d\d-\d\d", str(place.told.values.get("when") or place.told.values.get("day")))
    if match is None:
        return None
    day = match[0]
    access = "patient_id is not null and action not in ('login', 'logout', 'other')"
    grounds = ", ".join(f"'{name}'" for name in WITH_CARE)
    where = f"local_time::date = date '{day}'"
    if place.told.name.startswith("inquiry.day_own_record"):
        where += " and patient_id in (select patient_id from staff where staff.user_id = cited.user_id)"
    if place.told.name.startswith("inquiry.day_accesses"):
        where += (
            " and (business_date, user_id, patient_id) not in"
            f" (select (business_date, user_id, patient_id) from patient_days where relation in ({grounds}))"
        )
    if place.told.name.startswith("inquiry.day_account"):  # how the account was used, not what else was opened
        fired = filter(None, map(place.figures.firing, place.finding["policies"]))
        events = ", ".join(f"'{event}'" for one in fired for event in sorted(one.event_ids))
        where += f" and event_id in ({events})" if events else ""
    counts = {
        "accesses": ("count(distinct (patient_id, date_trunc('minute', local_time)))", access),
        "patients": ("count(distinct patient_id)", access),
        "events": ("count(*)", "true"),
        "exports": ("count(*)", "action in ('print', 'export')"),
        "records": ("sum(coalesce(record_count, 0))", "action in ('print', 'export')"),
    }
    sql, only = counts[what]
    return place.figures.count(sql, f"{where} and {only}")


def _first_day(place: Place) -> object:
    return Either({str(place.finding["window_start"]), *map(str, _cited_days(place))})


def _last_day(place: Place) -> object:
    return Either({str(place.finding["window_end"]), *map(str, _cited_days(place))})


def _cited_days(place: Place) -> list[dt.date]:
    rows = place.figures.hospital.all(
        "select distinct local_time::date as day from cited where finding_id = ? order by day",
        place.finding["finding_id"],
    )
    return [row[0] for row in rows]


def _time_of_day(place: Place) -> object:
    """First or last time of a day's events in a letter: one of the finding's own events of that day."""
    rows = place.figures.hospital.all(
        "select distinct strftime(local_time, '%H:%M') from cited where finding_id = ? and local_time::date = ?::date",
        place.finding["finding_id"], place.told.values["day"],
    )  # fmt: skip
    return Either({row[0] for row in rows})


def _cited_name(column: str) -> Expect:
    """A name that must be one of the finding's own events'."""

    def expect(place: Place) -> object:
        rows = place.figures.hospital.all(
            f"select distinct {column} from cited where finding_id = ?", place.finding["finding_id"]
        )
        named = {str(row[0]) for row in rows}
        return place.told.value if place.told.value.startswith("P-") else Either(named)

    return expect


def _of(name: str) -> Expect:
    return lambda place: place.finding[name]


def _known(place: Place) -> object:
    del place
    return KNOWN


def _late_rows(place: Place) -> object:
    values = place.told.values
    told = (str(values[one]) for one in ("first", "last", "on"))
    found = late_rows(place.figures.hospital, place.finding["source"], *told)
    return found.get(place.told.name.rpartition(".")[2])


def _viewers(place: Place, which: str) -> int:
    """Accounts whose accesses to the record are so."""
    sql = f"select user_id from cited where finding_id = ? group by user_id {which}"
    return len(place.figures.hospital.all(sql, place.finding["finding_id"]))


def _others(place: Place) -> int:
    """Accounts that opened the record with a ground in the finding's time, and that it is not about."""
    rows = place.figures.hospital.all(
        "select distinct user_id from patient_days where patient_id = ? and business_date between ? and ?"
        " and state = 'explained' and list_contains(?, explanation) and user_id not in"
        " (select user_id from cited where finding_id = ?)",
        place.finding["patient_id"], place.figures.start, place.figures.end, sorted(GROUNDS),
        place.finding["finding_id"],
    )  # fmt: skip
    return len(rows)


def _margin_nats(place: Place) -> object:
    """The evidence of the stream named; on the side of the limit that the sentence says."""
    margin, limit = place.finding["method"]["margin"], float(place.told.values["limit"])
    is_below = place.told.name.startswith("show.margin_below")
    return float(margin["nats"]) if (margin["nats"] < limit) == is_below else None


def _margin_limit(place: Place) -> object:
    """What an alert needs of the stream named; no alert comes of one that only supports others."""
    method = place.finding["method"]
    stream = method["margin"]["stream"]
    return None if stream == "unusual" else float(method["thresholds"][stream])


def _stream_standing(place: Place) -> object:
    method, say = place.finding["method"], load_texts(place.figures.language)
    stream = next(one for one in method["standing"] if say.name("stream", one) == place.told.values["stream"])
    return float(method["standing"][stream])


COPIED: Final = "patient_id is null and action in ('print', 'export')"
POLICY_FIGURES: Final[Mapping[str, set[str]]] = {
    "log-gap": {"source", "hours", "length", "came", "expected", "days", "silent_days"},
    "vanished-account": {"source", "accounts", "since", "until", "days", "missing"},
    "clock-set-back": {"source", "before", "after", "rows", "accounts", "again", "days", "days_back"},
    "missing-numbers": {"source", "missing", "places", "since", "until", "days", "most"},
    "shared-credentials": {"places", "switches", "window_minutes", "shortest", "peers", "peers_switching"},
    "record-enumeration": {"consecutive", "max_step", "pace", "first_record", "last_record"},
    "scope-violation": {"kind", "allowed", "outside"},
    "break-glass-misuse": {"uses", "reasons", "peers", "peers_using"},
    "unknown-account": {"known", "active"},
    "sealed-record": {"patient", "copies"},
    **{policy: set() for policy in ("inactive-account", *POLICY_EVENTS)},
}
"""Policy → what its sentence names that is counted here, beside what is counted of every policy's events."""
COUNTED: Final = {"events", "patients", "accesses", "first_at", "last_at"}
EXPECTED: Final[Mapping[str, Expect]] = {
    "show.title.finding": _of("finding_id"),
    "show.alert.date": _of("alerted_on"),
    "show.risk.risk": lambda place: float(place.finding["risk"]),
    "show.about_account.name": _of("user_name"),
    "show.about_account.user": _of("user_id"),
    "show.about_record.patient": _of("patient_id"),
    "show.window.start": _of("window_start"),
    "show.window.end": _of("window_end"),
    "show.window.detected": _of("detected_on"),
    "show.window.seen": _of("last_seen_on"),
    "show.previous.finding": _of("previous_finding_id"),
    "show.exposure_line.patients": _counted(lambda figures: figures.patients),
    "show.exposure_line.records": _records_expected,
    "show.exposure_line.accesses": _counted(lambda figures: figures.accesses),
    "show.exposure_copied.patients": _counted(lambda figures: figures.patients),
    "show.exposure_copied.records": _records_expected,
    "show.exposure_copied.copied": _copied,
    "show.exposure_copied.accesses": _counted(lambda figures: figures.accesses),
    **{
        f"show.{text}.{name}": expect
        for text in ("exposure_decoys", "exposure_only_decoys")
        for name, expect in (
            ("patients", _counted(lambda figures: figures.patients)),
            ("decoys", _counted(lambda figures: figures.decoys)),
            ("records", _records_expected),
            ("accesses", _counted(lambda figures: figures.accesses)),
        )
    },
    "show.decoys.count": _counted(lambda figures: figures.decoys),
    "show.decoys_more.count": _known,
    "show.decoy.record": _cited_name("patient_id"),
    "show.timeline.start": _known,
    "show.timeline.end": lambda place: max(place.figures.days),
    "show.most.count": _most,
    "show.most_records.count": _most,
    "show.patients.count": _counted(lambda figures: figures.patients),
    "show.explained_share.share": _share,
    "show.patients_more.count": _known,  # the screen's own check: all of them without those it names
    "show.more_reasons.count": _known,
    "show.case.findings": lambda place: Either(
        row[0]
        for row in place.figures.hospital.all(
            "select finding_id from findings where case_id = (select case_id from findings where finding_id = ?)",
            place.finding["finding_id"],
        )
    ),
    "show.events.shown": lambda place: len(place.finding["event_ids"]),
    "show.events.count": lambda place: len(place.finding["event_ids"]),
    "show.baselines.value": lambda place: place.subject["value"],
    "show.baselines.own": lambda place: _usual(place, 0, "own_baseline"),
    "show.baselines.peers": lambda place: _usual(place, 1, "peer_baseline"),
    "show.details.finding": _of("finding_id"),
    "show.details.user": _of("user_id"),
    "show.details_record.finding": _of("finding_id"),
    "show.details_record.patient": _of("patient_id"),
    "show.details_source.finding": _of("finding_id"),
    "show.method.finding": _of("finding_id"),
    "reason.patients.patients": _reason_patients,
    "reason.patients.value": _reason_mean,
    **{
        f"reason.{unit}.{name}": _reason_mean
        for unit in (
            "patients",
            "accesses",
            "records",
            "patients_on_days",
            "patients_mean",
            "accesses_mean",
            "records_mean",
        )
        for name in ("value", "total", "days")
    },
    "reason.patients_mean.patients": _reason_patients,
    "reason.patients_on_days.patients": _reason_patients,
    "reason.patients_on_days.shown": _reason_days,
    **{f"reason.few_{few}": _few_days for few in ("own.own", "peers.peers", "own_peers.own", "own_peers.peers")},
    **{f"reason.exported.{name}": _exported for name in ("days", "records", "largest_on", "largest")},
    "reason.exported.value": _reason_mean,
    "reason.of_these_patients.total": _leader_patients,
    "reason.of_these_records.total": _leader_patients,
    "reason.part_patients.count": _part,
    "reason.part_records.count": _part,
    "reason.distinct_viewers.viewers": lambda place: place.figures.count("count(distinct user_id)"),
    "reason.distinct_viewers.returned": lambda place: _viewers(place, "having count(distinct business_date) > 1"),
    "reason.distinct_viewers.printed": lambda place: place.figures.count(
        "count(distinct user_id)", "action in ('print', 'export')"
    ),
    "explained.explained_viewers.viewers": _others,
    "show.exported_line.records": lambda place: place.figures.returned,
    "show.patient_accesses.patient": _cited_name("patient_id"),
    "show.patient_accesses.count": lambda place: place.figures.count(
        "count(distinct date_trunc('minute', local_time))",
        f"patient_id = '{place.told.values['patient']}' and action not in ('login', 'logout', 'other')",
    ),
    "show.more_reasons.finding": lambda place: Either({place.finding["finding_id"][: len(place.told.value)]}),
    "show.margin_together.combined": lambda place: (
        sum(value**4 for value in place.finding["method"]["standing"].values()) ** 0.25
    ),
    "show.margin_stream.standing": _stream_standing,
    "show.margin_rated.date": lambda place: place.finding["method"]["history"][1],
    "show.method_cleared.risk": lambda place: float(place.finding["risk"]),
    **{f"show.margin_{unit}.nats": _margin_nats for unit in MARGINS},
    **{f"show.margin_{unit}.limit": _margin_limit for unit in MARGINS},
    "evidence.decoys.decoys": lambda place: len(place.figures.numbers & place.figures.hospital.decoys),
    "explained.new_account.since": lambda place: place.figures.hospital.one(
        "select min(business_date) from events where user_id = ?", place.finding["user_id"]
    ),
    "explained.colleagues_alike.colleagues": _known,
    **{f"explained.late_rows.{name}": _late_rows for name in ("first", "last", "dates", "on")},
    "policy:self-lookup.patient": _cited_name("patient_id"),
    "policy:external-network.addresses": _cited_name("client_ip"),
    "policy:inactive-account.last_day": lambda place: place.figures.hospital.one(
        "select (max(ends_at) - interval 1 second)::date from staff where user_id = ?", place.finding["user_id"]
    ),
    "inquiry.person.name": _known,
    "inquiry.person.user": _known,
    "inquiry.your_account.user": _of("user_id"),
    "inquiry.reference.finding": _of("finding_id"),
    "inquiry.reference.site": lambda place: place.figures.hospital.settings["site"]["name"],
    "inquiry.period.start": _first_day,
    "inquiry.period.end": _last_day,
    "inquiry.on_day.start": _first_day,
    "inquiry.span.day": lambda place: Either({str(day) for day in _cited_days(place)}),
    "inquiry.span.first": _time_of_day,
    "inquiry.span.last": _time_of_day,
    "inquiry.day_export.day": lambda place: Either({str(day) for day in _cited_days(place)}),
    **{
        f"inquiry.day_{kind}.{name}": partial(_named_day, what=name)
        for kind in ("accesses", "own_record", "account", "export")
        for name in ("accesses", "patients", "events", "exports", "records")
    },
    "inquiry.day_own_record.when": lambda place: Either(_minutes(place)),
    "inquiry.day_accesses.when": lambda place: Either(_minutes(place)),
    "inquiry.day_account.when": lambda place: Either(_minutes(place)),
    "notice.finding.risk": lambda place: float(place.finding["risk"]),
    "notice.about_account.user_id": _of("user_id"),
    "notice.about_record.patient_id": _of("patient_id"),
    "evidence.title.finding": _of("finding_id"),
    "evidence.as_of.date": lambda place: place.figures.hospital.night,
    "evidence.unnamed.events": lambda place: place.figures.count("count(*)", COPIED),
    "evidence.unnamed.records": lambda place: place.figures.count("sum(record_count)", COPIED),
    "report.card_state.alert": _of("alerted_on"),
    "report.card_state.risk": lambda place: float(place.finding["risk"]),
    "report.card_state.start": _of("window_start"),
    "report.card_state.end": _of("window_end"),
    **{
        f"report.{text}.{name}": expect
        for text in ("card_days_description", "card_days_decoys", "card_days_both")
        for name, expect in (
            ("start", _known),
            ("end", lambda place: max(place.figures.days)),
            ("most", _most_of_days(1)),
            ("suspicious", _most_of_days(3)),
        )
    },
}
RATED: Final = re.compile(
    r"show\.margin_\w+\.(nats|limit|of|fewer)|evidence\.(footer|rated_later)\.\w+|show\.method_\w+\.\w+"
)
"""Figures of the rating itself."""


def _minutes(place: Place) -> set[str]:
    rows = place.figures.hospital.all(
        "select distinct strftime(local_time, '%Y-%m-%d %H:%M') from cited where finding_id = ?",
        place.finding["finding_id"],
    )
    return {row[0] for row in rows}


def expectation(name: str) -> Expect | None:
    """Return how a figure is counted; None where nobody has said so."""
    if name in EXPECTED:
        return EXPECTED[name]
    if RATED.fullmatch(name):
        return _known
    key, _, place = name.rpartition(".")
    known = POLICY_FIGURES.get(key.removeprefix("policy:")) if key.startswith("policy:") else None
    return _policy if known is not None and place in known | COUNTED else None


__all__ = ["EXPECTED", "KNOWN", "POLICY_FIGURES", "Either", "Expect", "Place", "expectation", "right"]
