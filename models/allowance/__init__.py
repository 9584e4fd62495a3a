from . import res_partner
from . import service_allowance
from . import service_contract
from . import service_level
