from . import test_connection_import
from . import test_connection_import_bulk
