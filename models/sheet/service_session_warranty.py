from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools.misc import format_date

from ...tools.working_days import add_working_days
from ..catalogue.coverage_book import CoverageBook
from ..session.service_session import OPEN_STATES
from .service_session_sheet import OWN_WORDS

UNFOUNDED = "service_contract.service_reason_scope_unfounded"


class ServiceSession(models.Model):
    """Rework under warranty (S31).

    How we read it. The warranty runs for the level's days from the local day on which the first
    session ended. A complaint counts on the day it is made: when the rework was asked for, at the
    latest when it began. It is in time up to the last of the level's working days after the
    confirmation (the customer's own word or signature; else the sending of the sheet, since
    silence is no word; else the closing), and up to the customer's next order of another service,
    whichever comes first. Working days are those of the customer's territory.
    """

    _inherit = "service.session"

    rework_of_id = fields.Many2one(
        "service.session",
        copy=False,
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        tracking=True,
        domain="[('commercial_partner_id', '=', commercial_partner_id), ('id', '!=', id), "
        "('state', '=', 'done'), ('rework_of_id', '=', False)]",
        help="The session whose work is done again: under its warranty, nothing is owed.",
        lock="closed",
        reprices=True,
    )
    rework_ids = fields.One2many("service.session", "rework_of_id")
    is_unfounded = fields.Boolean(
        string="Unfounded Complaint",
        copy=False,
        tracking=True,
        help="The first work was in order: the visit is billed by the tariff.",
        reprices=True,
    )
    complaint_acceptance = fields.Char(
        string="Accepted because",
        copy=False,
        tracking=True,
        help="Why a manager accepts a complaint that is late.",
        reprices=True,
    )
    complaint_warning = fields.Text(compute="_compute_complaint_warning", compute_sudo=True)
    can_make_rework = fields.Boolean(compute="_compute_can_make_rework", compute_sudo=True)

    @api.depends(
        "state",
        "rework_of_id",
        "is_unfounded",
        "complaint_acceptance",
        "requested_at",
        "start",
    )
    @api.depends_context("lang")
    def _compute_complaint_warning(self):
        for session in self:
            is_open = session.state in OPEN_STATES
            session.complaint_warning = is_open and session._get_complaint_problem()

    @api.depends("state", "level_id.warranty_days", "rework_of_id")
    def _compute_can_make_rework(self):
        for session in self:
            first = session.rework_of_id or session
            session.can_make_rework = session.state == "done" and first.level_id.warranty_days > 0

    # ----- Price -----

    @api.depends("rework_of_id", "is_unfounded", "complaint_acceptance")
    def _compute_price_explanation(self):
        return super()._compute_price_explanation()

    def _is_under_warranty(self):
        """Tell whether nothing is owed since this is rework of an earlier session."""
        self.ensure_one()
        return bool(self.rework_of_id) and not self.is_unfounded

    def _prepare_pricing_options(self, book, level):
        options = super()._prepare_pricing_options(book, level)
        return {**options, "warranty": self._is_under_warranty()}

    def _get_charge_explanation(self, pricing, book):
        explanation = super()._get_charge_explanation(pricing, book)
        if not self._is_under_warranty():
            return explanation
        first = self.rework_of_id
        return {
            **explanation,
            "warranty_of": first.name,
            "warranty": {
                "done_on": first._get_last_day().isoformat(),
                "until": first._get_warranty_end().isoformat(),
                "complaint_on": self._get_order_day().isoformat(),
                "acceptance": self.complaint_acceptance or "",
            },
        }

    # ----- Time limits -----

    def _get_last_day(self):
        """Return the local day on which the work ended."""
        self.ensure_one()
        return self._to_local(self.stop or self.closed_at).date()

    def _get_warranty_end(self):
        """Return the last day of the warranty of this session, inclusive."""
        self.ensure_one()
        return self._get_last_day() + timedelta(days=self.level_id.warranty_days)

    def _get_order_day(self):
        """Return the local day on which the customer asked for this session."""
        self.ensure_one()
        instants = [instant for instant in (self.requested_at, self.start) if instant]
        return self._to_local(min(instants, default=fields.Datetime.now())).date()

    def _get_confirmation_day(self):
        """Return the local day of the customer's own word, else of the sending or the closing."""
        self.ensure_one()
        is_own = self.sheet_validation in OWN_WORDS
        answered = self.sheet_validated_at if is_own else self.sheet_sent_at
        return self._to_local(answered or self.closed_at).date()

    def _get_complaint_deadline(self):
        """Return the last of the working days in which a complaint about this session counts."""
        self.ensure_one()
        territory = CoverageBook.get_territory(self._get_place(), self.company_id)
        return add_working_days(
            self._get_confirmation_day(), self.level_id.complaint_days, territory or ()
        )

    def _get_next_order(self, before):
        """Return the customer's next order of another service, made before a local day, if any."""
        self.ensure_one()
        others = self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("commercial_partner_id", "=", self.commercial_partner_id.id),
                ("id", "not in", (self | self.rework_ids).ids),
                ("state", "!=", "cancelled"),
                ("requested_at", ">", self.stop or self.closed_at),
                ("rework_of_id", "=", False),
            ],
            order="requested_at",
        )
        return others.filtered(lambda other: other._get_order_day() < before)[:1]

    # ----- Checks -----

    def _get_complaint_problem(self):
        """Return in words why this is no rework under warranty, empty when it is."""
        self.ensure_one()
        if not self._is_under_warranty() or self.complaint_acceptance:
            return False
        first, day = self.rework_of_id, self._get_order_day()
        if not first.level_id.warranty_days:
            return self._refuse_complaint(
                self.env._("level “%(level)s” gives no warranty", level=first.level_id.name)
            )
        limits = (
            (first._get_warranty_end(), self.env._("its warranty ended on %(day)s")),
            (first._get_complaint_deadline(), self.env._("complaints were due by %(day)s")),
        )
        for last_day, words in limits:
            if day > last_day:
                return self._refuse_complaint(words % {"day": format_date(self.env, last_day)})
        if other := first._get_next_order(day):
            return self._refuse_complaint(
                self.env._(
                    "%(other)s was ordered in between, on %(day)s",
                    other=other.name,
                    day=format_date(self.env, other._get_order_day()),
                )
            )
        return False

    def _refuse_complaint(self, cause):
        return self.env._(
            "%(session)s is no rework of %(first)s under warranty: the complaint was made on "
            "%(day)s, and %(cause)s. Remove the link to bill the session, or ask a manager to "
            "accept the complaint with a reason.",
            session=self.display_name,
            first=self.rework_of_id.name,
            day=format_date(self.env, self._get_order_day()),
            cause=cause,
        )

    def _check_complaint(self):
        for session in self.sudo():
            if problem := session._get_complaint_problem():
                raise UserError(problem)

    def _get_closing_problems(self, contracts):
        problems = super()._get_closing_problems(contracts)
        complaint_problem = self.sudo()._get_complaint_problem()
        return [*problems, complaint_problem] if complaint_problem else problems

    @api.constrains("rework_of_id", "partner_id", "is_unfounded")
    def _check_rework(self):
        for session in self.sudo().filtered(lambda row: row.rework_of_id or row.is_unfounded):
            first = session.rework_of_id
            is_same = first.commercial_partner_id == session.commercial_partner_id
            if not is_same or first.rework_of_id or first == session or not first.closed_at:
                raise ValidationError(
                    self.env._(
                        "%(session)s: choose the closed session of the same customer whose work "
                        "is done again, the first one of them.",
                        session=session.display_name,
                    )
                )

    @api.depends("rework_of_id")
    def _compute_offered_work_type_ids(self):
        return super()._compute_offered_work_type_ids()

    def _get_given_work_types(self):
        """Let the same work be done again, whatever the level offers by now (S31)."""
        return super()._get_given_work_types() | self.rework_of_id.work_type_id

    # ----- Records -----

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._add_unfounded_reason(vals) for vals in vals_list]
        for vals in vals_list:
            self._check_may_accept(vals)
        return super().create(vals_list)

    @api.model
    def _check_may_accept(self, vals):
        is_manager = self.env.su or self.env.user._is_service_manager()
        if vals.get("complaint_acceptance") and not is_manager:
            raise AccessError(self.env._("Only managers accept complaints that are late."))

    @api.model
    def _add_unfounded_reason(self, vals):
        """Give an unfounded complaint its reason to be billed, unless another one is given."""
        if not vals.get("is_unfounded"):
            return vals
        reason = self.env.ref(UNFOUNDED, raise_if_not_found=False)
        return {"scope_reason_id": reason.id, **vals} if reason else vals

    def _get_founded_again(self, vals):
        """Return the sessions whose reason to be billed goes with the unfounded complaint."""
        if vals.get("is_unfounded", True) or "scope_reason_id" in vals:
            return self.browse()
        reason = self.env.ref(UNFOUNDED, raise_if_not_found=False)
        return self.filtered(
            lambda session: session.is_unfounded and session.scope_reason_id == reason
        )

    def _get_held(self, names, vals):
        """Let its reason to be billed come and go with a complaint that is found unfounded."""
        held = super()._get_held(names, vals)
        reason = self.env.ref(UNFOUNDED, raise_if_not_found=False)
        if not reason or not {"is_unfounded", "scope_reason_id"} <= vals.keys():
            return held
        if vals["is_unfounded"]:
            is_its_own = vals["scope_reason_id"] == reason.id
        else:
            is_its_own = not vals["scope_reason_id"] and self.scope_reason_id == reason
            is_its_own = is_its_own and self.is_unfounded
        return held - {"scope_reason_id"} if is_its_own else held

    @api.onchange("is_unfounded")
    def _onchange_is_unfounded(self):
        reason = self.env.ref(UNFOUNDED, raise_if_not_found=False)
        if self.is_unfounded:
            self.scope_reason_id = reason
        elif self.scope_reason_id == reason:
            self.scope_reason_id = False

    # ----- Button -----

    def action_make_rework(self):
        """Open a new session that does the work of this one again, asked for now."""
        self.ensure_one()
        rework = self.create(self._prepare_rework_vals())
        return {
            "type": "ir.actions.act_window",
            "res_model": "service.session",
            "view_mode": "form",
            "res_id": rework.id,
        }

    def _prepare_rework_vals(self):
        """Return the values of a rework session; a hook. Rework of rework is about the first."""
        self.ensure_one()
        first = self.rework_of_id or self
        return {
            "company_id": first.company_id.id,
            "partner_id": first.partner_id.id,
            "contact_id": first.contact_id.id,
            "is_off_contract": first.is_off_contract,
            "channel": first.channel,
            "work_type_id": first.work_type_id.id,
            "rework_of_id": first.id,
            "request": self.env._(
                "Complaint about %(session)s of %(day)s",
                session=first.name,
                day=format_date(self.env, first.date),
            ),
        }
