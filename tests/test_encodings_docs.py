"""Every line of docs/encodings.md that prints something prints what its comment says."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent / "docs" / "encodings.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def expected(block):
    """The comments behind the calls of `print`, in order."""
    return [match[1] for match in re.finditer(r"^\s*print\(.*\)\s+# (.*)$", block, flags=re.MULTILINE)]


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_a_snippet_prints_what_it_says(block, capsys):
    """Refutes: an operator of the page does not exist, or gives something else."""
    exec(compile(block, str(PAGE), "exec"), {})
    assert capsys.readouterr().out.splitlines() == expected(block)
    assert len(expected(block)) == block.count("print(")
