from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.clocks import format_duration
from ..common.field_values import get_labels

KINDS = [("included", "Included"), ("prepaid", "Prepaid")]
# Whom time is for: it does not change once somebody has drawn from it.
OWNER_FIELDS = frozenset({"partner_id", "contract_id", "kind"})


class ServiceAllowance(models.Model):
    """Ledger of included and prepaid time: grants (above zero) and what was drawn from them.

    A grant knows what was drawn; the database refuses more than it holds, and two sessions closed
    at once write the same grant, so that one of them is tried again (S05).

    What the workflow entered stays; managers enter, correct and prolong time by hand, and the
    chatter says so.
    """

    _name = "service.allowance"
    _description = "Time Allowance"
    _inherit = ["service.workflow.mixin", "mail.thread"]
    _check_company_auto = True
    _derived_partners = frozenset({"partner_id"})
    _order = "date desc, id desc"
    _takes_user_defaults = False

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        lock="once",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        tracking=True,
        lock="closed",
        check_company=True,
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, index=True
    )
    contract_id = fields.Many2one(
        "service.contract",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        domain="[('commercial_partner_id', '=', commercial_partner_id)]",
        help="Empty: for every session of the customer.",
        tracking=True,
        lock="closed",
    )
    kind = fields.Selection(KINDS, required=True, default="prepaid", tracking=True, lock="closed")
    date = fields.Date(
        string="From",
        required=True,
        default=fields.Date.context_today,
        tracking=True,
        lock="closed",
    )
    date_until = fields.Date(
        string="Last Day", help="Empty: without limit.", tracking=True, lock="closed"
    )
    seconds = fields.Integer(required=True, tracking=True, lock="closed")
    hours = fields.Float(compute="_compute_hours", inverse="_inverse_hours", lock="closed")
    source_id = fields.Many2one(
        "service.allowance",
        string="Drawn from",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
        check_company=True,
        lock="workflow",
    )
    use_ids = fields.One2many("service.allowance", "source_id", string="Drawn")
    used_seconds = fields.Integer(compute="_compute_used", store=True)
    left_seconds = fields.Integer(string="Left", compute="_compute_used", store=True)
    period_start = fields.Date(
        readonly=True, help="First day of the period that it is for.", lock="workflow"
    )
    period_last = fields.Date(
        readonly=True, help="Last day of the period that it is for.", lock="workflow"
    )
    session_id = fields.Many2one(
        "service.session",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
        check_company=True,
        lock="workflow",
    )
    sale_line_id = fields.Many2one(
        "sale.order.line",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
        check_company=True,
        lock="workflow",
    )
    order_id = fields.Many2one(related="sale_line_id.order_id")
    note = fields.Char(tracking=True, lock="closed")

    _seconds_not_zero = models.Constraint(
        "CHECK (seconds <> 0)", "An allowance entry adds time or uses time."
    )
    _use_has_source = models.Constraint(
        "CHECK ((seconds < 0) = (source_id IS NOT NULL))",
        "Time is drawn from an entry that added it.",
    )
    _never_overdrawn = models.Constraint(
        "CHECK (source_id IS NOT NULL OR used_seconds <= seconds)",
        "More time would be drawn from an allowance than it holds.",
    )
    _period_once = models.Constraint(
        "EXCLUDE USING gist (int8range(contract_id, contract_id, '[]') WITH &&, "
        "daterange(period_start, period_last, '[]') WITH &&) WHERE (period_start IS NOT NULL)",
        "The included time of this period has been granted already.",
    )
    _sale_line_once = models.UniqueIndex(
        "(sale_line_id) WHERE sale_line_id IS NOT NULL",
        "The time of this order line has been granted already.",
    )
    _use_once = models.UniqueIndex(
        "(source_id, session_id) WHERE source_id IS NOT NULL",
        "This session has drawn from this allowance already.",
    )

    @api.depends("seconds", "kind", "partner_id.name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = get_labels(self, "kind")
        for entry in self:
            duration = entry.seconds and format_duration(abs(entry.seconds))
            parts = (labels.get(entry.kind), duration, entry.partner_id.name)
            entry.display_name = " · ".join(filter(None, parts))

    @api.depends("seconds")
    def _compute_hours(self):
        for entry in self:
            entry.hours = entry.seconds / 3600

    def _inverse_hours(self):
        for entry in self:
            entry.seconds = round(entry.hours * 3600)

    @api.depends("seconds", "source_id", "use_ids.seconds")
    def _compute_used(self):
        for entry in self:
            entry.used_seconds = -sum(entry.use_ids.mapped("seconds"))
            entry.left_seconds = 0 if entry.source_id else entry.seconds - entry.used_seconds

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if "hours" in vals:
                vals["seconds"] = round(vals.pop("hours") * 3600)
        entries = self.with_context(tracking_disable=True) if self.env.su else self
        return super(ServiceAllowance, entries).create(vals_list).with_env(self.env)

    def _is_entered(self):
        """Tell whether a session, an order or a contract entered it."""
        self.ensure_one()
        return bool(self.source_id or self.sale_line_id or self.period_start)

    def _is_closed(self):
        """Hold what was entered to what it is, and what was drawn from to whom it is for."""
        self.ensure_one()
        return self._is_entered() or bool(self.used_seconds)

    def _may_correct_closed(self):
        return False

    def _get_held(self, names, vals):
        """Granted time may be prolonged, by whatever it was granted."""
        held = names if self._is_entered() else names & OWNER_FIELDS
        return self._get_changed(held if self.source_id else held - {"date_until"}, vals)

    def _raise_closed(self, names):
        if not self._is_entered():
            raise UserError(
                self.env._(
                    "“%(entry)s” has been drawn from: it stays what it is. Add an entry of your "
                    "own instead.",
                    entry=self.display_name,
                )
            )
        raise UserError(
            self.env._(
                "“%(entry)s” was entered by a session, an order or a contract and follows it. Add "
                "an entry of your own instead.",
                entry=self.display_name,
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if not self.env.su and (entered := self.filtered(lambda entry: entry._is_entered())[:1]):
            entered._raise_closed(())
        if used := self.filtered("use_ids")[:1]:
            raise UserError(
                self.env._(
                    "%(drawn)s of “%(entry)s” has been drawn: it is kept.",
                    drawn=format_duration(used.used_seconds),
                    entry=used.display_name,
                )
            )
        if not self.env.su:
            self._note_deletion()

    def _note_deletion(self):
        """Say in the chatter of the customer what time a person took away."""
        for entry in self:
            text = self.env._(
                "Deleted: %(entry)s. %(note)s", entry=entry.display_name, note=entry.note or ""
            )
            entry.partner_id.sudo()._message_log(body=text)

    # ----- Taken back -----

    def _take_back(self, seconds):
        """Take so many seconds of a grant back, in one entry; what sessions have drawn stays.

        0 gives back what was taken. The entry has no session, and comes and goes with the end of
        the contract.
        """
        self.ensure_one()
        present = self.use_ids.filtered(lambda use: not use.session_id)
        taken = min(seconds, self.left_seconds - sum(present.mapped("seconds")))
        if taken <= 0:
            present.unlink()
        elif present:
            present.write({"seconds": -taken})
        else:
            self.create(self._prepare_taken_back_vals(taken))

    def _prepare_taken_back_vals(self, seconds):
        self.ensure_one()
        return {
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "contract_id": self.contract_id.id,
            "kind": self.kind,
            "date": self.date,
            "seconds": -seconds,
            "source_id": self.id,
            "note": self.env._("Taken back: the contract does not last that long"),
        }

    # ----- Drawn -----

    def _prepare_use_vals(self, session, seconds):
        """Return the entry by which a session draws from a grant."""
        self.ensure_one()
        return {
            "company_id": self.company_id.id,
            "partner_id": session.partner_id.id,
            "contract_id": session.contract_id.id,
            "kind": self.kind,
            "date": session.date,
            "seconds": -seconds,
            "source_id": self.id,
            "session_id": session.id,
            "note": session.name,
        }

    # ----- Questions -----

    @api.model
    def _get_grant_domain(self, partners, companies):
        """Return the domain of the time granted to customers that is not all drawn; a hook."""
        return [
            ("source_id", "=", False),
            ("commercial_partner_id", "in", partners.commercial_partner_id.ids),
            ("company_id", "in", companies.ids),
        ]

    @api.model
    def _get_open_domain(self, day):
        """Return the domain of the time that may be drawn on a local day."""
        return [
            ("date", "<=", day),
            "|",
            ("date_until", "=", False),
            ("date_until", ">=", day),
        ]

    def _serves(self, partner, contract, company, day):
        """Tell whether a grant may be drawn by a session of a customer on a local day."""
        self.ensure_one()
        is_in_time = self.date <= day and (not self.date_until or day <= self.date_until)
        return (
            is_in_time
            and self.company_id == company
            and self.commercial_partner_id == partner.commercial_partner_id
            and self.contract_id in (contract, self.contract_id.browse())
        )

    def _get_draw_order(self):
        """Return the key by which grants are drawn: what ends first goes first."""
        self.ensure_one()
        return (self.date_until or date.max, self.date, self.id)
