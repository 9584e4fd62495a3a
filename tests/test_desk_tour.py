from odoo.tests import HttpCase, tagged

from .common import ServiceContractCommon


@tagged("post_install", "-at_install", "slow")
class TestDeskTour(ServiceContractCommon, HttpCase):
    """The desk in a browser, by a technician."""

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
        cls.env["service.equipment"].create(
            {
                "name": "DESK-PC",
                "partner_id": cls.other.id,
                "remote_tool_id": "123 456 789",
                "company_id": cls.company.id,
            }
        )

    def test_two_keys_to_the_running_timer(self):
        self.start_tour(
            "/odoo/service-desk",
            "service_contract_desk",
            login=self.user_technician.login,
            timeout=300,
        )
        session = self.contract.session_ids
        self.assertEqual((session.state, session.contact_id), ("done", self.caller))
        self.assertEqual(session.user_id, self.user_technician)
        self.assertGreaterEqual(session.connected_seconds, 1)
        self.assertEqual(session.report, "<p>Paper put in, tested</p>")
        other = self.contracts.session_ids
        self.assertEqual((other.state, other.line_ids.service_workstation), ("running", "DESK-PC"))

    def test_refusals_are_words(self):
        self.employee.user_id = False
        self.start_tour(
            "/odoo/service-desk",
            "service_contract_desk_refused",
            login=self.user_technician.login,
            timeout=300,
        )
        self.assertFalse(self.contract.session_ids)
