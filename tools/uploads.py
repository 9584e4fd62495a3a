"""What a user's file may be before anybody reads it."""

from __future__ import annotations

import base64
import binascii


class UploadError(ValueError):
    """Refuse a file unread; ``code`` is ``too_large`` or ``unreadable``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def decode(value: bytes | str | None, limit: int) -> bytes:
    """Return the bytes of an upload in base64, which is measured before it is decoded.

    >>> decode("YWJj", limit=3), decode(b"", limit=3), decode(None, limit=3)
    (b'abc', b'', b'')
    >>> decode("YWJjZA==", limit=3)  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    UploadError: too_large
    >>> decode("YWJ", limit=3)  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    UploadError: unreadable
    """
    value = value or b""
    if len(value) > 4 * (limit + 2) // 3 + limit // 16:
        raise UploadError("too_large")
    try:
        data = base64.b64decode(value)
    except (binascii.Error, ValueError) as error:
        raise UploadError("unreadable") from error
    if len(data) > limit:
        raise UploadError("too_large")
    return data
