from . import service_commitment
from . import service_commitment_notice
from . import service_contract_renewal
from . import service_termination
from . import service_termination_reasoning
from . import service_contract_exit
from . import service_contract_withdrawal
from . import service_reason
