from odoo.tests import HttpCase, tagged

from .common import ConsentCommon


@tagged("post_install", "-at_install", "slow")
class TestConsentTour(ConsentCommon, HttpCase):
    """The desk in a browser, by a technician who reads French."""

    def test_ask_wait_start(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.user_technician.lang = "fr_FR"
        customer = self.create_customer("Desk Customer", lang="fr_FR")
        self.start_tour(
            "/odoo/service-desk",
            "service_contract_consent",
            login=self.user_technician.login,
            timeout=300,
        )
        session = self.env["service.session"].search([("partner_id", "=", customer.id)])
        self.assertEqual(session.state, "running")
        self.assertEqual(session.consent_ids.reservations, "Not the mailbox")
        self.assertLessEqual(session.consent_ids.accepted_at, session.start)
