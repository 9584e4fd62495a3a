from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .brought_records import say_missing


class ServiceNumberedMixin(models.AbstractModel):
    """What is named by the sequence whose code is the name of the model."""

    _name = "service.numbered.mixin"
    _description = "Numbered Record"
    _inherit = ["service.workflow.mixin"]

    name = fields.Char(
        string="Reference",
        required=True,
        readonly=True,
        copy=False,
        default="/",
        index="trigram",
        lock="once",
    )

    @api.depends("name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for record in self:
            is_new = record.name in (False, "/")
            record.display_name = self.env._("New") if is_new else record.name

    @api.model_create_multi
    def create(self, vals_list):
        unnamed = defaultdict(list)
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                unnamed[vals.get("company_id") or self.env.company.id].append(vals)
        for company_id, company_vals_list in unnamed.items():
            names = self._get_next_names(company_id, len(company_vals_list))
            for vals, name in zip(company_vals_list, names, strict=True):
                vals["name"] = name
        return super().create(vals_list)

    def _creation_message(self):
        """Say so without the model's name: in French its gender would have to be known."""
        return self.env._("Created")

    @api.model
    def _get_next_names(self, company_id, count):
        """Return the next names of a company; without gaps one by one, else by one query."""
        sequences = self.env["ir.sequence"].with_company(company_id)
        first = sequences.next_by_code(self._name)
        if not first:
            model = self.env["ir.model"]._get(self._name).name
            words = self.env._("The sequence that numbers “%(model)s”", model=model)
            raise UserError(say_missing(self.env, f"service_contract.{self._name}", words))
        if count == 1:
            return [first]
        sequence = sequences.search(
            [("code", "=", self._name), ("company_id", "in", [company_id, False])],
            order="company_id",
            limit=1,
        )
        if sequence.implementation != "standard":
            return [first, *(sequence.next_by_id() for _number in range(count - 1))]
        return [first, *self._draw_names(sequence, count - 1)]

    @api.model
    def _draw_names(self, sequence, count):
        """Return the names of ``count`` numbers drawn at once from the sequence in the database."""
        name = f"ir_sequence_{sequence.id:03}"
        if sequence.use_date_range:
            today = fields.Date.today()
            date_range = sequence.date_range_ids.filtered(
                lambda item: item.date_from <= today <= item.date_to
            )[:1]
            name += f"_{date_range.id:03}"
            sequence = sequence.with_context(ir_sequence_date_range=date_range.date_from)
        draw = SQL("SELECT nextval(%s) FROM generate_series(1, %s)", name, count)
        prefix, suffix = sequence._get_prefix_suffix()
        return [
            f"{prefix}{number:0{sequence.padding}}{suffix}"
            for (number,) in self.env.execute_query(draw)
        ]
