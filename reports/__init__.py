from . import service_control_sheet
from . import service_session_statement
