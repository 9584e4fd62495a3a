from typing import NamedTuple

from odoo import api, fields, models

# What all connections share whose time goes to the same place, worked out on one of them.
SHARED = (
    "currency_id",
    "department_id",
    "general_account_id",
    "journal_id",
    "manager_id",
    "order_id",
    "parent_task_id",
    "timesheet_invoice_type",
)


class Place(NamedTuple):
    """Where the time of connections goes, and what an hour of it costs."""

    vals: dict
    hourly_cost: float
    paid_in: object
    booked_in: object


class AccountAnalyticLine(models.Model):
    """Connections created by the thousand, with their sessions."""

    _name = "account.analytic.line"
    _inherit = ["account.analytic.line", "service.bulk.mixin"]

    service_import_key = fields.Char(readonly=True, copy=False, lock="once")
    service_import_session = fields.Char(
        string="Session in the Remote Tool",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The id by which the imported file itself knew this connection.",
        lock="once",
    )
    service_import_start = fields.Datetime(
        string="Start as Imported",
        readonly=True,
        copy=False,
        help="What the file said; the start may have been corrected since.",
        lock="once",
    )

    _service_import_once = models.UniqueIndex(
        "(company_id, service_import_key) WHERE service_import_key IS NOT NULL",
        "This connection was imported already.",
    )
    # Time zones are 26 hours apart at most: an id that comes again later is another session's.
    _service_import_session_once = models.Constraint(
        "EXCLUDE USING gist (int8range(company_id, company_id, '[]') WITH &&, "
        "int8range(hashtextextended(service_import_session, 0), "
        "hashtextextended(service_import_session, 0), '[]') WITH &&, "
        "tsrange(service_import_start - interval '13 hours', "
        "service_import_start + interval '13 hours') WITH &&) "
        "WHERE (service_import_session IS NOT NULL AND service_import_start IS NOT NULL)",
        "This session of the remote tool was imported already.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Make other timesheets, whoever makes them meanwhile, Odoo's own way."""
        if self._bulk and not all(vals.get("service_session_id") for vals in vals_list):
            self = self.with_context(service_bulk=None)
        return super().create(vals_list)

    @api.model
    def _complete_connections(self, vals_list):
        """Give connections their cost beforehand as well."""
        result = super()._complete_connections(vals_list)
        if self._bulk:
            for vals in vals_list:
                vals["amount"] = self._get_cost(vals)
        return result

    @api.model
    def _prepare_known_vals(self, vals_list):
        """Return what the ORM would compute for connections, once for each technician and place."""
        return [self._prepare_known_line_vals(vals) for vals in vals_list]

    @api.model
    def _prepare_known_line_vals(self, vals):
        session = self.env["service.session"].browse(vals["service_session_id"])
        return {
            **self._get_place(vals).vals,
            "partner_id": session.partner_id.id,
            "service_partner_id": session.commercial_partner_id.id,
            "service_tz": session.tz,
            "so_line": False,
            "task_id": False,
        }

    @api.model
    def _get_place(self, vals):
        names = self._get_place_names()
        key = tuple(vals.get(name) for name in names)
        return self._bulk.remember(("cost", *key), lambda: self._make_place(names, key))

    @api.model
    def _get_place_names(self):
        return ("company_id", "employee_id", "project_id", *self._get_plan_fnames())

    @api.model
    def _make_place(self, names, key):
        """Ask a new record what all records of a place have in common."""
        sample = self.new({**dict(zip(names, key, strict=True)), "so_line": False})
        vals = {name: self._fields[name].convert_to_write(sample[name], sample) for name in SHARED}
        sample = sample.sudo()
        return Place(
            vals,
            sample._hourly_cost(),
            sample.employee_id.currency_id,
            sample.account_id.currency_id or sample.currency_id,
        )

    @api.model
    def _get_cost(self, vals):
        """Return the cost of a connection as timesheets have it: negative, in the account's
        currency at the rate of the day.
        """
        place = self._get_place(vals)
        amount = -vals["unit_amount"] * place.hourly_cost
        return amount and place.paid_in._convert(
            amount, place.booked_in, self.env.company, vals["date"]
        )

    def _timesheet_preprocess_get_accounts(self, vals):
        """Look up and check the accounts of a project once."""
        find = super()._timesheet_preprocess_get_accounts
        if not self._bulk or vals.get("so_line"):
            return find(vals)
        key = ("accounts", vals.get("company_id"), vals.get("project_id"))
        return self._bulk.remember(key, lambda: find(vals))

    def _timesheet_postprocess(self, values):
        """Leave the costs to ``_follow_connections``, which sees all lines at once."""
        return values if self._bulk else super()._timesheet_postprocess(values)

    def _follow_connections(self):
        """Check accounts and cost of one line of each place; sessions follow by themselves.

        Where Odoo finds another cost than was known beforehand, it computes those of all lines.
        """
        if not self._bulk:
            return super()._follow_connections()
        names = self._get_place_names()
        places = self.grouped(lambda line: tuple(line[name].id for name in names))
        for lines in places.values():
            values = {"unit_amount": lines[0].unit_amount, "employee_id": lines[0].employee_id.id}
            expected = lines[0]._timesheet_postprocess_values(values)[lines[0].id]
            if expected != {"amount": lines[0].amount}:
                lines.with_context(service_bulk=None)._timesheet_postprocess(values)
        return None
