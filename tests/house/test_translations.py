import io
import re
from collections import Counter
from datetime import datetime
from html import unescape
from pathlib import Path

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import trans_export

from ..common import ServiceContractCommon

ADDON = "service_contract"
ROOT = Path(__file__).resolve().parents[2]
SAME = "The same word."  # dev/i18n marks so what reads the same in both languages
DEMO_ID = re.compile(r'<(?:record|template)\s[^>]*?\bid="(?:service_contract\.)?([^".]+)"')
PLACEHOLDER = re.compile(r"%\(\w+\)[-.0-9]*\w|%%|%[sd]")
MARKUP = re.compile(r"</?\w+|\b(?:class|invisible|style)=\"[^\"]*\"")
UNBROKEN = re.compile(r"(?:^| )(?:[:;?»]|!(?!=))|« |\.\.\.")

# What the customers of a company read: on invoices and their annex, on the intervention sheet,
# and the words for what they have agreed to.
CUSTOMERS_FILES = (
    "models/charge/service_charge_words.py",
    "models/contract/service_contract_line_charging.py",
    "models/catalogue/service_coverage_window.py",
    "models/catalogue/service_family.py",
    "models/pricing/service_charge.py",
    "models/pricing/service_session_charging.py",
    "models/catalogue/service_tariff.py",
    "models/pricing/service_tariff.py",
)
CUSTOMERS_RECORDS = (
    "model:ir.actions.report,name:service_contract.service_session_sheet_report",
    "model_terms:ir.ui.view,arch_db:service_contract.report_service_session_sheet_document",
    "model_terms:ir.ui.view,arch_db:service_contract.session_annex",
)
CUSTOMERS_SELECTIONS = (
    "service_commitment__kind",
    "service_contract__billing_interval",
    "service_contract__billing_mode",
    "service_contract_line__price_period",
    "service_coverage_window__channel",
    "service_coverage_window__day",
    "service_level__kind",
    "service_session__channel",
)
CUSTOMERS_PREFIXES = (
    *(f"code:addons/service_contract/{path}" for path in CUSTOMERS_FILES),
    *CUSTOMERS_RECORDS,
    *(
        f"model:ir.model.fields.selection,name:service_contract.selection__{field}__"
        for field in CUSTOMERS_SELECTIONS
    ),
)


def read(path):
    """Return the entries of a file of translations by their term."""
    return {entry.msgid: entry for entry in polib.pofile(ROOT / path)}


def places(entry):
    """Return where a term is used, without line numbers."""
    return {place for place, _line in entry.occurrences}


def is_done(entry):
    """Return whether an entry is translated, or needs no translation."""
    return bool(entry.msgstr) or entry.tcomment == SAME


