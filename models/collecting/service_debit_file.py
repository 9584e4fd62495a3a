from odoo import fields, models
from odoo.exceptions import UserError


class ServiceDebitFile(models.Model):
    """A file for the bank as it was made: kept, whatever becomes of its order.

    Nobody changes or deletes it, and whoever takes it is noted.
    """

    _name = "service.debit.file"
    _description = "File of a Debit Order"
    _inherit = ["service.workflow.mixin"]
    _check_company_auto = True
    _order = "id desc"
    _is_made_by_workflow = True
    _takes_user_defaults = False

    name = fields.Char(string="File", required=True, readonly=True, lock="workflow")
    order_id = fields.Many2one(
        "account.payment.order",
        string="Debit Order",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        lock="workflow",
    )
    order_name = fields.Char(string="Order", readonly=True, lock="workflow")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, lock="workflow"
    )
    message_id = fields.Char(required=True, readonly=True, lock="workflow")
    # The controller gives it, and notes to whom.
    content = fields.Binary(
        attachment=True, readonly=True, groups="base.group_system", lock="workflow"
    )
    number = fields.Integer(string="Debits", readonly=True, aggregator=None, lock="workflow")
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(readonly=True, lock="workflow")
    is_void = fields.Boolean(
        string="Void",
        readonly=True,
        help="Its order was cancelled: it must not go to the bank any more.",
        lock="workflow",
    )
    download_count = fields.Integer(string="Taken", readonly=True, aggregator=None, lock="workflow")

    def action_download(self):
        """Give the file to the user, who is noted."""
        self.ensure_one()
        self.check_access("read")
        self._check_still_owed()
        return self._show_file()

    def _show_file(self):
        url = f"/service_contract/debit_file/{self.id}"
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}

    def _take(self):
        """Return the bytes of the file, and note who has taken it."""
        self.ensure_one()
        self.check_access("read")
        self._check_still_owed()
        file = self.sudo()
        file._as_workflow().download_count += 1
        if file.order_id:
            file.order_id._message_log(body=self._describe_taken(), author_id=self._get_author())
        return file.with_context(bin_size=False)._get_raw()

    def _check_still_owed(self):
        """Refuse to give out a file that nobody has yet where something speaks against it by now.

        What was paid or credited on account since it was made, an announcement that bounced, a day
        that is too near: whatever keeps a debit from being confirmed keeps it from the bank.
        """
        order = self.sudo().order_id
        if self.is_void or self.download_count or order.state != "generated":
            return
        if words := order._get_obstacles():
            raise UserError(
                self.env._(
                    "%(file)s debits what must not be debited any more. %(reasons)s Make it anew: "
                    "what stays out waits in “To Settle”.",
                    file=self.name,
                    reasons=" ".join(words),
                )
            )

    def _get_raw(self):
        """Return the bytes of the file."""
        field = self.env["ir.attachment"].search(
            [
                ("res_model", "=", self._name),
                ("res_id", "=", self.id),
                ("res_field", "=", "content"),
            ],
            limit=1,
        )
        return field.raw or b""

    def _get_author(self):
        return self.env.user.partner_id.id

    def _describe_taken(self):
        names = {"user": self.env.user.name, "file": self.name}
        if self.is_void:
            return self.env._(
                "%(user)s took the file %(file)s, which is void: it must not go to the bank.",
                **names,
            )
        if self.download_count > 1:
            return self.env._(
                "%(user)s took the file %(file)s again (%(count)s times by now).",
                count=self.download_count,
                **names,
            )
        return self.env._("%(user)s took the file %(file)s.", **names)
