"""The rules of service contracts in pure Python: nothing here imports odoo.

``periods``   calendar of billing periods: grid, proration, what is due
``terms``     commitment terms, refusal deadlines, windows of the legal notice
``exits``     earliest exit by contract and law, what an earlier one costs, and why
``sessions``  from connections to blocks, from blocks to a price and its explanation
``sepa``      checks around the direct debit file: totals, schema, TARGET days, identifiers

Import the room, not its contents: ``from odoo.addons.service_contract.tools import periods``.
"""
