from odoo import models

from ...models.sepa.res_partner_bank import MERGING


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Duplicates that become one contact: mandates and accounts go on as signed (L15b)."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """Tell the mandates, which Odoo moves by SQL, past whatever watches them."""
        mandates = self.env["account.banking.mandate"].sudo()
        found = mandates.search([("partner_id", "in", partner_ids)])
        before = {mandate: mandate.partner_id.id for mandate in found}
        names = {mandate: mandate.partner_id.display_name for mandate in found}
        merging = self.with_context(service_merging=MERGING)
        result = super(BasePartnerMergeAutomaticWizard, merging)._merge(
            partner_ids, dst_partner, extra_checks
        )
        mandates.invalidate_model()
        moved = found.filtered(lambda mandate: mandate.partner_id.id != before[mandate])
        for mandate in moved:
            mandate.message_post(
                body=self.env._(
                    "%(before)s was merged with %(after)s, whose mandate this is now.",
                    before=names[mandate],
                    after=mandate.partner_id.display_name,
                )
            )
        found._suspend_troubled()
        return result

    def _merge_bank_accounts(self, src_partners, dst_partner):
        """Merge archived accounts as well: a number stands with a contact once.

        One that is in use there is in use here; Odoo would fail at it, or delete what mandates
        stand on.
        """
        everything = {"active_test": False}
        sources = src_partners.with_context(**everything)
        target = dst_partner.with_context(**everything)
        used = sources.bank_ids.filtered("active").mapped("sanitized_acc_number")
        kept = target.bank_ids.filtered(lambda account: account.sanitized_acc_number in used)
        kept.filtered(lambda account: not account.active).sudo().action_unarchive()
        return super(
            BasePartnerMergeAutomaticWizard, self.with_context(**everything)
        )._merge_bank_accounts(sources, target)
