"""Intervention sheets: how the customers of the demonstration answer them (S30)."""

from datetime import timedelta

from . import clock

UNSENT_EVERY = 5


def answer(session, number, end):
    """Have the sheet of a session with days to contest signed on paper; some are left to send."""
    if not session.level_id.contest_days or number % UNSENT_EVERY == UNSENT_EVERY - 1:
        return
    with clock.at(end + timedelta(minutes=5)):
        wizard = session.env["service.session.signature"].create({"session_id": session.id})
        wizard.action_sign()
