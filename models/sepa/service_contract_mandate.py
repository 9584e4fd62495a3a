from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import clean_context

from ..common.brought_records import require
from ..common.client_actions import notify
from .service_charge import LIVING

ACTIVITY = "service_contract.service_activity_mandate"
TEMPLATE = "service_contract.service_mandate_mail_template"
LOST_TEMPLATE = "service_contract.service_mandate_lost_mail_template"
MANDATE_DAYS = 7
# What a mandate to sign lacks until accounting has it back.
UNSIGNED = {"state": "draft", "partner_bank_id": False, "signature_date": False, "scan": False}


class ServiceContract(models.Model):
    """The mandate is asked for, of drafts that wait for one and of contracts that lost theirs."""

    _inherit = "service.contract"

    mandate_asked_on = fields.Date(readonly=True, copy=False, tracking=True, lock="workflow")
    mandate_address_issue = fields.Char(compute="_compute_mandate_address_issue", compute_sudo=True)

    def action_ask_mandate(self):
        """Send the mandate to be signed to who pays, and have who sold look after it (S36)."""
        self.ensure_one()
        self.check_access("write")
        if not (self.is_mandate_missing or self.mandate_loss):
            raise UserError(self.env._("%(contract)s lacks no mandate.", contract=self.name))
        if issue := self.mandate_address_issue:
            raise UserError(issue)
        self._ask_mandate()
        return notify(
            self.env._(
                "The mandate was sent to %(email)s.",
                email=self._get_mandate_recipient().email_normalized,
            )
        )

    def _ask_mandate(self):
        """Send the mandate to be signed; a contract that has lost its own gets other words."""
        self.ensure_one()
        self._prepare_mandate()
        template = require(
            self.env,
            LOST_TEMPLATE if self.mandate_loss else TEMPLATE,
            self.env._("The e-mail template of mandates to sign"),
        )
        self.message_post_with_source(
            template, message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self._note_asked()
        self._schedule_mandate()

    def _note_asked(self):
        self._as_workflow().mandate_asked_on = fields.Date.context_today(self)
        self.filtered("mandate_loss")._report_sepa()

    def _ask_mandates(self):
        """Ask for the mandates of many: one mail to each who pays; return those asked for."""
        lacking = self.filtered(lambda one: one.mandate_loss and not one.mandate_address_issue)
        for contracts in lacking.grouped(
            lambda one: (one.company_id, one.commercial_invoice_partner_id)
        ).values():
            contracts[0]._ask_mandate()
            contracts[1:]._note_asked()
        return lacking

    @api.depends(
        "is_mandate_missing",
        "mandate_loss",
        "partner_invoice_id.email_normalized",
        "partner_invoice_id.commercial_partner_id.email_normalized",
        "partner_id.email_normalized",
    )
    @api.depends_context("lang")
    def _compute_mandate_address_issue(self):
        """Say whose address is missing before anybody is asked whether to send the mandate."""
        for contract in self:
            contract.mandate_address_issue = False
            if contract.is_mandate_missing or contract.mandate_loss:
                recipient = contract._get_mandate_recipient()
                contract.mandate_address_issue = contract._describe_no_address(recipient)

    def _describe_no_address(self, recipient):
        if recipient.email_normalized:
            return False
        return self.env._(
            "%(customer)s has no valid e-mail address: add it, then ask for the mandate.",
            customer=recipient.display_name,
        )

    def _get_mandate_recipient(self):
        """Return who gets the mandate to sign: who gets the invoices, else who pays; a hook.

        The first of them with an address.
        """
        self.ensure_one()
        payer = self.partner_invoice_id
        people = payer + payer.commercial_partner_id + self.partner_id
        return people.filtered("email_normalized")[:1] or payer

    def _prepare_mandate(self):
        """Give the contract a mandate to sign, prefilled with its holder: one for all his drafts.

        Its reference stands on the paper; the account is what the customer writes on it. Neither a
        client's context nor a user's own defaults sign it: accounting does (S36). An active
        contract keeps the one that it has lost until the new one is valid and takes its place.
        """
        self.ensure_one()
        if self.mandate_id.state == "draft":
            return
        mandate = self._find_unsigned()
        if not mandate:
            own = mandate.with_env(mandate.env(context=clean_context(self.env.context)))
            holder = self.partner_invoice_id.commercial_partner_id
            mandate = own.create({**self._prepare_mandate_vals(holder), **UNSIGNED})
        if self.state == "draft":
            self.mandate_id = mandate
        elif not mandate.service_replaces_id:
            mandate._as_workflow().service_replaces_id = self.mandate_id

    def _find_unsigned(self):
        """Return the mandate to sign of who pays, if there is one."""
        self.ensure_one()
        return (
            self.env["account.banking.mandate"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", self.partner_invoice_id.commercial_partner_id.id),
                    ("company_id", "=", self.company_id.id),
                    ("state", "=", "draft"),
                    ("partner_bank_id", "=", False),
                ],
                limit=1,
            )
        )

    def _get_mandate_to_sign(self):
        """Return the mandate that the form shows: the one asked for, else the contract's."""
        self.ensure_one()
        if self.state == "draft" or self.mandate_id.state in LIVING:
            return self.mandate_id
        return self._find_unsigned() or self.mandate_id

    def _prepare_mandate_vals(self, holder):
        """Return the values of the mandate to sign; a hook.

        :param holder: ``res.partner``, who pays
        :return: dict of ``account.banking.mandate``
        """
        return {
            "partner_id": holder.id,
            "company_id": self.company_id.id,
            "format": "sepa_core",
            "type": "recurrent",
        }

    def _get_shown_iban(self, mandate):
        """Return the account number of a mandate, as the user may see it."""
        return mandate.sudo().partner_bank_id._get_shown_number(self.env.user)

    def _schedule_mandate(self):
        """Have the salesperson look after the signed mandate, once."""
        if self.activity_search([ACTIVITY]):
            return
        user = self.user_id or self.env.user
        self.activity_schedule(
            ACTIVITY,
            date_deadline=fields.Date.context_today(self) + timedelta(days=MANDATE_DAYS),
            user_id=user.id,
            note=self.with_context(lang=user.lang).env._(
                "Have the signed mandate %(mandate)s come back with the IBAN, and hand it to "
                "accounting: once it is validated there, the contract becomes active.",
                mandate=self.mandate_id.unique_mandate_reference,
            ),
        )
