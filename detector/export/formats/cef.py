r"""CEF:0 (ArcSight Common Event Format), as ArcSight, Sentinel, Wazuh and Logstash read it.

Header fields escape ``\`` and ``|``, extension values ``\``, ``=`` and line breaks; ``|`` needs no escape there. What
CEF has no escape for (other control characters, direction marks) becomes a visible one.
"""

from __future__ import annotations

import re
from typing import Final

from detector.export.export_format import LEVELS, ExportFormat, Field, listed, milliseconds, values
from detector.export.notice import PRODUCT, VENDOR, VERSION, Kind, Notice
from detector.texts.untrusted import UNSAFE, shown

NAME_LIMIT: Final = 512
TRAIL: Final = "trail.jsonl"


def _label(key: str, text: str) -> Field:
    return Field(f"{key}Label", f"`{text}`: what `{key}` holds", lambda _: text)


COMMON: Final = (
    Field("rt", "when the change was recorded, milliseconds since 1970", lambda notice: milliseconds(notice, "at")),
    Field("externalId", "the finding or the night, stable: update by it", lambda notice: notice.key, 40),
    Field("act", "what happened: `created`, `updated`, `decided`; `health`, `test`", lambda notice: notice.change, 63),
    Field("msg", "one sentence", lambda notice: notice.message, 1023),
    Field("dvchost", "the machine that checked", lambda notice: notice.origin.host, 100),
    _label("cn1", "revision"),
    Field("cn1", "number of its state; with `externalId` equal only for a repeated delivery",
          lambda notice: notice.revision),
    Field("fname", "`trail.jsonl`, where `fileHash` is given", lambda notice: notice.origin.trail_head and TRAIL, 1023),
    Field("fileHash", "hash of the trail's newest entry when it was sent; `detector verify` uses it",
          lambda notice: notice.origin.trail_head, 255),
)  # fmt: skip
FINDING: Final = (
    *COMMON,
    Field("cat", "the most probable pattern", lambda notice: notice.signature, 1023),
    Field("suid", "the account", lambda notice: notice["user_id"], 1023),
    Field("suser", "its holder, else the account", lambda notice: notice["user_name"] or notice["user_id"], 1023),
    Field("spriv", "the holder's role", lambda notice: notice["role"], 1023),
    Field("start", "begin of the evidence, milliseconds", lambda notice: milliseconds(notice, "start")),
    Field("end", "end of the evidence, milliseconds", lambda notice: milliseconds(notice, "end")),
    Field("cnt", "accesses (account, patient, minute)", lambda notice: notice["accesses"]),
    Field("reason", "the officer's decision, or `open`", lambda notice: notice["status"], 1023),
    _label("cfp1", "risk"),
    Field("cfp1", "0 to 100, 50 = the alert threshold", lambda notice: float(notice["risk"])),
    _label("cn2", "patients"),
    Field("cn2", "distinct patients touched", lambda notice: notice["patients"]),
    _label("cn3", "records"),
    Field("cn3", "records touched, exports counted in full", lambda notice: notice["records"]),
    _label("cs1", "department"),
    Field("cs1", "the holder's department", lambda notice: notice["department"], 4000),
    _label("cs2", "patterns"),
    Field(
        "cs2", "what it looks like, most probable first; empty: no pattern fits",
        lambda notice: listed(notice["patterns"]), 4000,
    ),
    _label("cs3", "policies"),
    Field("cs3", "policies that fired", lambda notice: listed(notice["policies"]), 4000),
    _label("cs4", "reasons"),
    Field("cs4", "the strongest reasons in words", lambda notice: listed(notice.reasons, "; "), 4000),
    _label("cs5", "explained"),
    Field("cs5", "what speaks for the person", lambda notice: listed(notice.explained, "; "), 4000),
    _label("cs6", "subject"),
    Field("cs6", "record or log source, where that is the subject; the record as a pseudonym unless `patient_numbers`",
          lambda notice: notice["patient_id"] or notice["source"], 4000),
    _label("flexString1", "case"),
    Field("flexString1", "findings of one cause share it", lambda notice: notice["case_id"], 1023),
    _label("flexString2", "alert"),
    Field("flexString2", "`true` where it is an alert", lambda notice: notice["alert"]),
)  # fmt: skip
HEALTH: Final = (
    *COMMON,
    Field("cat", "`health`", lambda notice: notice.signature),
    Field("outcome", "`success`: the day was checked", lambda _: "success"),
    Field("start", "begin of the day, milliseconds", lambda notice: milliseconds(notice, "start")),
    Field("end", "end of the day, milliseconds", lambda notice: milliseconds(notice, "end")),
    Field("cnt", "events of the day", lambda notice: notice["events"]),
    _label("cn2", "openAlerts"),
    Field("cn2", "open alerts", lambda notice: notice["alerts_open"]),
    _label("cn3", "accounts"),
    Field("cn3", "accounts with events", lambda notice: notice["accounts"]),
    _label("cs1", "silentSources"),
    Field("cs1", "sources whose log has a gap", lambda notice: listed(notice["silent_sources"]), 4000),
)
FIELDS: Final[dict[Kind, tuple[Field, ...]]] = {
    "finding": FINDING,
    "health": HEALTH,
    "test": (*COMMON, Field("cat", "`test`", lambda notice: notice.signature)),
}


def document(notice: Notice) -> str:
    """Return the notice as one CEF line."""
    header = (VENDOR, PRODUCT, VERSION, notice.signature, cut(clean(notice.title), NAME_LIMIT))
    fields = [(field, value_text(value, field.limit)) for field, value in values(FIELDS[notice.kind], notice)]
    present = {field.name for field, value in fields if value}
    pairs = [
        f"{field.name}={value}" for field, value in fields if value and field.name.removesuffix("Label") in present
    ]
    return "|".join(["CEF:0", *map(header_text, header), str(LEVELS[notice.severity].cef), " ".join(pairs)])


def header_text(text: str) -> str:
    r"""Return a header field: ``\`` and ``|`` escaped, on one line."""
    return re.sub(r"[\\|]", r"\\\g<0>", " ".join(clean(text).split("\n")))


def value_text(value: object, limit: int | None = None) -> str:
    r"""Return an extension value: cut to ``limit`` characters, ``\``, ``=`` and line breaks escaped."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = clean(str(value))
    if limit is not None:
        text = cut(text, limit)
    return re.sub(r"[\\=]", r"\\\g<0>", text).replace("\n", r"\n")


def clean(text: str) -> str:
    r"""Return the text with ``\n`` for every line break, other unsafe characters visible, no space around it."""
    if not UNSAFE.search(text):
        return text.strip()
    lines = re.split(r"\r\n|\r|\n", text)
    return "\n".join(shown(line) for line in lines).strip()


def cut(text: str, limit: int) -> str:
    """Cut a text to a number of characters."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


FORMAT = ExportFormat("cef", document, FIELDS)
