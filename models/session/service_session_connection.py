from odoo import api, fields, models
from odoo.tools import SQL

COLUMNS = (
    "company_id",
    "employee_id",
    "user_id",
    "date",
    "name",
    "service_session_id",
    "service_partner_id",
    "service_start",
    "service_stop",
    "service_seconds",
    "service_tz",
    "service_workstation",
    "timesheet_invoice_id",
)


class ServiceSessionConnection(models.Model):
    """Who was connected where and when, without what an hour of theirs costs.

    The timesheet lines of sessions, which colleagues may not read, for all who work on these.
    """

    _name = "service.session.connection"
    _description = "Connection"
    _auto = False
    _order = "service_start desc, id desc"
    _rec_name = "service_workstation"
    _depends = {"account.analytic.line": list(COLUMNS)}

    company_id = fields.Many2one("res.company", readonly=True)
    employee_id = fields.Many2one("hr.employee", string="Technician", readonly=True)
    user_id = fields.Many2one("res.users", readonly=True)
    date = fields.Date(readonly=True)
    name = fields.Char(string="Description", readonly=True)
    service_session_id = fields.Many2one("service.session", string="Session", readonly=True)
    service_partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    service_start = fields.Datetime(string="Start", readonly=True)
    service_stop = fields.Datetime(string="Stop", readonly=True)
    service_seconds = fields.Integer(string="Duration", readonly=True)
    service_tz = fields.Char(string="Time Zone of the Connection", readonly=True)
    service_workstation = fields.Char(string="Workstation", readonly=True)
    service_session_state = fields.Selection(
        related="service_session_id.state", string="State of the Session"
    )
    timesheet_invoice_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    service_is_running = fields.Boolean(compute="_compute_service_is_running")
    service_running_since = fields.Datetime(compute="_compute_service_is_running")

    @property
    def _table_query(self):
        columns = SQL(", ").join(SQL.identifier(name) for name in ("id", *self._get_columns()))
        return SQL(
            "SELECT %s FROM account_analytic_line WHERE service_session_id IS NOT NULL", columns
        )

    @api.model
    def _get_columns(self):
        """Return the columns of timesheet lines that are shown; a hook. None tells a cost."""
        return COLUMNS

    @api.depends("service_start", "service_stop")
    def _compute_service_is_running(self):
        for row in self:
            row.service_is_running = bool(row.service_start) and not row.service_stop
            row.service_running_since = row.service_is_running and row.service_start
