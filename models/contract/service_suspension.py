from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ...tools.periods import Period
from ..common.words import say_of


class ServiceSuspension(models.Model):
    """A time in which a contract rests: unpaid invoices, or the customer's wish.

    The end of the commitment does not move, nor do the billing periods. Days that are not billed
    are taken out of the recurring charges; what was billed ahead for them is given back.
    """

    _name = "service.suspension"
    _description = "Contract Suspension"
    _inherit = ["service.workflow.mixin"]
    _check_company_auto = True
    _order = "contract_id, date_start desc"
    _rec_name = "contract_id"

    contract_id = fields.Many2one(
        "service.contract",
        required=True,
        ondelete="cascade",
        index=True,
        check_company=True,
        lock="once",
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    date_start = fields.Date(
        string="From",
        required=True,
        default=lambda self: fields.Date.context_today(self),
        reprices=True,
    )
    date_end = fields.Date(
        string="Last Day", help="Empty while the contract is suspended.", reprices=True
    )
    is_billed = fields.Boolean(
        string="Billed Meanwhile",
        compute="_compute_is_billed",
        store=True,
        readonly=False,
        precompute=True,
        help="Ticked: the recurring charges go on as if nothing were suspended.",
        reprices=True,
    )
    reason_id = fields.Many2one(
        "service.reason",
        ondelete="restrict",
        domain="[('usage', '=', 'suspend')]",
        check_company=True,
    )
    note = fields.Text()

    _dates_ordered = models.Constraint(
        "CHECK (date_end >= date_start)", "A suspension ends on or after its first day."
    )
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int8range(contract_id, contract_id, '[]') WITH &&, "
        "daterange(date_start, date_end, '[]') WITH &&)",
        "This contract is suspended already at that time.",
    )

    @api.depends("contract_id")
    def _compute_is_billed(self):
        for suspension in self:
            suspension.is_billed = suspension.contract_id.company_id.service_is_suspension_billed

    @api.constrains("contract_id", "date_start", "date_end")
    def _check_within_contract(self):
        """Refuse days on which there is no contract to suspend."""
        for suspension in self:
            contract = suspension.contract_id
            last_day = suspension.date_end or suspension.date_start
            is_late = contract.date_end and last_day > contract.date_end
            if suspension.date_start < contract.date_start or is_late:
                raise UserError(
                    self.env._(
                        "%(contract)s runs from %(start)s to %(end)s: a suspension lies within.",
                        contract=contract.name,
                        start=format_date(self.env, contract.date_start),
                        end=format_date(self.env, contract.date_end) or "…",
                    )
                )

    @api.constrains("reason_id")
    def _check_reason(self):
        self.reason_id._check_usage("suspend")

    def _get_period(self):
        """Return the suspended days, half-open; for ever while nobody reactivates."""
        self.ensure_one()
        end = self.date_end + timedelta(days=1) if self.date_end else date.max
        return Period(self.date_start, end)

    # ----- What follows for the charges -----

    @api.model_create_multi
    def create(self, vals_list):
        suspensions = super().create(vals_list)
        suspensions.contract_id._check_can_suspend()
        suspensions.contract_id._rework_charges()
        suspensions._log(self.env._("Suspended"))
        return suspensions

    def write(self, vals):
        contracts = self.contract_id
        result = super().write(vals)
        if self._get_marked("reprices") & vals.keys():
            (contracts | self.contract_id)._rework_charges()
            self._log(self.env._("Suspension changed"))
        return result

    def unlink(self):
        contracts = self.contract_id
        self._log(self.env._("Suspension deleted"))
        result = super().unlink()
        contracts._rework_charges()
        return result

    def _log(self, words):
        for suspension in self:
            text = say_of(self.env, words, suspension._describe())
            suspension.contract_id._message_log(body=text)

    def _describe(self):
        """Return when, whether billed and why, in words."""
        self.ensure_one()
        start = format_date(self.env, self.date_start)
        end = format_date(self.env, self.date_end) if self.date_end else "…"
        billed = self.env._("billed meanwhile") if self.is_billed else self.env._("not billed")
        reason = f" · {self.reason_id.name}" if self.reason_id else ""
        return f"{start} – {end}, {billed}{reason}"
