from datetime import datetime, time

from odoo import api, fields, models
from odoo.fields import Domain

from ..session.service_session import OPEN_STATES


class ServiceSession(models.Model):
    """Preventive work: planned from a checklist, ticked off, reported on the sheet (S21)."""

    _inherit = "service.session"

    checklist_id = fields.Many2one(
        "service.checklist",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        lock="once",
    )
    checklist_index = fields.Integer(readonly=True, copy=False, aggregator=None, lock="once")
    check_ids = fields.One2many("service.session.check", "session_id", string="Points to Check")
    checked_count = fields.Integer(string="Checked", compute="_compute_checked")
    check_count = fields.Integer(string="Points", compute="_compute_checked")
    is_preventive_late = fields.Boolean(
        string="Late", compute="_compute_is_preventive_late", search="_search_is_preventive_late"
    )

    _occurrence_once = models.UniqueIndex(
        "(contract_id, checklist_id, checklist_index) WHERE checklist_id IS NOT NULL",
        "This preventive work is planned already.",
    )

    @api.depends("checklist_id")
    def _compute_offered_work_type_ids(self):
        return super()._compute_offered_work_type_ids()

    def _get_given_work_types(self):
        """Let planned work be of its checklist's type (S21)."""
        return super()._get_given_work_types() | self.checklist_id.work_type_id

    @api.depends("check_ids.state")
    def _compute_checked(self):
        for session in self:
            session.check_count = len(session.check_ids)
            session.checked_count = len(
                session.check_ids.filtered(lambda check: check.state != "todo")
            )

    @api.depends("checklist_id", "planned_start", "state")
    def _compute_is_preventive_late(self):
        late = self.filtered_domain(self._get_preventive_late_domain())
        late.is_preventive_late = True
        (self - late).is_preventive_late = False

    @api.model
    def _search_is_preventive_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = Domain(self._get_preventive_late_domain())
        return Domain.OR(late if is_late else ~late for is_late in value)

    @api.model
    def _get_preventive_late_domain(self):
        """Return the domain of the preventive work whose day has passed undone."""
        today = datetime.combine(fields.Date.today(), time())
        return [
            ("checklist_id", "!=", False),
            ("state", "in", OPEN_STATES),
            ("planned_start", "<", today),
        ]

    def action_check_all(self):
        """Tick every open point."""
        self.check_ids.filtered(lambda check: check.state == "todo").state = "done"

    def _describe_checks(self):
        """Return what was checked in one sentence a point, for the customer (S21)."""
        return [check._describe() for check in self.check_ids]

    def _get_statement_sentences(self, charge):
        """Say also what was checked (S21)."""
        return [*super()._get_statement_sentences(charge), *self._describe_checks()]

    def _get_closing_problems(self, contracts):
        problems = super()._get_closing_problems(contracts)
        missing = self.sudo().check_ids.filtered(lambda check: check.state == "todo")
        return [*problems, self._get_missing_points_problem(missing)] if missing else problems

    def _get_missing_points_problem(self, points):
        return self.env._(
            "%(session)s: tick the points of the checklist, or say why they do not apply: "
            "%(points)s.",
            session=self.name,
            points=", ".join(points.mapped("name")),
        )
