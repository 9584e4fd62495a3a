from . import test_billing_run
from . import test_billing_run_driving
from . import test_billing_run_guard
from . import test_run_locks
from . import test_billing_run_limits
from . import test_billing_run_progress
from . import test_session_reports
