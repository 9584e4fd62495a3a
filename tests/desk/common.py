from odoo import Command

from ..session.common import SessionCommon


class DeskCommon(SessionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clinic = cls.create_customer(
            "Clinique de l'Océan Été", phone="0262 41 00 00", country_id=cls.env.ref("base.re").id
        )
        cls.marie = cls.create_contact("Marie Hoarau", "0692 12 34 56")
        cls.paul = cls.create_contact("Paul Payet", "0692 65 43 21")
        cls.device = cls.create_device("PC-ACCUEIL", remote_tool_id="123 456 789")
        cls.desk = cls.env["service.desk"].with_user(cls.user_technician)

    @classmethod
    def create_contact(cls, name, phone=False, **vals):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "phone": phone,
                "parent_id": cls.clinic.id,
                "country_id": cls.clinic.country_id.id,
                **vals,
            }
        )

    @classmethod
    def create_device(cls, name, customer=None, **vals):
        return cls.env["service.equipment"].create(
            {
                "name": name,
                "partner_id": (customer or cls.clinic).id,
                "company_id": cls.company.id,
                **vals,
            }
        )

    @classmethod
    def create_invoice(cls, due, post=True, **vals):
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": cls.clinic.id,
                "company_id": cls.company.id,
                "invoice_date": "2026-01-01",
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create({"product_id": cls.product_block.id, "price_unit": 100})
                ],
                **vals,
            }
        )
        if post:
            move.action_post()
        return move

    def start(self, **values):
        timers = self.desk.start_session({"partner_id": self.clinic.id, **values})
        return self.env["service.session"].browse(timers["mine"][-1]["id"])
