"""fluxem_prep: the build pipeline behind the command `fluxem-prep`.

`build(...)` is the Python door; the CLI calls it. Nothing here is needed at train time: a training run
imports `fluxem` only.
"""

from __future__ import annotations

from fluxem._version import __version__

__all__ = ["__version__"]
