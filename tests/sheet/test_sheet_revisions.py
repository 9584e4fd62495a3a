"""What was confirmed stays what was confirmed: revisions of a sheet and their answers (S30)."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..session.common import HALF_HOUR, NOON
from .common import SheetCommon

WAYS = ("customer", "paper")


class RevisionCommon(SheetCommon):
    def confirm(self, session, validation="customer", at="2026-03-03 09:30:00"):
        with freeze_time(at):
            session._set_sheet_validated(validation, sheet_ip="192.0.2.7")
        return session

    def close_and_confirm(self, **vals):
        return self.confirm(self.close_and_send(), **vals)

    def lengthen(self, session, seconds=HALF_HOUR + 1, at="2026-03-04 12:00:00"):
        """Let a manager correct the time of a closed session."""
        with freeze_time(at):
            session.with_user(self.user_manager).line_ids.service_seconds = seconds
            self.env.flush_all()


@tagged("post_install", "-at_install")
class TestConfirmed(RevisionCommon):
    """Confirmed or signed, a sheet is a manager's matter."""

    def get_changes(self):
        visit = self.create_session([], done=False, channel="on_site")
        line = {"service_start": NOON, "service_seconds": 60, "service_workstation": "PC 9"}
        lines = self.env["account.analytic.line"].with_user(self.user_technician)
        return {
            "reopen": lambda session: session.action_reopen(),
            "cancel": lambda session: session.action_cancel(),
            "times": lambda session: session.line_ids.write({"service_seconds": HALF_HOUR + 1}),
            "stop": lambda session: session.line_ids.write({"service_stop": "2026-03-02 11:00:30"}),
            "delete": lambda session: session.line_ids.unlink(),
            "add": lambda session: lines.create({**line, "service_session_id": session.id}),
            "replaced": lambda session: session.write({"replaced_by_id": visit.id}),
        }

    @mute_logger("odoo.sql_db")
    def test_technicians_change_nothing(self):
        for way in WAYS:
            session = self.close_and_confirm(validation=way)
            for name, change in self.get_changes().items():
                with (
                    self.subTest(way=way, change=name),
                    self.assertRaisesRegex(UserError, "ask a manager"),
                    self.env.cr.savepoint(),
                ):
                    change(session.with_user(self.user_technician))
                self.assertEqual(self.state(session)[:2], ("validated", "ready"))

    def test_managers_do(self):
        for name, change in self.get_changes().items():
            if name in ("add", "delete"):
                continue
            with self.subTest(change=name):
                session = self.close_and_confirm()
                change(session.with_user(self.user_manager))
                self.assertEqual((session.sheet_state, session.sheet_revision), ("draft", 1))
                if session.can_cancel:
                    session.with_user(self.user_manager).action_cancel()

    def test_what_silence_validated_is_the_technicians(self):
        session = self.close_and_send()
        self.confirm(session, "silence")
        session.with_user(self.user_technician).action_reopen()
        self.assertEqual(session.sheet_state, "draft")


