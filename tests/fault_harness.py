"""A build that is killed (kill -9) at a given step; run by tests/test_faults.py as a script.

    python fault_harness.py '{"config": {...}, "step": "before_rename", "victim": "worker", "task": 1, "mark": "FILE"}'

Each step is a function of the pipeline, wrapped here; the product knows nothing of it. The victim is killed once, which
the mark remembers: `worker` is the process that does the task, `parent` the one that gave it out.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from fluxem_prep.pipeline import resume, run, store, summary, task, writer
from fluxem_prep.pipeline.config import make_config

Fault = dict[str, Any]

# step: (module or class, attribute, whether the victim dies before or after it, what its first path must end in)
STEPS: dict[str, tuple[Any, str, str, str]] = {
    "before_temp": (task, "RejectsWriter", "before", ""),
    "during_write": (writer.pq.ParquetWriter, "write_table", "after", ""),
    "before_fsync": (store, "flush_to_disk", "before", ".parquet"),
    "before_rename": (store, "commit", "before", ".parquet"),
    "before_done": (task, "write_done", "before", ""),
    "during_done": (store, "commit", "before", ".json"),
    "after_done": (task, "write_done", "after", ""),
    # These are the parent's alone.
    "before_plan": (resume, "write_lines_whole", "before", "plan.json"),
    "after_plan": (resume, "write_lines_whole", "after", "plan.json"),
    "before_stats": (summary, "write_whole", "before", "stats.json"),
    "before_card": (summary, "write_whole", "before", "README.md"),
    "before_manifest": (summary, "write_json", "before", "manifest.json"),
    "after_manifest": (summary, "write_json", "after", "manifest.json"),
    "during_spool": (store, "flush_to_disk", "before", ".jsonl"),
    "after_spool": (store, "commit", "after", ".jsonl"),
}
OF_TASKS = tuple(STEPS)[:7]
OF_PARENT = tuple(STEPS)[7:]


def arm(fault: Fault) -> None:
    """Wrap the step in this process."""
    owner, name, moment, suffix = STEPS[fault["step"]]
    real = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        hit = any(suffix in Path(arg).name for arg in args if isinstance(arg, Path)) if suffix else True
        if hit and moment == "before":
            strike(fault)
        result = real(*args, **kwargs)
        if hit and moment == "after":
            strike(fault)
        return result

    setattr(owner, name, wrapped)


def strike(fault: Fault) -> None:
    """Kill, once."""
    mark = Path(fault["mark"])
    if not mark.exists():
        mark.touch()
        os.kill(os.getppid() if fault["victim"] == "parent" else os.getpid(), signal.SIGKILL)


def do_task(fault: Fault, job: task.Job, part: task.Task, on_progress: task.OnProgress) -> task.TaskReport:
    """Do one task, or die of it."""
    if fault["step"] in OF_TASKS and part.index == fault["task"]:
        arm(fault)
    return task.run_task(job, part, on_progress)


def main(fault: Fault) -> None:
    """Run the build."""
    config = make_config(**fault["config"])
    if fault["step"] in OF_PARENT:
        arm(fault)
    faulty: Callable[..., Any] = partial(do_task, fault)
    run.run_build(config, faulty)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
