from odoo import fields, models


class ServiceDecisionMixin(models.AbstractModel):
    """What waits for a person's decision, and the activity that asks for it."""

    _name = "service.decision.mixin"
    _description = "Waiting for a Decision"
    _inherit = ["service.workflow.mixin"]

    activity_id = fields.Many2one(
        "mail.activity",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        lock="workflow",
    )

    def _close_activity(self):
        """Close the activity of who was asked to decide: it is decided."""
        for record in self.sudo():
            if record.activity_id.active:
                record.activity_id.action_feedback()

    def _drop_activity(self):
        """Take the question back: nobody has to decide any more, and nobody did."""
        self.sudo().activity_id.filtered("active").unlink()
