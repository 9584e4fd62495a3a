from . import account_analytic_line
from . import account_analytic_line_slot
from . import service_contract
from . import service_session
from . import service_session_contract
from . import service_session_timer
