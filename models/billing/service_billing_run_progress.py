from odoo import api, fields, models


class ServiceBillingRun(models.Model):
    """How far a run is, told to who started it while it goes on; and how it is stopped."""

    _inherit = "service.billing.run"

    is_stopped = fields.Boolean(
        compute="_compute_is_stopped", help="Somebody stopped it before it was finished."
    )

    @api.depends("state", "phase")
    def _compute_is_stopped(self):
        for run in self:
            run.is_stopped = run.state == "done" and run.phase != "done"

    def _note_progress(self, handled):
        """Keep how far the run is, and tell it; what is told goes out with the commit."""
        done = self.done_count + handled
        counts = {"done_count": done, "total_count": done + self._count_remaining()}
        self._as_workflow().write(counts)
        self._tell_progress()

    def _tell_progress(self):
        counts = self.done_count, self.total_count
        self._send_progress(self.started_by_id, *counts, phase=self.phase)

    def action_stop(self):
        """Stop runs between two steps: what they have made stays, the rest can be taken up."""
        self.check_access("write")
        for run in self:
            run._check_state("running")
            run._set_done()
            run._message_log(
                body=self.env._(
                    "Stopped by %(user)s: %(done)s of %(total)s were handled.",
                    user=self.env.user.name,
                    done=run.done_count,
                    total=run.total_count,
                )
            )
