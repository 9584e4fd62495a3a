"""The plan of the house: a room a concern, in the order of the road.

A room extends those above it and is unknown to them.
"""

# The ground
from . import common  # What every room stands on: mixins, the inbox, who is a manager.
from . import catalogue  # What can be sold: families, levels, hours, scope, tariffs, conditions.
from . import company  # How a company is set up: settings, taxes, a partner's regime.

# What is owed
from . import charge  # What is owed and why: the only place where a price meets a reason.

# What was agreed
from . import contract  # What was agreed: contracts, their lines, hours, equipment, suspensions.
from . import commitment  # How long it binds: terms, renewal, notices, exits, withdrawal.
from . import amendment  # What changes from a day on, and what of a commitment is lost by it.
from . import revision  # How prices follow an index: proposed, told, applied, taken back.

# What was done
from . import allowance  # The ledger of included and prepaid time: granted, drawn, left.
from . import session  # The work and its time: connections, timer, states, local clock.
from . import pricing  # What work costs, the charges it makes, the words that explain them.
from . import sheet  # What the customer says of the work: sheet, contest, complaint, statement.
from . import request  # Work asked for or planned: requests, response times, appointments.
from . import desk  # One call for each question of the technicians' desk.
from . import imports  # Thousands at once: connection logs, remote users and devices.

# How it is paid
from . import billing  # From charges to invoices: the run, its chunks, the annex.
from . import sending  # From invoices to customers: once, each by its channel.
from . import sepa  # From invoices to the bank: mandate, collection, debit order.
from . import collecting  # Which debits are due and announced, and how they are put together.
from . import bank  # From the file to the account: booked in the background, credited by the bank.
from . import returns  # What the bank sends back: files, reasons, what follows from them.
from . import proof  # What proves a debit and controls a file: evidence, who did what, risks.
from . import reminding  # What is late, whoever pays how: the policy, its letters, what they claim.

# How it is sold and seen
from . import sale  # From quotation to contract, and what a customer must be told before.
from . import declaration  # What customers declare on the public pages: termination and withdrawal.
from . import consent  # The customer's order for a session, kept as evidence.
from . import portal  # What customers read and do themselves in their pages.
from . import reporting  # Figures and dates over all that: it writes but its own movements.
