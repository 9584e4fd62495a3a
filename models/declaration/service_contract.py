from odoo import api, fields, models

from .res_company import PATHS


class ServiceContract(models.Model):
    """What a customer may declare of a contract, from the pages of the customer (L19, L21)."""

    _inherit = "service.contract"

    declaration_ids = fields.One2many("service.declaration", "contract_id")
    declaration_count = fields.Integer(compute="_compute_declaration_count")

    @api.depends("declaration_ids")
    def _compute_declaration_count(self):
        counts = self._count_by_contract("service.declaration")
        for contract in self:
            contract.declaration_count = counts.get(contract, 0)

    def action_open_declarations(self):
        self.ensure_one()
        self.check_access("read")
        return self._open(
            "service_contract.service_declaration_action", [("contract_id", "=", self.id)]
        )

    @api.model
    def _find_of_customer(self, contract_id):
        """Return a contract of the user's own commercial entity, else none."""
        customer = self.env.user.commercial_partner_id
        domain = [("id", "=", contract_id), ("commercial_partner_id", "=", customer.id)]
        return self.sudo().search(domain)

    def _get_declaration_urls(self):
        """Return ``{kind of declaration: path}`` of what the customer may declare now, logged in.

        Both pages come filled in. Withdrawal is offered while its days run.
        """
        self.ensure_one()
        kinds = []
        if self.state == "active" and not self.sudo().termination_id:
            kinds.append("termination")
        if self.is_withdrawal_open:
            kinds.append("withdrawal")
        return {kind: f"/my/contracts/{self.id}/{PATHS[kind]}" for kind in kinds}

    def _foresee_exit(self, wished=None):
        """Return what leaving would come to if it were declared now, as the simulator says (L06).

        A simulation of it, never saved; ``issue`` says in words why there is nothing to leave.
        """
        self.ensure_one()
        simulations = self.env["service.exit.simulation"].sudo()
        return simulations.new(
            {
                "contract_id": self.id,
                "received_date": self._get_local_today(),
                "wished_date": wished,
            }
        )
