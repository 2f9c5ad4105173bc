r"""LEEF 2.0 (IBM QRadar's Log Event Extended Format): tab-separated pairs.

LEEF has no escapes: line breaks, tabs and other unsafe characters within a value become visible ones such as ``\n``,
and ``|`` in the header becomes ``/``.
"""

from __future__ import annotations

from typing import Final

from detector.export.export_format import LEVELS, ExportFormat, Field, instant, listed, values
from detector.export.notice import PRODUCT, VENDOR, VERSION, Kind, Notice
from detector.texts.untrusted import shown

COMMON: Final = (
    Field("devTime", "when the change was recorded", lambda notice: instant(notice, "at")),
    Field("devTimeFormat", "how `devTime` is written", lambda _: "yyyy-MM-dd'T'HH:mm:ss.SSSX"),
    Field("sev", "severity, 1 to 10", lambda notice: LEVELS[notice.severity].leef),
    Field("cat", "the most probable pattern; `health`, `test`", lambda notice: notice.signature),
    Field("identHostName", "the machine that checked", lambda notice: notice.origin.host),
    Field("findingId", "the finding or the night, stable: update by it", lambda notice: notice.key),
    Field("revision", "number of its state; with `findingId` equal only for a repeated delivery",
          lambda notice: notice.revision),
    Field("change", "what happened: `created`, `updated`, `decided`; `health`, `test`", lambda notice: notice.change),
    Field("title", "the most probable pattern in words", lambda notice: notice.title),
    Field("message", "one sentence", lambda notice: notice.message),
    Field("trailHead", "hash of the trail's newest entry when it was sent; `detector verify` uses it",
          lambda notice: notice.origin.trail_head),
)  # fmt: skip
FINDING: Final = (
    *COMMON,
    Field("usrName", "the account", lambda notice: notice["user_id"]),
    Field("accountName", "its holder", lambda notice: notice["user_name"]),
    Field("role", "the holder's role", lambda notice: notice["role"]),
    Field("groupName", "the holder's department", lambda notice: notice["department"]),
    Field("accountType", "`human`, `service`, `vendor`, `kiosk`", lambda notice: notice["account_type"]),
    Field("resource", "record or log source, where that is the subject; the record as a pseudonym unless "
          "`patient_numbers`", lambda notice: notice["patient_id"] or notice["source"]),
    Field("policy", "policies that fired", lambda notice: listed(notice["policies"])),
    Field("caseId", "findings of one cause share it", lambda notice: notice["case_id"]),
    Field("risk", "0 to 100, 50 = the alert threshold", lambda notice: notice["risk"]),
    Field("alert", "`true` where it is an alert", lambda notice: notice["alert"]),
    Field("status", "`open`, or the officer's decision", lambda notice: notice["status"]),
    Field(
        "patterns", "what it looks like, most probable first; empty: no pattern fits",
        lambda notice: listed(notice["patterns"]),
    ),
    Field("reasons", "the strongest reasons in words", lambda notice: listed(notice.reasons, "; ")),
    Field("explained", "what speaks for the person", lambda notice: listed(notice.explained, "; ")),
    Field("patients", "distinct patients touched", lambda notice: notice["patients"]),
    Field("records", "records touched, exports counted in full", lambda notice: notice["records"]),
    Field("accesses", "accesses (account, patient, minute)", lambda notice: notice["accesses"]),
    Field("windowStart", "first day that the evidence covers", lambda notice: notice["window_start"]),
    Field("windowEnd", "last day that the evidence covers", lambda notice: notice["window_end"]),
    Field("detectedOn", "business date that first listed it", lambda notice: notice["detected_on"]),
)  # fmt: skip
HEALTH: Final = (
    *COMMON,
    Field("businessDate", "the day that was checked", lambda notice: notice["business_date"]),
    Field("events", "events of the day", lambda notice: notice["events"]),
    Field("accounts", "accounts with events", lambda notice: notice["accounts"]),
    Field("openAlerts", "open alerts", lambda notice: notice["alerts_open"]),
    Field("silentSources", "sources whose log has a gap", lambda notice: listed(notice["silent_sources"])),
)
FIELDS: Final[dict[Kind, tuple[Field, ...]]] = {"finding": FINDING, "health": HEALTH, "test": COMMON}


def document(notice: Notice) -> str:
    """Return the notice as one LEEF line."""
    header = (VENDOR, PRODUCT, VERSION, notice.signature, "x09")
    texts = ((field.name, value_text(value)) for field, value in values(FIELDS[notice.kind], notice))
    pairs = [f"{name}={text}" for name, text in texts if text]
    return "|".join(["LEEF:2.0", *(shown(one).replace("|", "/") for one in header), "\t".join(pairs)])


def value_text(value: object) -> str:
    """Return a value without the delimiter, line breaks and what a reader cannot see."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return shown(value).strip()


FORMAT = ExportFormat("leef", document, FIELDS)
