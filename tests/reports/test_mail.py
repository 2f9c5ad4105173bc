"""A mail that is ready to send: it names nobody, and carries the report."""

from __future__ import annotations

import email
from email.message import EmailMessage
from email.policy import default

from detector.reports.composition import Report
from detector.reports.formats import formats
from detector.reports.mail import mail
from tests.reports.worlds import PLANTED, STAFF


def parsed(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def test_it_has_text_html_and_the_report(reports: dict[str, Report]) -> None:
    form = formats()["xlsx"]
    content = form.write(reports["zh"].document)
    message = parsed(mail(reports["zh"], form, content, "审计 <audit@hospital.example>"))
    assert message["Subject"] == "访问审计周报 2026-05-28 至 2026-06-03：待处理告警 5 条（学习期至 2026-06-14）"
    assert message["To"] == "审计 <audit@hospital.example>"
    assert message["Date"] is None
    attached = next(iter(message.iter_attachments()))
    assert attached.get_filename() == "audit-20260603-week.xlsx"
    assert attached.get_payload(decode=True) == content


def test_it_names_no_person_and_no_patient(reports: dict[str, Report]) -> None:
    for report in reports.values():
        message = parsed(mail(report, formats()["html"], b"<html></html>"))
        for kind in ("plain", "html"):
            body = message.get_body((kind,))
            assert body is not None
            text = body.get_content()
            assert report.notice.alerts[0].split(" ")[0] in text
            assert not any(planted in text for planted in PLANTED)
            assert not any(f" {user} " in text or user + " " in text for user, *_ in STAFF)
            assert "<script" not in text
            assert "P-" not in text


def test_the_same_report_gives_the_same_mail(reports: dict[str, Report]) -> None:
    form = formats()["md"]
    content = form.write(reports["en"].document)
    assert mail(reports["en"], form, content) == mail(reports["en"], form, content)
