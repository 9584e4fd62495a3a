import re

import lxml.html
from markupsafe import Markup

from odoo import models
from odoo.exceptions import UserError

from odoo.addons.base.models.ir_actions_report import _wkhtml

from .brought_records import say_missing

HAS_CLASS = "//div[contains(concat(' ', normalize-space(@class), ' '), ' {} ')]"
MARGIN = "12"
STYLE_BUNDLES = ("web.report_assets_pdf", "web.report_assets_common")
STYLE_LINK = re.compile(r'<link\b[^>]*\bhref="/web/assets/[^"]*\.css"[^>]*/?>')
# Icons keep the font that draws them.
FONT_STYLE = '*:not(.fa):not(.oi) { font-family: "Liberation Sans", sans-serif !important; }'


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _get_report(self, report_ref):
        """Say in words which of our documents somebody deleted."""
        try:
            return super()._get_report(report_ref)
        except ValueError as error:
            module, _sign, name = str(report_ref).partition(".")
            if module != "service_contract" or self.env.ref(report_ref, False):
                raise
            words = self.env._("The document “%(name)s”", name=name)
            raise UserError(say_missing(self.env, report_ref, words)) from error

    def _prepare_html(self, html, report_model=False):
        prepared = super()._prepare_html(html, report_model=report_model)
        if not prepared or not self._is_service_printed(prepared[1]):
            return prepared
        if not _wkhtml().is_patched_qt:
            html = self._inline_running_parts(html)
            prepared = super()._prepare_html(html, report_model=report_model)
        bodies, ids, header, footer, arguments = prepared
        styles = self._get_printed_styles()
        bodies = [self._inline_styles(body, styles) for body in bodies]
        header, footer = (self._inline_styles(part, styles) for part in (header, footer))
        return bodies, ids, header, footer, arguments

    def _is_service_printed(self, ids):
        """Tell whether every document of a run is ours: all others print as Odoo has it; a hook.

        :param list ids: the record of each document, None where the document does not name it
        """
        return self.model in self._get_service_printed_models()

    def _get_printed_styles(self):
        """Return the styles of printed documents as elements.

        A wkhtmltopdf without the patched Qt draws the letters of fonts from the web as shapes: no
        reader finds, copies or reads out such text. Fonts of the system stay text.
        """
        qweb = self.env["ir.qweb"]
        styles = []
        for name in STYLE_BUNDLES:
            bundle = qweb._get_asset_bundle(name, js=False, autoprefix=True)
            styles += [asset.raw.decode() for asset in bundle.css()]
        if not _wkhtml().is_patched_qt:
            styles.append(FONT_STYLE)
        return Markup().join(Markup("<style>%s</style>") % Markup(style) for style in styles)

    def _inline_styles(self, part, styles):
        """Return a document that carries its styles instead of asking the web server for them.

        A script without a running server prints at once, and a server that does not answer under
        the address of reports prints no bare pages.
        """
        bare = STYLE_LINK.sub("", str(part))
        return Markup(bare.replace("</head>", f"{styles}</head>", 1))

    def _get_service_printed_models(self):
        """Return the names of the models whose documents are all ours; a hook.

        They keep their letterhead with any wkhtmltopdf.

        :rtype: set
        """
        return set()

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
        """Return the names of the models of which one record prints several documents; a hook.

        :rtype: set
        """
        return set()

    def _join_articles(self, articles):
        """Put documents into the first one, each on a page of its own.

        A wkhtmltopdf without the patched Qt converts one document at a time.
        """
        for article in articles[1:]:
            article.set("class", article.get("class").replace("article", "o_service_article"))
            article.set("style", "page-break-before: always;")
            articles[0].append(article)
