from odoo import Command, api, fields, models


class SaleOrder(models.Model):
    """What a quotation commits to, family by family: seen and negotiated while it is drafted."""

    _inherit = "sale.order"

    service_term_ids = fields.One2many(
        "service.quoted.term",
        "order_id",
        string="Commitment",
        compute="_compute_service_terms",
        store=True,
        readonly=False,
        copy=True,
    )
    service_commitment_summary = fields.Text(
        string="Commits to", compute="_compute_service_commitment_summary"
    )

    @api.depends(
        "order_line.product_id", "order_line.service_is_recurring", "service_amended_contract_id"
    )
    def _compute_service_terms(self):
        """Begin as the families say; what was negotiated of a family that is still sold stays.

        Orders that sell nothing recurring are not looked at: what they had counts no more.
        """
        for order in self:
            if families := order._get_committing_families():
                order._set_term_families(families)

    def _set_term_families(self, families):
        """Commit by these families: one term each; those that stay keep what was negotiated."""
        self.ensure_one()
        terms = self.service_term_ids
        gone = terms.filtered(lambda term: term.family_id._origin not in families)
        missing = families - terms.family_id._origin
        self.service_term_ids = [
            *(Command.delete(term.id) for term in gone),
            *(Command.create({"family_id": family.id}) for family in missing),
        ]

    def _get_committing_families(self):
        """Return the families that the quotation makes contracts of."""
        self.ensure_one()
        lines = self.order_line.filtered("service_is_recurring")
        if not lines:
            return self.env["service.family"]
        families = lines.product_id.sudo().service_family_id._origin
        return families - self.service_amended_contract_id.family_id._origin

    def _get_term(self, family):
        """Return what the quotation commits to for a family; unsaved where nothing is recorded."""
        self.ensure_one()
        terms = self.service_term_ids.filtered(lambda term: term.family_id._origin == family)
        return terms[:1] or terms.new({"order_id": self.id, "family_id": family.id})

    @api.depends(
        "service_term_ids.initial_months",
        "service_term_ids.tacit_months",
        "service_term_ids.notice_count",
        "service_term_ids.notice_unit",
        "service_term_ids.is_sepa_waived",
        "service_term_ids.capped_note",
        "service_has_recurring",
    )
    @api.depends_context("lang")
    def _compute_service_commitment_summary(self):
        for order in self:
            terms = order.service_has_recurring and order.service_term_ids
            order.service_commitment_summary = "\n".join(term._describe() for term in terms or ())

    def _get_debited_families(self):
        """Return the families of the quotation that are paid by SEPA direct debit (S36)."""
        families = self.sudo()._get_committing_families()
        return families.filtered(
            lambda family: family.sepa_required and not self.sudo()._get_term(family).is_sepa_waived
        )
