from . import service_control_sheet
