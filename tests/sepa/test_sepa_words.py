import re
from pathlib import Path

import polib

from odoo.tests import tagged

from ..common import ServiceContractCommon

WORDS = Path(__file__).resolve().parents[2] / "i18n_sepa" / "fr.po"
PLACE = re.compile(r"(model|model_terms):([\w.]+),(\w+):(\w+\.[^ ]+)")


@tagged("post_install", "-at_install")
class TestSepaWords(ServiceContractCommon):
    """The debit order is the accountant's main screen: its French is right."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("fr_FR")
        modules = cls.env["ir.module.module"].search([("state", "=", "installed")])
        cls.env["ir.module.module"]._load_module_terms(modules.mapped("name"), ["fr_FR"])

    def test_each_word_stands_in_its_place(self):
        """A place that a later version of those add-ons no longer has is found here."""
        for entry in polib.pofile(str(WORDS)):
            for place, _line in entry.occurrences:
                kind, model, field, xmlid = PLACE.fullmatch(place).groups()
                with self.subTest(place, term=entry.msgid):
                    record = self.env.ref(xmlid)
                    self.assertEqual(record._name, model)
                    self._check_word(record.with_context(lang="fr_FR"), kind, field, entry)

    def _check_word(self, record, kind, field, entry):
        if kind == "model":
            self.assertEqual(record[field], entry.msgstr)
        else:
            terms = record._fields[field].get_trans_terms(record[field])
            self.assertIn(entry.msgstr, terms)

    def test_uploaded_is_not_downloaded(self):
        order = self.env["account.payment.order"].with_context(lang="fr_FR")
        labels = dict(order._fields["state"]._description_selection(order.env))
        self.assertEqual(labels["uploaded"], "Fichier déposé")
        arch = order.get_view(view_type="form")["arch"]
        self.assertIn('string="Fichier déposé à la banque"', arch)
        self.assertNotIn("téléchargé", arch)
        self.assertIn('string="Annuler l\'ordre"', arch)

    def test_loading_one_module_again_keeps_them(self):
        self.env["ir.module.module"]._load_module_terms(
            ["account_payment_batch_oca"], ["fr_FR"], overwrite=True
        )
        self.env.registry.clear_cache()
        self.test_uploaded_is_not_downloaded()
