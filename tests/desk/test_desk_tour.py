from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from ..common import ServiceContractCommon


class DeskTourCommon(ServiceContractCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.create_customer("Desk Customer")
        cls.caller, referent = cls.env["res.partner"].create(
            [
                {"name": "Desk Caller", "parent_id": cls.customer.id, "phone": "+262692123456"},
                {"name": "Desk Référent", "parent_id": cls.customer.id},
            ]
        )
        cls.contract = cls.create_contract(cls.customer, referent_id=referent.id)
        cls.other = cls.create_customer("Desk Other")
        cls.contracts = cls.create_contract(cls.other) + cls.create_contract(cls.other)
        cls.create_device(cls.other, "DESK-PC", "123 456 789")

    @classmethod
    def create_device(cls, customer, name, remote_tool_id):
        return cls.env["service.equipment"].create(
            {
                "name": name,
                "partner_id": customer.id,
                "remote_tool_id": remote_tool_id,
                "company_id": cls.company.id,
            }
        )

    def start_tour_at_desk(self, name):
        self.start_tour("/odoo/service-desk", name, login=self.user_technician.login, timeout=300)


@tagged("post_install", "-at_install", "slow")
class TestDeskTour(DeskTourCommon):
    """The desk in a browser, by a technician."""

    def test_two_keys_to_the_running_timer(self):
        self.start_tour_at_desk("service_contract_desk")
        session = self.contract.session_ids
        self.assertEqual((session.state, session.contact_id), ("done", self.caller))
        self.assertEqual(session.user_id, self.user_technician)
        self.assertGreaterEqual(session.connected_seconds, 1)
        self.assertEqual(session.report, "<p>Paper put in, tested</p>")
        other = self.contracts.session_ids
        self.assertEqual((other.state, other.line_ids.service_workstation), ("running", "DESK-PC"))

    def test_refusals_are_words(self):
        self.employee.user_id = False
        self.start_tour_at_desk("service_contract_desk_refused")
        self.assertFalse(self.contract.session_ids)

    def create_unfinished(self):
        start = fields.Datetime.now() - timedelta(minutes=5)
        return self.create_session([(start, 60)], self.customer, done=False)

    def test_what_is_refused_is_kept(self):
        """Neither closing nor leaving loses what the server did not take."""
        session = self.create_unfinished()
        desk = self.env.registry["service.desk"]
        prepare, words = desk._prepare_typed_vals, "Try again."

        def refuse(records, values):
            if "?" in values["report"]:
                raise UserError(words)
            return prepare(records, values)

        self.patch(desk, "_prepare_typed_vals", refuse)
        self.start_tour_at_desk("service_contract_desk_kept")
        self.assertEqual((session.state, session.report), ("done", "<p>Paper put in</p>"))

    def test_what_was_written_on_the_form_since_is_shown(self):
        session = self.create_unfinished()
        self.start_other()
        self.start_tour_at_desk("service_contract_desk_newer")
        self.assertEqual((session.state, session.report), ("done", "<p>On the form, then here</p>"))

    def test_what_one_types_goes_to_the_search(self):
        """A space starts and chooses nothing; a mistake is taken back, another one cancelled."""
        self.start_tour_at_desk("service_contract_desk_typing")
        self.assertEqual(self.contract.session_ids.mapped("state"), ["cancelled"])
        self.assertFalse(self.contract.session_ids.line_ids)
        (session,) = self.contracts.session_ids
        self.assertEqual((session.state, session.contract_id), ("cancelled", self.contracts[1]))

    def check_stop(self, session):
        """The stop is of the click, three seconds before it could be sent at the earliest."""
        (line,) = session.line_ids
        self.assertEqual(session.state, "draft")
        self.assertGreater(line.service_stop, line.service_start)
        self.assertGreaterEqual(line.write_date - line.service_stop, timedelta(seconds=2))

    def start_other(self):
        self.env["service.desk"].with_user(self.user_technician).start_session(
            {"partner_id": self.other.id, "contract_id": self.contracts[0].id}
        )
        return self.contracts.session_ids

    def test_a_stop_without_a_connection_counts_from_the_click(self):
        session, running = self.create_unfinished(), self.start_other()
        self.start_tour_at_desk("service_contract_desk_offline")
        self.assertEqual(session.report, "<p>Typed on the train</p>")
        self.check_stop(running)

    def test_a_stop_on_the_form_without_a_connection(self):
        session = self.start_other()
        url = f"/odoo/action-service_contract.service_session_action/{session.id}"
        self.start_tour(
            url, "service_contract_form_offline", login=self.user_technician.login, timeout=300
        )
        self.check_stop(session)
