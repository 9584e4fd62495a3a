from ast import literal_eval
from datetime import date

from dateutil.relativedelta import relativedelta
from lxml import etree

from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import freeze_time, tagged
from odoo.tools.safe_eval import safe_eval

from ..common import ServiceContractCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-04-10 12:00:00")
class TestSessionHours(ServiceContractCommon):
    """Hours of pivots and graphs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.service_default_level_id = cls.level
        cls.contract = cls.create_contract()

    def test_covered_and_billed_hours(self):
        billed = self.create_session([("2026-03-09 13:00:00", 3605)], is_off_contract=True)
        included = self.create_session(
            [("2026-03-10 13:00:00", 1801)], contract_id=self.contract.id
        )
        self.assertEqual((billed.billed_hours, billed.covered_hours), (1.5, 0))
        self.assertEqual((included.billed_hours, included.covered_hours), (0, 1.0))
        self.assertAlmostEqual(billed.connected_hours, 3605 / 3600)

    def test_hours_follow_a_correction(self):
        session = self.create_session([("2026-03-09 13:00:00", 3605)], is_off_contract=True)
        session.with_user(self.user_manager).line_ids.service_seconds = 1800
        self.assertEqual((session.connected_hours, session.billed_hours), (0.5, 0.5))

    def test_sums_by_level(self):
        for start in ("2026-03-09 08:00:00", "2026-03-09 10:00:00"):
            self.create_session([(start, 900)], is_off_contract=True)
        ((level, connected, billed),) = (
            self.env["service.session"]
            .with_user(self.user_manager)
            ._read_group(
                [("partner_id", "=", self.customer.id)],
                ["level_id"],
                ["connected_hours:sum", "billed_hours:sum"],
            )
        )
        self.assertEqual((level, connected, billed), (self.level, 0.5, 1.0))

    def test_nobody_writes_them_by_hand(self):
        session = self.create_session([("2026-03-09 13:00:00", 60)], is_off_contract=True)
        with self.assertRaises(AccessError):
            session.with_user(self.user_manager).covered_minutes = 60


@tagged("post_install", "-at_install")
@freeze_time("2026-04-10 12:00:00")
class TestAnalysis(ServiceContractCommon):
    """What pivots and graphs of sessions show when they open."""

    def get_actions(self):
        """Return the actions that open sessions as figures."""
        actions = self.env["ir.actions.act_window"].search([("res_model", "=", "service.session")])
        return actions.filtered(
            lambda action: {"pivot", "graph"} & set(action.view_mode.split(","))
        )

    def get_opening_domain(self, action):
        view = self.env.ref("service_contract.service_session_view_search")
        filters = {node.get("name"): node for node in etree.fromstring(view.arch).iter("filter")}
        names = {"context_today": date.today, "relativedelta": relativedelta, "uid": self.env.uid}
        return Domain.AND(
            safe_eval(filters[name.removeprefix("search_default_")].get("domain"), names)
            for name in literal_eval(action.context)
        )

    def test_everybodys_closed_sessions_of_twelve_months(self):
        self.company.service_default_level_id = self.level
        old, first, last = (
            self.create_session([(f"{day} 13:00:00", 60)], is_off_contract=True)
            for day in ("2025-04-30", "2025-05-01", "2026-04-09")
        )
        self.env["service.session"].create({"partner_id": old.partner_id.id})
        sessions = self.env["service.session"].with_user(self.user_manager)
        (action,) = self.get_actions()
        self.assertEqual(
            sessions.search(
                self.get_opening_domain(action) & Domain("partner_id", "=", old.partner_id.id)
            ),
            last + first,
        )

    def test_technicians_reach_it(self):
        menus = self.env["ir.ui.menu"].with_user(self.user_technician)._visible_menu_ids()
        reporting = self.env.ref("service_contract.service_contract_menu_reporting")
        self.assertEqual(
            reporting.child_id.filtered(lambda menu: menu.id in menus),
            self.env.ref("service_contract.service_session_report_menu"),
        )


@tagged("post_install", "-at_install")
class TestAnnexOfManyContracts(ServiceContractCommon):
    """The annex of an invoice over several contracts (S29)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.service_grouping = "site"
        cls.contracts = cls.create_contract() | cls.create_contract()

    def sessions(self, day):
        return self.env["service.session"].concat(
            *(
                self.create_session([(f"2026-{day} 0{8 + n}:00:00", 60)], contract_id=contract.id)
                for n, contract in enumerate(self.contracts)
            )
        )

    def annex(self, invoice):
        rows = self.env["service.session"]._get_annex_rows(invoice)
        return self.env["service.session"].browse(row.session.id for row in rows)

    def test_each_invoice_shows_the_sessions_since_the_last(self):
        first, second = self.sessions("01-20"), self.sessions("02-20")
        invoices = [self.create_run(cutoff).invoice_ids for cutoff in ("2026-01-31", "2026-02-28")]
        self.assertEqual(len(invoices[0]), 1, "one invoice for the customer")
        self.assertEqual(self.annex(invoices[0]), first)
        self.assertEqual(self.annex(invoices[1]), second)

    def test_closed_after_its_month(self):
        """What was closed too late for its month is on the next invoice, and on no other."""
        first, late = self.sessions("01-20"), self.sessions("01-21")
        late.action_reopen()
        january = self.create_run("2026-01-31").invoice_ids
        late.action_done()
        february = self.create_run("2026-02-28").invoice_ids
        self.assertEqual(self.annex(january), first)
        self.assertEqual(self.annex(february), late)
        self.assertFalse(self.annex(self.create_run("2026-03-31").invoice_ids))

    def test_closed_after_its_month_and_a_gesture_for_that_month(self):
        """The posted invoice has been sent: a credit note for it adds nothing to its annex."""
        late = self.sessions("01-20")
        late.action_reopen()
        january = self.create_run("2026-01-31", is_auto_post=True).invoice_ids
        late.action_done()
        gesture = january._reverse_moves([{"invoice_date": "2026-02-03"}])
        gesture.invoice_line_ids.price_unit = 10
        gesture.action_post()
        self.assertFalse(self.annex(january))
        self.assertEqual(self.annex(self.create_run("2026-02-28").invoice_ids), late)

    def test_closed_before_the_draft_is_posted(self):
        sessions = self.sessions("01-20")
        sessions[1].action_reopen()
        invoice = self.create_run("2026-01-31").invoice_ids
        self.assertEqual(self.annex(invoice), sessions[0])
        sessions[1].action_done()
        invoice.action_post()
        self.assertEqual(self.annex(invoice), sessions)

    def test_a_draft_that_is_gone_frees_its_sessions(self):
        sessions = self.sessions("01-20")
        for undo in ("unlink", "button_cancel"):
            invoice = self.create_run("2026-01-31").invoice_ids
            self.assertEqual(self.annex(invoice), sessions)
            getattr(invoice, undo)()
        self.assertEqual(self.annex(self.create_run("2026-02-28").invoice_ids), sessions)
        self.assertFalse(self.annex(invoice))

    def test_bill_now_shows_its_own_session(self):
        included = self.sessions("01-20")
        session = self.create_session(
            [("2026-02-20 08:00:00", 60)], contract_id=self.contracts[0].id
        )
        reason = self.env["service.reason"].create({"name": "Agreed", "usage": "price"})
        session.with_user(self.user_manager)._set_override(12, reason)
        session.with_user(self.user_accountant).action_bill_now()
        self.assertEqual(self.annex(session.charge_ids.invoice_id), session)
        self.assertEqual(self.annex(self.create_run("2026-02-28").invoice_ids), included)

    def test_many_invoices_ask_no_more_than_few(self):
        """Noting sessions on annexes takes as many queries, however many invoices there are."""
        sessions = self.sessions("01-20")
        invoices = self.create_run("2026-01-31").invoice_ids
        sessions |= self.sessions("02-20")
        more = self.create_run("2026-02-28").invoice_ids
        more |= self.create_run("2026-03-31").invoice_ids
        counts = []
        for moves in (invoices, invoices | more):
            sessions.sudo().annex_move_id = False
            self.env.flush_all()
            moves.invoice_line_ids.service_charge_id.mapped("contract_id.name")
            moves.service_run_id.session_ids.mapped("name")
            before = self.env.cr.sql_log_count
            sessions._note_on_annex(moves)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(sessions.annex_move_id, moves.filtered(self.annex))
        self.assertEqual(*counts)

    def test_channel_and_work_type_are_printed(self):
        work_type = self.env["service.work.type"].search([], limit=1)
        session = self.sessions("01-20")[0]
        session.sudo().write({"work_type_id": work_type.id})
        invoice = self.create_run("2026-01-31").invoice_ids
        html = self.env["ir.qweb"]._render(
            "service_contract.session_annex",
            {"service_rows": session._get_annex_rows(invoice), "o": invoice},
        )
        self.assertIn("Remote", html)
        self.assertIn(work_type.name, html)
