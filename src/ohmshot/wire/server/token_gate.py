"""The token that a server may want before anything else."""

import hmac

from ohmshot.wire.protocol.errors import Code, CommandError, HangUpError

LONGEST_MESSAGE = 16 * 2**20
"""Bytes; a multiply of 100 chips by 1,000 inputs of 32 rows has 12.8 MB."""
LONGEST_BEFORE_TOKEN = 1024
MOST_WRONG_TOKENS = 3


class TokenGate:
    """Keeps a client out until it has given the token.

    Args:
        token: the token that opens it; None where none is needed.
    """

    def __init__(self, token: str | None) -> None:
        self._token = token
        self._wrong = 0
        self._told = 0

    @property
    def open(self) -> bool:
        """Whether the client may send everything."""
        return self._token is None

    @property
    def longest_message(self) -> int:
        """Bytes of one message that are taken now."""
        return LONGEST_MESSAGE if self.open else LONGEST_BEFORE_TOKEN

    def take_wrong(self) -> int:
        """Number of wrong tokens since this was asked last."""
        new, self._told = self._wrong - self._told, self._wrong
        return new

    def give(self, token: str) -> None:
        """Open the gate with the right token.

        Raises:
            CommandError: it is wrong; `HangUpError` after too many of them.
        """
        if self._token is None or hmac.compare_digest(token.encode(), self._token.encode()):
            self._token = None
            return
        self._wrong += 1
        kind = HangUpError if self._wrong >= MOST_WRONG_TOKENS else CommandError
        raise kind(Code.PROTECTED, "wrong token")
