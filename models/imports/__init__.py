from . import service_equipment
from . import service_remote_user
from . import service_connection_log
from . import service_connection_format
from . import service_bulk_mixin
from . import service_session
from . import account_analytic_line
