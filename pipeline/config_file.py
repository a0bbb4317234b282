"""`--config build.yaml`: the flags of a build in a file, under the same names.

What stands on the command line wins over the file, the file over the defaults. Nothing else is read: no environment
variable, no file in the home or the working folder.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from fluxem.errors import ConfigError

_NOT_SETTINGS: Final = frozenset({"config", "print_config", "dry_run"})
"""Parameters of the command that say what to do with the settings, and are none."""


def read_config_file(path: Path, parameters: Collection[str]) -> dict[str, Any]:
    """The settings in a file, by the name of the command's parameter.

    Args:
        path: a YAML file that holds a mapping; its keys are names of flags without the dashes before them
            (`shard-bytes`; `shard_bytes` is taken too), and `inputs`.
        parameters: the command's parameters.

    Raises:
        ConfigError: it cannot be read, or has a key that is no flag; the message names the nearest.
    """
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"cannot read the settings in {path}: {' '.join(str(error).split())}") from None
    if not isinstance(found, dict):
        raise ConfigError(f"cannot read the settings in {path}: expected lines such as `workers: 4`")
    known = {_flag(name): name for name in sorted(parameters) if name not in _NOT_SETTINGS}
    settings: dict[str, Any] = {}
    for key, value in found.items():
        flag = str(key).replace("_", "-")
        if flag not in known:
            near = difflib.get_close_matches(flag, known, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise ConfigError(f"unknown setting {key} in {path}{hint}: the settings are {', '.join(known)}")
        if value is not None:
            settings[known[flag]] = _listed(value) if flag in ("inputs", "domains") else value
    return settings


def read_runtime_env(path: str) -> dict[str, Any]:
    """What Ray is to set up on its nodes, from a YAML or JSON file.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        found = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"cannot read the runtime environment in {path}: {' '.join(str(error).split())}") from None
    if not isinstance(found, dict):
        raise ConfigError(f"cannot read the runtime environment in {path}: expected lines such as `pip: [fluxem-prep]`")
    return {str(key): value for key, value in found.items()}


def config_yaml(parameters: Mapping[str, Any]) -> str:
    """The settings of a build as a file for `--config`; those that are not set are left out."""
    settings = {
        _flag(name): _plain(value)
        for name, value in parameters.items()
        if name not in _NOT_SETTINGS and value is not None and value != []
    }
    order = sorted(settings, key=lambda flag: (flag != "inputs", flag != "out", flag))
    text: str = yaml.safe_dump({flag: settings[flag] for flag in order}, sort_keys=False, allow_unicode=True)
    return text


def _flag(name: str) -> str:
    return name.removeprefix("as_").replace("_", "-")


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else [value]


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    return list(value) if isinstance(value, tuple | list) else value
