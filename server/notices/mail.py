"""A notice as a mail, handed in at the mail server of the rules."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from app.dispatch.limits import CHINA
from resources.texts import text
from server.notices.settings import NoticeRules


class MailFailed(Exception):
    """Its message is a short code. ``final`` = the server will never take this mail."""

    def __init__(self, code: str, final: bool = False) -> None:
        super().__init__(code[:32])
        self.final = final


def send_mail(rules: NoticeRules, to: str, told: Mapping[str, Any], within_s: float) -> None:
    """Hand a notice in. Raises ``MailFailed``."""
    server = rules.mail
    if server is None:
        raise MailFailed("NO_MAIL_SERVER", final=True)
    message = written(rules, to, told)
    context = ssl.create_default_context()
    try:
        if server.tls == "tls":
            session: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=within_s, context=context
            )
        else:
            session = smtplib.SMTP(server.host, server.port, timeout=within_s)
        with session:
            if server.tls == "starttls":
                session.starttls(context=context)
            if server.user:
                session.login(server.user, server.password)
            session.send_message(message)
    except smtplib.SMTPRecipientsRefused as refused:
        codes = [code for code, _ in refused.recipients.values()]
        raise MailFailed(f"SMTP_{codes[0]}", final=min(codes) >= 500) from None
    except smtplib.SMTPResponseException as refused:
        raise MailFailed(f"SMTP_{refused.smtp_code}") from None
    except (smtplib.SMTPException, OSError, ssl.SSLError) as error:
        raise MailFailed(type(error).__name__) from None


def written(rules: NoticeRules, to: str, told: Mapping[str, Any]) -> EmailMessage:
    """The mail: what happened to which ticket, and until when; nothing else."""
    assert rules.mail is not None

    def t(key: str, **values: object) -> str:
        return text(f"centre.{key}", rules.language, **values)

    due = told["due_at"] and datetime.fromisoformat(told["due_at"]).astimezone(CHINA)
    what = t(f"notice_{told['kind']}", number=told["number"])
    lines = [
        what,
        "",
        f"{t('stage')}: {t('stage_' + told['stage'])}",
        f"{t('unit')}: {told['unit'] or '—'}",
        f"{t('due')}: {due.strftime('%Y-%m-%d %H:%M') if due else '—'}",
        *((told["page"],) if "page" in told else ()),
        "",
        t("notice_foot"),
    ]
    message = EmailMessage()
    message["Subject"] = f"[12345] {what}"
    message["From"] = rules.mail.sender
    message["To"] = to
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{told['id']}@{rules.mail.sender.partition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n".join(lines))
    return message
