from . import test_connection_import
from . import test_connection_import_bulk
from . import test_connection_identity
from . import test_connection_columns
