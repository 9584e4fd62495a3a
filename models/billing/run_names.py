"""What the matters of a run are filed under, and how much of a run is done at once."""

from .res_partner import ADDRESS, SIREN

# The jobs of matters: a run that stands still, one that its gate stopped, drafts without a day.
RUN_JOB, GATE_JOB, DATE = "run", "gate", "date"
# What is told of drafts that were made, and hinders nothing.
PRODUCT, PAYER, UNDECIDED = "product", "payer", "undecided"
GAPS = (SIREN, ADDRESS, PRODUCT, PAYER, UNDECIDED)

# What is done at once: so much is left, once the charges are known; until then their estimate.
CHUNK_SIZE = 250
CHARGES_AT_ONCE = 10
