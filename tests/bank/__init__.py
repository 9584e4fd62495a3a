from . import test_upload_alike
from . import test_upload
from . import test_lot_credits
from . import test_upload_killed
from . import test_cheques
