from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_repr
from odoo.tools.misc import format_date

from ...tools.explanation import explain
from ...tools.sessions import SessionError, SessionPrice, TariffRule, UnitPrices, price_session
from ..common.table_statistics import create_in_lots
from ..session.service_session import OPEN_STATES
from .price_book import PriceBook


class Pricing(NamedTuple):
    """What a session costs, by which level and tariff, and who pays it."""

    level: object
    tariff: object
    party: dict
    price: SessionPrice


class ServiceSession(models.Model):
    """How a session becomes charges: the adapter to the pure core in tools/sessions.py."""

    _inherit = "service.session"

    # ----- Price -----

    def _get_pricing(self, book=None, now=None):
        """Return the Pricing of a session (S01–S23).

        A connection that still runs is priced as if it ended at ``now``.
        """
        self.ensure_one()
        session = self.sudo()
        book = book or PriceBook(self.env)
        level = session._get_pricing_level()
        party = book.get_party(session)
        connections = session._get_connections(now)
        if session.replaced_by_id:
            price = price_session(
                connections,
                TariffRule(block_seconds=1),
                UnitPrices(Decimal(0), Decimal(0)),
                replaced=True,
            )
            return Pricing(level, self.env["service.tariff"], party, price)
        is_included = session._get_scope(level).effect == "included"
        tariff = session._get_pricing_tariff(level, is_included)
        prices = book.get_prices(session, tariff, party)
        price = price_session(
            connections,
            session._get_tariff_rule(tariff, party),
            UnitPrices(
                first_block=prices[tariff.first_block_product_id.id],
                next_block=prices[tariff.next_block_product_id.id],
                access_fee=prices.get(tariff.access_fee_product_id.id, Decimal(0)),
                surcharge=prices.get(tariff.surcharge_product_id.id, Decimal(0)),
                digits=book.digits,
            ),
            included=is_included,
            **session._prepare_pricing_options(book, level),
        )
        return Pricing(level, tariff, party, price)

    def _prepare_pricing_options(self, book, level):
        """Return what else the pure core takes into account; a hook.

        :param PriceBook book: what is known already of the sessions priced together
        :param level: the ``service.level`` that prices the session
        :return: arguments of ``price_session`` by name
        :rtype: dict
        """
        self.ensure_one()
        coverage = self._get_coverage(book.coverage, level)
        return {
            "hours": None if coverage.is_always else coverage.on(self.channel),
            "research_seconds": self.research_seconds,
            "override": self._get_override(),
            "allowance": book.allowance.get_allowance(self),
        }

    def _get_connections(self, now=None):
        """Return the connections as the pure core knows them; one second at least, or research."""
        self.ensure_one()
        connections = [
            line._get_service_interval(now)
            for line in self.sudo().line_ids
            if line.service_start and (line.service_stop or now)
        ]
        has_time = self.research_seconds or any(item.seconds for item in connections)
        if not self.replaced_by_id and not has_time:
            raise UserError(
                self.env._(
                    "%(session)s has no second of connection: start the timer, or type in a start "
                    "and a stop or a duration. Time without a connection is typed in as research.",
                    session=self.display_name,
                )
            )
        return connections

    def _get_pricing_level(self):
        """Return the level that prices a session: its contract's, else the company's default (S09).

        A closed session keeps the level that it was closed with.
        """
        self.ensure_one()
        is_open = self.state in OPEN_STATES
        level = is_open and self.contract_id._get_level_on(self._get_contract_day())
        level = level or self.level_id
        level = level or self.company_id.service_default_level_id
        if not level and not self.replaced_by_id:
            raise UserError(
                self.env._(
                    "%(session)s: there is no contract in force with a level, and %(company)s has "
                    "no level for customers without a contract: a manager chooses it in "
                    "Settings, Service Contracts.",
                    session=self.display_name,
                    company=self.company_id.name,
                )
            )
        return level

    def _get_pricing_tariff(self, level, is_included):
        """Return the tariff in force on the session's date (S04).

        Work that a level without tariff includes is worth what customers without a contract pay.
        """
        self.ensure_one()
        channel = "remote" if self.channel == "phone" else self.channel
        return self._find_tariff(level, self.date, channel, is_included)

    def _find_tariff(self, level, day, channel, may_be_default):
        """Return the tariff of a level on a day, or that of customers without a contract."""
        tariff = level._get_tariff(day, channel)
        if not tariff and may_be_default:
            default = self.company_id.service_default_level_id
            tariff = default and default._get_tariff(day, channel)
        if not tariff:
            raise UserError(
                self.env._(
                    "%(session)s: level “%(level)s” has no tariff in force on %(day)s for this "
                    "channel: a manager adds it to the level.",
                    session=self.display_name,
                    level=level.name,
                    day=format_date(self.env, day),
                )
            )
        return tariff

    def _get_tariff_rule(self, tariff, party):
        """Return the rule of a tariff, its minimum amount in the currency that is billed."""
        rule = tariff._get_rule()
        currency = self.env["res.currency"].browse(party["currency_id"])
        base = tariff.first_block_product_id.currency_id
        if not rule.minimum_amount or currency == base:
            return rule
        amount = base._convert(float(rule.minimum_amount), currency, self.company_id, self.date)
        return replace(rule, minimum_amount=Decimal(float_repr(amount, currency.decimal_places)))

    # ----- Charges -----

    def _sync_charges(self):
        """Make the charges of done sessions anew and return them; a hook.

        First included time that is due is granted, and the approval asked for that the work needs
        now.
        """
        sessions = self.filtered(lambda session: session.state == "done")
        if not sessions:
            return self.env["service.charge"]
        sessions.check_access("write")
        sessions._grant_included()
        sessions._update_approval()
        before = sessions.sudo()._get_prepaid_left()
        charges = sessions.sudo()._check_not_billed()._make_charges()
        sessions.sudo()._warn_of_prepaid_rest(before)
        return charges

    def _make_charges(self):
        """Charge sessions at their price as it is now, and draw what it spares (S04, S05).

        Charges that no invoice holds are replaced; those that were billed and credited stay and
        the new ones get the next revision. A replaced session (S08) has none, an included one
        (S05) has one of 0.00.
        """
        decisions = {session.id: session._get_charge_decisions() for session in self}
        self._drop_charges()
        book = PriceBook(self.env, self)
        vals_list = []
        for session in self:
            pricing = session._get_pricing(book)
            session.write(session._prepare_pricing_vals(pricing))
            decided = decisions[session.id]
            vals_list += [
                {**vals, **decided.get(vals["component"], decided.get("all", {}))}
                for vals in session._prepare_charge_vals_list(pricing, book)
            ]
            book.allowance.draw(session, pricing.price)
        book.allowance.enter()
        return create_in_lots(self.env["service.charge"].sudo(), vals_list)

    def _charge_anew(self):
        """Charge closed sessions anew after a correction, and return the charges.

        What was billed, credited and left with nothing more to owe stays so whatever is
        corrected: only a manager who reopens the session, or owes the charge again, ends that.
        """
        closed = self.filtered(lambda session: session.state == "done")
        for session in closed.sudo():
            if session._is_settled_by_credit():
                raise UserError(
                    self.env._(
                        "%(session)s was billed and credited, and nothing more is owed for it. "
                        "Ask a manager to reopen it before it is corrected.",
                        session=session.name,
                    )
                )
        return closed._sync_charges()

    def _drop_charges(self):
        """Remove the charges that no invoice ever held; what was credited is owed no more.

        The time that was drawn goes back.
        """
        self.sudo().allowance_ids.unlink()
        charges = self.sudo().charge_ids
        kept = charges.filtered(lambda charge: charge._billed_lines())
        kept.filtered(lambda charge: charge.state != "waived")._waive()
        (charges - kept).unlink()

    def _get_charge_decisions(self):
        """Return ``{component: values}`` that people decided on the open charges.

        New charges of the same component take them over. Under the key ``all`` stands what new
        components get: the decision, where none of the open charges went without one.
        """
        self.ensure_one()
        charges = self.charge_ids.filtered(lambda charge: not charge._billed_lines())
        decided = charges.filtered(lambda charge: charge.is_held or charge.is_waived)
        decisions = {
            charge.component: {
                "is_held": charge.is_held,
                "is_waived": charge.is_waived,
                "reason_id": charge.reason_id.id,
            }
            for charge in decided
        }
        if decided and decided == charges:
            decisions["all"] = decisions[decided[0].component]
        return decisions

    def _prepare_pricing_vals(self, pricing):
        price = pricing.price
        spared = price.covered_blocks + price.drawn_blocks + price.warranty_blocks
        return {
            "tariff_id": pricing.tariff.id,
            "measured_seconds": price.measured_seconds,
            "billed_minutes": price.billed_seconds // 60,
            "covered_minutes": spared * price.rule.block_seconds // 60,
            "is_included": price.included,
        }

    def _prepare_charge_vals_list(self, pricing, book):
        """Return the values of the session's charges, one for each component of its price."""
        self.ensure_one()
        if pricing.price.included:
            return [self._prepare_included_vals(pricing, book)]
        return [
            self._prepare_charge_vals(pricing, book, component)
            for component in pricing.price.components
        ]

    def _prepare_charge_vals(self, pricing, book, component):
        product = self._get_component_product(pricing.tariff, component.kind)
        part = component.kind if self._is_ambiguous(pricing, component) else None
        return {
            **self._prepare_common_charge_vals(pricing, book, product, part),
            "component": component.kind,
            "quantity": float(component.quantity),
            "price_unit": float(component.unit_price),
        }

    def _prepare_included_vals(self, pricing, book):
        """Return the values of the one charge of 0.00 of an included session (S05)."""
        product = pricing.tariff.first_block_product_id
        return {
            **self._prepare_common_charge_vals(pricing, book, product),
            "component": "included",
            "quantity": 1.0,
            "price_unit": 0.0,
            "is_included": True,
            "included_amount": float(pricing.price.included_amount),
        }

    def _prepare_common_charge_vals(self, pricing, book, product, part=None):
        taxes = book.get_taxes(product, pricing.party)
        return {
            **pricing.party,
            "kind": "session",
            "session_id": self.id,
            "revision": max(self.charge_ids.mapped("revision"), default=-1) + 1,
            "product_id": product.id,
            "name": self._get_charge_name(product, pricing.party["partner_invoice_id"], part),
            "tax_ids": [fields.Command.set(taxes.ids)],
            "date_start": self.date,
            "date_end": self.date + timedelta(days=1),
            "billing_date": self.date,
            **self._prepare_hold_vals(pricing.level),
            "explanation": self._explain_to_customer(pricing, book),
        }

    @api.model
    def _get_component_product(self, tariff, kind):
        """Return the product of a component; a minimum is billed as a first block."""
        products = {
            "next_blocks": tariff.next_block_product_id,
            "access_fee": tariff.access_fee_product_id,
            "after_hours": tariff.surcharge_product_id,
            "after_hours_next": tariff.next_block_product_id,
            "after_hours_fee": tariff.access_fee_product_id,
        }
        return products.get(kind, tariff.first_block_product_id)

    def _sync_holds(self):
        """Bring the holds of charges in line with what their session waits for.

        Those waived or credited as well: they may be owed again. A live invoice settles it.
        """
        for session in self.sudo():
            charges = session.charge_ids.filtered(lambda charge: charge.state != "invoiced")
            charges.write(session._prepare_hold_vals(session._get_pricing_level()))

    def _prepare_hold_vals(self, level):
        """Return what keeps the charges of the session from being billed."""
        self.ensure_one()
        return {
            "hold_cause": self._get_hold_cause(level),
            "hold_until": self._get_hold_until(level),
        }

    def _get_hold_cause(self, level):
        """Return why the charges wait without a date; a hook.

        :param level: the ``service.level`` that prices the session
        :return: a value of ``hold_cause`` of charges, False when they do not wait
        """
        self.ensure_one()
        return self.approval_state == "waiting" and "approval"

    def _get_hold_until(self, level):
        """Return the last day on which the charges wait; a hook.

        :param level: the ``service.level`` that prices the session
        :return: a local date, False without such a day
        """
        return False

    def _explain_to_customer(self, pricing, book):
        """Return the explanation with its names in the customer's language, who reads it.

        Beside them, under ``names``, in each language of the staff: ``{language: names}``.
        """
        session = self.with_context(lang=self.partner_id.lang or self.env.lang)
        level = pricing.level.with_env(session.env)
        return {
            **session._get_charge_explanation(pricing._replace(level=level), book),
            "names": {
                code: self.with_context(lang=code)._get_explained_names(
                    pricing.level.with_context(lang=code)
                )
                for code, _name in self.env["res.lang"].get_installed()
            },
        }

    def _get_explained_names(self, level):
        """Return the names in an explanation that have translations; a hook.

        :param level: the ``service.level`` that prices the session, in the language asked for
        :return: ``{name in the explanation: words}``
        :rtype: dict
        """
        return {
            "level": level.name,
            "work_type": self.work_type_id.name or "",
            "reason": self.scope_reason_id.name or "",
            "override_reason": self.override_reason_id.name or "",
            "level_reason": self.level_reason_id.name or "",
        }

    def _get_charge_explanation(self, pricing, book):
        """Return the core's explanation with what it cannot know of level, zone and money; a hook.

        :param Pricing pricing: what the session costs, its level in the customer's language
        :param PriceBook book: what is known already of the sessions priced together
        :return: ``{name: value}`` that JSON can hold, with names as they are now
        :rtype: dict
        """
        currency = self.env["res.currency"].browse(pricing.party["currency_id"])
        product = pricing.tariff.first_block_product_id
        return {
            **explain(pricing.price),
            "kind": "session",
            "tz": self._get_timezone(),
            "currency": currency.name,
            "tax_included": any(book.get_taxes(product, pricing.party).mapped("price_include")),
            "minimum_seconds": pricing.price.rule.minimum_seconds,
            "tariff_from": pricing.tariff.date_from and pricing.tariff.date_from.isoformat(),
            "level": pricing.level.name,
            "level_reason": self.level_reason_id.name,
            "scope": self._prepare_scope_explanation(pricing.level),
            "allowance_left": book.allowance.get_left(self, pricing.price),
            **self._prepare_coverage_explanation(pricing.level, book),
            **self._prepare_override_explanation(),
        }

    # ----- Why this price -----

    @api.depends(
        "state",
        "line_ids.service_start",
        "line_ids.service_stop",
        "line_ids.service_workstation",
        "contract_id",
        "level_id",
        "work_type_id",
        "channel",
        "replaced_by_id",
        "research_seconds",
        "research_date",
        "scope_reason_id",
        "equipment_ids",
        "line_ids.service_equipment_id",
        "partner_id",
        "tz",
        "approval_state",
        "is_exceptional",
        "is_price_overridden",
        "override_amount",
        "charge_ids.explanation",
        "charge_ids.state",
        "charge_ids.after_credit",
        "charge_ids.reason_id",
    )
    @api.depends_context("lang")
    def _compute_price_explanation(self):
        for session in self:
            charge = session.charge_ids.sorted("revision", reverse=True)[:1]
            if session.state == "done" and charge:
                last = session._get_last_charges()
                sentences = [*charge._explain(), *last._explain_waived(), *last._explain_left()]
                session.price_explanation = charge._get_sentences_html(sentences)
            else:
                session.price_explanation = session._get_preview_html()

    def _get_preview_html(self):
        """Return the explanation of the price of a session closed now, or what is missing."""
        self.ensure_one()
        has_time = self.sudo().line_ids or self.research_seconds
        if self.state == "cancelled" or not (has_time or self.replaced_by_id):
            return False
        try:
            charge = self._get_preview_charge()
        except (UserError, SessionError) as error:
            return self.env["service.charge"]._get_sentences_html([str(error)])
        return charge._get_session_explanation_html()

    def _get_preview_charge(self, book=None):
        """Return an unsaved charge with the explanation of the session's price if closed now.

        UserError where its level keeps it from being closed.
        """
        if problem := self._get_level_problem():
            raise UserError(problem)
        book = book or PriceBook(self.env)
        pricing = self._get_pricing(book, fields.Datetime.now() + timedelta(seconds=1))
        return self.env["service.charge"].new(
            {
                "kind": "session",
                "currency_id": pricing.party["currency_id"],
                "explanation": self._explain_to_customer(pricing, book),
            }
        )
