from odoo import models
from odoo.tools.misc import format_date


class PaymentReturnLine(models.Model):
    _inherit = "payment.return.line"

    def _describe_return(self):
        """Return in words which debit came back, when and why."""
        self.ensure_one()
        reason = self.reason_id.display_name or self.reason_additional_information
        names = {
            "debit": self.reference or ", ".join(self.move_line_ids.mapped("move_id.ref")),
            "day": format_date(self.env, self.return_id.date),
        }
        if reason:
            return self.env._(
                "The bank returned the debit %(debit)s on %(day)s: %(reason)s. Decide whether it "
                "is debited again.",
                reason=reason,
                **names,
            )
        return self.env._(
            "The bank returned the debit %(debit)s on %(day)s. Decide whether it is debited again.",
            **names,
        )
