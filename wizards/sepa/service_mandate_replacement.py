from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.base_iban.models.res_partner_bank import validate_iban

from ...models.common.client_actions import CLOSE


class ServiceMandateReplacement(models.TransientModel):
    """What takes the place of a mandate: contracts, drafts and open invoices go with it (L15b)."""

    _name = "service.mandate.replacement"
    _description = "Replace a Mandate"
    _inherit = ["service.wizard.mixin", "service.workflow.mixin"]

    mandate_id = fields.Many2one(
        "account.banking.mandate", required=True, readonly=True, lock="once"
    )
    mandate_format = fields.Selection(related="mandate_id.format")
    partner_id = fields.Many2one(related="mandate_id.partner_id", string="Debtor")
    company_id = fields.Many2one(related="mandate_id.company_id")
    can_amend = fields.Boolean(compute="_compute_can_amend", compute_sudo=True)
    way = fields.Selection(
        [
            ("amend", "The same mandate, for another account"),
            ("mobility", "A bank mobility notice (private persons)"),
            ("new", "A new mandate of the same debtor"),
            ("other", "Another valid mandate of the same debtor"),
        ],
        string="What the Customer Has Sent",
        required=True,
        compute="_compute_way",
        store=True,
        readonly=False,
        precompute=True,
    )
    acc_number = fields.Char(string="New IBAN")
    received_on = fields.Date(
        string="Notice Received on", default=lambda self: fields.Date.context_today(self)
    )
    registered_on = fields.Date(
        string="Registered at the Debtor's Bank on",
        help="The debtor's bank registers the new account of a B2B mandate anew.",
    )
    reference = fields.Char(
        string="Mandate Reference",
        help="The one on the paper; empty: the next of the sequence.",
    )
    signature_date = fields.Date(
        string="Date of Signature",
        help="Empty: a mandate to sign is made, and takes the place once it is validated.",
    )
    scan = fields.Binary(string="Scan of the Mandate")
    other_mandate_id = fields.Many2one(
        "account.banking.mandate",
        domain="[('partner_id', '=', partner_id), ('company_id', '=', company_id), "
        "('state', 'in', ('valid', 'final')), ('id', '!=', mandate_id)]",
    )
    consequence = fields.Text(compute="_compute_consequence", compute_sudo=True)

    @api.depends("mandate_id")
    def _compute_can_amend(self):
        for wizard in self:
            wizard.can_amend = wizard.mandate_id.state in ("valid", "final", "suspended")

    @api.depends("mandate_id")
    def _compute_way(self):
        """Propose what the company does with new accounts (L15b), where that still goes."""
        for wizard in self:
            choice = wizard.company_id.sudo().service_iban_change
            wizard.way = choice if wizard.can_amend else "new"

    @api.depends("mandate_id", "way")
    @api.depends_context("lang")
    def _compute_consequence(self):
        """Say beforehand what goes with it."""
        for wizard in self:
            if not wizard.mandate_id:
                wizard.consequence = False
                continue
            found = wizard.mandate_id._get_to_move()
            wizard.consequence = wizard.env._(
                "Contracts: %(contracts)s, drafts: %(drafts)s, open invoices: %(invoices)s.",
                contracts=len(found["contracts"]),
                drafts=len(found["drafts"]),
                invoices=len(found["invoices"]),
            )

    @api.constrains("received_on", "signature_date", "registered_on")
    def _check_days(self):
        today = fields.Date.context_today(self)
        for wizard in self:
            days = (wizard.received_on, wizard.signature_date, wizard.registered_on)
            if any(day and day > today for day in days):
                raise ValidationError(self.env._("That day is still to come."))

    def action_confirm(self):
        """Do in one go what the customer has sent; an accountant may."""
        self.ensure_one()
        self.mandate_id.check_access("write")
        if self.way == "other":
            return self._take_other()
        if self.way == "new":
            return self._make_new()
        account = self._get_account()
        self._register_anew()
        if self.way == "mobility":
            self.mandate_id._note_mobility(account, self.received_on)
        else:
            self.mandate_id._change_account(account)
        return {**CLOSE}

    def _get_account(self):
        """Return the account of the IBAN that was typed; every SEPA country's is taken."""
        if not self.acc_number:
            raise UserError(self.env._("Give the new IBAN."))
        validate_iban(self.acc_number)
        account = self.mandate_id._find_account(self.acc_number)
        if account == self.mandate_id.partner_bank_id and self.mandate_id.state != "suspended":
            raise UserError(
                self.env._(
                    "%(mandate)s debits that account already.",
                    mandate=self.mandate_id.display_name,
                )
            )
        return account

    def _register_anew(self):
        """Have the debtor's bank register a B2B mandate for its new account (L10)."""
        if self.mandate_format != "sepa_b2b":
            return
        if not self.registered_on:
            raise UserError(
                self.env._(
                    "Say since when the bank of %(customer)s has the B2B mandate registered for "
                    "the new account.",
                    customer=self.partner_id.display_name,
                )
            )
        self.mandate_id.sudo().service_registered_on = self.registered_on

    def _take_other(self):
        other = self.other_mandate_id
        allowed = self.env["account.banking.mandate"].search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("state", "in", ("valid", "final")),
                ("id", "!=", self.mandate_id.id),
            ]
        )
        if other not in allowed:
            raise UserError(
                self.env._(
                    "Choose another valid mandate of %(customer)s.",
                    customer=self.partner_id.display_name,
                )
            )
        self.mandate_id._move_to(other)
        return self._open(other)

    def _make_new(self):
        """Make the new mandate; once it is valid it takes the place of the old one."""
        old = self.mandate_id
        mandate = (
            old.sudo()
            ._as_workflow()
            .create({**self._prepare_new_vals(), "service_replaces_id": old.id})
            .with_env(self.env)
        )
        if self.signature_date and mandate.partner_bank_id:
            mandate.validate()
        return self._open(mandate)

    def _prepare_new_vals(self):
        """Return the values of the new mandate; a hook."""
        account = self._get_account() if self.acc_number else self.mandate_id.partner_bank_id[:0]
        reference = {"unique_mandate_reference": self.reference} if self.reference else {}
        return {
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "format": self.mandate_format,
            "type": self.mandate_id.type,
            "partner_bank_id": account.id,
            "signature_date": self.signature_date,
            "service_registered_on": self.registered_on,
            "scan": self.scan,
            "state": "draft",
            **reference,
        }

    def _open(self, mandate):
        return {
            "type": "ir.actions.act_window",
            "res_model": mandate._name,
            "res_id": mandate.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
        }