@tagged("post_install", "-at_install")
class TestRaised(RevisionCommon):
    """Above the amount that was confirmed nothing is ready without a new answer."""

    def assert_waits(self, session, cause, at="2026-06-01 12:00:00"):
        self.cron(at)
        self.assertEqual(set(session.charge_ids.mapped("state")), {"on_hold"})
        self.assertEqual(set(session.charge_ids.mapped("hold_cause")), {cause})
        self.assertFalse(self.bill(at).invoice_ids)

    def test_raised_without_days(self):
        """2CLICKS has no days to contest: 30.00 confirmed, 60.00 is not billed at once."""
        self.level.contest_days = 0
        session = self.close_and_confirm()
        self.assertEqual(session.amount_untaxed, 30.0)
        self.lengthen(session)
        self.assertEqual(session.amount_untaxed, 60.0)
        self.assert_waits(session, "unsent")
        self.send(session, "2026-03-05 12:00:00")
        self.deliver(session, "2026-03-05 12:00:00")
        self.assertFalse(session.sheet_contest_until)
        self.assert_waits(session, "raised")
        self.assertEqual(session.sheet_state, "sent", "silence agrees to nothing")
        self.confirm(session, at="2026-06-02 09:00:00")
        self.assertEqual(
            sum(self.bill("2026-06-02 12:00:00").invoice_ids.mapped("amount_untaxed")), 60
        )

    def test_raised_without_days_may_be_contested(self):
        self.level.contest_days = 0
        session = self.close_and_confirm()
        self.lengthen(session)
        self.send(session, "2026-03-05 12:00:00")
        page = session.sudo()._get_sheet_page(session.sheet_revision)
        self.assertEqual(page["status"], "open")
        self.contest(session)
        self.assertEqual(session.sheet_state, "contested")

    def test_raised_with_days(self):
        """Silence is an answer to a sheet sent again, which shows old and new times."""
        session = self.close_and_confirm()
        self.lengthen(session)
        self.assert_waits(session, "unsent")
        self.send(session, "2026-03-05 12:00:00")
        self.deliver(session, "2026-03-05 12:00:00")
        self.assert_waits(session, "sent", "2026-03-10 12:00:00")
        html = self.render(session)
        for words in ("12:01:00", "12:30:01", ">36.00<", ">72.00<"):
            self.assertTrue(words in html, words)
        self.cron("2026-03-11 12:00:00")
        self.assertEqual(session.sheet_state, "validated")

    def render(self, session):
        report = "service_contract.service_session_sheet_report"
        return self.env["ir.actions.report"]._render_qweb_html(report, session.ids)[0].decode()

    def test_not_raised(self):
        """Less, or as much, needs no other answer than the level asks for."""
        self.level.contest_days = 0
        for seconds in (30, HALF_HOUR):
            with self.subTest(seconds=seconds):
                session = self.close_and_confirm()
                self.lengthen(session, seconds)
                self.assertEqual(self.state(session)[:3], ("draft", "ready", False))
                session.with_user(self.user_manager).action_cancel()

    def test_raised_by_reopening(self):
        self.level.contest_days = 0
        session = self.close_and_confirm()
        with freeze_time("2026-03-04 12:00:00"):
            session.with_user(self.user_manager).action_reopen()
            session.line_ids.service_seconds = HALF_HOUR + 1
            session.with_user(self.user_technician).action_done()
        self.assert_waits(session, "unsent")

    def test_raised_by_a_price_set(self):
        self.level.contest_days = 0
        session = self.close_and_confirm()
        reason = self.env["service.reason"].search([("usage", "=", "price")], limit=1)
        session.with_user(self.user_manager)._set_override(30.01, reason)
        self.assert_waits(session, "unsent")
        session.with_user(self.user_manager)._set_override(30.0, reason)
        self.assertEqual(self.state(session)[:3], ("draft", "ready", False))

    def test_raised_twice(self):
        """The last answer counts, whatever was sent without one in between."""
        self.level.contest_days = 0
        session = self.close_and_confirm()
        self.lengthen(session)
        self.send(session, "2026-03-05 12:00:00")
        self.lengthen(session, 2 * HALF_HOUR + 1)
        self.assertEqual(session._get_earlier_revision().revision, 0)
        self.confirm(self.send(session, "2026-03-06 12:00:00"))
        self.assertEqual(session.charge_ids.mapped("state"), ["ready"] * len(session.charge_ids))
        self.lengthen(session, HALF_HOUR + 1)
        self.assertEqual(set(session.charge_ids.mapped("state")), {"ready"})

    def test_silence_without_days_agreed_to_nothing(self):
        self.level.contest_days = 0
        session = self.close_and_send()
        self.confirm(session, "silence")
        self.lengthen(session)
        self.assertEqual(set(session.charge_ids.mapped("state")), {"ready"})

    def test_contested_and_corrected(self):
        """Who contested, and got no decision, has agreed to nothing."""
        self.level.contest_days = 0
        session = self.close_and_send()
        self.contest(session)
        self.lengthen(session, 30)
        self.assert_waits(session, "unsent")

    def test_settled_and_raised(self):
        self.level.contest_days = 0
        session = self.close_and_send()
        self.contest(session)
        reason = self.env["service.reason"].search([("usage", "=", "price")], limit=1)
        session.with_user(self.user_manager)._settle_sheet("reduce", "So be it", reason, 20.0)
        self.assertEqual(session.charge_ids.state, "ready")
        session.with_user(self.user_manager)._set_override(25.0, reason)
        self.assert_waits(session, "unsent")
        session.with_user(self.user_manager)._set_override(20.0, reason)
        self.assertEqual(session.charge_ids.state, "ready")

    def test_confirmed_while_waived(self):
        """Shown as 0.00, it is owed again only after another answer."""
        self.level.contest_days = 0
        session = self.close_and_send()
        charge = session.charge_ids.with_user(self.user_accountant)
        self.waive(charge)
        self.confirm(session)
        self.assertEqual(session.sheet_amount, 0)
        charge.action_owe()
        self.assertEqual(self.state(session)[:3], ("draft", "on_hold", "unsent"))

    def test_price_of_the_charge_written(self):
        self.level.contest_days = 0
        session = self.close_and_confirm()
        with self.assertRaises(AccessError):
            session.charge_ids.with_user(self.user_manager).price_unit = 70
        session.charge_ids.sudo().price_unit = 70
        self.assertEqual(self.state(session)[:3], ("draft", "on_hold", "unsent"))


