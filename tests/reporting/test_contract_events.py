"""What a contract shows of its life: dates to watch, the timeline, movements of its revenue."""

from datetime import date
from unittest.mock import patch

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time
from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from ..common import ServiceContractCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-01-01")
class TestContractEvents(ServiceContractCommon):
    def events(self, contract, user=None):
        """Return ``(kind, date)`` of what is watched for a contract."""
        self.env.flush_all()
        events = self.env["service.contract.event"].with_user(user or self.user_manager)
        found = events.search([("contract_id", "=", contract.id)])
        return [(event.kind, event.date.isoformat()) for event in found]

    def test_dates_of_a_consumers_contract(self):
        """L01: send the notice by 30/10; the last day to refuse is 30/11."""
        contract = self.create_contract(regime="consumer")
        self.assertEqual(
            self.events(contract), [("notice", "2026-10-30"), ("deadline", "2026-11-30")]
        )

    def test_renewal_moves_the_dates_to_the_next_term(self):
        contract = self.create_contract(regime="professional")
        with freeze_time("2026-12-01"):
            contract._renew()
            self.assertEqual(
                self.events(contract), [("renewal", "2027-01-01"), ("deadline", "2027-11-30")]
            )

    def test_ending_contract_shows_its_end_only(self):
        contract = self.create_contract(regime="consumer")
        contract.sudo().date_end = "2026-06-30"
        self.assertEqual(self.events(contract), [("end", "2026-06-30")])
        contract._set_ended(date(2026, 6, 30))
        self.assertEqual(self.events(contract), [])

    def test_nothing_is_to_do_about_what_has_passed(self):
        """A last day to refuse that has passed waits for the daily job, not for a person."""
        contract = self.create_contract(regime="professional")
        with freeze_time("2026-12-01"):
            self.assertEqual(self.events(contract), [])

    def test_a_notice_that_did_not_arrive_is_to_do_at_once(self):
        """Not only when its window closes; after the last day to refuse nothing helps."""
        self.customer.email = "customer@example.com"
        contract = self.create_contract(regime="consumer")
        term = contract.commitment_ids
        with freeze_time("2026-09-10"):
            term.modified(["notice_opens"])
            term.with_user(self.user_manager).action_send_notice()
            self.assertEqual(self.filtered_events("this_month", contract), [])
            term.sudo().notice_message_id.notification_ids.notification_status = "bounce"
            self.assertEqual(self.filtered_events("this_month", contract), ["failed"])
            self.assertEqual(self.filtered_events("next_30", contract), ["failed"])
            self.assertEqual(self.filtered_events("renewals", contract), ["failed", "deadline"])
        with freeze_time("2026-12-01"):
            self.assertEqual(self.events(contract), [])

    def test_a_termination_to_approve_is_to_do(self):
        contract = self.create_contract()
        simulations = self.env["service.exit.simulation"].with_user(self.user_sales)
        simulations.create(
            {
                "contract_id": contract.id,
                "received_date": "2026-01-01",
                "reason_id": self.env.ref("service_contract.service_reason_exit_notice").id,
            }
        ).action_confirm()
        self.assertEqual(contract.termination_id.state, "waiting")
        self.assertEqual(self.filtered_events("this_month", contract), ["exit"])
        contract.with_user(self.user_manager).action_confirm_termination()
        self.assertEqual(self.filtered_events("next_30", contract), [])

    def test_lists_show_the_year(self):
        """The client leaves the present year out, unless dates are numeric."""
        for xmlid in (
            "service_contract_view_list",
            "service_contract_event_view_list",
            "service_commitment_view_list",
            "service_amendment_view_list",
            "service_termination_view_list",
            "service_suspension_view_list",
            "service_price_revision_view_list",
            "service_contract_view_form",
        ):
            view = self.env.ref(f"service_contract.{xmlid}")
            model = self.env[view.model]
            arch = etree.fromstring(model.get_view(view.id)["arch"])
            lists = [arch] if arch.tag == "list" else arch.xpath("//list")
            for node in lists:
                owner = node.getparent()
                name = owner.get("name") if owner is not None else None
                fields_of = self.env[model._fields[name].comodel_name] if name else model
                for field in node.xpath("field"):
                    if fields_of._fields[field.get("name")].type == "date":
                        with self.subTest(view=xmlid, list=name, field=field.get("name")):
                            self.assertIn("numeric", field.get("options", ""))

    def filtered_events(self, name, contract):
        """Return what a filter of the screen leaves of a contract's dates."""
        view = self.env.ref("service_contract.service_contract_event_view_search")
        (node,) = etree.fromstring(view.arch).xpath(f"//filter[@name='{name}']")
        today = {"context_today": fields.Date.today, "relativedelta": relativedelta}
        domain = [*safe_eval(node.get("domain"), today), ("contract_id", "=", contract.id)]
        self.env.flush_all()
        events = self.env["service.contract.event"].with_user(self.user_sales)
        return events.search(domain).mapped("kind")

    def test_what_is_overdue_stays_and_what_has_happened_goes(self):
        """L01: a notice is to send until the last day to refuse; a renewal of last year is not."""
        contract = self.create_contract(start="2025-01-01", regime="consumer")
        contract._renew()
        for day, this_month, next_30 in (
            ("2026-01-20", ["renewal"], []),
            ("2026-09-10", [], []),
            ("2026-10-05", ["notice"], ["notice"]),
            ("2026-11-15", ["notice", "deadline"], ["notice", "deadline"]),
        ):
            with self.subTest(day), freeze_time(day):
                self.assertEqual(self.filtered_events("this_month", contract), this_month)
                self.assertEqual(self.filtered_events("next_30", contract), next_30)

    def test_calendar_names_the_customer_first(self):
        self.create_contract(regime="consumer")
        self.env.flush_all()
        event = self.env["service.contract.event"].with_user(self.user_sales).search([])[0]
        self.assertEqual(event.display_name, f"{self.customer.name} · Send the notice of renewal")
        term = event.contract_id.commitment_ids
        self.assertEqual(term.display_name, f"{event.contract_id.name} · 1")
        self.assertTrue(
            term.with_context(show_customer=True).display_name.startswith(self.customer.name)
        )

    def test_ids_of_the_sources_stay_apart(self):
        contracts = [self.create_contract(regime="consumer") for _index in range(3)]
        contracts[0].sudo().date_end = "2026-06-30"
        self.env.flush_all()
        events = self.env["service.contract.event"].search([])
        self.assertEqual(len(events), len(set(events.ids)))
        self.assertEqual(len(events), 5)

    def test_only_colleagues_of_the_company_see_the_dates(self):
        contract = self.create_contract()
        self.assertTrue(self.events(contract, self.user_sales))
        with self.assertRaises(AccessError):
            self.events(contract, self.user_portal)
        other = self.setup_other_company()["company"]
        self.user_sales.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        self.assertFalse(self.events(contract, self.user_sales))

    # ----- Timeline -----

    def test_timeline_is_drawn_to_the_last_term(self):
        contract = self.create_contract(regime="consumer")
        with freeze_time("2026-12-01"):
            contract._renew()
            timeline = contract.with_user(self.user_sales).timeline
        self.assertEqual(
            (timeline["start"], timeline["end"], timeline["today"]),
            ("2026-01-01", "2027-12-31", "2026-12-01"),
        )
        terms = [bar for bar in timeline["bars"] if bar["row"] == "term"]
        self.assertEqual(
            [(bar["kind"], bar["start"], bar["end"]) for bar in terms],
            [("initial", "2026-01-01", "2026-12-31"), ("tacit", "2027-01-01", "2027-12-31")],
        )
        notices = [bar["kind"] for bar in timeline["bars"] if bar["row"] == "notice"]
        self.assertEqual(notices, ["notice_missed", "notice_upcoming"])
        self.assertEqual([mark["date"] for mark in timeline["marks"]], ["2026-11-30", "2027-11-30"])

    def test_timeline_says_why_a_window_holds_one_day(self):
        """L01: renewals of a month with a month's notice leave the day before each of them."""
        self.family.write({"initial_months": 3, "tacit_months": 1})
        contract = self.create_contract(regime="consumer")
        with freeze_time("2026-03-05"):
            contract._renew()
            contract.commitment_ids.modified(["notice_opens"])
            bars = [bar for bar in contract.timeline["bars"] if bar["row"] == "notice"]
        self.assertEqual([bool(bar["note"]) for bar in bars], [False, True])
        self.assertIn("no day on which the law could be kept", bars[-1]["note"])
        self.assertEqual(bars[-1]["shown"], "03/31/2026")

    def test_list_says_why_a_window_is_short(self):
        view = self.env.ref("service_contract.service_commitment_view_list")
        (node,) = etree.fromstring(view.arch).xpath("//field[@name='window_note']")
        self.assertEqual(node.get("optional"), "show")

    def test_timeline_marks_the_notice_that_was_sent(self):
        contract = self.create_contract(regime="consumer")
        contract.commitment_ids.sudo().notice_sent_on = "2026-09-15"
        marks = [(mark["kind"], mark["date"]) for mark in contract.timeline["marks"]]
        self.assertEqual(marks, [("sent", "2026-09-15"), ("deadline", "2026-11-30")])

    def test_no_timeline_without_commitment(self):
        self.family.initial_months = 0
        self.assertFalse(self.create_contract().timeline)

    # ----- Movements of the monthly amount -----

    def movements(self, contract):
        self.env.flush_all()
        self.env["service.contract"].search([("is_mrr_behind", "=", True)])._record_mrr_movements()
        return [
            (move.kind, move.amount, move.date.isoformat())
            for move in contract.mrr_movement_ids.sorted("id")
        ]

    def test_movements_add_up_to_what_the_contract_brings(self):
        contract = self.create_contract(start="2025-11-01")
        new = ("new", 50.0, "2025-11-01")
        self.assertEqual(self.movements(contract), [new])
        self.assertEqual(self.movements(contract), [new])
        contract.line_ids.quantity = 3
        more = ("expansion", 100.0, "2026-01-01")
        self.assertEqual(self.movements(contract), [new, more])
        with freeze_time("2026-02-10"):
            contract.line_ids.price_unit = 20
            less = ("contraction", -90.0, "2026-02-10")
            self.assertEqual(self.movements(contract), [new, more, less])
        contract._set_ended(date(2026, 3, 31))
        gone = ("churn", -60.0, "2026-03-31")
        self.assertEqual(self.movements(contract), [new, more, less, gone])
        self.assertEqual(sum(contract.mrr_movement_ids.mapped("amount")), 0)

    def test_movement_in_the_companys_currency(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.env["res.currency.rate"].create(
            {
                "name": "2026-01-01",
                "currency_id": dollar.id,
                "rate": 2.0,
                "company_id": self.company.id,
            }
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Dollars", "currency_id": dollar.id}
        )
        contract = self.create_contract(pricelist_id=pricelist.id, line={"price_unit": 80})
        self.assertEqual(self.movements(contract), [("new", 40.0, "2026-01-01")])
        self.assertEqual(contract.mrr_movement_ids.amount_currency, 80.0)

    # ----- Seen on the day -----

    def seen(self, user, verb="action_open_movements", *ids):
        """Return what the menu, or the list's button, shows a user, and the action it opened."""
        self.env.flush_all()
        movements = self.env["service.mrr.movement"].with_user(user)
        action = call_kw(movements, verb, ids, {})
        return [(row.kind, row.amount) for row in movements.search([], order="id")], action

    def test_opening_the_movements_shows_those_of_today(self):
        """Who changed a contract this morning does not wait for the daily job to see it."""
        contract = self.create_contract()
        contract.line_ids.quantity = 3
        for user in (self.user_accountant, self.user_sales, self.user_manager):
            with self.subTest(user=user.login):
                shown, action = self.seen(user)
                self.assertEqual(shown, [("new", 50.0), ("expansion", 100.0)])
                self.assertEqual(action["res_model"], "service.mrr.movement")

    def test_the_list_is_brought_up_to_date_by_its_button(self):
        contract = self.create_contract()
        self.seen(self.user_accountant)
        contract.line_ids.quantity = 2
        shown, action = self.seen(self.user_accountant, "action_bring_up_to_date", [])
        self.assertEqual(shown, [("new", 50.0), ("expansion", 50.0)])
        self.assertEqual(action["tag"], "soft_reload")
        with self.assertRaises(AccessError):
            self.seen(self.user_technician)

    def test_what_is_left_to_the_daily_job_is_said(self):
        for quantity in (2, 3):
            self.create_contract().line_ids.quantity = quantity
        with patch("odoo.addons.service_contract.models.reporting.service_mrr_movement.AT_ONCE", 1):
            shown, action = self.seen(self.user_accountant)
        self.assertEqual(shown, [("new", 50.0), ("new", 50.0), ("expansion", 50.0)])
        self.assertIn("1 more contracts", action["params"]["message"])
        self.assertEqual(action["params"]["next"]["res_model"], "service.mrr.movement")
