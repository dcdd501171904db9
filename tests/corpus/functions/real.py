"""The real StackStorm's own functions, where `st2common` is the real one; run as a module, records what they say."""

from __future__ import annotations

import json
import sys
from typing import Any

from tests.corpus.functions.ask import RECORDED, ask


class RealFunctions:
    """What `st2common` does."""

    def matches(self, operator: str, value: Any, pattern: Any) -> bool:
        """A criterion's operator."""
        from st2common.operators import get_operator

        return bool(get_operator(operator)(value, pattern))

    def cast(self, value: Any, kind: str) -> Any:
        """A parameter's cast."""
        from st2common.util.casts import get_cast

        return get_cast(kind)(value)

    def render(self, template: Any, context: dict[str, Any]) -> Any:
        """A parameter's template."""
        from st2common.util.jinja import render_values

        return render_values({"parameter": template}, context)["parameter"]

    def extract(self, template: str, command: str) -> dict[str, Any]:
        """An alias's format."""
        from st2common.models.utils.action_alias_utils import extract_parameters

        return dict(extract_parameters(template, command))


def main() -> int:
    """Record."""
    RECORDED.write_text(json.dumps(ask(RealFunctions()), indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
