"""A report as a mail that is ready to send: text and HTML that name nobody, the report attached.

The detector never sends it. The file opens as a draft (``X-Unsent``); ``sendmail -t < FILE`` sends it where a receiver
is given. It has no date and no message number, which the sender adds: the same report gives the same bytes.
"""

from __future__ import annotations

import hashlib
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

from detector.errors import UsageError
from detector.reports.composition import Report
from detector.reports.page import render
from detector.reports.report_format import ReportFormat
from detector.texts import load_texts
from detector.texts.untrusted import shown

NOT_FOR_MAIL: Final = "no mail of a paper: it is completed and signed before it leaves the house"


def mail(report: Report, report_format: ReportFormat, content: bytes, receiver: str | None = None) -> bytes:
    """Return the mail (RFC 5322) with the report's ``content`` attached."""
    texts = load_texts(report.document.language)
    notice = report.notice
    if notice is None:
        raise UsageError(NOT_FOR_MAIL)
    name = f"audit-{report.period.last:%Y%m%d}-{report.period.kind}.{report_format.name}"
    heading = texts("report.mail_alerts") if notice.alerts else texts("report.mail_no_alerts", scope=notice.scope)
    attached = texts("report.mail_attached", name=name)
    message = EmailMessage(policy=SMTP)
    message["Subject"] = shown(notice.subject)
    if receiver is not None:
        message["To"] = receiver
    message["X-Unsent"] = "1"
    lines = [*notice.lines, "", heading, *(f"- {alert}" for alert in notice.alerts), "", attached]
    message.set_content("\n".join(map(shown, lines)) + "\n")
    html = render("mail.html.j2", notice=notice, heading=heading, attached=attached, language=texts.language)
    message.add_alternative(html, subtype="html")
    kind, _, subtype = report_format.media_type.partition("/")
    message.add_attachment(content, maintype=kind, subtype=subtype, filename=name)
    seed = hashlib.sha256(content + html.encode()).hexdigest()
    for place, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"={place}={seed[:40]}")
    return message.as_bytes()
