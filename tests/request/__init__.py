from . import test_appointments
from . import test_loose_ends
from . import test_preventive
from . import test_request_mail
from . import test_request_portal
from . import test_requests
from . import test_response
