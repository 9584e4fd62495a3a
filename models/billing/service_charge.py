from odoo import fields, models
from odoo.exceptions import UserError

from ...tools.periods import Period
from ..common.client_actions import open_window

# The matters of what is to be given back where no invoice is to come.
SET_OFF_JOB = "set_off"
# Matters of invoices that the customer would refuse without an order number.
ORDER_JOB = "order_number"


class ServiceCharge(models.Model):
    """What stands at the head of a charge's invoice, and what is told before of what it lacks.

    What is given back comes off an invoice, or names its origin (L08c). A deleted run takes along
    what it charged ahead of time and nobody has billed.
    """

    _inherit = "service.charge"

    made_by_run_id = fields.Many2one(
        "service.billing.run",
        string="Charged ahead by",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        lock="workflow",
        check_company=True,
    )
    set_off_run_id = fields.Many2one(
        "service.billing.run",
        string="Waits for an Invoice since",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        lock="workflow",
        check_company=True,
        help="The last run that had no invoice, or none large enough, to set this off on.",
    )

    settled_run_id = fields.Many2one(
        "service.billing.run",
        string="Settled without Invoice by",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        lock="workflow",
        check_company=True,
        help="The run that found nothing to pay; rolled back, it opens the charge again.",
    )

    # ----- What the payer demands -----

    def _get_payer(self):
        """Return the customer that says how it is billed, whichever address gets the invoice."""
        return self.partner_invoice_id.commercial_partner_id

    def _get_grouping(self):
        """Return what makes one invoice: as the customer wants it, else as the company does."""
        self.ensure_one()
        return self._get_payer().service_grouping or self.company_id.service_grouping

    def _get_order_number(self):
        """Return the customer's order number: of the contract, else for all that it buys."""
        self.ensure_one()
        return self.contract_id.client_order_ref or self._get_payer().service_order_ref or ""

    def _get_contract_ref(self):
        """Return the customer's own number of the contract, empty where it has none."""
        self.ensure_one()
        return self.contract_id.client_contract_ref or self._get_payer().service_contract_ref or ""

    def _get_order_problem(self):
        """Return in words that the customer would refuse the invoice of a charge (L08), or ""."""
        self.ensure_one()
        if not self._get_payer().service_is_order_required or self._get_order_number():
            return ""
        return self._get_payer()._describe_no_order()

    def _get_hindrances(self):
        """Bill nothing that the customer would refuse without its order number (L08)."""
        problem = self._get_order_problem()
        return [*super()._get_hindrances(), *([(ORDER_JOB, problem)] if problem else [])]

    # ----- Off an invoice -----

    def _cut(self, units):
        """Cut a credit: it keeps as many days or cents; return the rest, a charge of its own.

        What may be billed from the first day on is the rest.
        """
        self.ensure_one()
        credit = self.sudo()
        rest, part = self._prepare_parts(units)
        credit._as_workflow().write(part)
        credit.flush_recordset()  # the database refuses that both have a day
        return credit.create(rest).sudo(self.env.su)

    def _imagine_parts(self, units):
        """Return the rest and the taken part of a credit, as records that nothing stores."""
        parts = self._prepare_parts(units)
        return [self.sudo().new(vals).sudo(self.env.su) for vals in parts]

    def _prepare_parts(self, units):
        """Return the values of the rest and of the taken part: last days, or cents of a gesture."""
        self.ensure_one()
        if self.kind == "goodwill":
            return self._prepare_goodwill_parts(units)
        origin, period = self.sudo().reversed_charge_id, self._get_period()
        middle = fields.Date.subtract(period.end, days=units)
        taken = origin._prepare_reversal_vals(Period(middle, period.end))
        rest = origin._prepare_reversal_vals(Period(period.start, middle))
        return rest, {**taken, "billing_date": self.billing_date}

    def _count_fitting(self, room):
        """Return how many days, or cents of a gesture, come to no more than ``room``.

        Other credits are taken as a whole, or wait; so is what was billed once.
        """
        self.ensure_one()
        if self.move_line_ids or room <= 0:
            return 0
        if self.kind == "goodwill":
            return self._count_fitting_cents(room)
        return self._count_fitting_days(room) if self.reversed_charge_id else 0

    def _count_fitting_days(self, room):
        """Return how many of the last days of a credit come to no more than ``room``."""
        period = self._get_period()
        days = min(int(period.days * room / -self._get_total_left()), period.days - 1)
        while days > 0 and self._get_days_total(days) > room:
            days -= 1
        return days

    def _get_days_total(self, days):
        """Return what some last days of a credit come to, tax included, without sign."""
        end = self.date_end
        part = Period(fields.Date.subtract(end, days=days), end)
        taxes = self.tax_ids._compute_line_of_charge(
            float(self.sudo().reversed_charge_id._get_part_amount(part)),
            currency=self.currency_id,
            product=self.product_id,
            partner=self.partner_invoice_id,
        )
        return abs(taxes["total_included"])

    # ----- Of its origin -----

    def action_credit_origin(self):
        """Make the draft credit notes of what is to be given back, one for each origin (L08c)."""
        credits = self.filtered(lambda charge: charge.state == "ready" and charge.amount_total < 0)
        credits._check_may_decide()
        if not credits:
            raise UserError(self.env._("None of these charges is to be given back."))
        moves = self.env["account.move"]
        moves.check_access("create")
        for origin, charges in credits.grouped(lambda charge: charge._find_origin()).items():
            moves += moves._as_billing().create(charges._prepare_credit_note_vals(origin))
        for owners in (credits.contract_id, credits.partner_invoice_id):
            self.env["service.exception"]._settle(owners, job=SET_OFF_JOB)
        domain = [("id", "in", moves.ids)]
        return open_window(self.env, "account.action_move_out_refund_type", domain, create=False)

    def _find_origin(self):
        """Return the posted invoice that a credit belongs to: which billed what it gives back.

        Else the last one of its contract, or of its customer, that is large enough.
        """
        self.ensure_one()
        charge = self.sudo()
        origin = charge.reversed_charge_id._get_billing_lines().move_id.filtered(self._is_origin)
        if not origin and not charge.reversed_charge_id:
            owner = charge.contract_id or charge.partner_invoice_id
            name = "contract_id" if charge.contract_id else "partner_invoice_id"
            origin = charge.search([(name, "=", owner.id)]).invoice_id.filtered(self._is_origin)
        if not origin:
            raise UserError(
                self.env._(
                    "“%(charge)s”: there is no posted invoice to credit. Post the draft that bills "
                    "it first.",
                    charge=self.display_name,
                )
            )
        return origin.with_env(self.env).sorted("id")[-1]

    def _is_origin(self, move):
        """Tell whether an invoice can be what a credit names as its origin."""
        return (
            move.state == "posted"
            and move.move_type == "out_invoice"
            and move.currency_id == self.currency_id
            and self.currency_id.compare_amounts(move.amount_total, -self._get_total_left()) >= 0
        )

    def _prepare_credit_note_vals(self, origin):
        """Return the values of the credit note that gives these charges back; a hook."""
        today = fields.Date.context_today(self)
        customer = self.with_context(lang=origin.partner_id.lang or self.env.lang)
        return {
            "move_type": "out_refund",
            "reversed_entry_id": origin.id,
            "ref": customer.env._("Credit for %(invoice)s", invoice=origin.name),
            "company_id": origin.company_id.id,
            "journal_id": origin.journal_id.id,
            "partner_id": origin.partner_id.id,
            "partner_shipping_id": origin.partner_shipping_id.id,
            "currency_id": origin.currency_id.id,
            "fiscal_position_id": origin.fiscal_position_id.id,
            "invoice_date": today,
            "invoice_date_due": today,
            "invoice_payment_term_id": False,
            "invoice_user_id": origin.invoice_user_id.id,
            "invoice_origin": origin.invoice_origin,
            "service_contract_id": origin.service_contract_id.id,
            "invoice_line_ids": [
                fields.Command.create(charge._prepare_invoice_line_vals(-1)) for charge in self
            ],
        }

    # ----- What is foreseen -----

    def _get_foreseen_matters(self):
        """Tell what an invoice of a French company has to say, and nobody gave (L08, L08b)."""
        matters = super()._get_foreseen_matters()
        lacking = {payer: payer._get_invoice_gaps() for payer in self.partner_invoice_id}
        for charge in self:
            matters[charge] += lacking[charge.partner_invoice_id]
            matters[charge] += filter(None, [charge._get_order_problem()])
        return matters
