from . import service_contract_activation
from . import service_takeover_choice
