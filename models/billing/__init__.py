from . import service_session_annex
from . import service_session
from . import service_billing_run
from . import service_billing_day
from . import service_exception
