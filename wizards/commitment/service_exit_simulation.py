from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.common.client_actions import CLOSE
from ...models.common.field_values import get_labels
from ...tools import exits

LETTER_DAYS = 30


class ServiceExitSimulation(models.TransientModel):
    """What leaving a contract would cost, and why; confirmed, it becomes a termination.

    Salespeople may simulate and ask; managers confirm.
    """

    _name = "service.exit.simulation"
    _description = "Simulation of an Exit"
    _inherit = ["service.wizard.mixin"]
    _rec_name = "contract_id"

    contract_id = fields.Many2one(
        "service.contract", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="contract_id.company_id")
    currency_id = fields.Many2one(related="contract_id.currency_id")
    is_telecom = fields.Boolean(related="contract_id.family_id.is_telecom")
    regime = fields.Selection(related="contract_id.regime")
    received_date = fields.Date(
        string="Letter Received on",
        required=True,
        default=lambda self: fields.Date.context_today(self),
        help="A withdrawal counts from the day on which the customer sent it: type that day then.",
    )
    is_sending_day_asked = fields.Boolean(compute="_compute_is_sending_day_asked")
    wished_date = fields.Date(
        string="Wished Last Day", help="Empty: the earliest day that costs nothing."
    )
    reason_id = fields.Many2one("service.reason", domain="[('usage', '=', 'exit')]")
    note = fields.Text()
    is_equipment_subsidised = fields.Boolean(
        string="Equipment Sold below its Price",
        help="A consumer who leaves after month 12 then owes a part of the rest.",
    )
    issue = fields.Text(compute="_compute_exit")
    earliest_date = fields.Date(string="Earliest Day at no Cost", compute="_compute_exit")
    effective_date = fields.Date(string="Last Day of the Contract", compute="_compute_exit")
    kind = fields.Selection(
        selection=lambda self: list(get_labels(self.env["service.termination"], "kind").items()),
        compute="_compute_exit",
    )
    residual_until = fields.Date(string="Committed until", compute="_compute_exit")
    residual_months = fields.Float(string="Months Left", compute="_compute_exit", digits=(6, 2))
    residual_amount = fields.Monetary(
        string="Price of these Months, Untaxed", compute="_compute_exit"
    )
    max_percent = fields.Float(compute="_compute_exit")
    residual_percent = fields.Float(
        string="Part Claimed",
        compute="_compute_residual_percent",
        store=True,
        readonly=False,
        precompute=True,
    )
    claimed_amount = fields.Monetary(string="Claimed, Untaxed", compute="_compute_claimed_amount")
    refund_amount = fields.Monetary(string="Given back, Untaxed", compute="_compute_exit")
    refund_by = fields.Date(compute="_compute_exit")
    steps = fields.Json(compute="_compute_exit")
    steps_html = fields.Html(string="Reasoning", compute="_compute_exit")

    @api.depends("contract_id", "received_date", "wished_date", "is_equipment_subsidised")
    @api.depends_context("lang")
    def _compute_exit(self):
        for simulation in self:
            simulation.update(simulation._prepare_empty_vals())
            try:
                answer = simulation._get_exit()
            except UserError as error:
                simulation.issue = str(error)
            else:
                simulation.update(simulation._prepare_exit_vals(answer))

    @api.depends("contract_id", "received_date")
    def _compute_is_sending_day_asked(self):
        """A letter that arrives after the last day to withdraw may have been sent before (L19)."""
        for simulation in self:
            until, day = simulation.contract_id.withdrawal_until, simulation.received_date
            is_near = until and day and day <= until + timedelta(days=LETTER_DAYS)
            simulation.is_sending_day_asked = bool(is_near)

    def _get_exit(self):
        self.ensure_one()
        if not self.received_date:
            raise UserError(self.env._("Give the day on which the letter was received."))
        return self.contract_id._get_exit(
            self.received_date, self.wished_date, self.is_equipment_subsidised
        )

    def _prepare_empty_vals(self):
        return {
            "issue": False,
            "earliest_date": False,
            "effective_date": False,
            "kind": False,
            "residual_until": False,
            "residual_months": 0.0,
            "residual_amount": 0.0,
            "max_percent": 0.0,
            "refund_amount": 0.0,
            "refund_by": False,
            "steps": [],
            "steps_html": False,
        }

    def _prepare_exit_vals(self, answer):
        """Return the figures of the rules' answer."""
        self.ensure_one()
        contract = self.contract_id
        terminations = self.env["service.termination"]
        steps = terminations._dump_steps(answer.steps)
        sentences = terminations._describe_steps(steps)
        return {
            "earliest_date": answer.earliest,
            "effective_date": answer.last_day,
            "kind": self._get_kind(answer),
            "residual_until": answer.residual and answer.residual.last_day,
            "residual_months": float(
                sum(exits.count_months(part, contract.anchor_date) for part in answer.owed)
            ),
            "residual_amount": contract._get_residual_amount(answer.residual),
            "max_percent": float(answer.share * 100),
            "refund_amount": contract._get_advance_amount(answer.last_day),
            "refund_by": answer.refund_by,
            "steps": steps,
            "steps_html": self.env["service.charge"]._get_sentences_html(sentences),
        }

    def _get_kind(self, answer):
        """Return what leaving as the rules answer is; early is what cuts a commitment short."""
        if answer.rule == "withdrawal" and answer.last_day == answer.earliest:
            return "withdrawal"
        if answer.residual:
            return "termination"
        commitment = self.contract_id._get_exit_commitment()
        return "refusal" if exits.is_term_end(commitment, answer.last_day) else "free"

    @api.depends("max_percent")
    def _compute_residual_percent(self):
        for simulation in self:
            simulation.residual_percent = simulation.max_percent

    @api.depends("residual_amount", "residual_percent")
    def _compute_claimed_amount(self):
        for simulation in self:
            amount = simulation.residual_amount * simulation.residual_percent / 100
            simulation.claimed_amount = simulation.currency_id.round(amount)

    # ----- Buttons -----

    def action_confirm(self):
        """Record the termination: confirmed by a manager, else asked for."""
        self.ensure_one()
        self.contract_id.check_access("write")
        if self.issue:
            raise UserError(self.issue)
        self._check_received()
        self._check_percent()
        terminations = self.env["service.termination"].sudo()
        terminations.create(self._prepare_termination_vals()).sudo(False)._submit()
        return CLOSE

    def _check_received(self):
        """Refuse to record a letter that is still to come: it may be simulated only."""
        today = max(self.contract_id._get_local_today(), fields.Date.context_today(self))
        if self.received_date > today:
            raise UserError(
                self.env._("The letter cannot have been received yet: you may only simulate that.")
            )

    def _check_percent(self):
        if not 0 <= self.residual_percent <= self.max_percent:
            raise UserError(
                self.env._(
                    "The part claimed lies between 0 and %(max)s %%.", max=f"{self.max_percent:g}"
                )
            )

    def _prepare_termination_vals(self):
        """Return the termination as it was simulated. Hook."""
        self.ensure_one()
        names = ("received_date", "earliest_date", "effective_date", "kind", "residual_until")
        amounts = ("residual_months", "residual_amount", "residual_percent", "refund_amount")
        return {
            "contract_id": self.contract_id.id,
            "requested_date": self.wished_date or self.effective_date,
            "reason_id": self.reason_id.id,
            "note": self.note,
            **{name: self[name] for name in (*names, *amounts, "refund_by", "steps")},
        }
