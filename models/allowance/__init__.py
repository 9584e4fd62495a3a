from . import service_allowance
from . import service_contract
