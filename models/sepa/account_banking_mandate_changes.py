from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ...tools.mandates import lapse_day
from ...tools.sepa import mask_iban
from ...tools.working_days import add_working_days
from ..catalogue.coverage_book import CoverageBook
from ..charge.service_charge import OPEN_CHARGE_STATES
from ..common.field_values import get_label
from .account_banking_mandate import SEPA_FORMATS
from .service_charge import LIVING

MOBILITY_JOB = "mobility"
LAPSE_JOB = "lapse"
# Within how many working days a creditor takes over the account of a bank mobility notice.
MOBILITY_DAYS = 10
# What a debit order holds without having been at the bank.
ON_ITS_WAY = ("open", "generated")


class AccountBankingMandate(models.Model):
    """What becomes of a mandate: another account, another mandate, its last debit, its end."""

    _inherit = "account.banking.mandate"

    service_replaces_id = fields.Many2one(
        "account.banking.mandate",
        string="Takes the Place of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        lock="workflow",
        help="Once this one is valid, it pays whatever that one was to pay.",
    )
    service_mobility_on = fields.Date(
        string="Bank Mobility Notice of",
        readonly=True,
        copy=False,
        tracking=True,
        lock="workflow",
        help="When the notice of the customer's new bank arrived (L312-1-7).",
    )
    service_mobility_until = fields.Date(
        string="To Take Over until",
        readonly=True,
        copy=False,
        lock="workflow",
        help="10 working days after the notice arrived (R312-4-4).",
    )
    service_mobility_account_id = fields.Many2one(
        "res.partner.bank",
        string="Account of the Notice",
        readonly=True,
        copy=False,
        check_company=True,
        lock="workflow",
        ondelete="restrict",
    )

    # ----- Another mandate -----

    def action_replace(self):
        """Ask what takes the place of the mandate: another account, or another mandate."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Replace the Mandate"),
            "res_model": "service.mandate.replacement",
            "view_mode": "form",
            "target": "new",
            "context": {"default_mandate_id": self.id},
        }

    def _check_not_in_file(self):
        """Refuse a change that a confirmed order has not got: its file would not be as signed."""
        self.ensure_one()
        if debit := self._get_debit_on_its_way():
            raise UserError(
                self.env._(
                    "%(mandate)s is in %(order)s (%(state)s): say that its file is at the bank, or "
                    "cancel that order, then replace the mandate.",
                    mandate=self.display_name,
                    order=debit.order_id.name,
                    state=get_label(debit.order_id, "state"),
                )
            )

    def _get_debit_on_its_way(self):
        """Return a debit of the mandate in a confirmed order that has not been at the bank."""
        debits = self.sudo().payment_line_ids
        return debits.filtered(lambda debit: debit.state in ON_ITS_WAY)[:1]

    def _take_places(self):
        """Have what has become valid pay what the mandates were to pay whose place it takes."""
        for mandate in self.filtered("service_replaces_id"):
            mandate.service_replaces_id._move_to(mandate)

    def _move_to(self, other):
        """Have another mandate pay what this one was to pay, and end this one.

        Contracts, quotations, charges, drafts and open invoices: an accountant may do so, whatever
        else of contracts is not his to write.
        """
        self.ensure_one()
        old = self.sudo()
        old._check_not_in_file()
        found = old._get_to_move()
        is_alive = old.state in ("draft", *LIVING, "suspended")
        if not is_alive and not any(found.values()):
            return
        for records in found.values():
            records.mandate_id = other
        if is_alive:
            old.cancel()
        old.message_post(body=old._describe_moved(other, found))
        other.sudo().message_post(body=old._describe_moved(other, found))

    def _get_to_move(self):
        """Return ``{key: records}`` of what a mandate is still to pay; a hook."""
        own = ("mandate_id", "=", self.id)
        return {
            "contracts": self.env["service.contract"].search(
                [own, ("state", "in", ("draft", "active"))]
            ),
            "charges": self.env["service.charge"]
            .search([own, ("state", "in", OPEN_CHARGE_STATES)])
            ._as_workflow(),
            "orders": self.env["sale.order"].search(
                [own, ("state", "!=", "cancel"), ("invoice_status", "!=", "invoiced")]
            ),
            "drafts": self.env["account.move"].search([own, ("state", "=", "draft")]),
            "invoices": self.env["account.move"].search(self._get_open_domain()),
            "debits": self.payment_line_ids.filtered(lambda debit: debit.state == "draft"),
        }

    def _get_open_domain(self):
        """Return the domain of the invoices that a mandate is still to pay."""
        return [
            ("mandate_id", "=", self.id),
            ("state", "=", "posted"),
            ("payment_state", "in", ("not_paid", "partial", "blocked")),
        ]

    def _describe_moved(self, other, found):
        return self.env._(
            "%(new)s takes the place of %(old)s: contracts %(contracts)s, drafts %(drafts)s, open "
            "invoices %(invoices)s.",
            new=other.unique_mandate_reference,
            old=self.unique_mandate_reference,
            contracts=len(found["contracts"]),
            drafts=len(found["drafts"]),
            invoices=len(found["invoices"]),
        )

    # ----- Another account -----

    def _change_account(self, account, note=""):
        """Take another account of the same debtor under the same reference (L15b).

        The next file says that it has changed, where the bank has seen the one before.
        """
        self.ensure_one()
        mandate = self.sudo()._as_workflow()
        if mandate.state not in (*LIVING, "suspended"):
            raise UserError(
                self.env._(
                    "%(mandate)s is in force no more: have a new one signed.",
                    mandate=mandate.display_name,
                )
            )
        mandate._check_not_in_file()
        before = mandate.partner_bank_id
        state = mandate.service_resumed_state or "valid"
        suspended = {"state": state} if mandate.state == "suspended" else {}
        mandate.write({"partner_bank_id": account.id, **self._get_no_mobility(), **suspended})
        mandate._enter_life()
        drafts = mandate.payment_line_ids.filtered(lambda debit: debit.state == "draft")
        drafts.partner_bank_id = account
        words = self.env._(
            "The account is %(new)s now, it was %(old)s; the reference stays.",
            new=mask_iban(account.acc_number),
            old=mask_iban(before.acc_number or ""),
        )
        mandate.message_post(body=f"{words} {note}" if note else words)

    def _find_account(self, iban):
        """Return the debtor's account of an IBAN, made where he has none; one that was archived
        is his again."""
        self.ensure_one()
        accounts = self.env["res.partner.bank"].sudo().with_context(active_test=False)
        compact = "".join(filter(str.isalnum, iban)).upper()
        account = accounts.search(
            [("partner_id", "=", self.partner_id.id), ("sanitized_acc_number", "=", compact)],
            limit=1,
        )
        if not account:
            return accounts.create({"partner_id": self.partner_id.id, "acc_number": compact})
        if not account.active:
            account.action_unarchive()
        return account

    # ----- Bank mobility -----

    def _get_no_mobility(self):
        names = ("on", "until", "account_id")
        return {f"service_mobility_{name}": False for name in names}

    def _note_mobility(self, account, received):
        """Take over what the customer's new bank has told: at once, or when no file is on its way.

        :param received: date on which the notice arrived; 10 working days later it is taken over
        """
        self.ensure_one()
        if not self._is_consumers():
            raise UserError(
                self.env._(
                    "%(customer)s is no private person: bank mobility is not for firms. Take over "
                    "the account as the customer has told it.",
                    customer=self.partner_id.display_name,
                )
            )
        mandate = self.sudo()._as_workflow()
        until = mandate._get_mobility_end(received)
        mandate.write(
            {
                "service_mobility_on": received,
                "service_mobility_until": until,
                "service_mobility_account_id": account.id,
            }
        )
        if not mandate._get_debit_on_its_way():
            return mandate._take_over_mobility()
        detail = self.env._(
            "%(customer)s has changed banks: %(mandate)s is to debit the new account until "
            "%(until)s. It is in an order whose file has not been at the bank: once that is over, "
            "the account is taken over by itself.",
            customer=mandate.partner_id.display_name,
            mandate=mandate.unique_mandate_reference,
            until=format_date(self.env, until),
        )
        self.env["service.exception"]._report(mandate, "sepa", detail, job=MOBILITY_JOB)

    def _get_mobility_end(self, received):
        """Return the last of 10 working days, those of the company's own territory (R312-4-4)."""
        company = self.company_id
        holidays = CoverageBook.get_territory(company.partner_id, company)
        return add_working_days(received, MOBILITY_DAYS, holidays or ())

    def _take_over_mobility(self):
        """Debit the account of a bank mobility notice from now on, and say whether it is late."""
        for mandate in self.sudo():
            until = mandate.service_mobility_until
            words = {
                "day": format_date(self.env, mandate.service_mobility_on),
                "until": format_date(self.env, until),
            }
            if fields.Date.context_today(self) > until:
                note = self.env._(
                    "Bank mobility notice of %(day)s, taken over late: it was due %(until)s.",
                    **words,
                )
            else:
                note = self.env._(
                    "Bank mobility notice of %(day)s, taken over in time (%(until)s).", **words
                )
            mandate._change_account(mandate.service_mobility_account_id, note)
        self.env["service.exception"]._settle(self, "sepa", MOBILITY_JOB)

    def action_take_over_mobility(self):
        """Take over the account of a notice that waited for a file."""
        self.check_access("write")
        waiting = self.filtered("service_mobility_account_id")
        if not waiting:
            raise UserError(self.env._("No bank mobility notice waits here."))
        waiting._take_over_mobility()

    def _take_over_notices(self):
        """Take over the accounts of notices whose mandates are in no file on its way any more."""
        notices = self.search([("service_mobility_account_id", "!=", False)])
        free = notices.filtered(lambda mandate: not mandate._get_debit_on_its_way())
        self.env["service.batch.runner"]._run_isolated(
            free, lambda part: part._take_over_mobility(), kind="sepa", job=MOBILITY_JOB
        )

    # ----- Its last debit, and its end -----

    def _note_debited(self):
        """Note which account the last file has debited (L15b)."""
        for mandate in self.sudo()._as_workflow():
            iban = mandate.partner_bank_id.sanitized_acc_number
            if mandate.last_debit_date and mandate.service_debited_iban != iban:
                mandate.service_debited_iban = iban

    def _get_amended(self):
        """Return the mandates whose next debit has to say that the account is another one."""
        return self.sudo().filtered(
            lambda mandate: (
                mandate.type == "recurrent"
                and mandate.service_debited_iban
                and mandate.service_debited_iban != mandate.partner_bank_id.sanitized_acc_number
            )
        )

    @api.depends("last_debit_date", "signature_date", "format")
    def _compute_service_lapses_on(self):
        today = fields.Date.context_today(self)
        presented = self.filtered("last_debit_date")._get_presented()
        for mandate in self:
            last = max(
                filter(None, [presented.get(mandate), mandate.last_debit_date]), default=None
            )
            made = mandate.create_date.date() if mandate.create_date else today
            begin = last or max(made, mandate.signature_date or made)
            is_sepa = mandate.format in SEPA_FORMATS
            mandate.service_lapses_on = lapse_day(begin) if is_sepa else False

    def _get_presented(self):
        """Return ``{mandate: due date of the last debit that went to a bank}`` (L13)."""
        groups = (
            self.env["account.payment.line"]
            .sudo()
            ._read_group(
                [("mandate_id", "in", self.ids), ("order_id.date_uploaded", "!=", False)],
                ["mandate_id"],
                ["date:max"],
            )
        )
        return {mandate.with_env(self.env): day for mandate, day in groups if day}

    def _sdd_mandate_set_state_to_expired(self):
        """Do the day's work on mandates; Odoo's scheduled action calls it.

        It ends them by the due date of their last debit (L13), not by the day of its file, and none
        that is in a file on its way; those whose account was changed behind our back are suspended.
        """
        self._get_troubled()._suspend_troubled()
        self._take_over_notices()
        lapsed = self.search(self._get_lapsed_domain(fields.Date.context_today(self)))
        self.env["service.batch.runner"]._run_isolated(
            lapsed, lambda part: part._expire(), kind="sepa", job=LAPSE_JOB
        )
        self.env["service.contract"]._report_ended_waivers()

    @api.model
    def _get_lapsed_domain(self, day):
        """Return the domain of the mandates that are lapsed on a day; a hook (L13)."""
        return [
            ("service_lapses_on", "<=", day),
            ("state", "in", (*LIVING, "suspended")),
            ("payment_line_ids", "not any", [("state", "in", ("open", "generated"))]),
        ]

    @api.model
    def _get_troubled(self):
        """Return the valid mandates whose account is not the one that was signed."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT m.id FROM account_banking_mandate m
                  JOIN res_partner_bank b ON b.id = m.partner_bank_id
                 WHERE m.state IN %s AND (
                       b.active IS NOT TRUE OR b.partner_id != m.partner_id
                       OR b.sanitized_acc_number != m.service_signed_iban)
                 ORDER BY m.id
                """,
                LIVING,
            )
        )
        return self.browse(mandate_id for (mandate_id,) in rows)

    def _expire(self):
        self.write({"state": "expired"})
        for mandate in self:
            mandate.message_post(
                body=self.env._(
                    "Lapsed: it was not debited for 36 months. A new debit needs a new mandate."
                )
            )
