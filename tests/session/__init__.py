from . import test_sessions
from . import test_timesheet_lines
