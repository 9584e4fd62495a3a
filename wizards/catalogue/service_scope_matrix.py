from odoo import Command, api, fields, models

from ...models.common.client_actions import CLOSE

EFFECTS = [("included", "Included"), ("billed", "Billed"), ("not_offered", "Not offered")]


class ServiceScopeMatrix(models.TransientModel):
    """What each level does with each work type, as a grid that is saved in one go (S17–S23)."""

    _name = "service.scope.matrix"
    _description = "Scope Matrix"
    _inherit = ["service.wizard.mixin"]

    family_id = fields.Many2one(
        "service.family", help="Shows the levels of this family; empty: those of all families."
    )
    has_all_work_types = fields.Boolean(
        string="All Work Types",
        help="Also those for which none of the levels shown has a rule.",
    )
    cell_ids = fields.One2many("service.scope.matrix.cell", "matrix_id", string="Scope")

    @api.depends("family_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for matrix in self:
            matrix.display_name = self.env._("Scope")

    @api.onchange("family_id", "has_all_work_types")
    def _onchange_cells(self):
        """Show the levels of the family; those with changes that are not saved yet stay."""
        changed = {cell._get_place(): cell.effect for cell in self.cell_ids if cell._is_changed()}
        levels = (
            self._get_levels()
            | self.cell_ids.filtered(lambda cell: cell._get_place() in changed).level_id
        )
        self.cell_ids = [
            Command.clear(),
            *(Command.create(vals) for vals in self._prepare_cells(levels, changed)),
        ]

    def _get_levels(self):
        families = self.family_id or self.env["service.family"].search([("active", "=", True)])
        return self.env["service.level"].search([("family_id", "in", families.ids)])

    def _get_work_types(self, levels):
        """Return the work types of the rows: those with a rule, or all."""
        used = levels.scope_rule_ids.work_type_id
        if self.has_all_work_types or not used:
            return self.env["service.work.type"].search([("active", "=", True)])
        return used.filtered("active").sorted()

    def _prepare_cells(self, levels, changed):
        """Return the values of the cells, row by row; ``changed`` has effects not saved yet."""
        rules = {(rule.level_id.id, rule.work_type_id.id): rule for rule in levels.scope_rule_ids}
        return [
            {
                "level_id": level.id,
                "work_type_id": work_type.id,
                "effect": changed.get(place, rules[place].effect if place in rules else False),
            }
            for work_type in self._get_work_types(levels)
            for level in levels
            for place in [(level.id, work_type.id)]
        ]

    def action_save(self):
        """Make the scope rules what the cells say; their reasons and notes stay."""
        cells = self.cell_ids.filtered(lambda cell: cell._is_changed())
        rules = {
            (rule.level_id.id, rule.work_type_id.id): rule for rule in cells.level_id.scope_rule_ids
        }
        self.env["service.scope.rule"].create(
            [cell._prepare_rule_vals() for cell in cells if cell._get_place() not in rules]
        )
        for cell in cells.filtered(lambda cell: cell._get_place() in rules):
            rule = rules[cell._get_place()]
            if cell.effect:
                rule.effect = cell.effect
            else:
                rule.unlink()
        return CLOSE


class ServiceScopeMatrixCell(models.TransientModel):
    """One work type at one level; without an effect, as the level's kind says."""

    _name = "service.scope.matrix.cell"
    _description = "Cell of the Scope Matrix"
    _inherit = ["service.wizard.mixin"]

    matrix_id = fields.Many2one("service.scope.matrix", required=True, ondelete="cascade")
    level_id = fields.Many2one("service.level", required=True, ondelete="cascade")
    work_type_id = fields.Many2one("service.work.type", required=True, ondelete="cascade")
    effect = fields.Selection(EFFECTS)
    default_effect = fields.Selection(
        [
            *EFFECTS,
            ("always", "Billed at every level"),
            ("warranty", "By warranty"),
        ],
        compute="_compute_default_effect",
    )

    @api.depends("level_id.kind", "work_type_id.perimeter")
    def _compute_default_effect(self):
        for cell in self:
            kind = "billed" if cell.level_id.kind == "per_intervention" else "included"
            special = {"billed": "always", "warranty": "warranty"}
            cell.default_effect = special.get(cell.work_type_id.perimeter, kind)

    def _get_place(self):
        return self.level_id.id, self.work_type_id.id

    def _is_changed(self):
        """Tell whether the cell differs from the scope rule in force."""
        rule = self.level_id.scope_rule_ids.filtered(
            lambda rule: rule.work_type_id == self.work_type_id
        )
        return (rule.effect or False) != self.effect

    def _prepare_rule_vals(self):
        return {
            "level_id": self.level_id.id,
            "work_type_id": self.work_type_id.id,
            "effect": self.effect,
        }
