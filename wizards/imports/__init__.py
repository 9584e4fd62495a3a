from . import service_connection_import
from . import service_connection_import_reading
from . import service_connection_import_words
from . import service_connection_import_columns
from . import service_connection_import_rows
