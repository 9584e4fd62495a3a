from . import service_session
from . import res_partner
from . import service_equipment
from . import service_desk
from . import service_desk_card
from . import service_desk_report
