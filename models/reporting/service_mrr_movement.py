from odoo import api, fields, models

from ..common.client_actions import SOFT_RELOAD, notify, open_window

# As many contracts are brought up to date at a click; the daily job takes the others.
AT_ONCE = 500


class ServiceMrrMovement(models.Model):
    """How much the monthly recurring amount of a contract changed, when, and in which way."""

    _name = "service.mrr.movement"
    _description = "Movement of the Monthly Recurring Amount"
    _inherit = ["service.workflow.mixin"]
    _check_company_auto = True
    _order = "date desc, id desc"
    _rec_name = "contract_id"

    contract_id = fields.Many2one(
        "service.contract", required=True, ondelete="cascade", index=True, check_company=True
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        related="contract_id.commercial_partner_id", string="Customer", store=True
    )
    family_id = fields.Many2one(
        "service.family",
        required=True,
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
    )
    level_id = fields.Many2one(
        "service.level", ondelete="restrict", index="btree_not_null", check_company=True
    )
    user_id = fields.Many2one("res.users", string="Salesperson")
    date = fields.Date(required=True, index=True)
    kind = fields.Selection(
        [
            ("new", "New"),
            ("expansion", "Expansion"),
            ("contraction", "Contraction"),
            ("churn", "Churn"),
            ("suspension", "Suspension"),
            ("resumption", "Resumption"),
        ],
        required=True,
    )
    is_planned = fields.Boolean(
        string="To Come",
        help="Agreed for a day to come: a last day, a change, a suspension. Not yet so, and "
        "withdrawn with what it comes from.",
    )
    currency_id = fields.Many2one(related="contract_id.currency_id")
    amount_currency = fields.Monetary(
        string="In the Contract's Currency", aggregator=None, help="Per month."
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    amount = fields.Monetary(currency_field="company_currency_id", help="Per month.")

    # ----- Up to date -----

    @api.model
    def action_open_movements(self):
        """Show the movements of today, too: nobody waits for the daily job to see them."""
        left = self._bring_up_to_date()
        action = open_window(self.env, "service_contract.service_mrr_movement_action")
        return notify(self._describe_left(left), "info", then=action) if left else action

    def action_bring_up_to_date(self):
        """Write down what changed since the list was opened, and show it."""
        left = self._bring_up_to_date()
        return notify(self._describe_left(left), "info") if left else SOFT_RELOAD

    @api.model
    def _bring_up_to_date(self):
        """Write down what contracts that the user reads have to say; return how many are left."""
        self.check_access("read")
        contracts = self.env["service.contract"]
        domain = contracts._get_mrr_behind_domain(fields.Date.context_today(self))
        behind = contracts.search(domain, order="id")
        behind[:AT_ONCE]._record_mrr_movements()
        return len(behind[AT_ONCE:])

    @api.model
    def _describe_left(self, left):
        return self.env._(
            "The movements of %(count)s more contracts follow with the next daily job.", count=left
        )
