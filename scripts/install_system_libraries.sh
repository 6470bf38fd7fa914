#!/bin/sh
# Headless OpenGL. The renderer itself is asked whether it draws; packages are installed where that is allowed, else named.
# usage: install_system_libraries.sh PYTHON   (exit code 3: nothing draws)
set -u
packages="libegl1 libopengl0 libgl1-mesa-dri"
draws() { "$1" -m blueprint.sim.gl "$2" >/dev/null 2>&1; }
if draws "$1" egl; then exit 0; fi
if command -v apt-get >/dev/null 2>&1; then
  as=""
  if [ "$(id -u)" -ne 0 ]; then as="sudo -n"; fi
  if $as true 2>/dev/null; then
    echo "installing $packages"
    export DEBIAN_FRONTEND=noninteractive
    $as apt-get update -qq
    $as apt-get install -y -qq --no-install-recommends $packages >/dev/null
  fi
fi
if draws "$1" egl || draws "$1" osmesa; then exit 0; fi
echo "Nothing here draws without a display, and the libraries cannot be installed from here." >&2
echo "Install the Debian packages $packages, then run make again (blueprint doctor says what is missing)." >&2
exit 3
