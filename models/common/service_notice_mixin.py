from odoo import api, fields, models
from odoo.exceptions import UserError

FAILED = ("bounce", "exception", "canceled")
ACTIVITY = "mail.mail_activity_data_todo"


class ServiceNoticeMixin(models.AbstractModel):
    """What a customer is told by a dedicated e-mail, and its proof.

    The message stands on the thread of what it is about; what did not arrive is told to a person,
    once.
    """

    _name = "service.notice.mixin"
    _description = "Notice to a Customer"
    _inherit = ["service.workflow.mixin"]

    notice_message_id = fields.Many2one(
        "mail.message",
        string="Proof of the Notice",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        lock="workflow",
    )
    notice_failure = fields.Char(compute="_compute_notice_failure", compute_sudo=True)
    is_failure_told = fields.Boolean(readonly=True, copy=False, lock="workflow")

    @api.depends(
        "notice_message_id.notification_ids.notification_status",
        "notice_message_id.notification_ids.failure_reason",
    )
    def _compute_notice_failure(self):
        for record in self:
            failed = record._get_failed_notifications()
            reasons = (row.failure_reason or row.format_failure_reason() for row in failed)
            record.notice_failure = ", ".join(str(reason) for reason in reasons)

    def _is_notice_failed(self):
        """Tell whether the customer's copy of the notice came back or never left."""
        self.ensure_one()
        return bool(self._get_failed_notifications())

    def _get_failed_notifications(self):
        return self.sudo().notice_message_id.notification_ids.filtered(
            lambda row: row.notification_status in FAILED and row.res_partner_id == self.partner_id
        )

    def _check_notice_address(self):
        self.ensure_one()
        if not self.partner_id.email_normalized:
            raise UserError(
                self.env._(
                    "%(customer)s has no valid e-mail address: add it, or send the letter by post.",
                    customer=self.partner_id.display_name,
                )
            )

    # ----- What comes back -----

    @api.model
    def _get_to_follow_up_domain(self):
        """Return the domain of the notices that came back and of which nobody was told; a hook."""
        return [
            ("notice_message_id.notification_ids.notification_status", "in", FAILED),
            ("is_failure_told", "=", False),
        ]

    def _follow_up_failure(self):
        """Give each notice that did not reach the customer an activity where it stands, once.

        Return those that did not reach the customer.
        """
        failed = self.filtered(lambda record: record._is_notice_failed())
        for record in failed:
            user = record.user_id or record.notice_message_id.create_uid
            record._get_notice_thread().activity_schedule(
                ACTIVITY,
                summary=record.with_context(lang=user.lang)._get_failure_summary(),
                note=record.notice_failure,
                date_deadline=record._get_failure_deadline(),
                user_id=user.id,
            )
        failed._as_workflow().is_failure_told = True
        return failed

    def _get_failure_summary(self):
        """Return in words which notice did not arrive; a hook."""
        return self.env._("A notice did not reach the customer")

    def _get_failure_deadline(self):
        """Return by when it should be sent again; a hook."""
        return fields.Date.context_today(self)

    def _get_notice_thread(self):
        """Return the record on whose thread the notice stands, such as its contract; a hook."""
        raise NotImplementedError
