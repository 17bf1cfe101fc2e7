#!/bin/sh
# make_venv.sh FOLDER: a virtual environment with a Python that the pins support.
set -eu
folder=$1
[ -x "$folder/bin/python" ] && exit 0

supported='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
for python in "${PYTHON:-python3}" python3.13 python3.12 python3.11 none; do
    "$python" -c "$supported" 2>/dev/null && break
done
if [ "$python" = none ]; then
    echo "This book needs Python 3.11, 3.12 or 3.13, and none was found. Install one, or name it: make book PYTHON=/path/to/python3" >&2
    exit 1
fi

# Debian and Ubuntu keep the part that makes virtual environments in a package of its own.
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    package="$(basename "$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')")-venv"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -y -qq "$package"
    else
        echo "$python cannot make a virtual environment. Run: sudo apt-get install $package" >&2
        exit 1
    fi
fi
echo "Making $folder with $("$python" --version)"
"$python" -m venv "$folder"
"$folder/bin/python" -m pip install --quiet "$(grep '^pip==' requirements.txt)"

# Node takes every script below this folder for a module, as package.json says of ours, and JupyterLab's yarn is none: it
# would fail with a page of its own source at each start.
echo '{}' > "$folder/package.json"
