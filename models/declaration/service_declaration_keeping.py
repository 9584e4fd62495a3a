from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.misc import format_date

from .service_declaration import OVER

TRACE_MONTHS = 12
KEPT_YEARS = 5


class ServiceDeclaration(models.Model):
    """How long it is kept (L18, L18b): traces 12 months, the evidence 5 years (Code civil 2224).

    Also the addresses from which sheets were answered: who answered, when and what stays.
    """

    _inherit = "service.declaration"

    @api.model
    def _get_keeping_steps(self):
        """Return the steps of the job that forget what is no longer needed; a hook."""
        sessions, revisions = self.env["service.session"], self.env["service.sheet.revision"]
        return [
            (self, self._get_traced_domain(), lambda part: part._forget_traces(), "traces"),
            (self, self._get_outlived_domain(), lambda part: part.unlink(), "outlived"),
            (
                sessions,
                self._get_answered_domain("sheet_ip", "sheet_validated_at"),
                lambda part: part._as_workflow().write({"sheet_ip": False}),
                "sheets",
            ),
            (
                revisions,
                self._get_answered_domain("ip", "validated_at"),
                lambda part: part._as_workflow().write({"ip": False}),
                "revisions",
            ),
        ]

    @api.model
    def _get_forgotten_before(self):
        return fields.Datetime.now() - relativedelta(months=TRACE_MONTHS)

    @api.model
    def _get_traced_domain(self):
        traced = Domain("ip_address", "!=", False) | Domain("browser", "!=", False)
        return list(traced & Domain("sent_at", "<", self._get_forgotten_before()))

    @api.model
    def _get_answered_domain(self, address, validated):
        """Return the domain of the sheets that were answered too long ago to keep from where."""
        before = self._get_forgotten_before()
        contested = Domain(validated, "=", False) & Domain("contested_at", "<", before)
        return list(Domain(address, "!=", False) & (Domain(validated, "<", before) | contested))

    def _forget_traces(self):
        """Forget from which address and by which browser something was sent."""
        self._as_workflow().write({"ip_address": False, "browser": False})

    @api.model
    def _get_outlived_domain(self):
        before = fields.Datetime.now() - relativedelta(years=KEPT_YEARS)
        return [("state", "in", OVER), ("sent_at", "<", before)]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_kept(self):
        outlived = self.filtered_domain(self._get_outlived_domain())
        for declaration in self - outlived:
            raise UserError(
                self.env._(
                    "%(declaration)s is evidence of what the customer sent, and kept until "
                    "%(day)s.",
                    declaration=declaration.name,
                    day=format_date(
                        self.env, declaration.sent_at + relativedelta(years=KEPT_YEARS)
                    ),
                )
            )
