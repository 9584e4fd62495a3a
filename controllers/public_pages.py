from odoo.http import request

from ..tools.browsers import HINTS, LONGEST, read_browser

# What no page for who is not logged in leaves to others: search engines, links, caches, frames.
PRIVATE = {
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
}
HEADERS = {
    **PRIVATE,
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Accept-CH": ", ".join(HINTS),
}
OPTIONS = {"type": "http", "auth": "public", "sitemap": False}


class PublicPages:
    """Pages for who is not logged in: light, without JavaScript, in the reader's language (L23)."""

    def _read_browser(self):
        """Return what the browser says of itself, in its own words and as hints."""
        headers = request.httprequest.headers
        return headers.get("User-Agent", ""), {name: headers.get(name, "") for name in HINTS}

    def _speak(self, lang, preferred=None):
        """Answer in the language asked for, else in the customer's, else in the browser's."""
        installed = dict(request.env["res.lang"].get_installed())
        chosen = next((code for code in (lang, preferred) if code in installed), request.env.lang)
        request.update_context(lang=chosen if chosen in installed else "en_US")

    def _render(self, name, **values):
        languages = request.env["res.lang"].get_installed()
        user_agent, hints = self._read_browser()
        values = {
            "missing": {},
            "error": "",
            "is_refused": False,
            "languages": languages if len(languages) > 1 else [],
            "lang": request.env.lang,
            "chosen": "",
            "company": request.env.company,
            "seen": read_browser(user_agent, hints),
            "seen_raw": user_agent[:LONGEST],
            **values,
        }
        response = request.render(f"service_contract.{name}", values)
        response.headers.update(HEADERS)
        return response
