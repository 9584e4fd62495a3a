from . import sale_order
from . import service_consent
from . import service_debit_file
from . import service_debit_proof
from . import service_portal
from . import service_public
from . import service_request
from . import service_sheet
