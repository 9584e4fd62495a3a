from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import plaintext2html
from odoo.tools.misc import format_date

from ..common.people import check_speaks_for, speaks_for


class ServiceUnattendedAccess(models.Model):
    """An agreement by which a customer's device is taken over while nobody is there (S27).

    On the customer's own request, with its days and with how it is stopped; revoked at any time.
    """

    _name = "service.unattended.access"
    _description = "Agreement on Unattended Access"
    _inherit = ["service.state.mixin", "mail.thread", "mail.activity.mixin"]
    _check_company_auto = True
    _order = "date_start desc, id desc"
    _rec_name = "partner_id"

    _transitions = {"state": {"active": ("draft",), "revoked": ("draft", "active")}}

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, lock="once"
    )
    state = fields.Selection(
        [("draft", "Draft"), ("active", "In force"), ("revoked", "Revoked")],
        default="draft",
        required=True,
        copy=False,
        tracking=True,
        lock="workflow",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        check_company=True,
        tracking=True,
        lock="draft",
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, index=True
    )
    contact_id = fields.Many2one(
        "res.partner",
        string="Requested by",
        compute="_compute_contact_id",
        store=True,
        readonly=False,
        check_company=True,
        domain="[('id', 'child_of', commercial_partner_id)]",
        help="Who of the customer's people asked for it.",
        lock="draft",
    )
    device_name = fields.Char(
        string="Workstation",
        tracking=True,
        help="The device that it is about, by its name on sessions; empty: all of the customer's.",
        lock="draft",
    )
    purpose = fields.Text(help="What may be done while nobody is there.", lock="draft")
    stop_instructions = fields.Text(
        string="How to Stop it",
        help="How the customer ends the access at once: a switch of the tool, a telephone number.",
        lock="draft",
    )
    agreed_on = fields.Date(copy=False, tracking=True, lock="draft")
    date_start = fields.Date(
        string="From", required=True, default=fields.Date.context_today, lock="draft"
    )
    date_end = fields.Date(string="Until", tracking=True, help="Inclusive.", lock="draft")
    revoked_on = fields.Date(readonly=True, copy=False, tracking=True, lock="workflow")
    can_activate = fields.Boolean(compute="_compute_can")
    can_revoke = fields.Boolean(compute="_compute_can")

    _dates_ordered = models.Constraint(
        "CHECK (date_end >= date_start)", "The access ends on its first day or later."
    )

    @api.depends("partner_id")
    def _compute_contact_id(self):
        """Leave nobody of the customer before there."""
        for access in self:
            person = access.contact_id
            access.contact_id = person if speaks_for(person, access.partner_id) else False

    @api.depends("state")
    def _compute_can(self):
        for access in self:
            access.can_activate = access._can_become("active")
            access.can_revoke = access.state == "active"

    @api.constrains("contact_id", "partner_id")
    def _check_contact_id(self):
        for access in self:
            check_speaks_for(access, "contact_id")

    # ----- States -----

    def action_activate(self):
        """Let the agreement count from now on, and send it to the customer with how to stop it."""
        self.check_access("write")
        for access in self:
            access._check_complete()
            access._update_state("active")
            access._tell_customer(access._get_agreement_words())

    def action_revoke(self):
        """End the access at once, as the customer wishes: no reason is asked."""
        self.check_access("write")
        self._update_state("revoked", revoked_on=fields.Date.context_today(self))
        for access in self:
            lang = access.partner_id.lang or self.env.lang
            words = access.with_context(lang=lang).env._(
                "Unattended access is revoked from now on: nothing is taken over any more without "
                "your consent."
            )
            access._tell_customer(words)

    def _check_complete(self):
        self.ensure_one()
        if not (self.contact_id and self.agreed_on and (self.stop_instructions or "").strip()):
            raise UserError(
                self.env._(
                    "%(customer)s: say who asked for unattended access, on which day it was "
                    "agreed, and how the customer stops it.",
                    customer=self.partner_id.display_name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_agreed(self):
        if agreed := self.filtered(lambda access: access.state != "draft"):
            raise UserError(
                self.env._(
                    "%(customer)s: an agreement is kept. Revoke it instead.",
                    customer=agreed[0].partner_id.display_name,
                )
            )

    # ----- Who is told -----

    def _get_agreement_words(self):
        self.ensure_one()
        env = self.with_context(lang=self.partner_id.lang or self.env.lang).env
        lines = [
            env._("Unattended access was agreed on %(day)s.", day=format_date(env, self.agreed_on)),
            env._("Device: %(name)s", name=self.device_name or env._("all")),
            env._("From: %(day)s", day=format_date(env, self.date_start)),
        ]
        if self.date_end:
            lines.append(env._("Until: %(day)s", day=format_date(env, self.date_end)))
        if self.purpose:
            lines.append(env._("What for: %(words)s", words=self.purpose))
        lines.append(env._("How to stop it: %(words)s", words=self.stop_instructions))
        lines.append(env._("You may revoke it at any time, without a reason: write or call."))
        return "\n".join(lines)

    def _tell_customer(self, words):
        self.ensure_one()
        recipient = self.contact_id or self.partner_id
        env = self.with_context(lang=self.partner_id.lang or self.env.lang).env
        self.message_post(
            body=plaintext2html(words),
            subject=env._("Unattended access"),
            partner_ids=recipient.filtered("email_normalized").ids,
            email_layout_xmlid="mail.mail_notification_light",
        )

    # ----- In force -----

    @api.model
    def _find(self, session, workstation, day):
        """Return the agreement that lets a session begin on a local day, none where none does.

        ``workstation``: the device that it begins on; None, and one of any device is found.
        """
        devices = Domain("device_name", "in", (False, workstation or ""))
        domain = (
            Domain("state", "=", "active")
            & Domain("company_id", "=", session.company_id.id)
            & Domain("commercial_partner_id", "=", session.commercial_partner_id.id)
            & Domain("date_start", "<=", day)
            & (Domain("date_end", "=", False) | Domain("date_end", ">=", day))
            & (Domain.TRUE if workstation is None else devices)
        )
        return self.sudo().search(domain, limit=1)
