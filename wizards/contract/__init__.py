from . import service_contract_activation
from . import service_goodwill
from . import service_one_off
from . import service_takeover_choice
from . import service_takeover_list
