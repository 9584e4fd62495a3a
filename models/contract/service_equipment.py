from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

DECIDED_FIELDS = ("is_covered", "warranty_end")
# What begins empty where nobody may decide.
UNDECIDED = dict.fromkeys((*DECIDED_FIELDS, "is_cover_decided"), False)


class ServiceEquipment(models.Model):
    """A workstation or device at a customer: in or out of the contract's perimeter (S17)."""

    _name = "service.equipment"
    _description = "Equipment"
    _inherit = ["service.catalogue.mixin", "service.workflow.mixin"]
    _order = "partner_id, name"
    _rec_names_search = ["name", "serial_number", "remote_tool_id"]

    name = fields.Char(required=True, help="The workstation's name, as sessions show it.")
    company_id = fields.Many2one(required=True, default=lambda self: self.env.company)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        precompute=True,
        lock="closed",
        check_company=True,
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, index=True, precompute=True
    )
    contract_id = fields.Many2one(
        "service.contract",
        index="btree_not_null",
        check_company=True,
        domain="[('commercial_partner_id', '=', commercial_partner_id)]",
        help="Empty: covered by every contract of the customer.",
        lock="closed",
    )
    is_covered = fields.Boolean(
        string="Covered",
        compute="_compute_is_covered",
        store=True,
        readonly=False,
        precompute=True,
        lock="closed",
    )
    is_cover_decided = fields.Boolean(
        string="Cover Decided",
        default=True,
        copy=False,
        help="A manager has said whether it is covered. What technicians and imports find waits "
        "for that, and is not covered meanwhile.",
        lock="closed",
    )
    date_start = fields.Date(string="Covered from", lock="closed")
    date_end = fields.Date(string="Covered until", help="Inclusive.", lock="closed")
    origin = fields.Selection(
        [("own", "Sold by us"), ("partner", "Sold by a listed partner"), ("other", "Other")],
        default="own",
        required=True,
        help="Other equipment is not covered unless you say so.",
        lock="closed",
    )
    supplier_id = fields.Many2one("res.partner", check_company=True)
    serial_number = fields.Char()
    warranty_end = fields.Date(string="Under Warranty until", help="Inclusive.", lock="closed")
    remote_tool_id = fields.Char(string="Remote Tool ID", index="btree_not_null")
    note = fields.Char()
    may_decide = fields.Boolean(compute="_compute_may_decide")

    _dates_ordered = models.Constraint(
        "CHECK (date_end >= date_start)", "Equipment is covered until its first day or later."
    )
    _name_unique = models.UniqueIndex(
        "(company_id, commercial_partner_id, name) WHERE active",
        "This customer has equipment of this name already.",
    )

    @api.constrains("contract_id", "partner_id")
    def _check_contract_id(self):
        """A contract covers what its own customer has (S17)."""
        for equipment in self.filtered("contract_id"):
            if equipment.contract_id.commercial_partner_id != equipment.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(equipment)s is not of the customer of contract %(contract)s.",
                        equipment=equipment.name,
                        contract=equipment.contract_id.name,
                    )
                )

    @api.depends("contract_id")
    def _compute_partner_id(self):
        for equipment in self:
            equipment.partner_id = equipment.partner_id or equipment.contract_id.partner_id

    @api.depends("origin")
    def _compute_is_covered(self):
        for equipment in self:
            equipment.is_covered = equipment.origin != "other"

    def _is_covered_by(self, contract, day):
        """Tell whether equipment is in a contract's perimeter on a local date (S17)."""
        self.ensure_one()
        return (
            self.is_covered
            and self.contract_id in (contract, contract.browse())
            and (not self.date_start or self.date_start <= day)
            and (not self.date_end or day <= self.date_end)
        )

    def _is_under_warranty(self, day):
        """Tell whether equipment is under warranty on a local date (S10, S18)."""
        self.ensure_one()
        return bool(self.warranty_end) and day <= self.warranty_end

    # ----- Who decides on the perimeter -----

    @api.model_create_multi
    def create(self, vals_list):
        """What technicians find at a customer is not covered before a manager says so (S17).

        Nor is it under warranty.
        """
        if not self._may_decide_perimeter():
            vals_list = [{**vals, **UNDECIDED} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        """Who may say what is covered has decided by saying it."""
        if "is_covered" in vals and not self.env.su and self._may_decide_perimeter():
            vals = {"is_cover_decided": True, **vals}
        return super().write(vals)

    @api.onchange("is_covered")
    def _onchange_is_covered(self):
        self.is_cover_decided = True

    @api.depends_context("uid")
    def _compute_may_decide(self):
        self.may_decide = self._may_decide_perimeter()

    def _may_correct_closed(self):
        return self._may_decide_perimeter()

    def _is_closed(self):
        """Whether equipment is covered is a manager's to say from its first day on (S17)."""
        return True

    def _get_held(self, names, vals):
        """The customer of equipment of which nothing was decided may be set right."""
        held = self._get_changed(names, vals)
        is_decided = any(self[name] for name in DECIDED_FIELDS)
        return held if is_decided else held - {"partner_id"}

    def _raise_closed(self, names):
        raise AccessError(
            self.env._(
                "Only a manager of service contracts decides what is covered: %(fields)s.",
                fields=self._get_field_labels(names),
            )
        )

    @api.model
    def _may_decide_perimeter(self):
        return self.env.su or self.env.user._is_service_manager()
