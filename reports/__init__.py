from . import service_rows_xlsx
from . import service_billing_preview
from . import service_forecast
from . import service_control_sheet
from . import service_run_control_sheet
from . import service_session_statement
