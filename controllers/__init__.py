from . import service_request
from . import service_sheet
