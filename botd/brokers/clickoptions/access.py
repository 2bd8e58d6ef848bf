"""Where an account at ClickOptions is reached, and with what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from botd.brokers.port import Environment


@dataclass(frozen=True, slots=True)
class ClickOptionsAccess:
    """
    The way to ClickOptions' API.

    Its documents do not say how a request is signed: that a token goes behind "Bearer"
    into `Authorization` is a guess, and both words are settings.
    """

    url: str  # "https://api.clickoptions.ai/api", the only one that is documented
    environment: Environment  # as a person says: nothing tells one kind of account from another
    token: Callable[[], str]
    auth_header: str = "Authorization"
    auth_scheme: str = "Bearer"  # "": the token stands there alone

    def headers(self) -> Mapping[str, str]:
        """Give the header that opens the account; its value is a secret."""
        return {self.auth_header: f"{self.auth_scheme} {self.token()}".strip()}
