from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ..pricing.common import ScopeCommon


@tagged("post_install", "-at_install")
class TestScopeMatrix(ScopeCommon):
    def open_matrix(self, user=None, **context):
        matrix = self.env["service.scope.matrix"].with_user(user or self.user_manager)
        return Form(matrix.with_context(**context))

    def set_effect(self, form, level, work_type, effect):
        for index, cell in enumerate(form.cell_ids._records):
            if (cell["level_id"], cell["work_type_id"]) == (level.id, work_type.id):
                with form.cell_ids.edit(index) as line:
                    line.effect = effect

    def get_effects(self, level):
        return {rule.work_type_id: rule.effect for rule in level.scope_rule_ids}

    def test_cells_show_the_rules(self):
        form = self.open_matrix(default_family_id=self.family.id)
        levels = {cell["level_id"] for cell in form.cell_ids._records}
        self.assertEqual(levels, set((self.level | self.level_unlimited).ids))
        cells = {
            (cell["level_id"], cell["work_type_id"]): (cell["effect"], cell["default_effect"])
            for cell in form.cell_ids._records
        }
        unlimited = self.level_unlimited.id
        self.assertEqual(cells[unlimited, self.terminal.id], ("not_offered", "included"))
        self.assertEqual(cells[self.level.id, self.terminal.id], (False, "billed"))
        self.assertNotIn((unlimited, self.travel.id), cells)
        form.has_all_work_types = True
        cells = {cell["work_type_id"]: cell for cell in form.cell_ids._records}
        self.assertEqual(cells[self.travel.id]["default_effect"], "always")

    def test_saved_in_one_go(self):
        rule = self.level_unlimited.scope_rule_ids.filtered("is_reason_required")
        form = self.open_matrix(default_family_id=self.family.id)
        self.set_effect(form, self.level_unlimited, self.terminal, "billed")
        self.set_effect(form, self.level_unlimited, self.remote, False)
        self.set_effect(form, self.level_unlimited, self.business, "included")
        self.set_effect(form, self.level, self.remote, "included")
        form.save().action_save()
        self.assertEqual(
            self.get_effects(self.level_unlimited),
            {self.terminal: "billed", self.business: "included", self.incident: "billed"},
        )
        self.assertEqual(self.get_effects(self.level), {self.remote: "included"})
        self.assertTrue(rule.is_reason_required)

    def test_changes_outlive_another_family(self):
        form = self.open_matrix(default_family_id=self.family.id)
        self.set_effect(form, self.level, self.remote, "included")
        form.family_id = self.family_sepa
        self.assertEqual({cell["level_id"] for cell in form.cell_ids._records}, {self.level.id})
        form.save().action_save()
        self.assertEqual(self.get_effects(self.level), {self.remote: "included"})

    def test_opened_from_the_catalogue(self):
        for record in (self.family, self.level):
            action = record.with_user(self.user_manager).action_open_scope()
            self.assertEqual(action["context"]["default_family_id"], self.family.id)
        form = self.open_matrix()
        self.assertIn(self.level.id, {cell["level_id"] for cell in form.cell_ids._records})

    def test_managers_only(self):
        for user in (self.user_technician, self.user_sales, self.user_accountant):
            with self.assertRaises(AccessError):
                self.env["service.scope.matrix"].with_user(user).create({})
