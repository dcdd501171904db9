"""Records what the real StackStorm does with the corpus.

Install tests/corpus/packs/corpus there, then `python -m tests.corpus.record URL [NAME ...]`, URL being its API
(`http://127.0.0.1:9101/v1`); a token is read from ST2_AUTH_TOKEN.
"""

from __future__ import annotations

import json
import os
import sys

from tests.corpus.driver import RECORDED, Target, cases


def main(arguments: list[str]) -> int:
    """Record the named cases, or all."""
    url, *names = arguments
    target = Target(url, token=os.environ.get("ST2_AUTH_TOKEN", ""))
    target.prepare()
    RECORDED.mkdir(exist_ok=True)
    for name, case in cases().items():
        if not names or name in names:
            seen = target.observe(case)
            (RECORDED / f"{name}.json").write_text(
                json.dumps(seen, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
            )
            print(name, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
