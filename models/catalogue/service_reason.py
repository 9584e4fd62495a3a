from odoo import fields, models
from odoo.exceptions import UserError


class ServiceReason(models.Model):
    """A reason that somebody gives, with what it does to the charge."""

    _name = "service.reason"
    _description = "Service Reason"
    _inherit = ["service.catalogue.mixin"]
    _order = "usage, sequence, name"

    name = fields.Char(required=True, translate=True)
    code = fields.Char()
    sequence = fields.Integer(default=10)
    usage = fields.Selection(
        [
            ("hold", "Hold a charge"),
            ("waive", "Waive a charge"),
            ("price", "Override a price"),
            ("invoice", "Change an invoice line"),
            ("scope", "Bill work out of scope"),
            ("delay", "Extend a due time"),
            ("exit", "End or change a contract"),
            ("suspend", "Suspend a contract"),
        ],
        required=True,
        help="Where this reason is offered.",
    )
    is_approval_required = fields.Boolean(
        string="Approval Required", help="A manager has to agree before it takes effect."
    )

    def _check_usage(self, usage):
        """Refuse a reason of something else, which only a client's own list offers."""
        for reason in self.filtered(lambda reason: reason.usage != usage):
            raise UserError(
                self.env._("“%(reason)s” is no reason for that.", reason=reason.display_name)
            )
