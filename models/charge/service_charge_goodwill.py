from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import float_round
from odoo.tools.misc import formatLang

from .service_charge import OPEN_CHARGE_STATES, PAYMENT_FIELDS, SNAPSHOT_FIELDS


class ServiceCharge(models.Model):
    """A gesture: something less on the next invoice, for a reason that somebody gives.

    It has no invoice that it gives back, so that it never makes a credit note of its own (L08c):
    it comes off an invoice as far as that goes, and the rest waits for the next one. It is taken
    back as long as nothing was billed by it.
    """

    _inherit = "service.charge"

    goodwill_charge_id = fields.Many2one(
        "service.charge",
        string="Goodwill on",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        lock="once",
    )
    goodwill_ids = fields.One2many("service.charge", "goodwill_charge_id")

    def action_give_goodwill(self):
        """Ask how much less is billed for charges that are not billed yet, and why."""
        self._check_may_give()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Goodwill"),
            "res_model": "service.goodwill",
            "view_mode": "form",
            "target": "new",
            "context": {"default_charge_ids": self.ids},
        }

    def _check_may_give(self):
        """Leave gestures to those who decide on charges, and to charges that are to be billed."""
        for charge in self._check_may_decide():
            if charge.state != "ready" or charge.amount <= 0:
                raise UserError(
                    self.env._(
                        "“%(charge)s” is not to be billed: there is nothing to take off.",
                        charge=charge.display_name,
                    )
                )
        return self

    def _get_price_left(self):
        """Return what may still be taken off a charge, in the tax mode of its product."""
        self.ensure_one()
        return self.amount + sum(self.sudo().goodwill_ids.mapped("amount"))

    def _give_goodwill(self, amounts, reason, note=""):
        """Make the gestures on these charges; ``amounts`` are what each costs less.

        :param dict amounts: ``{charge: amount}`` in the tax mode of the product
        """
        self._check_may_give()
        reason._check_usage("waive")
        vals_list = [self._prepare_goodwill_vals(*item, reason) for item in amounts.items()]
        gestures = self.sudo().create(vals_list).with_env(self.env)
        gestures._note_decision(self.env._("Goodwill"), reason, note)
        return gestures

    def _prepare_goodwill_vals(self, charge, amount, reason):
        left = charge.currency_id.round(charge._get_price_left())
        if charge.currency_id.compare_amounts(amount, left) > 0 or amount <= 0:
            raise UserError(
                self.env._(
                    "“%(charge)s”: take off more than nothing, and %(amount)s at most.",
                    charge=charge.display_name,
                    amount=formatLang(self.env, left, currency_obj=charge.currency_id),
                )
            )
        names = {*SNAPSHOT_FIELDS, *PAYMENT_FIELDS} - {"contract_line_id"}
        return {
            **{name: charge[name].id for name in names},
            **charge._prepare_gesture_vals(amount, reason, charge.name.split("\n")[0]),
            "goodwill_charge_id": charge.id,
            "tax_ids": [fields.Command.set(charge.tax_ids.ids)],
            "product_id": charge.product_id.id,
            "date_start": charge.date_start,
            "date_end": charge.date_end,
            "billing_date": charge.billing_date,
        }

    def _prepare_gesture_vals(self, amount, reason, what):
        """Return what makes a charge a gesture: its sign, its reason, and what customers read."""
        partner = self.partner_id or self.env["res.partner"]
        env = self.with_context(lang=partner.lang or self.env.lang).env
        return {
            "kind": "goodwill",
            "component": "other",
            "name": env._("Goodwill: %(what)s", what=what),
            "quantity": -1.0,
            "price_unit": amount,
            "discount": 0.0,
            "reason_id": reason.id,
            "explanation": {"schema": 1, "kind": "goodwill", "reason": reason.name},
        }

    # ----- Taken back -----

    def action_take_back_goodwill(self):
        """Bill in full after all: the gestures go, as long as nothing was billed by them."""
        self.check_access("write")
        gestures = self.filtered(lambda charge: charge.kind == "goodwill")
        gestures._check_may_decide()
        if billed := gestures.filtered(
            lambda charge: charge.state not in (*OPEN_CHARGE_STATES, "waived")
        ):
            billed._check_not_billed()
        origins = gestures.goodwill_charge_id
        for gesture in gestures:
            words = gesture._describe_decision(self.env._("Goodwill taken back"), None, "")
            for record in (gesture.goodwill_charge_id, *gesture._get_origins()):
                record.sudo()._message_log(body=words)
        gestures.sudo().unlink()
        return origins[:1]._get_records_action() if len(origins) == 1 else None

    # ----- Off an invoice -----

    def _count_fitting_cents(self, room):
        """Return how many cents of a gesture's price come to no more than ``room``, tax included.

        Cents are the smallest amounts of its currency.
        """
        self.ensure_one()
        step, total = self.currency_id.rounding, -self.amount_total
        cents = int(self.price_unit * min(room / total, 1) / step + 0.1) if total else 0
        while cents > 0 and self._get_gesture_total(cents * step) > room + step / 10:
            cents -= 1
        return cents

    def _prepare_goodwill_parts(self, cents):
        """Return the values of the rest of a gesture and of what is taken of it."""
        step, gesture = self.currency_id.rounding, self.sudo()
        taken = float_round(cents * step, precision_rounding=step)
        left = float_round(self.price_unit - taken, precision_rounding=step)
        part = gesture.copy_data({"price_unit": taken})[0]
        return gesture.copy_data({"price_unit": left})[0], part

    def _get_gesture_total(self, price):
        return self.tax_ids._compute_line_of_charge(
            price,
            currency=self.currency_id,
            quantity=1.0,
            product=self.product_id,
            partner=self.partner_invoice_id,
        )["total_included"]
