from dataclasses import dataclass, field

from odoo import api, fields, models
from odoo.tools.misc import formatLang

from ..charge.service_charge import OPEN_CHARGE_STATES
from ..common.client_actions import open_window
from .service_charge import SET_OFF_JOB


@dataclass(frozen=True)
class Cut:
    """Hold how a credit is cut: how many days or cents are taken, that part, and the rest."""

    units: int
    part: models.Model
    rest: models.Model


@dataclass
class Shares:
    """Hold which charges one invoice takes, which wait, and which credits are cut for that."""

    taken: models.Model
    waiting: models.Model
    cuts: dict = field(default_factory=dict)

    def get_stored(self, charge):
        """Return the credit that a part is cut from, or the charge itself."""
        origins = {
            part: credit for credit, cut in self.cuts.items() for part in (cut.part, cut.rest)
        }
        return origins.get(charge, charge)


class ServiceBillingRun(models.Model):
    """What is given back comes off an invoice: never a credit note that names no origin (L08c).

    An invoice takes as much of it as leaves nothing below zero; the rest waits for the next one.
    Where no other invoice is to come, somebody is told, and credits the invoice that billed it.
    """

    _inherit = "service.billing.run"

    waiting_charge_ids = fields.One2many(
        "service.charge", "set_off_run_id", domain=[("state", "=", "ready")]
    )
    waiting_count = fields.Integer(compute="_compute_waiting")
    amount_waiting = fields.Monetary(compute="_compute_waiting")

    @api.depends("waiting_charge_ids.state", "waiting_charge_ids.amount_left")
    def _compute_waiting(self):
        rows = self.env["service.charge"]._read_group(
            [("set_off_run_id", "in", self.ids), ("state", "=", "ready")],
            ["set_off_run_id"],
            ["__count", "amount_left:sum"],
        )
        found = {run: figures for run, *figures in rows}
        for run in self:
            run.waiting_count, run.amount_waiting = found.get(run, (0, 0.0))

    def action_open_waiting(self):
        """Open what this run could not set off."""
        self.ensure_one()
        self.check_access("read")
        domain = [("set_off_run_id", "=", self.id), ("state", "=", "ready")]
        return open_window(self.env, "service_contract.service_charge_action", domain)

    def _forget_waiting(self):
        """Look again at what these runs could not set off."""
        waiting = self.env["service.charge"].sudo().search([("set_off_run_id", "in", self.ids)])
        waiting._as_workflow().set_off_run_id = False

    # ----- Which charges one invoice takes -----

    def _share_out(self, charges):
        """Return what one invoice takes of charges, and what waits for the next; writes nothing.

        Runs, previews and forecasts ask it. Parts of a credit are records that nothing stores.

        :return: ``Shares``
        """
        credits = charges.filtered(lambda charge: charge.amount_total < 0)
        shares = Shares(taken=charges - credits, waiting=charges.browse())
        for credit in credits.sorted(self._get_set_off_order):
            if not shares.taken:
                shares.waiting += credit
            elif self._is_payable(shares.taken + credit):
                shares.taken += credit
            else:
                self._share_credit(shares, credit)
        return shares

    def _get_set_off_order(self, charge):
        """Return which credit comes off first: the same, made already or not."""
        line = charge.contract_line_id
        return (charge.billing_date, charge.contract_id.id, line.id, charge.date_start)

    def _share_credit(self, shares, credit):
        """Let an invoice take as many days or cents of a credit as it can; the rest waits."""
        room = self._get_invoice_total(shares.taken)
        for units in range(credit._count_fitting(room), 0, -1):
            rest, part = credit._imagine_parts(units)
            if self._is_payable(shares.taken + part):
                shares.taken += part
                shares.waiting += rest
                shares.cuts[credit] = Cut(units, part, rest)
                return
        shares.waiting += credit

    def _is_payable(self, charges):
        """Tell whether the invoice of charges is not below zero, as Odoo rounds its taxes."""
        currency = charges.currency_id[:1]
        return currency.compare_amounts(self._get_invoice_total(charges), 0) >= 0

    def _get_invoice_total(self, charges):
        amounts = charges._get_amounts_on_invoice(self.company_id)
        return sum(total for _untaxed, total in amounts)

    # ----- In a run -----

    def _set_off(self, charges):
        """Return which charges one invoice bills; what waits is noted."""
        shares = self._share_out(charges)
        if not (shares.waiting or shares.cuts or any(row.amount_total < 0 for row in charges)):
            return charges
        taken = charges.browse([shares.get_stored(row).id for row in shares.taken])
        rests = {cut.rest: credit._cut(cut.units) for credit, cut in shares.cuts.items()}
        waiting = charges.browse([rests.get(row, row).id for row in shares.waiting])
        self._note_waiting(waiting, taken.filtered(lambda charge: charge.amount_total < 0))
        return taken

    def _note_waiting(self, waiting, taken):
        """Leave credits to the next run; tell somebody of those for which none will come."""
        waiting.sudo()._as_workflow().set_off_run_id = self
        left = waiting.grouped(lambda charge: self._get_owner(charge))
        for owner, charges in left.items():
            if self._is_nothing_to_come(owner, charges):
                self._report_waiting(owner, charges)
        for owner in {self._get_owner(charge) for charge in taken} - left.keys():
            self.env["service.exception"]._settle(owner, job=SET_OFF_JOB)

    def _is_nothing_to_come(self, owner, credits):
        """Tell whether no invoice is to come that could take credits of a contract or payer.

        The contract has ended, or another one pays it by now, or otherwise.
        """
        contracts = owner
        if owner._name != "service.contract":
            payer = [("partner_invoice_id", "=", owner.id), ("company_id", "=", self.company_id.id)]
            contracts = self.env["service.contract"].search([*payer, ("state", "=", "active")])
        if any(self._is_met_by(credits[0], contract) for contract in contracts):
            return False
        owed = [
            ("contract_id", "in", contracts.ids),
            ("partner_invoice_id", "in", credits.partner_invoice_id.ids),
            ("state", "in", OPEN_CHARGE_STATES),
            ("amount_total", ">", 0),
        ]
        return not self.env["service.charge"].search_count(owed, limit=1)

    def _is_met_by(self, charge, contract):
        """Tell whether what a contract charges after the cut-off shares a charge's invoice."""
        names = self._get_grouping_fields()
        return (
            contract.state == "active"
            and (not contract.date_end or contract.date_end > self.cutoff_date)
            and all(contract[name] == charge[name] for name in names if name in contract._fields)
        )

    def _report_waiting(self, owner, charges):
        amount = -sum(charge._get_total_left() for charge in charges)
        detail = self.env._(
            "%(amount)s are to be given back to %(customer)s, and no invoice is to come that "
            "could be lessened by it: credit the invoice that billed it.",
            amount=formatLang(self.env, amount, currency_obj=charges.currency_id[:1]),
            customer=charges.partner_invoice_id[:1].display_name,
        )
        self.env["service.exception"]._report(
            owner, "billing", detail, job=SET_OFF_JOB, company_id=self.company_id.id
        )
