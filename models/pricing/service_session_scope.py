from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..catalogue.coverage_book import CoverageBook, get_address
from ..contract.service_contract_coverage import get_coverage_at
from ..session.service_session import OPEN_STATES


class ServiceSession(models.Model):
    """What of a session's work is included: open hours, work type, equipment and reason.

    The hours are those of S12–S15, the rest is S17–S23.
    """

    _inherit = "service.session"

    scope_reason_id = fields.Many2one(
        "service.reason",
        string="Reason to Bill",
        domain="[('usage', '=', 'scope'), ('company_id', 'in', (False, company_id))]",
        ondelete="restrict",
        check_company=True,
        index="btree_not_null",
        tracking=True,
        help="Bills the time spent, also of work that the contract includes: a rule that was "
        "broken, an incident that was declared wrongly…",
        lock="closed",
        reprices=True,
    )
    equipment_ids = fields.Many2many(
        "service.equipment",
        check_company=True,
        domain="[('commercial_partner_id', '=', commercial_partner_id)]",
        help="What was worked on, beside the equipment of the connections.",
        lock="closed",
        reprices=True,
    )
    offered_work_type_ids = fields.Many2many(
        "service.work.type", compute="_compute_offered_work_type_ids"
    )
    scope_warning = fields.Text(compute="_compute_scope_warning", compute_sudo=True)

    is_exceptional = fields.Boolean(
        string="Exceptional Appointment",
        tracking=True,
        help="Agreed with the customer outside the appointment hours. The hours themselves stay "
        "what the level covers: time outside them is billed as such.",
        lock="closed",
        reprices=True,
    )
    is_by_appointment = fields.Boolean(related="level_id.is_by_appointment")
    is_covered_now = fields.Boolean(compute="_compute_coverage_now", compute_sudo=True)
    coverage_now = fields.Char(
        string="Right Now", compute="_compute_coverage_now", compute_sudo=True
    )

    # ----- Work types and equipment -----

    @api.depends("level_id", "contract_id", "company_id")
    def _compute_offered_work_type_ids(self):
        offered = {}
        for session in self:
            company = session.company_id or self.env.company
            level = (session.contract_id.level_id or session.level_id).with_company(company)
            if (level, company) not in offered:
                offered[level, company] = level._get_offered_work_types()
            own = session._get_given_work_types()
            session.offered_work_type_ids = offered[level, company] | own

    def copy_data(self, default=None):
        """Leave out a work type that the level offers no longer, or that came with its session."""
        vals_list = super().copy_data(default)
        for session, vals in zip(self, vals_list, strict=True):
            if "work_type_id" not in (default or {}) and vals.get("work_type_id"):
                level = session.contract_id.level_id or session.level_id
                offered = level.with_company(session.company_id)._get_offered_work_types()
                vals["work_type_id"] = (session.work_type_id & offered).id
        return vals_list

    def _get_given_work_types(self):
        """Return the work types that come with the session, whatever its level offers; a hook."""
        return self.env["service.work.type"]

    @api.constrains("work_type_id")
    def _check_work_type(self):
        """Refuse at every door what the form does not offer."""
        for session in self.sudo().filtered("work_type_id"):
            if session.work_type_id not in session.offered_work_type_ids:
                level = session.contract_id.level_id or session.level_id
                raise ValidationError(session._get_foreign_work_problem(level))

    def _get_foreign_work_problem(self, level):
        return self.env._(
            "%(session)s: “%(work)s” is not among the work types of level “%(level)s”: choose "
            "another one.",
            session=self.display_name,
            work=self.work_type_id.name,
            level=level.name or "",
        )

    @api.depends(
        "state",
        "contract_id",
        "level_id",
        "work_type_id",
        "scope_reason_id",
        "equipment_ids",
        "line_ids.service_equipment_id",
        "replaced_by_id",
    )
    @api.depends_context("lang")
    def _compute_scope_warning(self):
        for session in self:
            level = session.contract_id.level_id or session.level_id
            is_open = session.state in OPEN_STATES and bool(session.partner_id and level)
            session.scope_warning = is_open and session._get_scope_problem(level)

    def _get_equipment(self):
        """Return what the session worked on: chosen for it, or for its connections."""
        self.ensure_one()
        devices = self.sudo().line_ids.service_equipment_id
        return self.equipment_ids | devices.sudo(self.env.su)

    @api.constrains("equipment_ids", "partner_id")
    def _check_equipment(self):
        for session in self.sudo():
            session._check_equipment_of_customer(session._get_equipment())

    def _check_equipment_of_customer(self, equipment):
        """Refuse the equipment of somebody else."""
        for item in equipment:
            if item.commercial_partner_id != self.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(session)s: “%(equipment)s” belongs to %(owner)s, not to %(customer)s.",
                        session=self.display_name,
                        equipment=item.name,
                        owner=item.commercial_partner_id.name,
                        customer=self.commercial_partner_id.name,
                    )
                )

    # ----- Decision -----

    def _get_scope(self, level):
        """Return the Scope of the session's work at a level (S10, S17–S23).

        The level and the work type come first; then the equipment may take included work out of
        the perimeter, then a reason. Work whose approval was refused is not billed.
        """
        self.ensure_one()
        scope = level._get_scope(self.work_type_id)
        scope = self._get_scope_of_equipment(level, scope)
        if self.scope_reason_id:
            scope = self._get_scope_with_reason(scope)
        if scope.is_approval_required and self.approval_state == "refused":
            return scope._replace(effect="included", cause="refused")
        return scope

    def _get_scope_of_equipment(self, level, scope):
        """Take warranty (S10, S18) and the list of covered equipment (S17, S21) into account."""
        day = self.date or self._get_contract_day()
        equipment = self._get_equipment()
        if self.work_type_id.perimeter == "warranty" and scope.effect != "not_offered":
            expired = equipment.filtered(lambda item: not item._is_under_warranty(day))
            is_included = equipment and not expired
            return scope._replace(
                effect="included" if is_included else "billed",
                cause="warranty",
                equipment=tuple((expired or equipment).mapped("name")),
            )
        if scope.effect == "included" and level.is_limited_to_covered:
            outside = equipment.filtered(
                lambda item: not item._is_covered_by(self.contract_id, day)
            )
            if outside:
                names = tuple(outside.mapped("name"))
                return scope._replace(effect="billed", cause="perimeter", equipment=names)
        return scope

    def _get_scope_with_reason(self, scope):
        """Bill what a reason bills (S22, S23); its approval counts beside the rule's."""
        causes = {"included": "reason", "not_offered": "exception"}
        return scope._replace(
            effect="billed",
            cause=causes.get(scope.effect, scope.cause),
            is_approval_required=scope.is_approval_required
            or self.scope_reason_id.is_approval_required,
        )

    # ----- Closing -----

    def _get_closing_problems(self, contracts):
        """Add what the scope forbids or leaves open, once it is known whose level it is of."""
        problems = super()._get_closing_problems(contracts)
        if self.replaced_by_id or self._get_contract_warning(contracts):
            return problems
        session = self.sudo()
        found = (
            session._get_level_problem(),
            session._get_scope_problem(session._get_pricing_level()),
        )
        return [*problems, *filter(None, found)]

    def _check_scope(self):
        """Refuse in words what the scope forbids or leaves open."""
        for session in self.sudo().filtered(lambda session: not session.replaced_by_id):
            level_problem = session._get_level_problem()
            if problem := level_problem or session._get_scope_problem(session._get_pricing_level()):
                raise UserError(problem)

    def _get_scope_problem(self, level):
        """Return in words why the session cannot be closed, empty when its scope is clear."""
        self.ensure_one()
        if not self.work_type_id and level._is_work_type_decisive():
            problems = (
                self._get_unnamed_work_problem(level),
                self._get_perimeter_problem(level, level._get_scope(self.work_type_id)),
            )
            return "\n".join(filter(None, problems))
        if self.work_type_id and self.work_type_id._origin - self.offered_work_type_ids._origin:
            return self._get_foreign_work_problem(level)
        scope = level._get_scope(self.work_type_id)
        if scope.effect == "not_offered":
            return self._get_not_offered_problem(level)
        scope = self._get_scope_of_equipment(level, scope)
        if scope.effect == "billed" and scope.is_reason_required and not self.scope_reason_id:
            return self.env._(
                "%(session)s: “%(work)s” at level “%(level)s” is billed only with a reason: choose "
                "it in “Reason to Bill”.",
                session=self.display_name,
                work=self.work_type_id.name,
                level=level.name,
            )
        return self._get_perimeter_problem(level, scope)

    def _get_unnamed_work_problem(self, level):
        return self.env._(
            "%(session)s: choose a work type: level “%(level)s” does not treat all work alike.",
            session=self.display_name,
            level=level.name,
        )

    def _get_not_offered_problem(self, level):
        values = {
            "session": self.display_name,
            "work": self.work_type_id.name,
            "level": level.name,
        }
        if not self.scope_reason_id:
            return self.env._(
                "%(session)s: level “%(level)s” does not offer “%(work)s”. Choose another work "
                "type; or a manager lets it pass, with a reason to bill it.",
                **values,
            )
        if not self.env.user._is_service_manager():
            return self.env._(
                "%(session)s: level “%(level)s” does not offer “%(work)s”. Ask a manager to close "
                "the session and let it pass.",
                **values,
            )
        return False

    def _get_perimeter_problem(self, level, scope):
        """Ask for the equipment where the level covers listed equipment only (S17)."""
        is_asked = scope.effect == "included" and level.is_limited_to_covered
        if not is_asked or self.scope_reason_id or self._get_equipment():
            return False
        if not self._count_listed_equipment():
            return False
        return self.env._(
            "%(session)s: level “%(level)s” covers the equipment on the customer's list only: "
            "choose what was worked on.",
            session=self.display_name,
            level=level.name,
        )

    def _count_listed_equipment(self):
        """Return how many pieces of equipment the customer's list has."""
        partner = self.commercial_partner_id
        return self.env["service.equipment"].search_count(
            [
                ("commercial_partner_id", "=", partner.id),
                ("company_id", "=", self.company_id.id),
            ],
            limit=1,
        )

    # ----- Open hours -----

    @api.depends("state", "contract_id", "level_id", "channel", "tz", "partner_id", "company_id")
    @api.depends_context("lang")
    def _compute_coverage_now(self):
        now = fields.Datetime.now()
        found = self._get_coverage_now(now)
        for session in self:
            coverage = found.get(session.id or session)
            is_said = session.sudo().level_id._is_coverage_said()
            is_shown = coverage and is_said and session.state in OPEN_STATES
            session.is_covered_now = bool(coverage and coverage.is_open)
            session.coverage_now = is_shown and session.contract_id._describe_coverage_now(
                coverage, now, session._get_timezone()
            )

    def _get_coverage_now(self, instant=None):
        """Return ``{session id (itself when new): CoverageNow}`` at a naive UTC instant, or now.

        Sessions without a customer or a level are left out. Queries do not grow with the number
        of sessions.
        """
        instant = instant or fields.Datetime.now()
        book = CoverageBook(self.env, self.partner_id)
        return {
            session.id or session: get_coverage_at(coverage, instant, session.channel)
            for session in self
            if session.partner_id and (coverage := session._get_coverage(book))
        }

    def _get_coverage(self, book, level=None):
        """Return the Coverage of the session's level where its customer is, None without a level.

        The contract's site says where that is; without a contract, the customer (S13).
        """
        self.ensure_one()
        session = self.sudo()
        level = level or session.contract_id.level_id or session.level_id
        return level and book.get_coverage(
            level,
            session._get_timezone(),
            session._get_place(),
            session.partner_id,
            session.company_id,
        )

    def _get_place(self):
        """Return the address where the service is given: it decides public holidays."""
        self.ensure_one()
        return self.contract_id.partner_shipping_id or self.partner_id

    # ----- Explanation -----

    def _prepare_coverage_explanation(self, level, book):
        """Return what of the hours the core cannot know: an exception, unknown public holidays."""
        coverage = self._get_coverage(book.coverage, level)
        is_unknown = not coverage.is_always and not book.coverage.get_territory(
            self._get_place(), self.company_id
        )
        address = get_address(self._get_place(), self.company_id)
        return {
            "exceptional": self.is_exceptional,
            "holidays_unknown": is_unknown and (address.country_id.name or ""),
        }

    def _prepare_scope_explanation(self, level):
        """Return what decided whether the work is included, with names as they are now."""
        scope = self._get_scope(level)
        return {
            "effect": scope.effect,
            "cause": scope.cause,
            "kind": level.kind,
            "work_type": self.work_type_id.name or "",
            "equipment": list(scope.equipment),
            "reason": self.scope_reason_id.name or "",
            "approval": self.approval_state,
            "approved_by": self.approval_user_id.name or "",
        }
