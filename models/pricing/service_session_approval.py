from odoo import fields, models
from odoo.exceptions import AccessError, UserError

ACTIVITY = "service_contract.mail_activity_type_approval"


class ServiceSession(models.Model):
    """The approval that some work needs before it may be billed (S22, S23)."""

    _inherit = "service.session"

    approval_state = fields.Selection(
        [
            ("none", "Not needed"),
            ("waiting", "Waiting"),
            ("approved", "Approved"),
            ("refused", "Refused"),
        ],
        string="Approval",
        default="none",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        help="A manager approves what a rule or a reason wants approved. Refused: the work counts "
        "as included, nothing is owed.",
        lock="workflow",
    )
    approval_user_id = fields.Many2one(
        "res.users", string="Approval by", readonly=True, copy=False, tracking=True, lock="workflow"
    )

    # ----- States -----

    def _set_approval(self, state):
        """Record a decision, or that one is needed (again), and who decided."""
        is_decided = state in ("approved", "refused")
        sessions = self.sudo()
        sessions.write(
            {
                "approval_state": state,
                "approval_user_id": self.env.uid if is_decided else False,
            }
        )
        if state == "waiting":
            sessions._ask_for_approval()
        else:
            sessions.activity_unlink([ACTIVITY])
        return self

    def _forget_approval(self):
        """Let the work be approved anew, where it still needs it."""
        self.filtered(lambda session: session.approval_state != "none")._set_approval("none")

    def _update_approval(self):
        """Ask for an approval where the scope needs one; a manager who closes approves."""
        decision = "approved" if self.env.user._is_service_manager() else "waiting"
        for session in self.sudo():
            is_needed = session._is_approval_needed()
            if is_needed and session.approval_state == "none":
                session._set_approval(decision)
            elif not is_needed and session.approval_state != "none":
                session._set_approval("none")

    def _is_approval_needed(self):
        """Tell whether a rule or a reason wants a manager's approval of what is billed."""
        self.ensure_one()
        if self.replaced_by_id:
            return False
        scope = self._get_scope(self._get_pricing_level())
        is_billed = scope.effect != "included" or scope.cause == "refused"
        return is_billed and scope.is_approval_required

    def _ask_for_approval(self):
        """Give the approver of each session an activity."""
        for session in self:
            if approver := session._get_approver():
                session.activity_schedule(
                    ACTIVITY, summary=session.work_type_id.name, user_id=approver.id
                )

    def _get_approver(self):
        """Return the user whom to ask: the salesperson where that is a manager, else a manager.

        Hook: every manager may decide, whoever has the activity.
        """
        self.ensure_one()
        return self.company_id._choose_service_manager(self.contract_id.user_id)

    # ----- Buttons -----

    def action_approve(self):
        """Bill the work."""
        self.check_access("write")
        self._check_approver()._set_approval("approved")
        self._sync_holds()
        self.sudo()._explain_approval()

    def action_refuse(self):
        """Bill nothing: the work counts as included."""
        self.check_access("write")
        self._check_approver()._set_approval("refused")
        self._charge_anew()

    def _check_approver(self):
        if not self.env.user._is_service_manager():
            raise AccessError(self.env._("Only managers of service contracts may approve work."))
        for session in self:
            if session.approval_state != "waiting":
                raise UserError(
                    self.env._("%(session)s waits for no approval.", session=session.name)
                )
        return self

    def _explain_approval(self):
        """Write who approved into the explanations; prices stay as they were made (S04)."""
        for session in self:
            for charge in session.charge_ids.filtered("explanation"):
                scope = {
                    **charge.explanation.get("scope", {}),
                    "approval": session.approval_state,
                    "approved_by": session.approval_user_id.name,
                }
                charge.explanation = {**charge.explanation, "scope": scope}
