from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..common.client_actions import notify


class ServiceAmendment(models.Model):
    """A draft remembers what the contract was when it was written.

    What changed in the contract since is taken over by one button; what the draft itself changes
    stays. Put in force as it is, the draft would take the other change back unseen. Drafts older
    than this memory count as behind once.
    """

    _inherit = "service.amendment"

    drafted = fields.Json(
        readonly=True,
        copy=False,
        help="Level and lines of the contract when this was written.",
        lock="workflow",
    )
    is_outdated = fields.Boolean(compute="_compute_is_outdated")

    def _note_present(self):
        self.ensure_one()
        self._as_workflow().drafted = {
            "level": self._get_present_level().id,
            "lines": sorted(self._get_served_lines().ids),
        }

    @api.depends("state", "effective_date", "level_id", "line_ids.contract_line_id")
    def _compute_is_outdated(self):
        for amendment in self:
            is_draft = amendment.state == "draft" and amendment._origin
            amendment.is_outdated = bool(is_draft) and amendment._origin._is_behind()

    def _is_behind(self):
        """Tell whether the contract is no longer what the draft began with.

        A row that was deleted from the draft leaves its line as it is, and is not missed.
        """
        self.ensure_one()
        served = self._get_served_lines()
        present = {"level": self._get_present_level().id, "lines": sorted(served.ids)}
        rows = self.line_ids.filtered("contract_line_id")
        return (
            self.drafted != present
            or bool(rows.contract_line_id - served)
            or any(row._is_behind() for row in rows)
        )

    def _get_present_level(self):
        return self.contract_id._get_level_on(self.effective_date)

    def _get_served_lines(self):
        return self.contract_id.line_ids.filtered(
            lambda line: line._is_served_on_or_after(self.effective_date)
        )

    def _check_up_to_date(self):
        """Refuse to take another change of the contract back unseen."""
        if self._is_behind():
            raise UserError(
                self.env._(
                    "%(contract)s has changed since %(name)s was written. Press “Bring up to "
                    "Date”: what the draft itself changes stays.",
                    contract=self.contract_id.name,
                    name=self.name,
                )
            )

    def action_bring_up_to_date(self):
        """Take over what changed in the contract since the draft was written, and say so."""
        self.ensure_one()
        self._check_state("draft")
        left_out = self._rebase()
        words = self.env._("%(name)s is up to date again.", name=self.name)
        if left_out:
            words = self.env._(
                "%(words)s No longer provided, hence left out: %(products)s.",
                words=words,
                products=", ".join(left_out),
            )
        self._log(words)
        return notify(words, "warning" if left_out else "success")

    def _rebase(self):
        """Bring level and rows in line with the contract; return the names of what was left out."""
        self.ensure_one()
        self._rebase_level()
        served = self._get_served_lines()
        rows = self.line_ids.filtered("contract_line_id")
        left_out = rows.browse()
        for row in rows:
            line = row.contract_line_id._follow(served)
            if line and line not in (rows - row - left_out).contract_line_id:
                row._rebase(line)
            else:
                left_out += row
        names = left_out.filtered(lambda row: row.change == "change").product_id.mapped(
            "display_name"
        )
        left_out.unlink()
        known = self.line_ids.contract_line_id.ids + (self.drafted or {}).get("lines", [])
        missing = served.filtered(lambda line: line.id not in known)
        vals_list = [self.line_ids._prepare_kept_vals(line) for line in missing]
        self.line_ids = [Command.create(vals) for vals in vals_list]
        self._note_present()
        return names

    def _rebase_level(self):
        """A level that the draft does not change is the contract's present one."""
        if self.drafted and self.level_id.id == self.drafted["level"]:
            self.level_id = self._get_present_level()
