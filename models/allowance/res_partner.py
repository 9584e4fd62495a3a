from odoo import fields, models


class ResPartner(models.Model):
    """What is left to a customer, all contracts together."""

    _inherit = "res.partner"

    service_allowance_left = fields.Float(compute="_compute_service_allowance_left")
    service_has_allowance = fields.Boolean(compute="_compute_service_allowance_left")

    def _compute_service_allowance_left(self):
        counts = self._count_by_partner("service.allowance")
        for partner in self:
            has_allowance = counts.get(partner.id, 0) > 0
            left = partner._get_allowance_left(self.env.company) if has_allowance else {}
            partner.service_has_allowance = has_allowance
            partner.service_allowance_left = sum(left.values()) / 3600

    def _get_allowance_left(self, company):
        """Return ``{kind: seconds}`` left to a customer today, all contracts together."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        entries = self.env["service.allowance"].sudo()
        groups = entries._read_group(
            [
                *entries._get_grant_domain(self, company),
                *entries._get_open_domain(today),
            ],
            ["kind"],
            ["left_seconds:sum"],
        )
        return {"included": 0, "prepaid": 0, **dict(groups)}

    def action_open_service_allowances(self):
        return self._get_service_action("service_contract.service_allowance_action")
