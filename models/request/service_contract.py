from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models

from ..catalogue.coverage_book import CoverageBook

FIRST_HOUR = time(9)
BATCH_SIZE = 200


class ServiceContract(models.Model):
    """The preventive work that a contract's level promises, and when it is planned (S21)."""

    _inherit = "service.contract"

    technician_id = fields.Many2one(
        "res.users",
        string="Usual Technician",
        tracking=True,
        help="Planned preventive work is assigned to this person.",
        check_company=True,
    )
    preventive_count = fields.Integer(compute="_compute_preventive")
    late_preventive_count = fields.Integer(compute="_compute_preventive")

    def _compute_preventive(self):
        sessions = self.env["service.session"]
        planned = [("contract_id", "in", self.ids), ("checklist_id", "!=", False)]
        late = [*planned, *sessions._get_preventive_late_domain()]
        counts, late_counts = (
            dict(sessions._read_group(domain, ["contract_id"], ["__count"]))
            for domain in (planned, late)
        )
        for contract in self:
            contract.preventive_count = counts.get(contract, 0)
            contract.late_preventive_count = late_counts.get(contract, 0)

    def action_open_preventive(self):
        self.ensure_one()
        self.check_access("read")
        return self._open(
            "service_contract.service_preventive_action", [("contract_id", "=", self.id)]
        )

    # ----- Planning -----

    @api.model
    def _get_preventive_domain(self):
        """Return the domain of the contracts with preventive work; a hook."""
        return [("state", "=", "active"), ("level_id.checklist_ids.active", "=", True)]

    @api.model
    def _cron_plan_preventive(self, batch_size=BATCH_SIZE):
        """Plan the preventive work of the coming days; what an outage left out is planned too."""
        domain = self._get_preventive_domain()
        self.env["service.batch.runner"]._run_in_batches(
            self,
            domain,
            lambda contracts: contracts._plan_preventive(),
            "preventive",
            batch_size=batch_size,
        )

    def _plan_preventive(self):
        """Make the planned sessions that are missing, and return them.

        Nothing is planned for days on which the contract is suspended or had another level.
        """
        known = self._get_planned_indexes()
        book = CoverageBook(self.env, self.commercial_partner_id)
        return self.env["service.session"].create(
            [
                contract._prepare_preventive_vals(checklist, index, day, book)
                for contract in self
                for checklist in contract.level_id.checklist_ids
                for index, day in checklist._get_due(
                    contract,
                    known.get((contract, checklist)),
                    contract._get_local_today() + timedelta(days=checklist.days_ahead),
                )
                if contract._get_level_on(day) == contract.level_id
                and not contract._get_suspension(day)
            ]
        )

    def _get_planned_indexes(self):
        """Return ``{(contract, checklist): last index}`` of what is planned, by one query."""
        rows = self.env["service.session"]._read_group(
            [("contract_id", "in", self.ids), ("checklist_id", "!=", False)],
            ["contract_id", "checklist_id"],
            ["checklist_index:max"],
        )
        return {(contract, checklist): index for contract, checklist, index in rows}

    def _prepare_preventive_vals(self, checklist, index, day, book):
        """Return the values of one planned session, its points in the customer's language."""
        self.ensure_one()
        start = self._get_preventive_start(day, book)
        checklist = checklist.with_context(lang=self.partner_id.lang or self.env.lang)
        return {
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "contract_id": self.id,
            "checklist_id": checklist.id,
            "checklist_index": index,
            "work_type_id": checklist.work_type_id.id,
            "request": checklist.name,
            "requested_at": False,
            "user_id": self.technician_id._of_service_company(self.company_id).id,
            "planned_start": start,
            "planned_stop": start + timedelta(minutes=checklist.planned_minutes),
            "check_ids": [
                fields.Command.create({"name": item.name, "sequence": item.sequence})
                for item in checklist.item_ids
            ],
        }

    def _get_preventive_start(self, day, book):
        """Return when work of a day begins, as naive UTC: at nine, or when the level opens next."""
        morning = datetime.combine(day, FIRST_HOUR, tzinfo=ZoneInfo(self.tz))
        coverage = self._get_coverage(book)
        if not coverage.is_always and not coverage.is_open(morning, "remote"):
            morning = coverage.next_opening(morning, "remote") or morning
        return morning.astimezone(timezone.utc).replace(tzinfo=None)
