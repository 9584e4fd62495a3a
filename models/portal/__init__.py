from . import service_contract
from . import service_contract_acts
from . import service_session
from . import service_termination