@tagged("post_install", "-at_install")
class TestRevisions(RevisionCommon):
    """Each revision keeps its answer, with date and address."""

    def test_the_answer_is_kept(self):
        session = self.close_and_confirm()
        self.lengthen(session)
        kept = session.with_user(self.user_manager).sheet_revision_ids
        self.assertEqual(kept.mapped("revision"), [0])
        self.assertEqual(
            (kept.state, kept.validation, kept.ip), ("validated", "customer", "192.0.2.7")
        )
        self.assertEqual(str(kept.validated_at), "2026-03-03 09:30:00")
        self.assertEqual((kept.email, kept.amount), ("customer@example.com", 36.0))
        self.assertEqual(kept.connections[0]["stop"], "2026-03-02 11:01:00")
        self.assertFalse(session.sudo().sheet_ip or session.sheet_validated_at)

    def test_a_contest_is_kept_with_its_decision(self):
        session = self.close_and_send()
        self.contest(session)
        session.with_user(self.user_manager)._settle_sheet("confirm", "It stands")
        session.with_user(self.user_manager).action_reopen()
        kept = session.sheet_revision_ids
        self.assertEqual((kept.state, kept.contest_text), ("settled", "I was not there"))
        self.assertEqual(
            (kept.settlement_note, kept.settled_by_id), ("It stands", self.user_manager)
        )

    def test_nobody_writes_it(self):
        session = self.close_and_confirm()
        self.lengthen(session)
        kept = session.sheet_revision_ids
        for rows in (kept.with_user(self.user_technician), kept.with_user(self.user_manager)):
            for step in (lambda rows=rows: rows.write({"write_uid": 1}), rows.unlink):
                with self.assertRaises(AccessError):
                    step()
        with self.assertRaisesRegex(UserError, "can no longer change"):
            kept.sudo().amount = 72
        with self.assertRaises(AccessError):
            kept.with_user(self.user_technician).read(["ip"])

    def test_other_companies_do_not_see_it(self):
        session = self.close_and_confirm()
        self.lengthen(session)
        other = self.setup_other_company(name="Sister")["company"]
        self.user_technician.write({"company_ids": [(4, other.id)]})
        rows = self.env["service.sheet.revision"].with_user(self.user_technician)
        self.assertTrue(rows.with_company(self.company).search([]))
        alone = rows.with_context(allowed_company_ids=other.ids)
        self.assertFalse(alone.search([("session_id", "=", session.id)]))


@tagged("post_install", "-at_install")
class TestTimesLogged(RevisionCommon):
    """Every change of start or stop after the closing is logged, old and new."""

    def get_log(self, session):
        bodies = session.message_ids.filtered(lambda item: "after the closing" in item.body)
        return [str(body).replace("\xa0", " ") for body in bodies.mapped("body")]

    def test_nothing_is_logged_before(self):
        session = self.create_session([(NOON, 60)], done=False)
        session.line_ids.service_seconds = 120
        session.action_done()
        self.assertEqual(self.get_log(session), [])

    def test_start_and_stop(self):
        session = self.close()
        session.line_ids.write(
            {"service_start": "2026-03-02 10:59:00", "service_stop": "2026-03-02 11:02:00"}
        )
        (body,) = self.get_log(session)
        old, new = body.split("⟶")
        self.assertIn("12:00:00 – 03/02/2026 12:01:00", old)
        self.assertIn("11:59:00 – 03/02/2026 12:02:00", new)
        self.assertEqual(session.message_ids[0].author_id, self.user_technician.partner_id)

    def test_reopened_too(self):
        session = self.close()
        session.action_reopen()
        session.line_ids.service_seconds = 120
        self.assertEqual(len(self.get_log(session)), 1)
        session.line_ids.service_seconds = 120
        self.assertEqual(len(self.get_log(session)), 1, "nothing has changed")

    def test_added_and_removed(self):
        session = self.close()
        line = {"service_start": "2026-03-02 11:30:00", "service_seconds": 60}
        self.env["account.analytic.line"].with_user(self.user_technician).create(
            {**line, "service_session_id": session.id, "service_workstation": "PC 9"}
        )
        self.assertRegex(self.get_log(session)[0], "PC 9.*12:30:00.*added")
        session.line_ids.filtered(lambda row: row.service_workstation == "PC 9").unlink()
        self.assertRegex(self.get_log(session)[0], "PC 9.*12:30:00.*removed")

    def test_moved_to_another_session(self):
        session, other = self.close(research_seconds=60), self.close("2026-03-02 13:00:00")
        session.line_ids.sudo().write(
            {"service_session_id": other.id, "service_workstation": "PC 9"}
        )
        self.assertIn("removed", self.get_log(session)[0])
        self.assertIn("added", self.get_log(other)[0])
