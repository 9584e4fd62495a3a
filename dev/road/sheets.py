"""Intervention sheets: how the customers of the demonstration answer them (S30)."""

from datetime import timedelta

from . import clock

PAPER, CONFIRMED, SILENT, CONTESTED = "paper", "confirmed", "silent", "contested"
ANSWERS = (PAPER, CONFIRMED, PAPER, SILENT, PAPER, CONFIRMED, PAPER, SILENT, PAPER, CONTESTED)


def answer(session, number, end):
    """Let the customer answer the sheet of a session that may be contested; no other is sent."""
    if not session.level_id.contest_days:
        return
    kind = ANSWERS[number % len(ANSWERS)]
    with clock.at(end + timedelta(minutes=5)):
        if kind == PAPER:
            session.env["service.session.signature"].create(
                {"session_id": session.id}
            ).action_sign()
            return
        session.with_context(mail_notify_force_send=False).action_send_sheet()
        _deliver(session)
    with clock.at(end + timedelta(minutes=30)):
        if kind == CONFIRMED:
            session._set_sheet_validated("customer")
        elif kind == CONTESTED:
            session._set_sheet_contested("The line was up again before you called.")


def _deliver(session):
    """Take the mail as sent: the demonstration has no mail server."""
    session = session.sudo()
    mails = session.env["mail.mail"].search([("mail_message_id", "=", session.sheet_message_id.id)])
    mails._postprocess_sent_message(session._get_sheet_recipient(), [])
