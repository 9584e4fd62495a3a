from . import service_price_index_import
