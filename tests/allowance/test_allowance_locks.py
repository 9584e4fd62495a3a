"""The ledger of time is entered, not written; what managers enter by hand leaves a trace."""

from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import AllowanceCommon

HOUR = 3600


@tagged("post_install", "-at_install")
class TestAllowanceLocks(AllowanceCommon):
    def refuse(self, entry, error, *cases):
        before = self.get_values(entry)
        for vals in cases:
            with self.subTest(entry=entry.note, vals=vals), self.assertRaises(error):
                with self.env.cr.savepoint():
                    entry.with_user(self.user_manager).write(vals)
                    self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.get_values(entry), before)

    def get_values(self, entry):
        own = {name for name, field in entry._fields.items() if field.store}
        names = own - {"write_uid", "write_date"}
        return {
            name: str(value) for name, value in entry.read(sorted(names), load=False)[0].items()
        }

    def flush_tracking(self):
        self.env.flush_all()
        self.env.cr.precommit.run()

    def test_what_the_workflow_says_is_not_written(self):
        """The balance, whom it was drawn by, which order paid it, which period it is for."""
        grant = self.sold().order_line.service_allowance_ids
        other = self.sold().order_line
        period = self.contract().allowance_ids
        session = self.session(HOUR)
        drawn = session.allowance_ids
        for entry in (grant, period, drawn, self.prepay(HOUR)):
            self.refuse(
                entry,
                AccessError,
                {"left_seconds": 36000},
                {"used_seconds": 0},
                {"source_id": grant.id},
                {"session_id": session.id},
                {"session_id": False},
                {"sale_line_id": other.id},
                {"sale_line_id": False},
                {"period_start": "2026-01-01"},
                {"period_last": "2026-12-31"},
                {"company_id": self.env.company.search([("id", "!=", self.company.id)])[:1].id},
                {"commercial_partner_id": self.env.company.partner_id.id},
            )

    def test_what_was_entered_stays(self):
        grant = self.sold().order_line.service_allowance_ids
        period = self.contract().allowance_ids
        drawn = self.session(HOUR).allowance_ids
        cases = (
            {"hours": 30},
            {"seconds": 30 * HOUR},
            {"partner_id": self.env.company.partner_id.id},
            {"kind": "prepaid" if period.kind == "included" else "included"},
            {"date": "2025-01-01"},
            {"note": "Other words"},
        )
        self.refuse(period, UserError, *cases, {"contract_id": False})
        self.refuse(drawn, UserError, *cases, {"date_until": "2027-01-01"})
        self.refuse(grant, UserError, *cases[:3], *cases[4:])

    @mute_logger("odoo.sql_db")
    def test_a_draw_is_not_made_by_hand(self):
        grant = self.prepay(HOUR)
        entries = self.env["service.allowance"].with_user(self.user_manager)
        vals = {"partner_id": self.customer.id, "seconds": -HOUR, "source_id": grant.id}
        for context in ({}, {"default_source_id": grant.id, "service_workflow": True}):
            with self.assertRaises(CheckViolation), self.env.cr.savepoint():
                entries.with_context(**context).create(vals)
                self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(grant.left_seconds, HOUR)

    def test_time_is_prolonged_by_a_manager(self):
        """Whatever granted it; the chatter says by whom, and from when."""
        grant = self.contract().allowance_ids.with_user(self.user_manager)
        grant = grant.with_context(tracking_disable=False, mail_notrack=False)
        self.flush_tracking()
        grant.date_until = "2026-12-31"
        self.flush_tracking()
        tracked = grant.message_ids.sudo().tracking_value_ids
        self.assertEqual(tracked.field_id.name, "date_until")
        self.assertEqual(grant.message_ids[0].author_id, self.user_manager.partner_id)

    def test_by_hand_until_it_is_drawn_from(self):
        entries = self.env["service.allowance"].with_user(self.user_manager)
        entry = entries.with_context(tracking_disable=False, mail_notrack=False).create(
            {"partner_id": self.customer.id, "hours": 2, "date": "2026-01-01", "note": "Goodwill"}
        )
        self.flush_tracking()
        other = self.create_customer("Other")
        entry.write({"partner_id": other.id, "hours": 3})
        self.flush_tracking()
        entry.partner_id = self.customer
        self.flush_tracking()
        tracked = entry.message_ids.sudo().tracking_value_ids.field_id.mapped("name")
        self.assertEqual(set(tracked), {"partner_id", "seconds"})
        self.session(HOUR)
        self.assertEqual(entry.left_seconds, 2 * HOUR)
        for vals in ({"partner_id": other.id}, {"kind": "included"}):
            with self.subTest(vals), self.assertRaisesRegex(UserError, "has been drawn from"):
                entry.write(vals)
        entry.write({"hours": 4, "note": "More of it"})
        self.assertEqual(entry.left_seconds, 3 * HOUR)

    def test_time_that_is_taken_away_is_said(self):
        entries = self.env["service.allowance"].with_user(self.user_manager)
        entries.create({"partner_id": self.customer.id, "hours": 2, "note": "A slip"}).unlink()
        self.assertIn("A slip", self.customer.message_ids[0].body)

    def test_granting_leaves_no_message(self):
        self.assertFalse(self.contract().allowance_ids.message_ids)
