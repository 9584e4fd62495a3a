from . import service_commitment
from . import service_contract
from . import service_suspension
from . import service_mrr_movement
from . import service_contract_event
from . import service_contract_report
