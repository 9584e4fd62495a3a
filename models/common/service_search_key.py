from odoo import api, fields, models
from odoo.fields import Domain

from ...tools import search_keys

SHORTEST_TEXT = 2
LONGEST_TEXT = 200


class ServiceSearchKey(models.AbstractModel):
    """A record that is found by words without accents and by numbers, however they are typed."""

    _name = "service.search.key"
    _description = "Found however it is typed"

    service_search_key = fields.Char(
        compute="_compute_service_search_key",
        store=True,
        index="trigram",
        export_string_translation=False,
    )

    def _compute_service_search_key(self):
        for record in self:
            record.service_search_key = search_keys.make_key(**record._get_search_words()) or False

    def _get_search_words(self):
        """Return by what the record is found: ``names``, ``numbers`` and ``places``; a hook."""
        raise NotImplementedError

    @api.model
    def _get_search_key_domain(self, text):
        """Return the domain of the records that a typed text means, of none when it is too short.

        Of a pasted page the beginning is looked for: each word is a condition.

        Every word is in the key, or the text is a telephone number, or an identifier with spaces.
        """
        text = (text or "")[:LONGEST_TEXT]
        if len(search_keys.compact(text)) < SHORTEST_TEXT:
            return Domain.FALSE
        return Domain.AND(
            Domain("service_search_key", "ilike", piece) for piece in search_keys.word_pieces(text)
        ) | self._get_pieces_domain(search_keys.number_pieces(text))

    @api.model
    def _get_pieces_domain(self, pieces):
        return Domain.OR(Domain("service_search_key", "ilike", piece) for piece in pieces)

    @api.model
    def _search_by_key(self, text, limit, domain=Domain.TRUE, order=None):
        """Return the records that a text means, the best first; those of a rank by ``order``.

        Where there are more than the limit, the best are looked for apart, so that none is missed.
        """
        domain = Domain(domain) & self._get_search_key_domain(text)
        found = self.search(domain, order=order, limit=limit)
        if limit and len(found) == limit:
            best = self.browse()
            for pieces in search_keys.best_pieces(text):
                best |= self.search(
                    domain & self._get_pieces_domain(pieces), order=order, limit=limit
                )
            found = (best | found)[:limit]
        return found.sorted(lambda record: record._get_search_rank(text))

    def _get_search_rank(self, text):
        """Return how well a text means this record: 0 is best."""
        self.ensure_one()
        return search_keys.rank(self.sudo().service_search_key or "", text)
