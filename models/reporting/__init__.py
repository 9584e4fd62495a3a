from . import service_contract_timeline
from . import service_contract_mrr
from . import service_mrr_movement
from . import service_contract_event
from . import service_contract_report
