import base64
from secrets import token_urlsafe

from odoo import fields, http
from odoo.http import request
from odoo.tools import consteq, email_normalize

from ..models.declaration.res_company import PATHS
from ..tools import declarations
from .public_pages import PRIVATE

HEADERS = {
    **PRIVATE,
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "frame-ancestors 'none'; base-uri 'self'; form-action 'self'",
}
KINDS = {path: kind for kind, path in PATHS.items()}
VERB = f"<any({','.join(KINDS)}):verb>"
PUBLIC = f"/service/<string:company>/{VERB}"
OWN = f"/my/contracts/<int:contract_id>/{VERB}"
MAX_BROWSER = 500


def public(path, auth="public", methods=("POST",)):
    return http.route(path, type="http", auth=auth, methods=[*methods], sitemap=False)


class ServiceDeclaration(http.Controller):
    """Terminate and withdraw without an account: form, summary, receipt (L19, L21).

    Nothing is looked up of what is typed, so that no answer, and no time of one, tells whether a
    contract, a number or an address is known. Nothing is kept before the summary is confirmed.
    """

    # ----- Without an account -----

    @public(f"/service/{VERB}", methods=["GET"])
    def any_company(self, verb, **_parameters):
        path = request.env.company.sudo()._get_declaration_path(KINDS[verb])
        return request.redirect(path, code=303)

    @public(PUBLIC, methods=["GET"])
    def form(self, company, verb, **parameters):
        typed = {"reference": parameters.get("reference"), **self._get_own_values()}
        return self._show_form(self._open(company, verb, parameters), typed)

    @public(f"{PUBLIC}/summary")
    def summary(self, company, verb, **typed):
        return self._show_summary(self._open(company, verb, typed), typed)

    @public(f"{PUBLIC}/correct")
    def correct(self, company, verb, **typed):
        return self._show_form(self._open(company, verb, typed), typed)

    @public(f"{PUBLIC}/send")
    def send(self, company, verb, **typed):
        return self._send(self._open(company, verb, typed), typed)

    @public("/service/declaration/<int:declaration_id>/<string:token>", methods=["GET"])
    def receipt(self, declaration_id, token, **_parameters):
        """Show the receipt to who has its link; it can be printed, and comes by mail as well."""
        declaration = request.env["service.declaration"].sudo().browse(declaration_id).exists()
        if not declaration or not consteq(declaration._get_receipt_token(), token):
            return self._render("declaration_unknown", {}, status=404)
        self._speak(declaration.lang)
        declaration = declaration.with_context(lang=request.env.lang)
        return self._render(
            "declaration_receipt",
            {"declaration": declaration, "company": declaration.company_id},
        )

    # ----- Logged in, of one's own contract -----

    @public(OWN, auth="user", methods=["GET"])
    def own_form(self, contract_id, verb, **parameters):
        page = self._open_own(contract_id, verb)
        return self._show_form(page, {**self._get_own_values(), **parameters})

    @public(f"{OWN}/summary", auth="user")
    def own_summary(self, contract_id, verb, **typed):
        return self._show_summary(self._open_own(contract_id, verb), typed)

    @public(f"{OWN}/correct", auth="user")
    def own_correct(self, contract_id, verb, **typed):
        return self._show_form(self._open_own(contract_id, verb), typed)

    @public(f"{OWN}/send", auth="user")
    def own_send(self, contract_id, verb, **typed):
        return self._send(self._open_own(contract_id, verb), typed)

    # ----- Which page -----

    def _open(self, text, verb, typed):
        """Return what the page is about, None where no company has that address."""
        company = request.env["res.company"]._find_by_path(text)
        if not company:
            return None
        self._speak(typed.get("lang") or self._find_lang(company))
        return self._prepare_page(company, verb, company._get_declaration_path(KINDS[verb]))

    def _open_own(self, contract_id, verb):
        """Return the page of a contract of the customer who is logged in, else None."""
        contract = request.env["service.contract"]._find_of_customer(contract_id)
        path = contract and contract._get_declaration_urls().get(KINDS[verb])
        if not path:
            return None
        self._speak(request.env.user.lang)
        contract = contract.with_context(lang=request.env.lang)
        return {**self._prepare_page(contract.company_id, verb, path), "contract": contract}

    def _prepare_page(self, company, verb, path):
        company = company.with_context(lang=request.env.lang)
        return {
            "company": company,
            "kind": KINDS[verb],
            "path": path,
            "contract": None,
            "langs": request.env["res.lang"].get_installed(),
        }

    def _speak(self, lang):
        known = dict(request.env["res.lang"].get_installed())
        if lang in known:
            request.update_context(lang=lang)

    def _find_lang(self, company):
        """Return the visitor's language where the page has it, else the company's."""
        known = dict(request.env["res.lang"].get_installed())
        found = {code: code for code in known} | {code.split("_")[0]: code for code in known}
        for wanted in request.httprequest.accept_languages.values():
            code = wanted.replace("-", "_")
            if lang := found.get(code) or found.get(code.split("_")[0]):
                return lang
        return company.partner_id.lang

    def _get_own_values(self):
        """Return name and address of a customer who is logged in."""
        user = request.env.user
        if user._is_public() or user._is_internal():
            return {}
        return {"sender_name": user.name, "email": user.email}

    # ----- Steps -----

    def _read(self, page, typed):
        values = declarations.read_form(typed)
        if page["contract"]:
            values["reference"] = page["contract"].name
        if page["kind"] == "withdrawal":
            values.update(wished_date="", reason="", line_number="")
        return values

    def _show_form(self, page, typed, errors=None):
        if not page:
            return self._render("declaration_unknown", {}, status=404)
        values = self._read(page, typed)
        foreseen = page["contract"] and page["kind"] == "termination"
        return self._render(
            "declaration_form",
            {
                **page,
                "values": values,
                "errors": errors or {},
                "today": fields.Date.context_today(self._at(page["company"])),
                "exit": page["contract"]._foresee_exit() if foreseen else None,
            },
            status=422 if errors else 200,
        )

    def _show_summary(self, page, typed, error=None, status=200):
        if not page:
            return self._render("declaration_unknown", {}, status=404)
        values = self._read(page, typed)
        if errors := self._find_errors(page, values):
            return self._show_form(page, typed, errors)
        day = declarations.read_day(values["wished_date"])
        shown = {**values, "wished_date": day and self._format_day(day)}
        foreseen = page["contract"] and page["kind"] == "termination"
        rows = request.env["service.declaration"]._label_rows(page["kind"], shown)
        return self._render(
            "declaration_summary",
            {
                **page,
                "values": values,
                "rows": [row for row in rows if row[1]],
                "statement": page["company"]._describe_statement(page["kind"]),
                "error": error,
                "form_key": token_urlsafe(32),
                "exit": page["contract"]._foresee_exit(day) if foreseen else None,
            },
            status=status,
        )

    def _send(self, page, typed):
        """Keep the declaration, once for each summary, and show its receipt."""
        if not page:
            return self._render("declaration_unknown", {}, status=404)
        values = self._read(page, typed)
        if errors := self._find_errors(page, values):
            return self._show_form(page, typed, errors)
        proof, name, error = self._read_proof(typed.get("proof"))
        if error:
            return self._show_summary(page, typed, error, status=422)
        declared = request.env["service.declaration"].sudo()
        if not declared._may_send(request.httprequest.remote_addr):
            return self._show_summary(page, typed, self._get_limit_words(page), status=429)
        declaration = declared._receive(
            page["company"],
            self._read_form_key(typed),
            {
                **{name: value or False for name, value in values.items()},
                "wished_date": declarations.read_day(values["wished_date"]) or False,
                "kind": page["kind"],
                "lang": request.env.lang,
                "proof_file": proof,
                "proof_name": name,
                "is_from_portal": bool(page["contract"]),
            },
            {
                "ip_address": request.httprequest.remote_addr,
                "browser": request.httprequest.user_agent.string[:MAX_BROWSER],
            },
        )
        if page["contract"]:
            declaration._match_own(page["contract"])
        return request.redirect(declaration._get_receipt_path(), code=303)

    def _read_form_key(self, typed):
        """Return the key of the summary that is sent: what is no key of ours is a new one."""
        key = declarations.clean(typed.get("form_key"))
        return key if declarations.FORM_KEY.fullmatch(key) else token_urlsafe(32)

    def _find_errors(self, page, values):
        """Return ``{field: what is wrong with it, in words}``."""
        errors = {}
        if not values["sender_name"]:
            errors["sender_name"] = request.env._("Enter your name, or the name of your company.")
        if not email_normalize(values["email"]):
            errors["email"] = request.env._(
                "Enter your e-mail address, such as name@example.com: the receipt goes there."
            )
        if not values["reference"] and not values["line_number"]:
            errors["reference"] = request.env._(
                "Enter the number of your contract or order, or your customer number: it stands "
                "on your contract and on our invoices."
            )
        if values["wished_date"]:
            day = declarations.read_day(values["wished_date"])
            today = fields.Date.context_today(self._at(page["company"]))
            if not day or not declarations.is_wishable(day, today):
                errors["wished_date"] = request.env._(
                    "Enter a day from today on, such as %(day)s, or leave it empty for the "
                    "earliest one.",
                    day=self._format_day(today),
                )
        return errors

    def _read_proof(self, file):
        """Return ``(content in base64, name, None)`` of a proof, or what is wrong with it."""
        if not file or not getattr(file, "filename", ""):
            return False, False, None
        content = file.read(declarations.MAX_PROOF_BYTES + 1)
        kind = declarations.get_proof_kind(content)
        if not kind or len(content) > declarations.MAX_PROOF_BYTES:
            return (
                False,
                False,
                request.env._(
                    "Nothing was sent yet: the proof must be a PDF, PNG or JPEG file of at most "
                    "%(size)s MB. Choose another file, or send it by post.",
                    size=declarations.MAX_PROOF_BYTES // 2**20,
                ),
            )
        return base64.b64encode(content), declarations.name_proof(file.filename, kind), None

    def _get_limit_words(self, page):
        return request.env._(
            "Nothing was sent yet: too many declarations came from your connection within an "
            "hour. Send it again later, or write to us: %(address)s. The day on which you write "
            "counts.",
            address=page["company"]._get_written_to(),
        )

    # ----- Pages -----

    def _at(self, company):
        return company.with_context(tz=company._get_service_timezone())

    def _format_day(self, day):
        return request.env["ir.qweb.field.date"].value_to_html(day, {})

    def _render(self, template, values, status=200):
        response = request.render(f"service_contract.{template}", values)
        response.status_code = status
        response.headers.update(HEADERS)
        return response
