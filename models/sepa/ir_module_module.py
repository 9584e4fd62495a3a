from odoo import models
from odoo.tools.translate import TranslationImporter, get_base_langs

ADDON = "service_contract"
PREFIX = "account_payment_"


class IrModuleModule(models.Model):
    """Words of the direct debit's screens that other add-ons bring in a French that misleads.

    An accountant reads there that a file was *downloaded* when the bank has it. The terms of
    ``i18n_sepa/`` take their place each time those of the debit's add-ons are loaded.
    """

    _inherit = "ir.module.module"

    def _load_module_terms(self, modules, langs, overwrite=False):
        result = super()._load_module_terms(modules, langs, overwrite)
        if any(module == ADDON or module.startswith(PREFIX) for module in modules):
            self._load_sepa_terms(langs)
        return result

    def _load_sepa_terms(self, langs):
        """Load the second words of the debit's add-ons, where they have a language's file."""
        importer = TranslationImporter(self.env.cr, verbose=False)
        for lang in langs:
            for base in get_base_langs(lang):
                importer.load_file(f"{ADDON}/i18n_sepa/{base}.po", lang)
        importer.save(overwrite=True)
