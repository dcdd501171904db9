#!/bin/sh
# Makes .venv with everything in it. Run by `make`; says in one sentence what is missing where it cannot.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

fits() { "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; }

if [ -n "${PYTHON:-}" ]; then
    fits "$PYTHON" || { say "PYTHON=$PYTHON is not a Python 3.10, 3.11 or 3.12."; exit 1; }
else
    for candidate in python3 python3.12 python3.11 python3.10 python; do
        if command -v "$candidate" >/dev/null 2>&1 && fits "$candidate"; then PYTHON=$candidate; break; fi
    done
    [ -n "${PYTHON:-}" ] || { say "No Python 3.10, 3.11 or 3.12 was found. Install one, or name it: make PYTHON=/path/to/python3.12"; exit 1; }
fi

if ! { [ -x .venv/bin/python ] && fits .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1; }; then
    rm -rf .venv
    if ! "$PYTHON" -m venv .venv >.venv-error 2>&1; then
        say "$PYTHON cannot make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv. It said: $(head -3 .venv-error | tr '\n' ' ')"
        rm -rf .venv .venv-error
        exit 1
    fi
    rm -f .venv-error
fi

say "Installing the pack's requirements, the lab and the tests into .venv (about half a minute) ..."
.venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
    -r requirements.txt -r requirements-tests.txt -r requirements-dev.txt || {
    say "pip could not install the requirements; its own words stand above. Is the package index reachable?"
    exit 1
}
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-orquesta.txt || {
    say "pip could not install Orquesta; its own words stand above."
    exit 1
}
touch .venv/installed
