from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from .service_contract import IN_FORCE


class ServiceContract(models.Model):
    """What is billed once beside what recurs, and what is given as a gesture.

    Both are charges of the contract, billed with its next invoice; neither gives money back that
    was billed: that is a credit note of its invoice (L08c).
    """

    _inherit = "service.contract"

    def action_bill_once(self):
        """Ask what is to be billed once with the next invoice."""
        return self._ask_once("service.one.off", self.env._("Bill Once"))

    def action_give_goodwill(self):
        """Ask what is to come off the next invoice, and why."""
        return self._ask_once("service.goodwill", self.env._("Goodwill"))

    def _ask_once(self, model, name):
        self.ensure_one()
        self.check_access("read")
        self._check_in_force()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_contract_id": self.id},
        }

    def _check_in_force(self):
        if self.state not in IN_FORCE:
            raise UserError(
                self.env._(
                    "%(contract)s is not in force: nothing is billed for it.", contract=self.name
                )
            )

    def _check_may_bill_once(self):
        """Leave it to who may change the contract, or decides on charges."""
        self.ensure_one()
        self.check_access("read")
        if not self.env["service.charge"].has_access("write"):
            self.check_access("write")
        self._check_in_force()

    def _prepare_once_vals(self, product, name, price, day, quantity=1.0):
        """Return the charge of something that is billed once, for one day; a hook."""
        self.ensure_one()
        charges = self.env["service.charge"].sudo()
        party = charges._prepare_billing_party_vals(self.partner_id, self.sudo(), day=day)
        position = self.env["account.fiscal.position"].browse(party["fiscal_position_id"])
        taxes = charges._get_taxes(product, self.company_id, position.sudo())
        return {
            **party,
            "component": "other",
            "product_id": product.id,
            "name": name,
            "quantity": quantity,
            "price_unit": price,
            "discount": 0.0,
            "tax_ids": [fields.Command.set(taxes.ids)],
            "date_start": day,
            "date_end": day + timedelta(days=1),
            "billing_date": day,
        }
