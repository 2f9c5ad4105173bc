"""The draft of a request to explain accesses, in words that blame nobody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from detector.cli.render.text import shown, wrap
from detector.texts import Texts

if TYPE_CHECKING:
    from detector.review.inquiry import Inquiry

WIDTH: Final = 76
DAYS_TOLD: Final = 31


def letter(inquiry: Inquiry, texts: Texts, site: str, *, to_holder: bool) -> Iterator[str]:
    """Yield the lines of the draft, to the account's manager or to its holder."""
    finding, unknown = inquiry.finding, texts("show.unknown")
    manager = None if to_holder else inquiry.manager
    holder = _person(finding["user_name"], finding["user_id"], finding["department"], texts)
    addressee = holder if to_holder else texts("inquiry.no_manager", department=finding["department"] or unknown)
    if manager is not None:
        addressee = _person(manager["name"], manager["user_id"], manager["department"], texts)
    yield texts("inquiry.title")
    yield texts("inquiry.draft")
    yield ""
    yield from _lines(texts("inquiry.to", addressee=addressee))
    yield from _lines(texts("inquiry.reference", site=site, finding=finding["finding_id"]))
    yield ""
    span = {"start": finding["window_start"], "end": finding["window_end"]}
    yield from _lines(texts("inquiry.about_you" if to_holder else "inquiry.about", holder=holder, **span))
    yield ""
    yield from _lines(texts("inquiry.no_blame"))
    yield ""
    yield texts("inquiry.accesses")
    for day in inquiry.days[:DAYS_TOLD]:
        yield from _lines(f"- {texts('inquiry.day', **_told(day, texts))}", "  ")
    if len(inquiry.days) > DAYS_TOLD:
        yield from _lines(f"- {texts('inquiry.more_days', count=len(inquiry.days) - DAYS_TOLD)}", "  ")
    yield from _lines(texts("inquiry.records"))
    yield ""
    yield texts("inquiry.please")
    for number, key in enumerate(("why", "ordered", "who", "else"), start=1):
        yield from _lines(f"{number}. {texts(f'inquiry.ask_{key}')}", "   ")
    yield ""
    yield from _lines(texts("inquiry.answer"))
    yield from _lines(texts("inquiry.confidential"))
    yield ""
    yield texts("inquiry.signature")


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
    return {
        "day": day["day"],
        "first": day["first_time"],
        "last": day["last_time"],
        "accesses": day["accesses"],
        "records": day["records"],
        "what": told.replace(" (", "（").replace(")", "）") if texts.language == "zh" else told,
    }


def _lines(text: str, indent: str = "") -> list[str]:
    return wrap(shown(text), WIDTH, indent)
