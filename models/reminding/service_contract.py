from odoo import api, fields, models

from .account_move import OVERDUE


class ServiceContract(models.Model):
    """Who speaks with a customer sees how often he was reminded of what is not paid."""

    _inherit = "service.contract"

    reminded_count = fields.Integer(
        string="Invoices Reminded", compute="_compute_reminded", compute_sudo=True
    )
    reminder_level_id = fields.Many2one(
        "service.reminder.level",
        string="Reminded",
        compute="_compute_reminded",
        compute_sudo=True,
        help="The highest level that an open invoice has come to.",
    )

    @api.depends(
        "charge_ids.invoice_id.service_reminder_level_id", "charge_ids.invoice_id.payment_state"
    )
    def _compute_reminded(self):
        rows = self.env["service.charge"]._read_group(
            [("contract_id", "in", self.ids), *self._get_reminded_domain("invoice_id.")],
            ["contract_id"],
            ["invoice_id:recordset"],
        )
        moves = {contract.id: invoices for contract, invoices in rows}
        nothing = self.env["account.move"]
        for contract in self:
            reminded = moves.get(contract._origin.id, nothing)
            contract.reminded_count = len(reminded)
            levels = reminded.service_reminder_level_id
            contract.reminder_level_id = levels.sorted()[-1:]

    @api.model
    def _get_reminded_domain(self, prefix=""):
        """Return the domain of the open invoices that were reminded, as seen from a record."""
        return [
            (f"{prefix}service_reminder_level_id", "!=", False),
            (f"{prefix}payment_state", "in", OVERDUE),
            (f"{prefix}state", "=", "posted"),
        ]

    def action_open_reminded(self):
        """Open the invoices that the customer was reminded of and that are open."""
        self.ensure_one()
        self.check_access("read")
        return self._open_invoices(self._get_reminded_domain())
