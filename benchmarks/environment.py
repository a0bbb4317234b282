"""Other packages in virtual environments of their own, built on first use and kept in a cache folder.

The public distribution `fluxem` is imported under the same name as ours, so the two can never share one.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

PEERS: Final[Mapping[str, tuple[str, ...]]] = {
    "public-fluxem": ("fluxem==1.0.1",),
    "datatrove": ("datatrove[io,processing]==0.10.1", "tokenizers==0.23.3"),
    "datasets": ("datasets==5.2.0", "tokenizers==0.23.3"),
}
"""Requirements of each peer; the versions of `tokenizers` are ours, so that all compute the same."""


def default_cache() -> Path:
    """The user's cache folder: `$XDG_CACHE_HOME/fluxem-prep`, by default `~/.cache/fluxem-prep`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fluxem-prep"


def python_with(requirements: Sequence[str], cache: Path) -> Path:
    """The interpreter of an environment under `cache` in which `requirements`, pinned, are installed.

    Raises:
        subprocess.CalledProcessError: pip could not install them.
    """
    wanted = "\n".join([*sorted(requirements), sys.version])
    folder = cache / "environments" / hashlib.sha256(wanted.encode()).hexdigest()[:16]
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = folder / "requirements.txt"
    if not done.exists():
        print(f"installing {' '.join(requirements)} in {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements]
        subprocess.run(install, check=True, stdout=sys.stderr)
        # Written last, so that an environment that was left half built is built again.
        done.write_text(wanted, encoding="utf-8")
    return python


def python_of(peer: str, cache: Path) -> Path:
    """The interpreter of a peer's environment; `own` is the one that runs this."""
    return Path(sys.executable) if peer == "own" else python_with(PEERS[peer], cache)
