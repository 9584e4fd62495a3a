from . import service_sheet
