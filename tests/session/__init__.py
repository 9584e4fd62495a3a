from . import test_session_locks
from . import test_colleagues
from . import test_sessions
from . import test_timesheet_lines
