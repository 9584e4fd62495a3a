import lxml.html

from odoo import models

from odoo.addons.base.models.ir_actions_report import _wkhtml

HAS_CLASS = "//div[contains(concat(' ', normalize-space(@class), ' '), ' {} ')]"
MARGIN = "12"


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _prepare_html(self, html, report_model=False):
        if self.model in self._get_service_printed_models() and not _wkhtml().is_patched_qt:
            html = self._inline_running_parts(html)
        return super()._prepare_html(html, report_model=report_model)

    def _get_service_printed_models(self):
        """Return the models whose documents keep their letterhead with any wkhtmltopdf; a hook."""
        return (
            "account.move",
            "service.amendment",
            "service.contract",
            "service.session",
            "service.session.statement",
        )

    def _inline_running_parts(self, html):
        """Return a report with each document's header and footer inside its body.

        A wkhtmltopdf without the patched Qt prints no running header or footer: an invoice would
        not say who sends it. The space kept for them goes as well, and the page number.
        """
        root = lxml.html.fromstring(html, parser=lxml.html.HTMLParser(encoding="utf-8"))
        parts = [root.xpath(HAS_CLASS.format(name)) for name in ("header", "article", "footer")]
        for header, article, footer in zip(*parts, strict=False):
            header.set("class", header.get("class").replace("header", "o_service_letterhead"))
            footer.set("class", footer.get("class").replace("footer", "o_service_footing"))
            for page_number in set(footer.xpath(".//span[@class='page']/..")):
                page_number.drop_tree()
            article.insert(0, header)
            article.append(footer)
        if self.model in self._get_service_joined_models():
            self._join_articles(parts[1])
        for side in ("top", "bottom"):
            root.set(f"data-report-margin-{side}", MARGIN)
        return lxml.html.tostring(root, encoding="unicode")

    def _get_service_joined_models(self):
        """Return the models of which one record prints several documents; a hook."""
        return ("service.session.statement",)

    def _join_articles(self, articles):
        """Put documents into the first one, each on a page of its own.

        A wkhtmltopdf without the patched Qt converts one document at a time.
        """
        for article in articles[1:]:
            article.set("class", article.get("class").replace("article", "o_service_article"))
            article.set("style", "page-break-before: always;")
            articles[0].append(article)
