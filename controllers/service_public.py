from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from .public_pages import OPTIONS, PublicPages

REQUEST = "/service/request/<int:company_id>"
CONDITIONS = "/service/conditions/<int:company_id>"


class ServicePublic(PublicPages, http.Controller):
    """What a company shows to everybody: a form for who is no customer yet (S26), conditions (S37).

    Only where the company has switched it on.
    """

    @http.route(REQUEST, methods=["GET"], **OPTIONS)
    def service_request(self, company_id, lang="", **_parameters):
        return self._render_of(company_id, lang, "public_request")

    @http.route(REQUEST, methods=["POST"], **OPTIONS)
    def service_send_request(self, company_id, lang="", **values):
        company = self._find_company(company_id, lang)
        sessions = request.env["service.session"].with_context(lang=request.env.lang)
        try:
            number = sessions._create_public_request(
                company, values, request.httprequest.remote_addr
            )
        except UserError as error:
            return self._render_of(
                company_id, lang, "public_request", values=values, error=str(error)
            )
        return self._render_of(company_id, lang, "public_request_sent", number=number)

    @http.route(CONDITIONS, methods=["GET"], **OPTIONS)
    def service_conditions(self, company_id, lang="", **_parameters):
        company = self._find_company(company_id, lang)
        conditions = request.env["service.conditions"]._get_public(company)
        return self._render_of(
            company_id,
            lang,
            "public_conditions",
            conditions=conditions.with_env(request.env).sudo(),
        )

    def _find_company(self, company_id, lang):
        company = request.env["res.company"].sudo().browse(company_id).exists()
        if not company.service_has_public_pages:
            raise request.not_found()
        self._speak(lang)
        return company.with_context(lang=request.env.lang)

    def _render_of(self, company_id, lang, name, **values):
        company = self._find_company(company_id, lang)
        tools = request.env["service.remote.tool"]._get_for(request.env.user, company)
        tools = tools.with_context(lang=request.env.lang)
        return self._render(name, **{"values": {}, "company": company, "tools": tools, **values})
