"""Where the pack's parts lie."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
ACTIONS = REPOSITORY / "actions"
ALIASES = REPOSITORY / "aliases"
DEPLOY = REPOSITORY / "deploy"
DOCS = REPOSITORY / "docs"
