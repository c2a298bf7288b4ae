#!/bin/sh
# Debian and Ubuntu keep Python's venv in a package of its own: install it, or say how.
set -eu
python=${1:-python3}
package="$("$python" -c 'import sys; print(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")')"
if [ "$(id -u)" -ne 0 ]; then
    echo "Python's venv is missing. Install it with: sudo apt-get install $package" >&2
    exit 1
fi
echo "Installing $package ..."
apt-get install -y -qq "$package" >/dev/null 2>&1 || { apt-get update -qq && apt-get install -y -qq "$package" >/dev/null; }
