"""The rules of service contracts in pure Python: nothing here imports odoo.

``periods``          calendar of billing periods: grid, proration, what is due
``discounts``        discounts that end: how much on which day, where a period is cut
``credits``          what credit notes leave of an amount that was billed
``terms``            commitment terms, refusal deadlines, windows of the legal notice
``rhythms``          days of recurring preventive work
``exits``            earliest exit by contract and law, what an earlier one costs, and why
``withdrawal``       days in which a customer may undo a contract
``revision``         change of prices by an index or a percentage, with bounds and rounding
``index_file``       values of an index read from a file
``intervals``        instants and spans of time in UTC
``clocks``           between instants and local dates and times
``coverage``         windows of opening laid out in time: zone, public holidays, duty
``public_holidays``  public holidays by country and territory
``blocks``           from connections to measured time, from time to started blocks
``prices``           the price of a session as data: lines and sums
``sessions``         from blocks to a price: covered, drawn from an allowance, billed
``explanation``      why a session costs what it costs, as JSON
``working_days``     working days of a territory, for deadlines counted in them
``allowances``       time that a contract grants for each period, and what is drawn first
``response``         when an answer is due
``mail_origin``      who sent an e-mail: a person, a machine, a machine that answers
``mail_sender``      whether a mail comes from whom it says, by the own server
``consent_codes``    the code of a consent page, and what is kept of the consent
``declarations``     what visitors type on the public pages, checked and cleaned
``browsers``         which browser and operating system a request comes from
``remote_links``     links of remote control tools
``networks``         from which network an Internet address comes
``connection_log``   logs of remote control tools: rows, and a reason for each bad line
                     (``connection_file``: text and workbooks, ``connection_profiles``: names of
                     columns, ``connection_layout``: which column is what, ``connection_times``)
``invitation``       an appointment as a file for calendars
``pace``             how much work fits into one step, by what the last one took
``retries``          when what failed is tried again, and what is refused for good
``charts``           where charts of accounts book services
``uploads``          what a user's file may be before anybody reads it
``workbook_names``   names that the sheets of a workbook may bear
``workbook_dates``   how a workbook writes days in a language
``search_keys``      spellings of telephone numbers and device ids that are searched
``cii``              what e-invoices of French sellers say, and whether they add up
``xml_files``        XML from outside, read without entities, document types or the network
``sepa``             checks around the direct debit file: totals, schema, TARGET days, identifiers
``collection``       when a debit may come by its notice, when its file is due, how that is named
``debits``           what the scheme asks of one debit: characters, the debtor's address
``late_payment``     days and penalties of late payment, what credits leave of what is owed
``mandates``         references and accounts that a file carries as signed, lapse, amendments
``debit_extract``    what a file says of one debit, and the file without its neighbours
``refunds``          until when a customer may have a debit back
``bank_returns``     which debits the bank's files say came back, and why

Import the room, not its contents: ``from odoo.addons.service_contract.tools import periods``.
"""
