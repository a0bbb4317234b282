"""What to do when a store across the network is busy: ask again, a little later each time, and say so in the end.

fsspec has no tree of errors: each store's library raises its own. Those that may pass are listed here by name, so that
no library is imported for the sake of its errors, and a bug is never taken for a busy server.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from typing import Final, TypeVar

from fluxem.errors import BuildError, ConfigError

T = TypeVar("T")

PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 20.0)
"""Seconds between tries, at most; each library tries some times by itself before an error comes here at all."""

_FINAL: Final = (FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError, NotADirectoryError)
"""An answer, not trouble: the caller knows what it means."""
_TROUBLE: Final = {
    "aiohttp": ("ClientError",),
    "azure.core.exceptions": ("AzureError",),
    "botocore.exceptions": ("BotoCoreError", "ClientError"),
    "gcsfs.retry": ("HttpError",),
    "httpx": ("HTTPError",),
    "huggingface_hub.errors": ("HfHubHTTPError",),
    "requests.exceptions": ("RequestException",),
}
_CREDENTIALS: Final = {
    "botocore.exceptions": ("NoCredentialsError", "PartialCredentialsError", "ProfileNotFound"),
    "google.auth.exceptions": ("DefaultCredentialsError",),
    "azure.core.exceptions": ("ClientAuthenticationError",),
}


def trouble() -> tuple[type[BaseException], ...]:
    """What the stores whose libraries are loaded raise when they cannot be reached or are busy."""
    return (OSError, *_loaded(_TROUBLE), *_loaded(_CREDENTIALS))


def patiently(act: Callable[[], T], what: str, error_type: type[BuildError]) -> T:
    """Do something with a store, several times if need be; it must be safe to do twice.

    Args:
        act: does it.
        what: what it does, for the message: `read s3://bucket/a.jsonl`.
        error_type: what to raise in the end.

    Raises:
        FileNotFoundError, FileExistsError, PermissionError: the store's answer.
        ConfigError: the store asks for credentials.
        BuildError: of the type given; after the last try.
    """
    for pause in (*PAUSES, None):
        try:
            return act()
        except _FINAL:
            raise
        except _loaded(_CREDENTIALS) as error:
            raise ConfigError(f"cannot {what}: {error}; give credentials the way the store's own tools do") from error
        except trouble() as error:
            if pause is None:
                raise error_type(f"cannot {what} now: {str(error) or type(error).__name__}") from error
            time.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311  # so that many workers do not come back at once
    raise AssertionError("unreachable")


def _loaded(table: dict[str, tuple[str, ...]]) -> tuple[type[BaseException], ...]:
    modules = ((sys.modules.get(module), names) for module, names in table.items())
    return tuple(
        getattr(module, name) for module, names in modules if module for name in names if hasattr(module, name)
    )
