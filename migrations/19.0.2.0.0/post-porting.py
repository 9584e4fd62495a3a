"""The reference offer's ported numbers say that they are some (L27)."""

DIRECTIONS = ("in", "out")


def migrate(cr, version):
    for direction in DIRECTIONS:
        cr.execute(
            """
            UPDATE product_template template
               SET service_porting = %s
              FROM product_product product, ir_model_data data
             WHERE product.product_tmpl_id = template.id
               AND data.res_id = product.id
               AND data.model = 'product.product'
               AND data.module = 'service_contract'
               AND data.name LIKE %s
            """,
            (direction, f"offer_eis_product_port_{direction}_%"),
        )
