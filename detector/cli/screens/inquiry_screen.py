"""The draft of a request to explain accesses, in words that blame nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from detector.cli.render.text import shown, wrap
from detector.texts import Texts

if TYPE_CHECKING:
    from detector.review.inquiry import Inquiry

WIDTH: Final = 76
DAYS_TOLD: Final = 31


def letter(inquiry: Inquiry, texts: Texts, site: str) -> Iterator[str]:
    """Yield the lines of the draft: its facts by the kind of letter, its frame the same for all."""
    finding = inquiry.finding
    holder = _person(finding["user_name"], finding["user_id"], finding["department"], texts)
    account = texts("inquiry.your_account", user=finding["user_id"])
    if not inquiry.to_holder:
        account = texts("inquiry.account_of", holder=holder)
    yield texts("inquiry.title")
    yield texts("inquiry.draft")
    yield ""
    yield from _lines(texts("inquiry.to", addressee=_addressee(inquiry, texts)))
    yield from _lines(texts("inquiry.reference", site=site, finding=finding["finding_id"]))
    yield ""
    start, end = inquiry.span
    period = texts("inquiry.on_day", start=start) if start == end else texts("inquiry.period", start=start, end=end)
    yield from _lines(texts(f"inquiry.about_{inquiry.kind}", account=account, period=period))
    yield ""
    yield from _lines(texts("inquiry.no_blame"))
    yield ""
    yield from _days(inquiry, texts)
    yield texts("inquiry.please")
    asked = ("tasks", "who", "else") if inquiry.kind == "general" else ("why", "ordered", "who", "else")
    for number, key in enumerate(asked, start=1):
        yield from _lines(f"{number}. {texts(f'inquiry.ask_{key}')}", "   ")
    yield ""
    yield from _lines(texts("inquiry.answer"))
    yield from _lines(texts("inquiry.confidential"))
    yield ""
    yield texts("inquiry.signature")


def cautions(inquiry: Inquiry, texts: Texts) -> Iterator[str]:
    """Yield what the officer has to weigh before the draft goes to anybody; none of it stands in the draft."""
    if inquiry.would_burn:
        yield texts("inquiry.decoy")
    if inquiry.would_warn:
        yield texts("inquiry.tip_off")
    left_out = {one.person["user_id"] for one in inquiry.conflicts if one.forbids}
    for one in inquiry.conflicts:
        if one.kind == "unit" and one.person["user_id"] in left_out:
            continue
        person = _person(one.person["name"], one.person["user_id"], one.person["department"], texts)
        yield texts(f"inquiry.conflict_{one.kind}", person=person, findings=texts.words(one.findings))
    if inquiry.addressee is None and inquiry.conflicts:
        yield texts("inquiry.nobody_left")
    elif inquiry.addressee is None and inquiry.leads:
        finding = inquiry.finding
        holder = _person(finding["user_name"], finding["user_id"], finding["department"], texts)
        yield texts("inquiry.conflict_head", person=holder)


def _addressee(inquiry: Inquiry, texts: Texts) -> str:
    person = inquiry.addressee
    if person is not None:
        return _person(person["name"], person["user_id"], person["department"], texts)
    if inquiry.conflicts or inquiry.leads or not inquiry.finding["department"]:
        return texts("inquiry.to_be_named")
    return texts("inquiry.no_manager", department=inquiry.finding["department"])


def _days(inquiry: Inquiry, texts: Texts) -> Iterator[str]:
    """Yield the accesses asked about, a line a day; a letter in general terms names none."""
    days = inquiry.days
    if inquiry.kind == "general" or not days:
        return
    yield texts("inquiry.accesses")
    for day in days[:DAYS_TOLD]:
        yield from _lines(f"- {texts(f'inquiry.day_{_kind(inquiry, day)}', **_told(day, texts))}", "  ")
    if len(days) > DAYS_TOLD:
        yield from _lines(f"- {texts('inquiry.more_days', count=len(days) - DAYS_TOLD)}", "  ")
    if inquiry.kind == "accesses":
        yield from _lines(texts("inquiry.records"))
    yield ""


def _kind(inquiry: Inquiry, day: Mapping[str, Any]) -> str:
    """Return which sentence tells a day: one on which no patient is named has no accesses to patients."""
    if inquiry.kind != "accesses" or day["patients"]:
        return inquiry.kind
    return "export" if day["exports"] else "account"


def _person(name: str | None, user_id: str, department: str | None, texts: Texts) -> str:
    return texts(
        "inquiry.person",
        name=name or texts("show.unknown"),
        user=user_id,
        department=department or texts("show.unknown"),
    )


def _told(day: dict[str, Any] | Any, texts: Texts) -> dict[str, Any]:  # noqa: ANN401  (a row)
    what = [texts.name("action", one) for one in day["actions"]]
    pages = [texts.name("category", one) for one in day["categories"]]
    told = texts.words(what) + (f" ({texts.words(pages)})" if pages else "")
    first, last = day["first_time"], day["last_time"]
    return {
        "when": f"{day['day']} {first}"
        if first == last
        else texts("inquiry.span", day=day["day"], first=first, last=last),
        "day": day["day"],
        **{name: f"{day[name]:,}" for name in ("accesses", "patients", "events", "exports", "records")},
        "what": told.replace(" (", "（").replace(")", "）") if texts.language == "zh" else told,
    }


def _lines(text: str, indent: str = "") -> list[str]:
    return wrap(shown(text), WIDTH, indent)
