import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]


def test_the_tables_are_those_of_the_metadata():
    checked = subprocess.run(
        [sys.executable, str(REPOSITORY / "docs/generate.py"), "--check"], capture_output=True, text=True, timeout=60
    )
    assert checked.returncode == 0, checked.stderr
