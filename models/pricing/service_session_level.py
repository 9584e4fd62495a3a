from odoo import api, fields, models
from odoo.exceptions import AccessError


class ServiceSession(models.Model):
    """Which level may price a session without a contract: none makes work free by itself (S09).

    Levels that include work are what a contract pays for. Without one they are for managers, who
    say why.
    """

    _inherit = "service.session"

    level_reason_id = fields.Many2one(
        "service.reason",
        string="Reason of the Level",
        domain="[('usage', '=', 'price'), ('company_id', 'in', (False, company_id))]",
        ondelete="restrict",
        check_company=True,
        copy=False,
        index="btree_not_null",
        tracking=True,
        help="Why a session without a contract is priced by a level that includes work.",
        lock="closed",
    )
    is_level_reason_asked = fields.Boolean(
        compute="_compute_is_level_reason_asked", compute_sudo=True
    )
    is_any_level_offered = fields.Boolean(compute="_compute_is_any_level_offered")

    @api.depends("contract_id", "level_id", "company_id")
    def _compute_is_level_reason_asked(self):
        for session in self:
            session.is_level_reason_asked = session._is_level_given()

    @api.depends_context("uid")
    def _compute_is_any_level_offered(self):
        self.is_any_level_offered = self.env.user._is_service_manager()

    def _is_level_given(self):
        """Tell whether a level includes work that no contract pays and the company gives nobody."""
        self.ensure_one()
        level = self.level_id
        if self.contract_id or not level or level.kind == "per_intervention":
            return False
        return level != self.company_id.service_default_level_id

    def _get_level_problem(self):
        """Return in words that nobody said why a session is free, empty when it is not."""
        self.ensure_one()
        if not self._is_level_given() or self.level_reason_id:
            return False
        return self.env._(
            "%(session)s: level “%(level)s” includes work, and no contract pays for it. Choose a "
            "contract or a level per intervention; or a manager says in “Reason of the Level” "
            "why.",
            session=self.display_name,
            level=self.level_id.name,
        )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_level_reason(vals)
        return super().create(vals_list)

    @api.model
    def _check_level_reason(self, vals):
        """Leave to managers to say why a session is free."""
        if not vals.get("level_reason_id") or self._is_workflow():
            return
        if not self.env.user._is_service_manager():
            raise AccessError(
                self.env._("Only managers of service contracts give a level without a contract.")
            )

    @api.model
    def _follow_level(self, vals):
        """Return values in which the reason goes with the level that it was given for."""
        self._check_level_reason(vals)
        if "level_id" in vals and "level_reason_id" not in vals:
            return {**vals, "level_reason_id": False}
        return vals
