from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common.client_actions import open_window
from .account_move import TO_DECIDE, TO_POST, UNDER_WAY


class ServiceBillingRun(models.Model):
    """What has gone out of a run's invoices, what is on its way, and what waits for somebody."""

    _inherit = "service.billing.run"

    is_auto_send = fields.Boolean(
        string="Send at Once",
        lock="closed",
        help="The invoices are sent as soon as all are posted, each by its customer's channel. "
        "Of a run that was stopped, none is sent before it goes on or somebody sends them.",
    )
    is_sending = fields.Boolean(
        string="Sending under Way", readonly=True, copy=False, lock="workflow"
    )
    to_send_count = fields.Integer(compute="_compute_sending", string="To Send")
    sending_count = fields.Integer(compute="_compute_sending", string="Being Sent")
    to_post_count = fields.Integer(compute="_compute_sending", string="By Post")
    unsent_count = fields.Integer(compute="_compute_sending", string="Not Sent")
    sent_count = fields.Integer(compute="_compute_sending", string="Sent")
    sending_progress = fields.Float(compute="_compute_sending", string="Gone Out")

    @api.depends("invoice_ids.state", "invoice_ids.service_sending")
    def _compute_sending(self):
        for run in self:
            posted = run.invoice_ids.filtered(lambda move: move.state == "posted")
            states = posted.mapped("service_sending")
            run.to_send_count = sum(state in TO_DECIDE for state in states)
            run.sending_count = sum(state in UNDER_WAY for state in states)
            run.to_post_count = sum(state in TO_POST for state in states)
            run.unsent_count = states.count("failed")
            run.sent_count = states.count("sent")
            run.sending_progress = 100 * run.sent_count / len(states) if states else 0

    def _get_posted(self, *states):
        """Return the posted invoices of runs in some states of sending."""
        return self.env["account.move"].search(
            [
                ("service_run_id", "in", self.ids),
                ("state", "=", "posted"),
                ("service_sending", "in", states),
            ]
        )

    def action_send_invoices(self):
        """Send all posted invoices that nobody has sent, in the background."""
        self.check_access("write")
        moves = self._get_posted(*TO_DECIDE)
        if not moves:
            raise UserError(self.env._("All posted invoices have been sent, or are being sent."))
        return moves.action_send_service()

    def action_print_invoices(self):
        """Print what is not printed yet; where all is, print it again."""
        self.check_access("write")
        moves = self._get_posted("print") or self._get_posted(*TO_POST)
        return moves.action_print_service()

    def action_confirm_posted(self):
        self.check_access("write")
        return self._get_posted("printed").action_posted_service()

    def action_open_unsent(self):
        self.ensure_one()
        self.check_access("read")
        xmlid = "service_contract.service_unsent_action"
        return open_window(self.env, xmlid, [("service_run_id", "=", self.id)])

    def _tell_sent(self):
        """Tell who started these runs once nothing of them is to be sent any more: one worker."""
        for run in self.try_lock_for_update(allow_referencing=True):
            if run.is_sending and not run._get_posted("waiting", "calling"):
                run.sudo()._as_workflow().is_sending = False
                run._tell(run.started_by_id, lambda run: run._get_sending_summary())

    def _get_sending_summary(self):
        """Return in words what has gone out of a run."""
        self.ensure_one()
        return self.env._(
            "%(run)s: the invoices have been sent. Gone or on their way: %(sent)s, to post: "
            "%(post)s, not sent: %(unsent)s.",
            run=self.name,
            sent=self.sent_count + self.sending_count,
            post=self.to_post_count,
            unsent=self.unsent_count,
        )

    def _get_held(self, names, vals):
        """Whether it sends at once may be said until it is done."""
        if self.state == "running":
            names = names - {"is_auto_send"}
        return super()._get_held(names, vals)

    def _set_done(self):
        """Send at once what is finished; of a run that somebody stopped nothing goes out."""
        result = super()._set_done()
        for run in self.filtered(lambda run: run.is_auto_send and not run.is_stopped):
            if moves := run._get_posted(False):
                moves._queue_sending()
        return result
