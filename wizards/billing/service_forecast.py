from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...models.common.client_actions import get_window
from ...models.common.table_statistics import create_in_lots
from ...models.common.time_limits import Shift, timed
from ...models.contract.assumptions import Assumptions
from ...models.contract.service_contract import IN_FORCE
from ...tools.periods import add_months

SHOW_SECONDS = 20


class ServiceForecast(models.TransientModel):
    """Asks what the coming months of contracts, customers or the company will bill.

    The code that bills reckons it, and writes nothing; the rows are forgotten.
    """

    _name = "service.forecast"
    _description = "Forecast of Billing"
    # People look at it, and decide, for longer than Odoo keeps such records.
    _transient_max_hours = 24.0
    _inherit = ["service.wizard.mixin", "service.workflow.mixin"]

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, lock="once"
    )
    contract_ids = fields.Many2many(
        "service.contract", string="Contracts", help="Empty: all of them."
    )
    partner_ids = fields.Many2many("res.partner", string="Customers", help="Empty: all of them.")
    months = fields.Integer(string="Coming Months", default=12, required=True)
    is_renewed = fields.Boolean(
        string="Commitments are Renewed",
        default=True,
        help="Otherwise contracts end with the commitment that they have by now.",
    )
    is_revised = fields.Boolean(
        string="Proposed Prices are Applied",
        default=True,
        help="Prices that were revised already count anyhow.",
    )
    position = fields.Integer(readonly=True, lock="workflow")
    left_count = fields.Integer(string="Customers to Reckon", readonly=True, lock="workflow")
    line_ids = fields.One2many("service.forecast.line", "forecast_id")

    _months_range = models.Constraint(
        "CHECK (months BETWEEN 1 AND 60)", "A forecast is for one to sixty months."
    )

    @api.model
    def default_get(self, names):
        """Take the contracts or customers that the user had chosen."""
        values = super().default_get(names)
        chosen = {"service.contract": "contract_ids", "res.partner": "partner_ids"}
        name = chosen.get(self.env.context.get("active_model"))
        if name in names:
            values[name] = [(6, 0, self.env.context.get("active_ids") or [])]
        return values

    def write(self, vals):
        """Other contracts, months or assumptions are reckoned anew."""
        if not self._is_own_call():
            self.sudo().line_ids.unlink()
            self._as_workflow().write({"position": 0, "left_count": 0})
        return super().write(vals)

    # ----- Buttons -----

    def action_show(self):
        """Reckon for some seconds; show the rows, or say how much is left."""
        self.ensure_one()
        shift = Shift(self.env, SHOW_SECONDS)
        speed, is_late = shift.make_pace(), False
        while not is_late and (payers := self._get_payers(speed.size)):
            with timed(speed):
                self._add(payers)
            is_late = shift.is_over()
        left = len(self._get_payers()) if is_late else 0
        self._as_workflow().left_count = left
        return self._ask_on() if left else self._open()

    def _ask_on(self):
        """Come back to who asked, who may go on."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Forecast"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _open(self):
        action = get_window(self.env, "service_contract.service_forecast_line_action")
        context = {"search_default_group_month": 1, "forecast_id": self.id}
        return {**action, "domain": [("forecast_id", "=", self.id)], "context": context}

    # ----- Reckoning, customer by customer -----

    def _get_until(self):
        """Return the last day: twelve months have twelve billing days."""
        return add_months(fields.Date.context_today(self), self.months) - timedelta(days=1)

    def _get_assumptions(self):
        return Assumptions(renewals=self.is_renewed, revisions=self.is_revised)

    def _get_contract_domain(self):
        domain = Domain("company_id", "=", self.company_id.id) & Domain("state", "in", IN_FORCE)
        if self.contract_ids:
            domain &= Domain("id", "in", self.contract_ids.ids)
        return domain & self._get_customer_domain()

    def _get_charge_domain(self):
        """Return the domain of what is made and waits: of sessions without contract, too."""
        dated = self.env["service.charge"]._get_dated_hold_domain()
        domain = Domain("company_id", "=", self.company_id.id)
        domain &= Domain("state", "=", "ready") | Domain(dated)
        domain &= Domain("billing_date", "<=", self._get_until())
        if self.contract_ids:
            domain &= Domain("contract_id", "in", self.contract_ids.ids)
        return domain & self._get_customer_domain()

    def _get_customer_domain(self):
        if not self.partner_ids:
            return Domain.TRUE
        return Domain("partner_id", "child_of", self.partner_ids.commercial_partner_id.ids)

    def _get_payers(self, limit=None):
        """Return the ids of the next customers to reckon, in order."""
        found = self.env["res.partner"]._get_payers(
            self._get_contract_domain(), self._get_charge_domain(), self.position, limit
        )
        return [payer for payer, _weight in found]

    def _add(self, payers):
        """Reckon what customers will be billed, and remember it in rows."""
        rows = self._prepare_lines(payers)
        create_in_lots(self.env["service.forecast.line"].sudo(), rows)
        self._as_workflow().position = payers[-1]

    def _prepare_lines(self, payers):
        """Return the rows of some customers; it writes nothing."""
        of_them = Domain("partner_invoice_id", "in", payers)
        contracts = self.env["service.contract"].search(self._get_contract_domain() & of_them)
        charges = self.env["service.charge"].search(self._get_charge_domain() & of_them)
        found = contracts._get_forecast(self._get_until(), self._get_assumptions(), charges)
        return [
            {
                "forecast_id": self.id,
                "company_id": self.company_id.id,
                "partner_id": payer.commercial_partner_id.id,
                "contract_id": contract.id,
                "family_id": contract.family_id.id,
                "currency_id": currency.id,
                "date": day,
                "amount_untaxed": untaxed,
                "amount_total": total,
            }
            for (contract, payer, currency, day), (untaxed, total) in found.items()
        ]
