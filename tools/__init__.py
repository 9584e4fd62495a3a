"""The rules of service contracts in pure Python: nothing here imports odoo.

``periods``          calendar of billing periods: grid, proration, what is due
``terms``            commitment terms, refusal deadlines, windows of the legal notice
``intervals``        instants and spans of time in UTC
``coverage``         windows of opening laid out in time: zone, public holidays, duty
``public_holidays``  public holidays by country and territory
``blocks``           from connections to measured time, from time to started blocks
``sessions``         from blocks to a price: covered, drawn from an allowance, billed
``explanation``      why a session costs what it costs, as JSON
``allowances``       time that a contract grants for each period, and what is drawn first
``response``         when an answer is due
``sepa``             checks around the direct debit file: totals, schema, TARGET days, identifiers

Import the room, not its contents: ``from odoo.addons.service_contract.tools import periods``.
"""
