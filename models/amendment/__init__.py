from . import service_amendment
from . import service_amendment_line
from . import service_amendment_history
from . import service_amendment_draft
from . import service_amendment_telecom
from . import service_amendment_loss
from . import service_amendment_renewal
from . import service_contract
