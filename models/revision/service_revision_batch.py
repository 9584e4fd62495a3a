from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..common.client_actions import open_window


class ServiceRevisionBatch(models.Model):
    """Revise the prices of many contracts from a day on: preview, apply, tell, take back (L17)."""

    _name = "service.revision.batch"
    _description = "Batch of Price Revisions"
    _inherit = ["service.numbered.mixin", "service.state.mixin", "mail.thread"]
    _check_company_auto = True
    _order = "effective_date desc, id desc"

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    effective_date = fields.Date(
        string="New Prices from", required=True, tracking=True, lock="draft"
    )
    family_ids = fields.Many2many(
        "service.family",
        string="Families",
        check_company=True,
        help="Empty: all families.",
        lock="draft",
    )
    is_due_only = fields.Boolean(
        string="Only what is Due",
        default=True,
        help="Only contracts whose next revision falls on that day or before. Otherwise every "
        "active contract with a rule of price revision is shown, with the reason where it cannot "
        "be revised.",
        lock="draft",
    )
    is_notified = fields.Boolean(
        string="Tell the Customers",
        help="Send each customer an e-mail when the prices are applied.",
        lock="open",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("preview", "Preview"),
            ("applied", "Applied"),
            ("undone", "Taken back"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        lock="workflow",
    )
    revision_ids = fields.One2many("service.price.revision", "batch_id", copy=False)
    proposed_count = fields.Integer(compute="_compute_figures")
    refused_count = fields.Integer(compute="_compute_figures")
    applied_count = fields.Integer(compute="_compute_figures")
    old_monthly = fields.Monetary(string="Monthly before", compute="_compute_figures")
    new_monthly = fields.Monetary(string="Monthly after", compute="_compute_figures")

    _transitions = {
        "state": {
            "preview": ("draft", "preview"),
            "applied": ("preview",),
            "undone": ("applied",),
        }
    }

    @api.depends("revision_ids.state", "revision_ids.new_monthly", "revision_ids.old_monthly")
    def _compute_figures(self):
        for batch in self:
            states = batch.revision_ids.grouped("state")
            none = batch.revision_ids.browse()
            for name in ("proposed", "refused", "applied"):
                batch[f"{name}_count"] = len(states.get(name, none))
            counted = states.get("proposed", none) + states.get("applied", none)
            batch.old_monthly = batch._sum_in_company_currency(counted, "old_monthly")
            batch.new_monthly = batch._sum_in_company_currency(counted, "new_monthly")

    def _sum_in_company_currency(self, revisions, name):
        return sum(
            currency._convert(
                sum(group.mapped(name)), self.currency_id, self.company_id, self.effective_date
            )
            for currency, group in revisions.grouped("currency_id").items()
        )

    def _is_over(self):
        self.ensure_one()
        return self.state in ("applied", "undone")

    # ----- Selection -----

    def _get_contract_domain(self):
        """Return the domain of the contracts that the batch looks at; a hook.

        :return: ``Domain`` of ``service.contract``
        """
        self.ensure_one()
        domain = Domain(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "=", "active"),
                ("revision_rule_id", "!=", False),
            ]
        )
        if self.family_ids:
            domain &= Domain("family_id", "in", self.family_ids.ids)
        if self.is_due_only:
            due = Domain("next_revision_date", "<=", self.effective_date)
            open_alone = Domain("revision_ids", "any", self._get_open_domain())
            manual = Domain("revision_rule_id.timing", "=", "manual")
            domain &= due | open_alone | manual
        return domain

    def _get_open_domain(self):
        """Return the domain of the proposals that the batch takes over."""
        return [
            ("state", "in", ("proposed", "refused")),
            ("batch_id", "=", False),
            ("effective_date", "<=", self.effective_date),
        ]

    # ----- Buttons -----

    def action_preview(self):
        """Show old and new prices, and what cannot be revised; nothing is changed yet."""
        for batch in self:
            batch._check_state("draft", "preview")
            batch._set_preview()

    def action_apply(self):
        """Apply what is proposed, and tell the customers where the batch says so."""
        for batch in self:
            batch._check_state("preview")
            batch._set_applied()
            if batch.is_notified:
                batch._notify()

    def action_notify(self):
        self.check_access("write")
        for batch in self:
            batch._check_state("preview", "applied")
            batch._notify()

    def action_undo(self):
        """Take everything back, as long as nothing is billed at the new prices."""
        for batch in self:
            batch._check_state("applied")
            batch._set_undone()

    def action_open_revisions(self):
        self.ensure_one()
        self.check_access("read")
        xmlid = "service_contract.service_price_revision_action"
        return open_window(self.env, xmlid, [("batch_id", "=", self.id)])

    # ----- States -----

    def _set_preview(self):
        """Propose anew for all contracts; proposals that stand alone are taken over."""
        kept = self.revision_ids.filtered(lambda revision: revision.state == "left_out")
        (self.revision_ids - kept).unlink()
        contracts = self.env["service.contract"].search(self._get_contract_domain())
        contracts.revision_ids.filtered_domain(self._get_open_domain()).unlink()
        days = {contract: self.effective_date for contract in contracts - kept.contract_id}
        self.env["service.price.revision"]._propose(days, self)
        self._update_state("preview")

    def _set_applied(self):
        """Apply what is proposed; a revision that fails harms no other."""
        self.env["service.batch.runner"]._run_isolated(
            self.revision_ids, lambda revisions: revisions._apply_or_refuse(), kind="contract"
        )
        self._update_state("applied")

    def _set_undone(self):
        """Take back what was applied."""
        self._get_applied()._set_undone()
        self._update_state("undone")

    def _get_applied(self):
        return self.revision_ids.filtered(lambda revision: revision.state == "applied")

    def _notify(self):
        """Tell the customers one by one; those who cannot be told are put aside in the inbox."""
        told = self.revision_ids.filtered(lambda row: row.state in ("proposed", "applied"))
        self.env["service.batch.runner"]._run_isolated(
            told, lambda revisions: revisions._notify(), kind="contract", job="notice"
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_applied(self):
        for batch in self:
            if batch.state in ("applied", "undone"):
                raise UserError(
                    self.env._("%(batch)s has been applied and is kept.", batch=batch.name)
                )
        self.revision_ids.unlink()
