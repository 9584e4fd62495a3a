from . import service_connection_import
from . import service_connection_import_rows
