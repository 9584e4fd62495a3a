from odoo import api, fields, models


class ServiceContract(models.Model):
    """Who speaks with a customer sees that debits came back and are not paid yet (L15c)."""

    _inherit = "service.contract"

    returned_count = fields.Integer(
        string="Debits Returned",
        compute="_compute_returned_count",
        compute_sudo=True,
        help="Invoices whose debit the bank returned, and that are still open.",
    )

    @api.depends("charge_ids.invoice_id.returned_payment", "charge_ids.invoice_id.payment_state")
    def _compute_returned_count(self):
        rows = self.env["service.charge"]._read_group(
            [("contract_id", "in", self.ids), *self._get_returned_domain("invoice_id.")],
            ["contract_id"],
            ["invoice_id:count_distinct"],
        )
        counts = {contract.id: count for contract, count in rows}
        for contract in self:
            contract.returned_count = counts.get(contract._origin.id, 0)

    @api.model
    def _get_returned_domain(self, prefix=""):
        """Return the domain of the open invoices whose debit came back, as seen from a record."""
        return [
            (f"{prefix}returned_payment", "=", True),
            (f"{prefix}payment_state", "in", ("not_paid", "partial")),
            (f"{prefix}state", "=", "posted"),
        ]

    def action_open_returned(self):
        """Open the invoices whose debit came back."""
        self.ensure_one()
        self.check_access("read")
        moves = self.charge_ids.invoice_id.filtered_domain(self._get_returned_domain())
        return self._open(
            "account.action_move_out_invoice_type", [("id", "in", moves.ids)], create=False
        )
