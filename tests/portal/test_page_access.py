"""Pages of customers are read and used by everybody (L23): headings, labels, language, keyboard."""

from freezegun import freeze_time
from lxml import html

from odoo.tests import tagged

from .test_intervention_pages import InterventionCommon

FIELDS = "//main//*[self::input or self::textarea or self::select][not(@type='hidden')]"


@tagged("post_install", "-at_install")
class TestPageAccess(InterventionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level_managed.kind = "managed"
        contract = f"/my/contracts/{cls.contract.id}"
        cls.pages = [
            "/my/contracts",
            contract,
            f"{contract}/refuse",
            f"{contract}/referent",
            f"{contract}/third-party",
            "/my/interventions",
            cls.path,
        ]

    def open_all(self):
        """Yield ``(address, page)`` of all pages of a customer who has something in each."""
        with freeze_time("2026-06-02 12:00:00"):
            self.work.with_user(self.user_technician).action_send_sheet()
        for path in self.pages:
            page = self.get(path, at="2026-06-03 12:00:00")
            self.assertEqual(page.status_code, 200)
            with self.subTest(path):
                yield path, html.fromstring(page.text)

    def test_headings_go_down_step_by_step(self):
        for _path, page in self.open_all():
            headings = page.xpath("//main//*[self::h1 or self::h2 or self::h3 or self::h4]")
            levels = [int(heading.tag[1]) for heading in headings]
            self.assertEqual(levels[:1], [1])
            self.assertEqual(levels.count(1), 1)
            steps = [after - before for before, after in zip(levels, levels[1:], strict=False)]
            self.assertLessEqual(max(steps, default=0), 1, levels)

    def test_every_field_has_its_label(self):
        for _path, page in self.open_all():
            labels = set(page.xpath("//main//label/@for"))
            fields = page.xpath(FIELDS)
            self.assertEqual({field.get("id") for field in fields} - labels, set())

    def test_ids_are_unique_and_known(self):
        for _path, page in self.open_all():
            ids = page.xpath("//main//@id")
            self.assertEqual(len(ids), len(set(ids)))
            named = " ".join(page.xpath("//main//@aria-labelledby")).split()
            self.assertEqual(set(named) - set(ids), set())

    def test_tables_have_headers(self):
        for _path, page in self.open_all():
            heads = page.xpath("//main//thead//th")
            self.assertFalse([head for head in heads if head.text_content().strip() == ""])
            self.assertFalse([head for head in heads if not head.get("scope")])

    def test_language_and_title(self):
        for _path, page in self.open_all():
            self.assertEqual(page.get("lang"), "en-US")
            self.assertTrue(page.xpath("//title/text()")[0].strip())

    def test_buttons_and_links_say_what_they_do(self):
        for _path, page in self.open_all():
            named = page.xpath("//main//a | //main//button")
            self.assertFalse(
                [
                    html.tostring(item)
                    for item in named
                    if not (item.text_content().strip() or item.get("aria-label"))
                ]
            )

    def test_nothing_needs_scripts(self):
        for _path, page in self.open_all():
            self.assertFalse(page.xpath("//main//form[not(@action)]"))
            self.assertFalse(page.xpath("//main//*[@onclick] | //main//a[starts-with(@href, '#')]"))
