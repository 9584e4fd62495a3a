from odoo import api, fields, models

from .service_charge import SET_OFF_JOB

# Matters of invoices that the customer would refuse without an order number.
ORDER_JOB = "order_number"


class ServiceException(models.Model):
    """What a billing run met."""

    _inherit = "service.exception"

    run_id = fields.Many2one(
        "service.billing.run",
        string="Billing Run",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
        lock="workflow",
    )

    is_order_number = fields.Boolean(compute="_compute_is_order_number")

    @api.depends("job")
    def _compute_is_order_number(self):
        """Tell which matters an order number settles."""
        for matter in self:
            matter.is_order_number = matter.job == ORDER_JOB

    def action_give_order_number(self):
        """Ask for the order number that the customer demands."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Order Number"),
            "res_model": "service.order.number",
            "view_mode": "form",
            "target": "new",
            "context": {"default_matter_id": self.id},
        }

    is_to_credit = fields.Boolean(compute="_compute_is_to_credit")

    @api.depends("job")
    def _compute_is_to_credit(self):
        """Tell which matters are credits that no invoice will take (L08c)."""
        for matter in self:
            matter.is_to_credit = matter.job == SET_OFF_JOB

    def action_credit_waiting(self):
        """Credit the invoices that billed what is to be given back."""
        matters = self.filtered("is_to_credit")
        matters.check_access("read")
        names = {"service.contract": "contract_id", "res.partner": "partner_invoice_id"}
        charges = self.env["service.charge"]
        for matter in matters:
            charges += charges.search(
                [
                    (names[matter.res_model], "=", matter.res_id),
                    ("company_id", "=", matter.company_id.id),
                    ("set_off_run_id", "!=", False),
                    ("state", "=", "ready"),
                    ("amount_total", "<", 0),
                ]
            )
        return charges.action_credit_origin()

    @api.model
    def _prepare_exception_vals(self, record, kind, detail):
        """Take a matter from the run that met it first: who meets it now says which run it is.

        Drafts have no number: they are known by customer, contract and amount.
        """
        vals = super()._prepare_exception_vals(record, kind, detail)
        name = record._get_service_name() if record._name == "account.move" else vals["name"]
        return {**vals, "name": name, "run_id": False}
