from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.misc import format_date


class ServiceTakeover(models.Model):
    """New values of a customer that a contract takes over from a day on.

    What begins before that day is charged by the values of then, whenever its charge is made.
    """

    _name = "service.takeover"
    _description = "Values Taken Over"
    _inherit = ["service.workflow.mixin"]
    _check_company_auto = True
    _order = "date desc, id desc"
    _is_made_by_workflow = True

    contract_id = fields.Many2one(
        "service.contract", required=True, ondelete="cascade", index=True, lock="once"
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    date = fields.Date(string="From", required=True, lock="once")
    summary = fields.Text(readonly=True, lock="workflow")
    old_values = fields.Json(readonly=True, lock="workflow")
    new_values = fields.Json(readonly=True, lock="workflow")
    is_applied = fields.Boolean(string="Applied", readonly=True, lock="workflow")

    _due = models.Index("(date) WHERE is_applied IS NOT TRUE")

    @api.constrains("date", "contract_id")
    def _check_date(self):
        for takeover in self:
            start = takeover.contract_id.date_start
            if takeover.date < start:
                raise ValidationError(
                    self.env._(
                        "%(contract)s begins on %(start)s: take new values over from then on.",
                        contract=takeover.contract_id.name,
                        start=format_date(self.env, start),
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_applied(self):
        if applied := self.filtered("is_applied"):
            raise UserError(
                self.env._(
                    "%(contract)s has new values since %(day)s: charges were made by them.",
                    contract=applied[0].contract_id.name,
                    day=format_date(self.env, applied[0].date),
                )
            )

    def unlink(self):
        contracts = self.contract_id
        result = super().unlink()
        contracts._remake_charges()
        return result

    @api.model
    def _get_due_domain(self, today):
        """Return the domain of what is to be applied on a date."""
        return [("is_applied", "=", False), ("date", "<=", today)]

    def _apply(self):
        """Give contracts their new values; charges before the day keep the old ones."""
        for takeover in self.sorted("date").filtered(lambda takeover: not takeover.is_applied):
            contract = takeover.contract_id
            values = contract._get_still_said(takeover.new_values or {})
            old = {name: contract._get_own_value(name) for name in values}
            takeover._as_workflow().write(
                {"old_values": old, "new_values": values, "is_applied": True}
            )
            contract._as_workflow().write(values)
            if "fiscal_position_id" in values:
                contract._retax_open_charges(takeover.date)

    def _drop_planned(self, names):
        """Drop what is planned for some values: another decision was made, or they changed back."""
        for takeover in self.filtered(lambda takeover: not takeover.is_applied):
            values = takeover.new_values or {}
            kept = {name: value for name, value in values.items() if name not in names}
            if not kept:
                takeover.unlink()
            elif kept != values:
                takeover._as_workflow().new_values = kept

    def _get_values_on(self, day, names):
        """Return ``{name: value}`` of what a contract's records differ in on a day.

        Back in time through what was applied since, and on through what is planned until then.
        """
        values = {}
        for takeover in self.sorted(lambda takeover: (takeover.date, takeover.id), reverse=True):
            if takeover.is_applied and day < takeover.date:
                values.update(takeover.old_values or {})
        for takeover in self.sorted(lambda takeover: (takeover.date, takeover.id)):
            if not takeover.is_applied and takeover.date <= day:
                values.update(takeover.new_values or {})
        return {name: values[name] for name in names & values.keys()}
