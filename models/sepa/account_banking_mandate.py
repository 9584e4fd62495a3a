from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.misc import format_date

from ...tools import mandates
from ...tools.sepa import mask_iban
from .service_charge import LIVING

SEPA_FORMATS = ("sepa_core", "sepa_b2b")
# Who may see whole account numbers.
ACCOUNTING = "account.group_account_readonly,account.group_account_invoice"


class AccountBankingMandate(models.Model):
    """A mandate as it was signed: it lives with its account, and its reference goes out unchanged.

    What was signed changes by *Replace the Mandate* alone (L15b). Where its account is archived,
    overwritten or another one's, it is suspended with its reason, and its contracts are listed.
    """

    _name = "account.banking.mandate"
    _inherit = ["account.banking.mandate", "service.workflow.mixin"]

    state = fields.Selection(
        selection_add=[("final",), ("suspended", "Suspended"), ("expired",)],
        ondelete={"suspended": "set default"},
        copy=False,
    )
    format = fields.Selection(lock="draft")
    type = fields.Selection(lock="draft")
    partner_id = fields.Many2one(lock="draft")
    partner_bank_id = fields.Many2one(lock="draft")
    unique_mandate_reference = fields.Char(lock="draft")
    signature_date = fields.Date(copy=False, lock="draft")
    last_debit_date = fields.Date(copy=False, readonly=False)
    # The paper shows the whole account number.
    scan = fields.Binary(copy=False, groups=ACCOUNTING)

    service_proof = fields.Char(
        string="Electronic Proof",
        copy=False,
        tracking=True,
        help="Where the proof of an electronic signature is kept, if no paper was signed.",
    )
    service_registered_on = fields.Date(
        string="Registered at the Debtor's Bank on",
        copy=False,
        tracking=True,
        help="A B2B mandate is debited only once the debtor's bank has registered it (L10).",
    )
    service_suspension = fields.Text(
        string="Suspended because", readonly=True, copy=False, lock="workflow"
    )
    service_resumed_state = fields.Selection(
        [("valid", "Valid"), ("final", "Final Debit")],
        string="State before the Suspension",
        readonly=True,
        copy=False,
        lock="workflow",
    )
    service_signed_iban = fields.Char(
        string="Account as Signed",
        readonly=True,
        copy=False,
        lock="workflow",
        groups=ACCOUNTING,
        help="The account for which the mandate is valid: whoever overwrites it, suspends it.",
    )
    service_debited_iban = fields.Char(
        string="Account of the Last Debit",
        readonly=True,
        copy=False,
        lock="workflow",
        groups=ACCOUNTING,
        help="Where it is not the mandate's account, the next file says that it has changed.",
    )
    service_lapses_on = fields.Date(
        string="Lapses on",
        compute="_compute_service_lapses_on",
        precompute=True,
        store=True,
        help="36 months after the due date of the last debit; where none is known, after it was "
        "signed or recorded here (L13).",
    )
    service_warnings = fields.Text(compute="_compute_service_warnings", compute_sudo=True)

    service_debit_limit = fields.Float(
        string="At Most per Debit (EUR)",
        digits=(16, 2),
        tracking=True,
        help="What the customer agreed to at most; nothing for no limit. No debit takes more.",
    )

    _service_debit_limit_positive = models.Constraint(
        "CHECK(service_debit_limit >= 0)", "The limit of a mandate's debits is not negative."
    )

    # ----- Records -----

    @api.model_create_multi
    def create(self, vals_list):
        self._check_reference_length(vals_list)
        created = super().create(vals_list)
        created.filtered(lambda mandate: mandate.state in LIVING)._enter_life()
        return created

    def write(self, vals):
        self._check_reference_length([vals])
        if "company_id" in vals:
            self._check_service_company(vals["company_id"])
        born = self.browse()
        if vals.get("state") in LIVING:
            born = self.filtered(lambda mandate: mandate.state not in LIVING)
        result = super().write(vals)
        born._enter_life()
        if "last_debit_date" in vals:
            self._note_debited()
        if "state" in vals:
            self._sync_service_contracts()
        return result

    def _check_service_company(self, company_id):
        """Keep a mandate where the contracts are that it pays (invariant 3)."""
        moved = self.filtered(lambda mandate: mandate.company_id.id != company_id)
        contracts = self.env["service.contract"].sudo()
        if contract := contracts.search([("mandate_id", "in", moved.ids)], limit=1):
            raise UserError(
                self.env._(
                    "%(mandate)s pays %(contract)s: it stays a mandate of %(company)s.",
                    mandate=contract.mandate_id.display_name,
                    contract=contract.name,
                    company=contract.company_id.name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_signed(self):
        """Keep what proves a debit (L14): only drafts that nobody has debited are deleted."""
        for mandate in self:
            if mandate.state in (*LIVING, "suspended") or mandate.sudo().payment_line_ids:
                raise UserError(
                    self.env._(
                        "%(mandate)s is signed, or was debited: it proves debits, and is kept. "
                        "Cancel it.",
                        mandate=mandate.display_name,
                    )
                )

    def _raise_sealed(self, names):
        raise UserError(
            self.env._(
                "%(mandate)s is signed: what was signed stays (%(fields)s). Use “Replace the "
                "Mandate”.",
                mandate=self[:1].display_name,
                fields=self._get_field_labels(names),
            )
        )

    def _mail_track(self, tracked_fields, initial_values):
        """Track accounts masked: whoever reads the mandate reads its history."""
        masked = self.with_context(service_mask_iban=True)
        known = {
            name: value.with_context(service_mask_iban=True) if name == "partner_bank_id" else value
            for name, value in initial_values.items()
        }
        return super(AccountBankingMandate, masked)._mail_track(tracked_fields, known)

    def _sync_service_contracts(self):
        """Tell the contracts (S36, invariant 3).

        Those that lose their mandate go to the inbox, those that waited for it become active.
        """
        contracts = self.env["service.contract"].sudo()
        for mandate in self.sudo():
            if mandate.state == "valid":
                contracts._take_mandate(mandate)
            known = contracts.search(
                [("mandate_id", "=", mandate.id), ("state", "in", ("draft", "active"))]
            )
            active = known.filtered(lambda contract: contract.state == "active")
            if mandate.state in LIVING:
                active._report_sepa()
            else:
                active._lose_mandate()
            known._settle_sepa()
            if known and mandate.state == "valid":
                known._activate_with_mandate()

    # ----- The reference -----

    @api.model
    def _check_reference_length(self, vals_list):
        """Refuse a reference that is too long for a file, before it is cut to fit."""
        for vals in vals_list:
            reference = vals.get("unique_mandate_reference") or ""
            if len(reference) > mandates.REFERENCE_LENGTH:
                raise ValidationError(self._describe_reference_fault("length", reference))

    @api.constrains("unique_mandate_reference", "format", "company_id")
    def _check_reference(self):
        """Take a reference only if it can stand in a file unchanged, and is no other's (L16)."""
        for mandate in self.filtered(lambda one: one.format in SEPA_FORMATS):
            reference = mandate.unique_mandate_reference or ""
            if fault := mandates.find_reference_fault(reference):
                raise ValidationError(self._describe_reference_fault(fault, reference))
            if twin := mandate._find_twin():
                raise ValidationError(
                    self.env._(
                        "%(reference)s is the reference of a mandate of %(customer)s: banks tell "
                        "mandates apart by it, whatever the case of its letters.",
                        reference=reference,
                        customer=twin.partner_id.display_name,
                    )
                )

    def _find_twin(self):
        """Return another mandate with the reference, under the same creditor identifier (L16)."""
        self.ensure_one()
        mandate = self.sudo()
        creditor = mandate.company_id.sepa_creditor_identifier
        companies = mandate.company_id
        if creditor:
            companies |= companies.search([("sepa_creditor_identifier", "=", creditor)])
        return mandate.search(
            [
                ("id", "!=", mandate.id),
                ("unique_mandate_reference", "=ilike", mandate.unique_mandate_reference),
                ("company_id", "in", companies.ids),
            ],
            limit=1,
        )

    @api.model
    def _describe_reference_fault(self, fault, reference):
        words = {
            "empty": self.env._("it is empty"),
            "length": self.env._("it has more than 35 characters"),
            "characters": self.env._(
                "banks allow letters without accents, digits, spaces and / - ? : ( ) . , ' + alone"
            ),
            "slashes": self.env._("it begins or ends with a slash, or has two of them in a row"),
            "spaces": self.env._("it begins or ends with a space, or has two of them in a row"),
        }
        return self.env._(
            "The mandate reference “%(reference)s” cannot stand in a file as it is: %(fault)s. "
            "What is replaced on its way is no longer what the customer has signed: have a new "
            "mandate signed, with a new reference.",
            reference=reference,
            fault=words[fault],
        )

    # ----- What makes it valid -----

    @api.constrains("state", "partner_bank_id", "partner_id", "signature_date")
    def _check_valid_state(self):
        """Ask of those alone that may be debited, or will be, whose account it is."""
        asked = self.filtered(lambda mandate: mandate.state in ("draft", *LIVING))
        return super(AccountBankingMandate, asked)._check_valid_state()

    def validate(self):
        self._check_faults()
        return super().validate()

    def _check_faults(self):
        faults = [fault for mandate in self for fault in mandate.sudo()._get_faults()]
        if faults:
            raise UserError("\n".join(faults))

    def _enter_life(self):
        """Check what becomes valid, and note for which account it is."""
        self._check_faults()
        self.partner_bank_id._name_banks()
        for mandate in self.sudo()._as_workflow():
            iban = mandate.partner_bank_id.sanitized_acc_number
            mandate.write(
                {
                    "service_signed_iban": iban,
                    "service_suspension": False,
                    "service_resumed_state": False,
                }
            )
        self.sudo()._take_places()

    def _get_faults(self):
        """Return in sentences why a mandate cannot be valid, all at once; a hook (L10, L16)."""
        self.ensure_one()
        names = {
            "mandate": self.unique_mandate_reference,
            "customer": self.partner_id.display_name,
        }
        account = self.partner_bank_id
        faults = []
        if self.format == "sepa_b2b" and self._is_consumers():
            faults.append(
                self.env._(
                    "%(mandate)s: %(customer)s is a consumer, whose account is never debited by "
                    "B2B. Have a CORE mandate signed.",
                    **names,
                )
            )
        elif self.format == "sepa_b2b" and not self.service_registered_on:
            faults.append(
                self.env._(
                    "%(mandate)s: say since when the bank of %(customer)s has this B2B mandate "
                    "registered.",
                    **names,
                )
            )
        if account and not account.active:
            faults.append(self._describe_archived())
        if self.format in SEPA_FORMATS and account and not self._is_sepa_account():
            faults.append(
                self.env._(
                    "%(mandate)s: accounts of “%(country)s” cannot be debited by SEPA.",
                    country=account.sanitized_acc_number[:2],
                    **names,
                )
            )
        return faults

    def _is_consumers(self):
        self.ensure_one()
        return self.partner_id._get_service_customer(self.company_id)[0] == "consumer"

    def _is_sepa_account(self):
        self.ensure_one()
        account = self.partner_bank_id
        return account.acc_type != "iban" or mandates.is_sepa_iban(account.sanitized_acc_number)

    @api.depends(
        "state", "format", "scan", "service_proof", "partner_bank_id.bank_id.bic", "partner_id"
    )
    @api.depends_context("lang")
    def _compute_service_warnings(self):
        for mandate in self:
            mandate.service_warnings = "\n".join(mandate._get_warnings())

    def _get_warnings(self):
        """Return in sentences what does not keep a mandate from being used; a hook (L14)."""
        self.ensure_one()
        if self.state in ("expired", "cancel"):
            return []
        warnings = []
        account = self.partner_bank_id
        if account and not account.bank_bic:
            warnings.append(
                self.env._(
                    "The bank of the account is not known: the file says so, and it is accepted "
                    "all the same. Check the IBAN with the customer's bank details."
                )
            )
        if self.state != "draft" and not (self.scan or self.service_proof):
            warnings.append(
                self.env._(
                    "There is neither the signed paper nor another proof: a bank that asks for it "
                    "gets an answer within 7 banking days, or the debit is lost."
                )
            )
        if not self.partner_id.active:
            warnings.append(
                self.env._("%(customer)s is archived.", customer=self.partner_id.display_name)
            )
        return warnings

    # ----- It lives with its account -----

    def _get_account_trouble(self):
        """Return in words what became of the account that was signed, "" where nothing did."""
        self.ensure_one()
        mandate = self.sudo()
        account = mandate.partner_bank_id
        signed = mandate.service_signed_iban
        if not account.active:
            return self._describe_archived()
        if account.partner_id != mandate.partner_id:
            return self.env._(
                "%(mandate)s: the account %(account)s is one of %(holder)s now.",
                mandate=mandate.unique_mandate_reference,
                account=mask_iban(account.acc_number or ""),
                holder=account.partner_id.display_name,
            )
        if signed and signed != account.sanitized_acc_number:
            return self.env._(
                "%(mandate)s: the account was overwritten: %(signed)s was signed, now it is "
                "%(account)s.",
                mandate=mandate.unique_mandate_reference,
                signed=mask_iban(signed),
                account=mask_iban(account.acc_number or ""),
            )
        return ""

    def _describe_archived(self):
        return self.env._(
            "%(mandate)s: the account %(account)s was archived (deleted).",
            mandate=self.unique_mandate_reference,
            account=mask_iban(self.partner_bank_id.acc_number or ""),
        )

    def _get_debit_faults(self):
        """Return in sentences all that keeps a living mandate from being debited; a hook."""
        self.ensure_one()
        faults = self.sudo()._get_faults()
        trouble = self._get_account_trouble()
        return faults if not trouble or trouble in faults else [*faults, trouble]

    def _suspend_troubled(self):
        """Suspend those whose account is no longer the one that was signed; return them."""
        suspended = self.browse()
        for mandate in self.sudo().filtered(lambda one: one.state in LIVING):
            own = mandate.with_context(lang=mandate.company_id.partner_id.lang)
            if reason := own._get_account_trouble():
                mandate._suspend(reason)
                suspended += mandate
        return suspended

    def _describe_suspension(self):
        """Return why the mandate is suspended: as it is now, else as it was noted."""
        return self._get_account_trouble() or self.service_suspension or ""

    def _suspend(self, reason):
        """Keep a mandate from being debited until a person has looked at it.

        :param reason: str, in words
        """
        for mandate in self.filtered(lambda one: one.state in LIVING)._as_workflow():
            mandate.write(
                {
                    "state": "suspended",
                    "service_resumed_state": mandate.state,
                    "service_suspension": reason,
                }
            )
            mandate.message_post(body=reason)

    def action_resume(self):
        """Take up suspended mandates whose account is again the one that was signed."""
        self.check_access("write")
        for mandate in self:
            if mandate.state != "suspended":
                raise UserError(
                    self.env._("%(mandate)s is not suspended.", mandate=mandate.display_name)
                )
            if trouble := mandate._get_account_trouble():
                raise UserError(
                    self.env._(
                        "%(trouble)s Bring the account back, or use “Replace the Mandate”.",
                        trouble=trouble,
                    )
                )
            mandate.write({"state": mandate.service_resumed_state or "valid"})

    def cancel(self):
        """Cancel suspended ones as well: the customer may withdraw a mandate at any time."""
        suspended = self.filtered(lambda mandate: mandate.state == "suspended")
        suspended.write({"state": "cancel"})
        return super(AccountBankingMandate, self - suspended).cancel()

    def back2draft(self):
        """Leave out what was debited before: under its reference another paper would be signed."""
        for mandate in self.filtered("last_debit_date"):
            raise UserError(
                self.env._(
                    "%(mandate)s was debited on %(day)s: it stays as it was signed. Make a new "
                    "mandate.",
                    mandate=mandate.display_name,
                    day=format_date(self.env, mandate.last_debit_date),
                )
            )
        return super().back2draft()
