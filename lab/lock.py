"""Makes constraints.txt, the locked versions of everything that is installed, and checks that it is current.

`python -m lab.lock` writes it; `python -m lab.lock --check` fails where the requirements ask for something else.
Versions that still fit are kept, so that a check does not fail on the day a package is released.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKED = ROOT / "constraints.txt"
REQUIREMENTS = ("requirements.txt", "requirements-tests.txt", "requirements-dev.txt")
OPTIONS = (
    *("--quiet", "--universal", "--python-version", "3.10"),
    *("--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"),
)


def resolve(locked: Path) -> None:
    """Resolve the requirements for Python 3.10 to 3.12 into `locked`, keeping what it holds where that still fits.

    Raises:
        subprocess.CalledProcessError: The requirements exclude each other, or the index cannot be reached.
    """
    subprocess.run(
        [sys.executable, "-m", "uv", "pip", "compile", *OPTIONS, *REQUIREMENTS, "--output-file", str(locked)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def main() -> int:
    """Write the locked file, or with `--check` compare it."""
    if "--check" not in sys.argv[1:]:
        resolve(LOCKED)
        return 0
    with tempfile.TemporaryDirectory() as directory:
        again = Path(directory) / LOCKED.name
        again.write_bytes(LOCKED.read_bytes())
        resolve(again)
        if again.read_text() == LOCKED.read_text():
            return 0
    print("constraints.txt is not what the requirements ask for; run `make lock` and commit it.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
