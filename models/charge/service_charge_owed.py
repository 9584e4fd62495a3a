from math import copysign

from odoo import api, fields, models
from odoo.tools import float_round
from odoo.tools.misc import formatLang

from ...tools.credits import Entry, owed_share
from .service_charge import OPEN_CHARGE_STATES, QUANTITY_TOLERANCE


class ServiceCharge(models.Model):
    """What credit notes leave of a charge: each of their lines says it for its own part.

    Half given as a gift and half to be billed anew leaves half to bill.
    """

    _inherit = "service.charge"

    after_credit = fields.Selection(
        [
            ("owed", "Owed again"),
            ("part", "A part is owed again"),
            ("waived", "Nothing more is owed"),
        ],
        compute="_compute_after_credit",
        compute_sudo=True,
        help="What credit notes left of this charge: the lines of each say it for their part.",
    )
    amount_left = fields.Monetary(
        string="Left to Bill",
        compute="_compute_state",
        store=True,
        help="Untaxed; less than the charge where a part of it was credited for good.",
    )

    @api.depends(
        "move_line_ids.service_after_credit",
        "move_line_ids.parent_state",
        "move_line_ids.price_subtotal",
    )
    def _compute_after_credit(self):
        for charge in self:
            lines = charge._get_counting_lines()
            decisions = charge._get_last_decisions(lines)
            share = charge._get_owed_share(lines)
            is_decided = decisions and all(decisions.mapped("service_after_credit"))
            charge.after_credit = is_decided and charge._get_share_label(share)

    def _get_share_label(self, share):
        return "owed" if share == 1 else "part" if share else "waived"

    # ----- Decisions -----

    def _get_last_decisions(self, lines):
        """Return the lines that say what is owed now: what was billed anew since is decided.

        The lines that credit; where none does, those that bill nothing of the charge.
        """
        self.ensure_one()
        credits = lines.filtered(lambda line: line._is_service_credit())
        billing_ids = (lines - credits).ids
        last = max(billing_ids, default=0)
        return credits.filtered(lambda line: line.id > last) if credits else lines

    def _decide_owed(self):
        """Owe what credits left undecided, or else all that they gave back for good."""
        for charge in self.sudo():
            lines = charge._get_counting_lines()
            decisions = charge._get_last_decisions(lines)
            undecided = decisions.filtered(lambda line: not line.service_after_credit)
            if undecided or not charge._get_owed_share(lines):
                (undecided or decisions).service_after_credit = "owed"

    # ----- How much is owed -----

    def _get_owed_share(self, lines):
        """Return which share of a charge may be billed beside some of its lines, 0 to 1."""
        self.ensure_one()
        if not any(line._is_service_credit() for line in lines):
            return 1.0
        measure, tolerance = self._get_price_measure(lines)
        entries = [
            Entry(
                abs(measure(line)), line._is_service_credit(), line.service_after_credit == "waived"
            )
            for line in lines.sorted("id")
        ]
        return owed_share(entries, tolerance)

    def _get_price_measure(self, lines):
        """Return ``(figure of a line, tolerance)`` by which parts are counted: as priced (S06)."""
        measure, tolerance = self._get_measure(lines)
        is_tax_included = any(self.tax_ids.mapped("price_include"))
        is_by_amount = tolerance != QUANTITY_TOLERANCE
        if is_tax_included and is_by_amount:
            return (lambda line: line.price_total), tolerance
        return measure, tolerance

    def _get_amount_left(self, lines):
        """Return what is still to be billed, untaxed."""
        self.ensure_one()
        if self.state not in OPEN_CHARGE_STATES:
            return 0.0
        share = self._get_owed_share(lines)
        if share == 1:
            return self.amount_untaxed
        vals = self._prepare_share_vals(share)
        taxes = self.tax_ids._compute_line_of_charge(
            vals["price_unit"],
            currency=self.currency_id,
            quantity=vals["quantity"],
            product=self.product_id,
            partner=self.partner_invoice_id,
        )
        return taxes["total_excluded"]

    def _get_total_left(self):
        """Return what the next invoice asks for, tax included, to the cent or nearly so."""
        self.ensure_one()
        return self.amount_total * self._get_owed_share(self._get_counting_lines())

    def _prepare_owed_vals(self, sign=1, lines=None):
        """Return description, quantity and price of what may be billed beside some lines.

        :param int sign: -1 on a credit note
        :param lines: ``account.move.line``; those that count where none are given
        """
        self.ensure_one()
        share = self._get_owed_share(self._get_counting_lines() if lines is None else lines)
        vals = self._prepare_share_vals(share)
        return {"name": self._get_owed_name(share), **vals, "quantity": vals["quantity"] * sign}

    def _prepare_share_vals(self, share):
        """Return quantity, price and discount of a share of a charge, to the cent.

        The charge's quantity is kept where its price can be cut: else the share is one piece.
        """
        if share == 1 or self.currency_id.is_zero(self.amount):
            return {
                "quantity": self.quantity,
                "price_unit": self.price_unit,
                "discount": self.discount,
            }
        amount = self.currency_id.round(self.amount * share)
        digits = self.env["decimal.precision"].precision_get("Product Price")
        price = float_round(amount / self.quantity, precision_digits=digits)
        if not self.currency_id.compare_amounts(price * self.quantity, amount):
            return {"quantity": self.quantity, "price_unit": price, "discount": 0.0}
        quantity = copysign(1.0, self.quantity)
        return {"quantity": quantity, "price_unit": amount * quantity, "discount": 0.0}

    def _get_owed_name(self, share):
        if share == 1:
            return self.name
        env = self.with_context(lang=self.partner_invoice_id.lang or self.env.lang).env
        owed = self.currency_id.round(self.amount * share)
        return env._(
            "%(description)s\nOwed again: %(amount)s of %(whole)s",
            description=self.name,
            amount=formatLang(env, abs(owed), currency_obj=self.currency_id),
            whole=formatLang(env, abs(self.amount), currency_obj=self.currency_id),
        )