@tagged("post_install", "-at_install")
class TestTranslationFiles(TransactionCase):
    """The files of i18n/ are those of today's code; ./dev/i18n brings them up to date."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.terms = cls._export_terms()
        cls.template = read(f"i18n/{ADDON}.pot")
        cls.french = read("i18n/fr.po")
        cls.polish = read("i18n/pl.po")

    @classmethod
    def _export_terms(cls):
        """Return the entries that Odoo exports now, without those of demo data."""
        with io.BytesIO() as target:
            trans_export(None, [ADDON], target, "po", cls.env)
            exported = polib.pofile(target.getvalue().decode())
        demo = cls._get_demo_ids()
        return {
            entry.msgid: entry
            for entry in exported
            if not {place.rpartition(".")[2] for place in places(entry)} <= demo
        }

    @classmethod
    def _get_demo_ids(cls):
        files = (ROOT / "demo").glob("*.xml")
        return {found for path in files for found in DEMO_ID.findall(path.read_text("utf-8"))}

    def assertNone(self, found, message):
        self.assertFalse(found, f"{message} (./dev/i18n shows them):\n" + "\n".join(sorted(found)))

    def test_template_is_up_to_date(self):
        self.assertNone(self.terms.keys() - self.template.keys(), "not in the template")
        self.assertNone(self.template.keys() - self.terms.keys(), "no longer in the code")

    def test_languages_have_the_terms_of_the_template(self):
        for language in ("fr", "pl"):
            found = read(f"i18n/{language}.po")
            with self.subTest(language):
                self.assertNone(self.template.keys() - found.keys(), "missing")
                self.assertNone(found.keys() - self.template.keys(), "too many")
                odd = [term for term, entry in found.items() if entry.fuzzy or entry.obsolete]
                self.assertNone(odd, "fuzzy or obsolete")

    def test_french_is_complete(self):
        self.assertNone(
            [term for term, entry in self.french.items() if not is_done(entry)],
            "not translated into French",
        )

    def test_polish_has_what_customers_read(self):
        """Polish is complete where a customer reads it; the prefixes still name something."""
        for prefix in CUSTOMERS_PREFIXES:
            found = [
                entry
                for entry in self.polish.values()
                if any(place.startswith(prefix) for place in places(entry))
            ]
            with self.subTest(prefix):
                self.assertTrue(found, "no term is there any more")
                self.assertNone(
                    [entry.msgid for entry in found if not is_done(entry)],
                    "not translated into Polish",
                )

    def test_placeholders_and_markup_are_kept(self):
        for language, entries in (("fr", self.french), ("pl", self.polish)):
            for term, entry in entries.items():
                if not entry.msgstr:
                    continue
                with self.subTest(language, term=term):
                    for pattern in (PLACEHOLDER, MARKUP):
                        self.assertEqual(
                            Counter(pattern.findall(entry.msgstr)), Counter(pattern.findall(term))
                        )

    def test_expressions_can_be_read(self):
        """The file name of a report is Python: no-break spaces are none of it."""
        for terms in (self.french, read("i18n/pl.po")):
            for entry in terms.values():
                if any(",print_report_name:" in place for place in places(entry)):
                    compile(entry.msgstr or entry.msgid, entry.msgid, "eval")

    def test_french_menus_have_names_of_their_own(self):
        names = Counter(
            entry.msgstr or entry.msgid
            for entry in self.french.values()
            if any(place.startswith("model:ir.ui.menu,name:") for place in places(entry))
        )
        self.assertNone({name for name, count in names.items() if count > 1}, "twice")

    def test_french_signs_stand_after_no_break_spaces(self):
        self.assertNone(
            [entry.msgstr for entry in self.french.values() if UNBROKEN.search(entry.msgstr)],
            "a line may break before its sign, or three dots are no ellipsis",
        )

    def test_second_words_are_used(self):
        """A second word of i18n_extra/ names places that the term still has."""
        for language in ("fr", "pl"):
            for term, entry in read(f"i18n_extra/{language}.po").items():
                with self.subTest(language, term=term):
                    self.assertIn(term, self.terms)
                    self.assertLessEqual(places(entry), places(self.terms[term]))


@tagged("post_install", "-at_install")
class TestCustomersLanguage(ServiceContractCommon):
    """A customer reads invoices, annexes and sheets in the customer's own language."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for language in ("fr_FR", "pl_PL"):
            cls.env["res.lang"]._activate_lang(language)
        cls.env["ir.module.module"]._load_module_terms([ADDON], ["fr_FR", "pl_PL"])
        cls.company.service_default_level_id = cls.level

    def _close_session(self, language):
        customer = self.create_customer("Customer", lang=language)
        start = datetime(2026, 3, 10, 9)
        return self.create_session([(start, 65 * 60, "PC")], customer=customer)

    def _get_words(self, report, record):
        page, _kind = self.env["ir.actions.report"]._render_qweb_html(report, record.ids)
        return " ".join(unescape(page.decode()).split())

    def test_french_invoice(self):
        session = self._close_session("fr_FR")
        charge = session.charge_ids[0]
        self.assertEqual(
            charge.name.splitlines()[1], f"Intervention {session.name} du 10/03/2026, 1:05:00"
        )
        move = self.create_run("2026-03-31").invoice_ids
        words = self._get_words("account.account_invoices", move)
        for expected in (
            "<h4>Interventions</h4>",
            "Détail des connexions de",
            "cette facture brouillon",
            "PC, de 10:00:00 à 11:05:00 : 1:05:00, soit 3 tranches commencées de 30 min.",
            "Total : 90,00 € HT.",
        ):
            self.assertIn(expected, words)

    def test_french_explanation(self):
        """The words of a charge follow their reader (invariant 7)."""
        charge = self._close_session("fr_FR").charge_ids[0].with_context(lang="fr_FR")
        sentences = [text.replace("\N{NO-BREAK SPACE}", " ") for text in charge._explain()]
        self.assertEqual(
            sentences[1:],
            [
                "Niveau « Per intervention », tarif en vigueur depuis le 01/01/2020.",
                "Première tranche : 1 × 30,00 € = 30,00 €.",
                "Chaque tranche suivante : 2 × 30,00 € = 60,00 €.",
                "Total : 90,00 € HT.",
            ],
        )

    def test_french_contract(self):
        contract = self.create_contract(self.create_customer("Customer", lang="fr_FR"))
        contract._generate_charges(self.day("2026-01-31"))
        charge = contract.charge_ids[0]
        self.assertEqual(charge.name.splitlines()[-1], "Du 01/01/2026 au 31/01/2026")
        family = self.family.with_context(lang="fr_FR")
        self.assertEqual(
            family.commitment_summary.replace("\N{NO-BREAK SPACE}", " "),
            "12 mois, puis reconduction tacite de 12 mois · préavis : 1 mois",
        )

    def test_french_sheet(self):
        """Odoo drops the no-break space that a term begins with: no colon follows a bold date."""
        self.level.contest_days = 5
        session = self._close_session("fr_FR")
        session._set_sheet_sent()
        page, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "service_contract.service_session_sheet_report", session.ids
        )
        self.assertIn("</strong>. Ouvrez le lien", unescape(page.decode()))

    def test_polish_sheet(self):
        session = self._close_session("pl_PL")
        words = self._get_words("service_contract.service_session_sheet_report", session)
        for expected in ("Protokół serwisowy", "<h5>Połączenia</h5>", "Razem: 90,00 € netto"):
            self.assertIn(expected, words)

    def test_buttons_are_verbs(self):
        """The timer starts and stops by verbs, while the columns keep their nouns."""
        sessions = self.env["service.session"].with_context(lang="fr_FR")
        arch = sessions.get_view(view_type="form")["arch"]
        self.assertIn('string="Démarrer"', arch)
        self.assertIn('string="Arrêter"', arch)
        self.assertEqual(sessions.fields_get(["start"])["start"]["string"], "Début")
