from odoo import api, fields, models

from ...tools import consent_codes


class ServiceConditions(models.Model):
    """What customers read and declare before a remote session: the words are the offer's (S25)."""

    _inherit = "service.conditions"

    consent_risks = fields.Text(
        string="Named Risks",
        translate=True,
        lock="sealed",
        help="One a line; the customer accepts them before a remote session.",
    )
    consent_declarations = fields.Text(
        string="Declarations",
        translate=True,
        lock="sealed",
        help="One a line; the customer ticks each of them before a remote session.",
    )

    def _filter_locked(self):
        """Return also the versions that a consent refers to."""
        rows = (
            self.env["service.consent"]
            .sudo()
            ._read_group([("conditions_id", "in", self.ids)], ["conditions_id"])
        )
        return super()._filter_locked() | self.browse(record.id for (record,) in rows)

    def _get_usage_fields(self):
        return [*super()._get_usage_fields(), ("service.consent", "conditions_id")]

    @api.model
    def _get_public(self, company):
        """Return the conditions of what a company sells now, which everybody may read (S37)."""
        families = self.env["service.family"].sudo()
        return families.search([("company_id", "in", (False, company.id))]).conditions_id

    def _get_text_digest(self):
        """Return the SHA-256 of the text as it is in the environment's language."""
        self.ensure_one()
        return consent_codes.digest(
            [self.display_name, str(self.body or ""), self.consent_risks or ""]
        )
