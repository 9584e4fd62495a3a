from . import service_price_index
from . import service_revision_rule
from . import service_revision_batch
from . import service_price_revision
from . import service_price_revision_refusal
from . import service_price_revision_apply
from . import service_contract
