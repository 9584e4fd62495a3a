from odoo import api, fields, models, tools
from odoo.exceptions import AccessError

from .client_actions import notify

OTHER = "other"


class ServiceExceptionCause(models.Model):
    """Why matters need a person: one heading of the inbox, with the button that mends all of it."""

    _name = "service.exception.cause"
    _description = "Cause of Matters"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    explanation = fields.Text(translate=True, help="What a person does about it.")
    button = fields.Char(translate=True, help="What its button says; empty where none mends it.")
    sequence = fields.Integer(default=100)
    group_ids = fields.Many2many(
        "res.groups", string="Mended by", help="One of these groups; everybody where none is named."
    )
    can_mend = fields.Boolean(compute="_compute_can_mend")

    _code_once = models.UniqueIndex("(code)", "A cause is known by its code.")

    @api.depends("button", "group_ids")
    @api.depends_context("uid")
    def _compute_can_mend(self):
        """Nobody sees a button that would refuse."""
        own = self.env.user.sudo().all_group_ids
        for cause in self:
            groups = cause.sudo().group_ids
            cause.can_mend = bool(cause.button) and (not groups or bool(groups & own))

    @api.model
    @tools.ormcache("code")
    def _find_id(self, code):
        return self.sudo().search([("code", "=", code)], limit=1).id

    @api.model
    def _find(self, code):
        """Return the cause of a code; where somebody deleted it, the one that says nothing."""
        return self.browse(self._find_id(code) or self._find_id(OTHER))

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def _check_may_mend(self):
        """Refuse a client what its screen does not offer."""
        for cause in self:
            if not cause.can_mend:
                raise AccessError(
                    self.env._("“%(cause)s” is mended by others than you.", cause=cause.name)
                )

    def action_mend(self):
        """Mend all that is in the inbox for this cause: of the companies and the run looked at."""
        self.ensure_one()
        matters = self._find_matters()
        return matters.action_mend() if matters else self._tell_settled()

    def action_open(self):
        """Open what these matters are about."""
        self.ensure_one()
        matters = self._find_matters()
        return matters.action_open_records() if matters else self._tell_settled()

    def _find_matters(self):
        return self.env["service.exception"].search(self._get_matter_domain())

    def _tell_settled(self):
        """Say so: a heading stays on the screen when the last matter below it is mended."""
        message = self.env._("“%(cause)s”: all is settled.", cause=self.name)
        return notify(message, kind="info")

    def _get_matter_domain(self):
        """Return the domain of what the user sees below this heading; a hook."""
        return [("cause_id", "=", self.id), ("state", "=", "open")]
