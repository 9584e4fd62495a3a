from odoo import fields, models

from ..common.client_actions import open_window


class ServiceContract(models.Model):
    """What a contract leads to, and the buttons that open it."""

    _inherit = "service.contract"

    charge_count = fields.Integer(compute="_compute_counts")
    invoice_count = fields.Integer(compute="_compute_counts")

    def _compute_counts(self):
        charges = self._count_by_contract("service.charge")
        invoices = dict(
            self.env["service.charge"]._read_group(
                [("contract_id", "in", self.ids), ("invoice_id", "!=", False)],
                ["contract_id"],
                ["invoice_id:count_distinct"],
            )
        )
        for contract in self:
            contract.charge_count = charges.get(contract, 0)
            contract.invoice_count = invoices.get(contract, 0)

    def _count_by_contract(self, model_name):
        """Return ``{contract: number of records}`` of a model that points at contracts."""
        return dict(
            self.env[model_name]._read_group(
                [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
            )
        )

    def _open(self, xmlid, domain, **context):
        """Return the action of an XML id, for the records of a domain."""
        return open_window(self.env, xmlid, domain, **context)

    def action_open_charges(self):
        self.ensure_one()
        self.check_access("read")
        return self._open(
            "service_contract.service_charge_action",
            [("contract_id", "=", self.id)],
            default_contract_id=self.id,
        )

    def action_open_invoices(self):
        self.ensure_one()
        self.check_access("read")
        return self._open(
            "account.action_move_out_invoice_type",
            [("id", "in", self.charge_ids.move_line_ids.move_id.ids)],
            create=False,
        )

    def action_open_mandates(self):
        """Open the mandate that the contract waits for, or a new one for its customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.banking.mandate",
            "name": self.env._("SEPA Mandate"),
            "view_mode": "form",
            "res_id": self.mandate_id.id,
            "target": "current",
            "context": {
                "default_partner_id": self.commercial_invoice_partner_id.id,
                "default_company_id": self.company_id.id,
                "default_format": "sepa_core",
            },
        }
