"""The peers' environments: made on first use, one folder each, and kept."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path
from typing import Final

PEERS: Final[Mapping[str, tuple[str, ...]]] = {
    "public-fluxem": ("fluxem==1.0.1",),
    "datatrove": ("datatrove[io,processing]==0.10.1", "tokenizers==0.23.3"),
    "datasets": ("datasets==5.2.0", "tokenizers==0.23.3"),
}
"""Requirements of each; the versions of `tokenizers` are ours, so that all compute the same."""


def python_of(peer: str, cache: Path) -> Path:
    """The interpreter of a peer's environment; `own` is the one that runs this.

    Raises:
        subprocess.CalledProcessError: pip failed; its words are on stderr.
    """
    if peer == "own":
        return Path(sys.executable)
    requirements = PEERS[peer]
    key = hashlib.sha256("\n".join((sys.version, *requirements)).encode()).hexdigest()[:12]
    folder = cache / f"{peer}-{key}"
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not (folder / "complete").exists():
        print(f"making {folder}: {', '.join(requirements)}", file=sys.stderr, flush=True)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *requirements], check=True, stdout=sys.stderr)
        (folder / "complete").touch()
    return python
