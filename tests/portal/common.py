from freezegun import freeze_time
from lxml import html

from odoo import Command, http
from odoo.tests import HttpCase

from ..request.common import PortalCommon

NOW = "2026-06-15 12:00:00"


class PagesCommon(PortalCommon, HttpCase):
    """A customer with a contract, a colleague in its pages, and a stranger in theirs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.contract_managed
        cls.foreign = cls.create_contract()
        cls.path = f"/my/contracts/{cls.contract.id}"
        cls.foreign_path = f"/my/contracts/{cls.foreign.id}"

    def get(self, path=None, login="service_customer", at=NOW, **options):
        self.env.flush_all()
        with freeze_time(at):
            self.authenticate(login, login)
            return self.url_open(path or self.path, **options)

    def get_words(self, path=None, **options):
        """Return the words of a page."""
        page = self.get(path, **options)
        self.assertEqual(page.status_code, 200)
        return self.words(page)

    @staticmethod
    def words(page):
        main = html.fromstring(page.text).xpath("//main")[0]
        return " ".join(main.text_content().split())

    def post(self, path, login="service_customer", at=NOW, **data):
        """Send a form as a browser does: with the CSRF token of the session."""
        self.env.flush_all()
        with freeze_time(at):
            self.authenticate(login, login)
            data.setdefault("csrf_token", http.Request.csrf_token(self))
            response = self.url_open(path, data=data)
        self.env.invalidate_all()
        return response

    @classmethod
    def create_sister_contract(cls, customer):
        """Create an active contract of another company with a customer of ours."""
        sister = cls.setup_other_company(name="Sister")["company"]
        family = cls.env["service.family"].create({"name": "Sister's"})
        contract = cls.env["service.contract"].create(
            {
                "company_id": sister.id,
                "partner_id": customer.id,
                "family_id": family.id,
                "date_start": "2026-01-01",
            }
        )
        contract.sudo()._as_workflow().write({"state": "active"})
        return contract

    @classmethod
    def create_many(cls, count):
        """Create more contracts of the customer, each with all that its list shows."""
        contracts = cls.env["service.contract"].create(
            [
                {
                    "partner_id": cls.customer_managed.id,
                    "family_id": cls.family.id,
                    "level_id": cls.level_managed.id,
                    "date_start": "2026-02-01",
                    "line_ids": [Command.create({"product_id": cls.product_managed.id})],
                }
                for _number in range(count)
            ]
        )
        contracts.action_activate()
        return contracts
