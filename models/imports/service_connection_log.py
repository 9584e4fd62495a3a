from odoo import api, fields, models

from ..common.client_actions import open_window


class ServiceConnectionLog(models.Model):
    """A log file of a remote control tool that was imported: by whom, and what became of it."""

    _name = "service.connection.log"
    _description = "Import of Connections"
    _inherit = ["service.workflow.mixin"]
    _check_company_auto = True
    _order = "id desc"
    _is_made_by_workflow = True

    name = fields.Char(string="File", required=True, readonly=True, lock="workflow")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        lock="workflow",
    )
    profile = fields.Selection(
        [
            ("generic", "Generic CSV"),
            ("teamviewer", "TeamViewer connection report"),
            ("teamviewer_out", "TeamViewer Connections.txt"),
            ("teamviewer_in", "TeamViewer Connections_incoming.txt"),
            ("anydesk", "AnyDesk sessions"),
            ("mapped", "Columns as you say"),
        ],
        string="Format",
        required=True,
        readonly=True,
        lock="workflow",
    )
    tz = fields.Char(
        string="Time Zone of the File",
        readonly=True,
        help="In which times without an offset were read.",
        lock="workflow",
    )
    session_ids = fields.One2many("service.session", "connection_log_id")
    session_count = fields.Integer(string="Sessions", readonly=True, lock="workflow")
    line_count = fields.Integer(string="Connections", readonly=True, lock="workflow")
    problem_count = fields.Integer(string="Lines Put Aside", readonly=True, lock="workflow")
    problem_file = fields.Binary(
        string="Report of the Lines Put Aside", readonly=True, lock="workflow"
    )
    problem_file_name = fields.Char(compute="_compute_problem_file_name")

    @api.depends("name")
    def _compute_problem_file_name(self):
        for log in self:
            log.problem_file_name = self.env._("%(file)s - lines put aside.csv", file=log.name)

    @api.model
    def _get_zones(self, company):
        """Return the zones in which the files of a company were read.

        Of imports that did not note it: those that were proposed to who made them.
        """
        found = dict(
            self.sudo()._read_group(
                [("company_id", "=", company.id)], ["tz"], ["create_uid:recordset"]
            )
        )
        if silent := found.pop(False, None):
            proposed = {*silent.mapped("tz"), company._get_service_timezone(), "UTC"}
            return {*found, *filter(None, proposed)}
        return set(found)

    def action_open_sessions(self):
        """Open the sessions made by these imports."""
        self.check_access("read")
        domain = [("connection_log_id", "in", self.ids)]
        return {
            **open_window(self.env, "service_contract.service_session_action", domain),
            "view_mode": "list,form,kanban",
            "views": [(False, "list"), (False, "form"), (False, "kanban")],
        }
