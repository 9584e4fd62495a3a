from odoo import fields, models
from odoo.tools.misc import format_date

PRICE_FIELDS = {"price_unit", "quantity", "discount", "tax_ids"}


class ServiceCharge(models.Model):
    """What customers agreed to on a sheet (S30); the words of rework under warranty (S31)."""

    _inherit = "service.charge"

    def write(self, vals):
        """Ask for a new answer where a session costs more than its sheet says."""
        result = super().write(vals)
        if PRICE_FIELDS & vals.keys():
            self.session_id._withdraw_raised()
        return result

    def action_owe(self):
        """Ask for a new answer where the customer was shown less than is owed again."""
        result = super().action_owe()
        self.session_id._withdraw_raised()
        return result

    def _is_releasing(self, today):
        """A run takes silence for consent before it bills; its preview foresees that (S30)."""
        if super()._is_releasing(today):
            return True
        session = self.session_id.sudo()
        if self.is_held or self.hold_cause != "sent":
            return False
        is_due = session.filtered_domain(session._get_silent_domain()) and session._is_silent()
        return bool(is_due and not session._get_undelivered())

    def _explain_amounts(self, explanation):
        """Say it before the amounts: the last sentence is the price."""
        amounts = super()._explain_amounts(explanation)
        return [*self._explain_warranty(explanation), *amounts]

    def _explain_warranty(self, explanation):
        """Say which work was done again, within which days."""
        warranty = explanation.get("warranty")
        if not warranty:
            return []
        sentence = self.env._(
            "Work of %(session)s done again: it ended on %(done)s, its warranty runs until "
            "%(until)s, the complaint was made on %(complaint)s.",
            session=explanation["warranty_of"],
            done=self._explain_day(warranty["done_on"]),
            until=self._explain_day(warranty["until"]),
            complaint=self._explain_day(warranty["complaint_on"]),
        )
        if not warranty["acceptance"]:
            return [sentence]
        accepted = self.env._("Accepted: %(reason)s.", reason=warranty["acceptance"])
        return [sentence, accepted]

    def _explain_day(self, text):
        return format_date(self.env, fields.Date.to_date(text))
