from odoo import models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date


class ServiceContractLine(models.Model):
    """What amendments ask of a contract's line, and what they keep of it."""

    _inherit = "service.contract.line"

    def _check_not_closed(self):
        """Refuse to take back a line that another amendment has taken out since."""
        closing = self.env["service.amendment.line"].search(
            [
                ("contract_line_id", "in", self.ids),
                ("change", "=", "remove"),
                ("amendment_id.state", "=", "done"),
            ],
            limit=1,
        )
        if closing:
            raise UserError(
                self.env._(
                    "“%(line)s” was changed again from %(day)s on: take that back first.",
                    line=closing.product_id.display_name,
                    day=format_date(self.env, closing.amendment_id.effective_date),
                )
            )
        return super()._check_not_closed()
