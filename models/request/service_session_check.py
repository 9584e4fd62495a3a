from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common.field_values import get_label


class ServiceSessionCheck(models.Model):
    """One point of a session's checklist: done, not done and why, or still open (S21)."""

    _name = "service.session.check"
    _description = "Checked Point"
    _inherit = ["service.workflow.mixin"]
    _check_company_auto = True
    _order = "session_id, sequence, id"

    session_id = fields.Many2one(
        "service.session", required=True, ondelete="cascade", index=True, lock="once"
    )
    company_id = fields.Many2one(related="session_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, help="In the customer's language, as it was planned.")
    state = fields.Selection(
        [
            ("todo", "To do"),
            ("done", "Done"),
            ("problem", "Problem found"),
            ("skipped", "Not applicable"),
        ],
        default="todo",
        required=True,
    )
    note = fields.Char(help="What the customer reads beside it.")
    user_id = fields.Many2one("res.users", string="By", readonly=True, lock="workflow")
    checked_at = fields.Datetime(string="On", readonly=True, lock="workflow")

    @api.model_create_multi
    def create(self, vals_list):
        if not self._is_workflow():
            stamps = self._get_marked("lock", "workflow")
            vals_list = [
                {name: value for name, value in vals.items() if name not in stamps}
                for vals in vals_list
            ]
        stamped = [self._stamp(vals) for vals in vals_list]
        checks = super(ServiceSessionCheck, self._as_workflow()).create(stamped)
        checks = checks.with_env(self.env)
        checks._check_open()
        return checks

    def write(self, vals):
        self._check_open()
        if not self._is_workflow():
            self._check_locks(vals)
        return super(ServiceSessionCheck, self._as_workflow()).write(self._stamp(vals))

    @api.model
    def _stamp(self, vals):
        """Return values that say who ticked the point, and when."""
        if "state" not in vals:
            return vals
        is_checked = vals["state"] != "todo"
        return {
            **vals,
            "user_id": is_checked and self.env.uid,
            "checked_at": is_checked and fields.Datetime.now(),
        }

    def _describe(self):
        """Return the point in one sentence, for the customer."""
        self.ensure_one()
        sentence = f"{self.name} – {get_label(self, 'state')}"
        return f"{sentence} ({self.note})" if self.note else sentence

    @api.ondelete(at_uninstall=False)
    def _check_open(self):
        if closed := self.sudo().session_id.filtered(
            lambda session: session.state in ("done", "cancelled")
        ):
            raise UserError(
                self.env._(
                    "%(session)s is closed: reopen it to change what was checked.",
                    session=closed[0].name,
                )
            )
