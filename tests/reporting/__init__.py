from . import test_standing
from . import test_contract_events
from . import test_contract_report
