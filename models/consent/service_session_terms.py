from odoo import models
from odoo.fields import Domain
from odoo.tools import format_amount

from ...tools import consent_codes
from ...tools.clocks import format_duration
from ..company.res_partner import TAX_SHOWN_REGIMES
from ..pricing.price_book import PriceBook

WAIVER_REGIMES = ("consumer",)


class ServiceSession(models.Model):
    """What a customer reads before ordering a session: price, declarations (S24, L20)."""

    _inherit = "service.session"

    # ----- What the page says -----

    def _get_consent_terms(self):
        """Return what applies to the session now, in the language of the environment (S24, L20).

        ``price_kind``: covered, prepaid or tariff; ``price``: sentences; ``conditions``; ``risks``
        and ``declarations``: lists of texts; ``is_waiver_asked``: a consumer may be billed;
        ``button``: the words on the button.
        """
        self.ensure_one()
        session = self.sudo()
        kind, price = session._describe_consent_price()
        conditions = session._get_consent_conditions()
        is_waiver_asked = kind != "covered" and session._get_regime() in WAIVER_REGIMES
        return {
            "price_kind": kind,
            "price": price,
            "conditions": conditions,
            "risks": consent_codes.read_lines(conditions.consent_risks),
            "is_waiver_asked": is_waiver_asked,
            "declarations": session._get_declarations(conditions, is_waiver_asked),
            "button": session._get_consent_button(kind),
        }

    def _get_consent_button(self, kind):
        if kind == "covered":
            return self.env._("Authorise the take-over")
        return self.env._("Order with obligation to pay")

    def _get_consent_conditions(self):
        """Return the conditions that the customer accepts: the contract's, else the level's."""
        self.ensure_one()
        family = self._get_consent_level().family_id
        return (self.contract_id.conditions_id or family.conditions_id).with_env(self.env)

    def _get_declarations(self, conditions, is_waiver_asked):
        """Return what the customer declares, each ticked for itself (S25, L26)."""
        own = consent_codes.read_lines(conditions.consent_declarations)
        if conditions:
            own.append(
                self.env._(
                    "I accept the conditions “%(conditions)s”, the risks named there and the "
                    "price conditions above.",
                    conditions=conditions.display_name,
                )
            )
        else:
            own.append(self.env._("I accept the price conditions above."))
        if is_waiver_asked:
            own += [
                self.env._(
                    "I ask expressly for the work to begin at once, before the end of the 14 days "
                    "in which I may withdraw."
                ),
                self.env._(
                    "I acknowledge that I lose my right to withdraw once the work is fully done."
                ),
            ]
        return own

    def _get_regime(self):
        self.ensure_one()
        contract = self.contract_id
        return contract.regime or self.partner_id._get_service_customer(self.company_id)[0]

    def _describe_consent_price(self):
        """Return ``(kind, sentences)``: what the session costs, as far as it is known now."""
        self.ensure_one()
        level = self._get_pricing_level().with_env(self.env)
        is_included = self._get_scope(level).effect == "included"
        coverage = self._get_coverage_now().get(self.id)
        if is_included and (not coverage or coverage.is_open):
            return "covered", self._describe_covered(level)
        sentences = [self._describe_consent_tariff(level)]
        if is_included:
            sentences.append(self.env._("It is outside the hours of your contract now."))
        if left := self._get_time_left():
            words = self.env._(
                "The time is drawn from your included or prepaid time first, of which %(left)s is "
                "left.",
                left=format_duration(left),
            )
            return "prepaid", [words, *sentences]
        return "tariff", sentences

    def _describe_covered(self, level):
        contract = self.contract_id.name or level.name
        return [
            self.env._(
                "Covered by %(contract)s, %(level)s: nothing is billed for this work.",
                contract=contract,
                level=level.name,
            ),
            self.env._("Work that it does not include is not done without a new order."),
        ]

    def _get_time_left(self):
        """Return the seconds that the session may draw today (S05)."""
        entries, today = self.env["service.allowance"].sudo(), self._get_local_today()
        domain = Domain(entries._get_grant_domain(self.partner_id, self.company_id))
        grants = entries.search(domain & Domain(entries._get_open_domain(today)))
        serving = grants.filtered(
            lambda grant: grant._serves(self.partner_id, self.contract_id, self.company_id, today)
        )
        return sum(serving.mapped("left_seconds"))

    def _describe_consent_tariff(self, level):
        """Return the tariff of today in the customer's prices; consumers read them with tax."""
        tariff = self._find_tariff(level, self._get_local_today(), "remote", True)
        party = PriceBook(self.env).get_party(self)
        phrases = tariff.with_env(self.env)._describe_prices(
            lambda product: self._format_consent_price(product, party)
        )
        is_with_tax = self._get_regime() in TAX_SHOWN_REGIMES
        tax = self.env._("incl. tax") if is_with_tax else self.env._("excl. tax")
        words = " · ".join([*phrases, *self._describe_minimum(tariff), tax])
        return self.env._("Price: %(tariff)s. Every started block is due.", tariff=words)

    def _describe_minimum(self, tariff):
        if tariff.minimum_minutes:
            yield self.env._("at least %(minutes)s min", minutes=tariff.minimum_minutes)

    def _format_consent_price(self, product, party):
        charges, company = self.env["service.charge"].sudo(), self.company_id
        currency = self.env["res.currency"].browse(party["currency_id"])
        pricelist = self.env["product.pricelist"].browse(party["pricelist_id"])
        price = pricelist._get_product_price(product, 1.0, currency=currency)
        position = self.env["account.fiscal.position"].browse(party["fiscal_position_id"])
        taxes = charges._get_taxes(product, company, position)
        found = taxes._compute_line_of_charge(
            price, currency=currency, product=product, partner=self.partner_id
        )
        is_with_tax = self._get_regime() in TAX_SHOWN_REGIMES
        amount = found["total_included" if is_with_tax else "total_excluded"]
        return format_amount(self.env, amount, currency)
