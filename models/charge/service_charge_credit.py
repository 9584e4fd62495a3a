from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ...tools.periods import Period, prorated_amount, subtract
from .service_charge import OPEN_CHARGE_STATES, QUANTITY_TOLERANCE

SNAPSHOT_FIELDS = (
    "company_id",
    "partner_id",
    "partner_invoice_id",
    "partner_shipping_id",
    "currency_id",
    "pricelist_id",
    "fiscal_position_id",
    "contract_id",
    "contract_line_id",
    "product_id",
)
PAYMENT_FIELDS = ("payment_term_id", "payment_method_line_id", "mandate_id")


class ServiceCharge(models.Model):
    """What was billed ahead and is not served is given back, to the cent.

    A credit reverses some days of the charge that billed them. Where a billed credit must be
    taken back (a suspended contract goes on earlier than foreseen) another charge reverses the
    credit, and so on: the days of a charge are reversed at most once, by a database constraint.
    """

    _inherit = "service.charge"

    reversal_ids = fields.One2many("service.charge", "reversed_charge_id", string="Reversed by")
    is_unowed = fields.Boolean(
        string="Not Owed Now",
        readonly=True,
        help="Credited to be billed anew, for days that the contract does not serve: nothing is "
        "owed until it serves them after all.",
    )

    _reversed_once = models.Constraint(
        "EXCLUDE USING gist (int8range(reversed_charge_id, reversed_charge_id, '[]') WITH &&, "
        "daterange(date_start, date_end, '[)') WITH &&) WHERE (reversed_charge_id IS NOT NULL)",
        "A part of this period is given back already.",
    )

    @api.depends("is_unowed")
    def _compute_state(self):
        return super()._compute_state()

    def _get_state(self, is_billed, was_billed, today):
        state = super()._get_state(is_billed, was_billed, today)
        return "waived" if self.is_unowed and state in OPEN_CHARGE_STATES else state

    def action_owe(self):
        result = super().action_owe()
        self.sudo().filtered("is_unowed")._wake()
        return result

    def _wake(self):
        """Owe again what rests for days that the contract serves; refuse in words what it does not.

        Else the next change of the contract would take the decision back.
        """
        for charge in self:
            charge.contract_line_id._recharge(charge)
            if charge.is_unowed:
                raise UserError(
                    self.env._(
                        "“%(charge)s” is for days that contract %(contract)s does not serve: "
                        "nothing is owed for them. Reactivate the contract for these days instead.",
                        charge=charge.display_name,
                        contract=charge.contract_id.name,
                    )
                )

    def _get_period(self):
        self.ensure_one()
        return Period(self.date_start, self.date_end)

    def _is_settled(self):
        """Tell whether somebody decided on a charge: billed, credited by hand, or waived."""
        self.ensure_one()
        return self.is_waived or bool(self._billed_lines())

    def _drop_open_reversals(self):
        """Drop the reversals that nobody decided on; return the charges that keep another one."""
        reversals = self.reversal_ids
        settled = reversals.filtered(lambda charge: charge._is_settled())
        (reversals - settled).unlink()
        return settled.reversed_charge_id

    def _sync_reversals(self, parts):
        """Reverse exactly the given days of a billed charge; return what is left open.

        ``parts`` are periods within the charge, in order. What is right already stays, what is
        wrong and open goes, and what is billed and wrong is reversed in its turn.
        """
        self.ensure_one()
        settled = self.reversal_ids.filtered(lambda charge: charge._is_settled())
        taken = sorted((charge._get_period() for charge in settled), key=lambda part: part.start)
        missing = [left for part in parts for left in subtract(part, taken)]
        result = self._replace_reversals(self.reversal_ids - settled, missing)
        for charge in settled.filtered(lambda charge: charge.state == "invoiced"):
            result += charge._sync_reversals(subtract(charge._get_period(), parts))
        return result

    def _replace_reversals(self, present, parts):
        """Make the open reversals of a charge those of ``parts``; equal ones keep their record."""
        by_period = {charge._get_period(): charge for charge in present}
        vals_list = [self._prepare_reversal_vals(part) for part in parts]
        kept = present.browse()
        created = []
        for part, vals in zip(parts, vals_list, strict=True):
            if not vals["price_unit"]:
                continue
            if charge := by_period.get(part):
                charge.write(vals)
                kept += charge
            else:
                created.append(vals)
        (present - kept).unlink()
        return kept + self.create(created)

    def _sync_billing(self):
        """Cut what is to be given back from what was billed, where the draft was changed since."""
        result = super()._sync_billing()
        self.sudo()._check_credited_once()
        billed = self.sudo().filtered(lambda charge: charge.state == "invoiced")
        billed.filtered("is_unowed").is_unowed = False
        for charge in billed:
            present = charge.reversal_ids.filtered(lambda row: not row._is_settled())
            parts = sorted((row._get_period() for row in present), key=lambda part: part.start)
            charge._replace_reversals(present, parts)
        return result

    def _prepare_reversal_vals(self, part):
        """Return the values of the charge that reverses some days of this one.

        Who, what and which taxes are the reversed charge's; it may be billed from its first day.
        """
        self.ensure_one()
        price = self._get_part_amount(part)
        payer = self.contract_id if self._has_contract_payer() else self
        return {
            **{name: self[name].id for name in SNAPSHOT_FIELDS},
            **{name: payer[name].id for name in PAYMENT_FIELDS},
            "kind": "credit",
            "component": self.component,
            "reversed_charge_id": self.id,
            "quantity": self._get_reversal_quantity(),
            "price_unit": float(price),
            "discount": 0.0,
            "tax_ids": [fields.Command.set(self.tax_ids.ids)],
            "name": self._get_reversal_name(part),
            "date_start": part.start,
            "date_end": part.end,
            "billing_date": part.start,
            "explanation": self._get_reversal_explanation(part),
        }

    def _has_contract_payer(self):
        """Tell whether the contract still pays from the address that this charge was billed to."""
        self.ensure_one()
        return self.contract_id.partner_invoice_id == self.partner_invoice_id

    def _get_reversal_quantity(self):
        """Return -1 for a credit, 1 for what takes a credit back."""
        self.ensure_one()
        return 1.0 if self.kind == "credit" and self.quantity < 0 else -1.0

    def _get_part_amount(self, part):
        """Return what some days of a charge cost, cut as the charge itself was cut.

        The shares are counted from the start of the billing period that the charge lies in, so
        that what was billed less what is given back is what the remaining days cost.
        """
        self.ensure_one()
        whole, amount = self._get_whole()
        return prorated_amount(amount, part, whole, Decimal(str(self.currency_id.rounding)))

    def _get_untaxed_part(self, part):
        """Return what some days of a charge cost, tax excluded."""
        self.ensure_one()
        taxes = self.tax_ids.compute_all(
            float(self._get_part_amount(part)),
            currency=self.currency_id,
            product=self.product_id,
            partner=self.partner_invoice_id,
        )
        return taxes["total_excluded"]

    def _get_whole(self):
        """Return the billing period that a charge is cut from, and its price as it was billed.

        Charges made before these figures were kept are their own whole.
        """
        self.ensure_one()
        explanation = self.explanation or {}
        share = self._get_billed_share()
        if "whole" not in explanation:
            return self._get_period(), Decimal(str(self.amount)) * share
        whole = Period(*map(fields.Date.to_date, explanation["whole"]))
        return whole, Decimal(explanation["whole_amount"]) * share

    def _get_billed_share(self):
        """Return which share of a charge its invoices bill, less what was credited since.

        1 for a charge billed as it is; a gesture or another price on the draft makes it another.
        A difference of a cent is the rounding of the taxes.
        """
        self.ensure_one()
        lines = self._get_counting_lines()
        billed = sum(line._get_service_amount() for line in lines)
        charged = self.amount_untaxed
        is_as_charged = abs(billed - charged) < 2 * self.currency_id.rounding
        if not lines or is_as_charged or self.currency_id.is_zero(charged):
            return Decimal(1)
        return Decimal(str(self.currency_id.round(billed))) / Decimal(str(charged))

    def _get_billed_amount(self):
        """Return what a charge was billed for, less what was credited since."""
        self.ensure_one()
        return self.currency_id.round(self.amount * float(self._get_billed_share()))

    def _get_reversal_name(self, part):
        env = self.with_context(lang=self.partner_id.lang or self.env.lang).env
        values = {
            "description": self.name.split("\n")[0],
            "start": format_date(env, part.start),
            "end": format_date(env, part.last_day),
        }
        if self._get_reversal_quantity() > 0:
            return env._("%(description)s\nOwed again from %(start)s to %(end)s", **values)
        if self.kind == "credit":
            return env._("%(description)s\nCredit from %(start)s to %(end)s", **values)
        return env._("Credit: %(description)s\nFrom %(start)s to %(end)s", **values)

    def _get_reversal_explanation(self, part):
        """Return the figures of a reversal: of which charge, which of its days."""
        whole, amount = self._get_whole()
        return {
            "schema": 1,
            "kind": "credit",
            "start": part.start.isoformat(),
            "end": part.end.isoformat(),
            "whole": [whole.start.isoformat(), whole.end.isoformat()],
            "whole_amount": str(amount),
            "days": part.days,
            "charged_days": self._get_period().days,
            "charged_amount": str(self._get_billed_amount()),
        }

    # ----- Words -----

    def _explain(self):
        explanation = self.explanation or {}
        if explanation.get("kind") == "credit":
            return self._explain_credit(explanation)
        if explanation.get("kind") == "termination":
            return self._explain_termination(explanation)
        return super()._explain()

    def _explain_termination(self, explanation):
        """Say which part of the rest of a commitment is claimed (L06)."""
        return [
            self.env._(
                "Rest of the commitment: %(months)s months, %(amount)s.",
                months=explanation["months"],
                amount=self._explain_amount(explanation["amount"]),
            ),
            self.env._("Of it %(percent)s %% is claimed.", percent=explanation["percent"]),
        ]

    def _explain_credit(self, explanation):
        """Say what is given back, or owed again, of which charge."""
        values = {
            "days": explanation["days"],
            "charged_days": explanation["charged_days"],
            "amount": self._explain_amount(abs(float(explanation["charged_amount"]))),
        }
        if self.quantity > 0:
            return [
                self.env._(
                    "Owed again: %(days)s of the %(charged_days)s days for which %(amount)s was "
                    "given back.",
                    **values,
                )
            ]
        return [
            self.env._(
                "Given back: %(days)s of the %(charged_days)s days for which %(amount)s was "
                "billed.",
                **values,
            )
        ]

    # ----- Credit notes -----

    def _get_measure(self, lines):
        """Return ``(figure of a line, tolerance)`` by which the lines of a charge are judged.

        Untaxed amounts, whatever the quantities: less than two cents are the rounding of the
        taxes. Quantities where nothing was to pay.
        """
        self.ensure_one()
        billing = lines.filtered(lambda line: not line._is_service_credit())
        billed = sum(line._get_service_amount() for line in billing)
        if self.currency_id.is_zero(billed):
            return (lambda line: line._get_service_quantity()), QUANTITY_TOLERANCE
        return (lambda line: line._get_service_amount()), 2 * self.currency_id.rounding

    def _get_quantity_left(self):
        """Return how much of a charge is billed, without sign: what credits gave back is not.

        Credits give back the oldest invoices first, each line by its share.
        """
        lines = self._get_counting_lines().sorted("id")
        measure, tolerance = self._get_measure(lines)
        credits = lines.filtered(lambda line: line._is_service_credit())
        credited = abs(sum(map(measure, credits)))
        quantity = 0
        for line in lines - credits:
            billed = abs(measure(line))
            given_back = min(billed, credited)
            credited -= given_back
            is_whole = given_back and billed - given_back < tolerance
            share = 0 if is_whole else 1 - (given_back / billed if billed else 0)
            quantity += abs(line._get_service_quantity()) * share
        return quantity

    def _is_given_back(self, lines):
        """Tell whether credit notes give back all that the invoices of a charge billed.

        10.00 as a gesture and 40.00 later are all of 50.00.
        """
        if not any(line._is_service_credit() for line in lines):
            return False
        measure, tolerance = self._get_measure(lines)
        return abs(sum(map(measure, lines))) < tolerance

    def _check_credited_once(self):
        """Refuse credit notes that give back more than the invoices of a charge bill.

        Drafts bind nobody: a second credit note is refused when it is posted.
        """
        for charge in self:
            lines = charge._get_counting_lines()
            credits = lines.filtered(lambda line: line._is_service_credit())
            measure, tolerance = charge._get_measure(lines)
            billed = sum(map(measure, lines - credits))
            left = sum(map(measure, lines))
            if credits and left * billed < 0 and abs(left) >= tolerance:
                raise UserError(
                    self.env._(
                        "“%(charge)s” would be given back twice, by %(credits)s: credit no more "
                        "than is left of what was billed, or delete the second credit note.",
                        charge=charge.display_name,
                        credits=", ".join(credits.move_id.mapped("display_name")),
                    )
                )

    # ----- Refusal -----

    def _check_not_given_back(self):
        """Refuse in words to undo a credit or closing charge that an invoice holds."""
        for charge in self:
            if charge.kind in ("credit", "termination") and charge._billed_lines():
                raise UserError(
                    self.env._(
                        "“%(charge)s” is on %(invoice)s already. Delete that draft, or record a "
                        "new contract instead.",
                        charge=charge.display_name,
                        invoice=charge._billed_lines().move_id[:1].display_name,
                    )
                )
