from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.models import parse_read_group_spec

from ...tools import mandates
from ...tools.sepa import mask_iban
from .account_banking_mandate import ACCOUNTING
from .service_charge import LIVING

ACCOUNT_FIELDS = frozenset({"active", "acc_number", "sanitized_acc_number", "partner_id"})
NUMBERS = ("acc_number", "sanitized_acc_number")
HIDDEN = "•"
# What a context carries while contacts are merged: no client can send an object.
MERGING = object()


class ResPartnerBank(models.Model):
    """An account under a mandate: its number stays, and is masked for who does no accounting."""

    _inherit = "res.partner.bank"

    def write(self, vals):
        """Freeze the number that was signed; suspend the mandates of what is gone (L15b)."""
        if not ACCOUNT_FIELDS & vals.keys():
            return super().write(vals)
        signed = self._get_signed_mandates()
        self._check_frozen(vals, signed)
        result = super().write(vals)
        if self.env.context.get("service_merging") is not MERGING:
            signed._suspend_troubled()
        return result

    def _get_signed_mandates(self):
        """Return the mandates of these accounts that somebody has signed and not ended."""
        model = self.env["account.banking.mandate"].sudo()
        return model.search(
            [("partner_bank_id", "in", self.ids), ("state", "in", (*LIVING, "suspended"))]
        )

    def _check_frozen(self, vals, signed):
        """Refuse to overwrite a number that was signed; spaces and the like change nothing."""
        number = vals.get("acc_number") or vals.get("sanitized_acc_number")
        if not number or self.env.su:
            return
        if HIDDEN in number:
            raise UserError(self.env._("An account number has no dots: type it whole."))
        compact = "".join(filter(str.isalnum, number)).upper()
        for mandate in signed:
            own = mandate.service_signed_iban or mandate.partner_bank_id.sanitized_acc_number
            if compact != own:
                raise UserError(
                    self.env._(
                        "%(account)s is the account of the mandate %(mandate)s, which is signed: "
                        "its number stays. Use “Replace the Mandate” there.",
                        account=mask_iban(own),
                        mandate=mandate.unique_mandate_reference,
                    )
                )

    def _name_banks(self):
        """Name the banks of accounts that have none, as far as they are known."""
        banks = self.env["res.bank"].sudo()
        for account in self.sudo().filtered(lambda one: one.acc_type == "iban" and not one.bank_id):
            if found := mandates.find_bank(account.sanitized_acc_number):
                name, bic = found
                bank = banks.search([("bic", "in", (bic, bic.removesuffix("XXX")))], limit=1)
                account.bank_id = bank or banks.create({"name": name, "bic": bic})

    # ----- Masked -----

    @api.depends_context("uid", "service_mask_iban")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        for account in self._get_masked():
            hidden = mask_iban(account.acc_number or "")
            account.display_name = (account.display_name or "").replace(account.acc_number, hidden)
        return result

    def _get_masked(self):
        """Return the accounts whose numbers the user does not see: under a mandate, ever.

        Clients read names with more rights than their user has: who asks is what counts.
        """
        is_forced = self.env.context.get("service_mask_iban")
        if not is_forced and self.env.user.has_groups(ACCOUNTING):
            return self.browse()
        found = (
            self.env["account.banking.mandate"]
            .sudo()
            ._read_group([("partner_bank_id", "in", self.ids)], ["partner_bank_id"])
        )
        return self & self.browse(account.id for (account,) in found)

    def _get_shown_number(self, user):
        """Return the number of an account as a user may see it in what is printed."""
        number = self.acc_number or ""
        return number if user.has_groups(ACCOUNTING) else mask_iban(number)

    def _export_rows(self, fields, *, _is_toplevel_call=True):
        """Mask what is exported, also from mandates and contacts by way of their accounts."""
        rows = super()._export_rows(fields, _is_toplevel_call=_is_toplevel_call)
        numbers = {account[name] for account in self._get_masked() for name in NUMBERS}
        if not numbers:
            return rows
        return [
            [mask_iban(cell) if isinstance(cell, str) and cell in numbers else cell for cell in row]
            for row in rows
        ]

    def _read_group_groupby(self, alias, groupby_spec, query):
        self._check_grouping(groupby_spec)
        return super()._read_group_groupby(alias, groupby_spec, query)

    def _read_group_select(self, aggregate_spec, query):
        self._check_grouping(aggregate_spec)
        return super()._read_group_select(aggregate_spec, query)

    def _check_grouping(self, spec):
        """Refuse groups and aggregates that tell the numbers: whose they are is not looked at."""
        is_told = parse_read_group_spec(spec)[0] in NUMBERS
        if is_told and not self.env.su and not self.env.user.has_groups(ACCOUNTING):
            raise AccessError(
                self.env._("Account numbers are for accounting: group accounts by something else.")
            )

    def _read_format(self, fnames, load="_classic_read"):
        """Mask what every client reads by: forms, lists, searches."""
        rows = super()._read_format(fnames, load)
        shown = [name for name in NUMBERS if name in fnames and not self.env.su]
        if shown and (hidden := set(self._get_masked().ids)):
            for row in rows:
                if row["id"] in hidden:
                    row.update({name: mask_iban(row[name] or "") for name in shown})
        return rows
