from urllib.parse import urlencode

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from .public_pages import OPTIONS, PublicPages

ROUTE = "/service/consent"
PAGE = f"{ROUTE}/<int:consent_id>/<string:token>"


class ServiceConsent(PublicPages, http.Controller):
    """The page on which a customer orders a remote session (S24, S25, L20, L26).

    A code opens it, looking at it changes nothing, and it works without JavaScript: each step is a
    form. What was typed travels from step to step; what applies is worked out anew each time.
    """

    @http.route(ROUTE, methods=["GET"], **OPTIONS)
    def consent(self, lang="", **_parameters):
        self._speak(lang)
        return self._render("consent_code", chosen=lang)

    @http.route(ROUTE, methods=["POST"], **OPTIONS)
    def open(self, code="", lang="", **_parameters):
        self._speak(lang)
        address = request.httprequest.remote_addr
        consent = request.env["service.consent"]._open_by_code(code, address)
        if not consent:
            return self._render("consent_code", is_refused=True, chosen=lang)
        return self._lead_to(consent, lang)

    @http.route(PAGE, methods=["GET"], **OPTIONS)
    def page(self, consent_id, token, lang="", **_parameters):
        return self._show(self._find(consent_id, token, lang))

    @http.route(f"{PAGE}/correct", methods=["POST"], **OPTIONS)
    def correct(self, consent_id, token, lang="", **values):
        return self._show(self._find(consent_id, token, lang), values=values)

    @http.route(f"{PAGE}/check", methods=["POST"], **OPTIONS)
    def check(self, consent_id, token, lang="", **values):
        """Show all that would be ordered, with the button that orders it (Code civil 1127-2)."""
        consent = self._find(consent_id, token, lang)
        if not consent or not consent._is_open():
            return self._show(consent)
        page = consent._get_page()
        if missing := consent._get_missing(page, values):
            return self._render("consent_page", **page, values=values, missing=missing)
        return self._render("consent_summary", **page, values=values)

    @http.route(f"{PAGE}/confirm", methods=["POST"], **OPTIONS)
    def confirm(self, consent_id, token, lang="", **values):
        consent = self._find(consent_id, token, lang)
        if not consent:
            return self._show(consent)
        address = request.httprequest.remote_addr
        try:
            consent._give(values, address, *self._read_browser())
        except UserError as error:
            return self._show(consent, values=values, error=str(error))
        return self._lead_to(consent, lang)

    # ----- Pages -----

    def _find(self, consent_id, token, lang):
        consent = request.env["service.consent"]._open_by_token(consent_id, token)
        self._speak(lang, consent and consent.session_id._get_sheet_lang())
        return consent.with_context(lang=request.env.lang) if consent else consent

    def _lead_to(self, consent, lang):
        query = f"?{urlencode({'lang': lang})}" if lang else ""
        return request.redirect(f"{ROUTE}/{consent.id}/{consent._sign_page()}{query}", code=303)

    def _show(self, consent, **more):
        """Show where a consent stands: to be answered, given, or over."""
        if consent and consent.state == "given" and consent._is_fresh():
            return self._render("consent_done", consent=consent, company=consent.company_id)
        if not consent or not consent._is_open():
            return self._render("consent_code", is_refused=True)
        return self._render("consent_page", **{"values": {}, **consent._get_page(), **more})
