from . import service_session
from . import service_session_timer
from . import service_session_suspension
from . import account_analytic_line
from . import service_session_research
from . import service_session_replaced
