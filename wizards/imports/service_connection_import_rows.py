from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.common.field_values import get_labels


class Device(NamedTuple):
    """Where the connections to a device belong."""

    partner: object
    workstation: str
    equipment: object

    def is_same(self, other):
        """Tell whether both are one workstation of one customer."""
        owners = {device.partner.commercial_partner_id for device in (self, other)}
        return len(owners) == 1 and self.workstation == other.workstation


class ServiceConnectionImportDevice(models.TransientModel):
    """One device that nobody mapped yet: an existing workstation, or a customer's new one."""

    _name = "service.connection.import.device"
    _description = "Device to Map"
    _inherit = ["service.wizard.mixin"]

    import_id = fields.Many2one("service.connection.import", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="import_id.company_id")
    key = fields.Char(required=True, readonly=True)
    name = fields.Char(string="Device in the File", readonly=True)
    customer = fields.Char(string="Group in the File", readonly=True)
    line_count = fields.Integer(string="Lines", readonly=True)
    equipment_id = fields.Many2one(
        "service.equipment",
        string="Known Workstation",
        domain="[('company_id', '=', company_id), ('remote_tool_key', '=', False)]",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        check_company=True,
    )
    workstation = fields.Char(compute="_compute_partner_id", store=True, readonly=False)

    origin = fields.Selection(
        selection=lambda self: list(get_labels(self.env["service.equipment"], "origin").items()),
        default="own",
        required=True,
        help="Of a new workstation: “Other” is not covered by contracts unless you say so.",
    )

    @api.depends("equipment_id")
    def _compute_partner_id(self):
        for row in self:
            row.partner_id = row.equipment_id.partner_id or row.partner_id
            row.workstation = row.equipment_id.name or row.workstation

    def _is_answered(self):
        return bool(self._get_device())

    def _get_device(self):
        """Return where the device belongs, None while nobody said so."""
        self.ensure_one()
        if not self.partner_id:
            return None
        workstation = (self.workstation or "").strip() or self.name
        return Device(self.partner_id, workstation, self.equipment_id)

    def _drop_answered(self, known):
        """Drop questions that somebody else answered meanwhile; refuse where the answers differ.

        ``known``: ``{key: Device}``.
        """
        for row in self.filtered(lambda row: row.key in known):
            own, other = row._get_device(), known[row.key]
            if own and not own.is_same(other):
                raise UserError(
                    self.env._(
                        "Somebody else answered meanwhile: %(device)s is “%(workstation)s” of "
                        "%(customer)s. Press Preview again; correct that workstation if it is "
                        "wrong.",
                        device=row.name,
                        workstation=other.workstation,
                        customer=other.partner.name,
                    )
                )
            row.unlink()

    def _remember(self):
        """Note the tool's id on the customer's workstation of that name, a new one if need be."""
        self.ensure_one()
        if equipment := self.equipment_id or self._find_namesake():
            equipment.remote_tool_id = self.name
            return
        device = self._get_device()
        self.env["service.equipment"].create(
            {
                "name": device.workstation,
                "partner_id": device.partner.id,
                "company_id": self.company_id.id,
                "origin": self.origin,
                "remote_tool_id": self.name,
            }
        )

    def _find_namesake(self):
        """Return the customer's workstation of that name; refuse one with an id of its own."""
        device = self._get_device()
        namesake = self.env["service.equipment"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("commercial_partner_id", "=", device.partner.commercial_partner_id.id),
                ("name", "=", device.workstation),
            ]
        )
        if namesake.remote_tool_key:
            raise UserError(
                self.env._(
                    "%(customer)s has a workstation “%(workstation)s” with the remote tool ID "
                    "%(other)s already: name that of %(device)s differently.",
                    customer=device.partner.name,
                    workstation=device.workstation,
                    other=namesake.remote_tool_id,
                    device=self.name,
                )
            )
        return namesake


class ServiceConnectionImportUser(models.TransientModel):
    """One user name that nobody mapped yet."""

    _name = "service.connection.import.user"
    _description = "User to Map"
    _inherit = ["service.wizard.mixin"]

    import_id = fields.Many2one("service.connection.import", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="import_id.company_id")
    key = fields.Char(required=True, readonly=True)
    name = fields.Char(string="User in the File", readonly=True)
    line_count = fields.Integer(string="Lines", readonly=True)
    own_user_id = fields.Many2one("res.users", compute="_compute_own_user_id")
    employee_id = fields.Many2one(
        "hr.employee",
        string="Technician",
        domain="[('company_id', '=', company_id), ('user_id', '=?', own_user_id)]",
    )

    @api.depends_context("uid")
    def _compute_own_user_id(self):
        """Technicians answer for themselves only, managers for everybody."""
        self.own_user_id = False if self.env.user._is_service_manager() else self.env.user

    def _is_answered(self):
        return bool(self.employee_id)

    def _drop_answered(self, known):
        """Drop questions that somebody else answered meanwhile; refuse where the answers differ.

        ``known``: ``{key: employee}``.
        """
        for row in self.filtered(lambda row: row.key in known):
            if row.employee_id not in (row.employee_id.browse(), known[row.key]):
                raise UserError(
                    self.env._(
                        "Somebody else answered meanwhile: “%(user)s” is %(technician)s. Press "
                        "Preview again, or ask a manager to correct it.",
                        user=row.name,
                        technician=known[row.key].sudo().name,
                    )
                )
            row.unlink()


class ServiceConnectionImportSession(models.TransientModel):
    """One session that the import would make."""

    _name = "service.connection.import.session"
    _description = "Session to Import"
    _inherit = ["service.wizard.mixin"]

    import_id = fields.Many2one("service.connection.import", required=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    technician = fields.Char(readonly=True)
    day = fields.Char(string="Date", readonly=True)
    hours = fields.Char(string="From – To", readonly=True)
    workstations = fields.Char(readonly=True)
    line_count = fields.Integer(string="Connections", readonly=True)


class ServiceConnectionImportProblem(models.TransientModel):
    """One line that is put aside, and why."""

    _name = "service.connection.import.problem"
    _description = "Line Put Aside"
    _inherit = ["service.wizard.mixin"]
    _order = "line, id"

    import_id = fields.Many2one("service.connection.import", required=True, ondelete="cascade")
    line = fields.Integer(readonly=True)
    reason = fields.Char(readonly=True)
    raw = fields.Char(string="Original Line", readonly=True)
