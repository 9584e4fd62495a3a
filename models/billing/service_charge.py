from odoo import fields, models


class ServiceCharge(models.Model):
    """What of a charge stands at the head of its invoice, and who has charged it ahead of time."""

    _inherit = "service.charge"

    made_by_run_id = fields.Many2one(
        "service.billing.run",
        string="Charged ahead by",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        lock="workflow",
        check_company=True,
        help="Deleted, the run takes along what nobody has billed.",
    )

    # ----- What the payer demands -----

    def _get_payer(self):
        """Return the customer that says how it is billed, whichever address gets the invoice."""
        return self.partner_invoice_id.commercial_partner_id

    def _get_grouping(self):
        """Return what makes one invoice: as the customer wants it, else as the company does."""
        self.ensure_one()
        return self._get_payer().service_grouping or self.company_id.service_grouping

    def _get_order_number(self):
        """Return the customer's order number: of the contract, else for all that it buys."""
        self.ensure_one()
        return self.contract_id.client_order_ref or self._get_payer().service_order_ref or ""

    def _get_contract_ref(self):
        """Return the customer's own number of the contract, empty where it has none."""
        self.ensure_one()
        return self.contract_id.client_contract_ref or self._get_payer().service_contract_ref or ""

    def _get_order_problem(self):
        """Return in words that the customer would refuse the invoice of a charge (L08), or ""."""
        self.ensure_one()
        if not self._get_payer().service_is_order_required or self._get_order_number():
            return ""
        return self._get_payer()._describe_no_order()
