from . import account_move_reversal
from . import service_connection_import
from . import service_connection_import_rows
from . import service_setup
