from datetime import datetime

from odoo import Command
from odoo.tests import new_test_user

from ..common import ServiceContractCommon

MONDAY = datetime(2026, 3, 2, 9)


class RequestCommon(ServiceContractCommon):
    """A customer whose level promises an answer within two hours, and requests of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.service_default_level_id = cls.level
        cls.level_managed = cls.create_level("Managed", "managed")
        cls.level_managed.write(
            {"priority": "2", "response_minutes": 120, "response_clock": "clock"}
        )
        cls.product_managed = cls.create_product(
            "Managed", 90.0, recurring=cls.family, level=cls.level_managed
        )
        cls.customer_managed = cls.create_customer("Managed Customer")
        cls.contract_managed = cls.create_contract(
            customer=cls.customer_managed, product=cls.product_managed
        )
        cls.colleague = new_test_user(
            cls.env,
            login="service_dispatched",
            groups="service_contract.service_contract_group_user",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            tz="Europe/Paris",
        )

    @classmethod
    def create_request(cls, customer=None, requested_at=MONDAY, user=None, **vals):
        return (
            cls.env["service.session"]
            .with_user(user or cls.user_technician)
            .create(
                {
                    "partner_id": (customer or cls.customer_managed).id,
                    "user_id": False,
                    "requested_at": requested_at,
                    "request": "The printer is on strike",
                    **vals,
                }
            )
        )

    @classmethod
    def create_unknown(cls, **vals):
        return (
            cls.env["service.session"]
            .sudo()
            .create(
                {
                    "partner_id": False,
                    "user_id": False,
                    "requested_at": MONDAY,
                    "company_id": cls.company.id,
                    "sender_email": "stranger@example.com",
                    "request_source": "mail",
                    **vals,
                }
            )
            .with_user(cls.user_technician)
        )


class PortalCommon(RequestCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_customer = cls.create_portal_user("service_customer", cls.customer_managed)
        cls.user_stranger = cls.create_portal_user("service_stranger", cls.customer)
        cls.request_own = cls.create_request(internal_note="<p>Pays late</p>", report="<p>R</p>")
        cls.request_foreign = cls.create_request(cls.customer)

    @classmethod
    def create_portal_user(cls, login, customer):
        user = new_test_user(
            cls.env,
            login=login,
            password=login,
            groups="base.group_portal",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        user.partner_id.write({"parent_id": customer.id, "email": f"{login}@x.example"})
        return user
