"""Other values than a field has, valid for its type, most likely ones first."""

import base64
import json
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import Command, fields

LIMIT = 4


def get_other_values(record, field):
    """Return values to write that differ from what the record has."""
    value = record[field.name]
    maker = MAKERS.get(field.type)
    return maker(record, field, value)[: LIMIT + 2] if maker else []


def _boolean(_record, _field, value):
    return [not value]


def _number(_record, _field, value):
    return [other for other in (value + 1, value - 1, value + 0.5, 1, 0, 2) if other != value]


def _integer(_record, _field, value):
    return [other for other in (value + 1, value - 1, 1, 0, 2) if other != value]


def _text(_record, field, value):
    if field.type == "char" and not value:
        return ["x", "other@example.com", "1"]
    return [f"{value or ''}x", "other@example.com", False]


def _html(_record, _field, value):
    return [f"<p>other</p>{value or ''}", False]


def _date(_record, _field, value):
    day = value or fields.Date.today()
    steps = ({"days": 1}, {"days": -1}, {"day": 1, "months": 1}, {"years": 1})
    return [day + relativedelta(**step) for step in steps] + ([False] if value else [])


def _datetime(_record, _field, value):
    moment = value or fields.Datetime.now()
    steps = (timedelta(minutes=-5), timedelta(hours=1), timedelta(days=1))
    return [moment + step for step in steps] + ([False] if value else [])


def _selection(record, field, value):
    keys = [key for key in dict(field._description_selection(record.env)) if key != value]
    return keys[:LIMIT] + ([False] if value and not field.required else [])


def _many2one(record, field, value):
    others = [other.id for other in find_others(record, field, value)]
    return others + ([False] if value and not field.required else [])


def _many2many(record, field, value):
    others = find_others(record, field, value)
    adding = [[Command.link(other.id)] for other in others[:2]]
    return adding + ([[Command.clear()]] if value else [])


def _one2many(record, field, value):
    """Lines of another record: a list makes, changes and removes its own, it takes no others."""
    return [[Command.link(other.id)] for other in find_others(record, field, value)]


def find_others(record, field, value):
    """Return up to ``LIMIT`` records of a relation's model that may stand in the field's place."""
    model = record.env[field.comodel_name].sudo().with_context(active_test=False)
    domain = [("id", "not in", value.ids)]
    company = record.company_id if "company_id" in record._fields else record.env.company
    if "company_id" in model._fields and field.comodel_name != "res.company":
        domain.append(("company_id", "in", [*company.ids, False]))
    found = model.search(domain, limit=200, order="id desc")
    for name in ("family_id", "partner_id", "contract_id"):
        if name in record._fields and name in model._fields:
            found = found.sorted(lambda other, name=name: other[name] != record[name])
    return found[:LIMIT]


def _binary(_record, _field, _value):
    return [base64.b64encode(b"other")]


def _json(_record, field, value):
    if field.name == "analytic_distribution":
        account = _record.env["account.analytic.account"].sudo().search([], limit=1)
        return [{str(account.id): 100}] if account else []
    return [{"other": 1}, json.loads(json.dumps({}))]


def _reference(record, _field, _value):
    return [f"res.partner,{record.env.company.partner_id.id}"]


MAKERS = {
    "boolean": _boolean,
    "integer": _integer,
    "many2one_reference": _integer,
    "float": _number,
    "monetary": _number,
    "char": _text,
    "text": _text,
    "html": _html,
    "date": _date,
    "datetime": _datetime,
    "selection": _selection,
    "many2one": _many2one,
    "many2many": _many2many,
    "one2many": _one2many,
    "binary": _binary,
    "json": _json,
    "reference": _reference,
}
