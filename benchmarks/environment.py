"""Other packages in virtual environments of their own, built on first use and kept in a cache folder.

The public distribution `fluxem` is imported under the same name as ours, so the two can never share one.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path


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
