from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ServiceSession(models.Model):
    """A remote session that an on-site visit replaces: only the visit is billed (S08)."""

    _inherit = "service.session"

    replaced_by_id = fields.Many2one(
        "service.session",
        string="Replaced by on-site visit",
        copy=False,
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        tracking=True,
        domain="[('commercial_partner_id', '=', commercial_partner_id), "
        "('channel', '=', 'on_site'), ('id', '!=', id), ('state', '!=', 'cancelled')]",
        help="Remote work was not possible: only the on-site visit is billed.",
    )
    replaces_ids = fields.One2many("service.session", "replaced_by_id")

    def _get_replaced(self):
        """Return the closed sessions that a visit replaces: they were closed unchecked."""
        return self.filtered(lambda session: session.state == "done" and session.replaced_by_id)

    @api.constrains("replaced_by_id", "partner_id", "channel")
    def _check_replaced_by(self):
        for session in self.filtered("replaced_by_id"):
            visit = session.replaced_by_id
            is_same = visit.commercial_partner_id == session.commercial_partner_id
            if not is_same or visit.channel != "on_site" or session.channel == "on_site":
                raise ValidationError(
                    self.env._(
                        "%(session)s: only an on-site visit at the same customer can replace a "
                        "remote session; %(visit)s is none.",
                        session=session.name,
                        visit=visit.name,
                    )
                )
        for visit in self.filtered("replaces_ids"):
            if visit.channel != "on_site":
                raise ValidationError(
                    self.env._(
                        "%(visit)s replaces %(session)s: it stays an on-site visit.",
                        visit=visit.name,
                        session=visit.replaces_ids[0].name,
                    )
                )
