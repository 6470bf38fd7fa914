#!/bin/sh
# Headless OpenGL for the renderer: EGL first, OSMesa as the next choice. Installs where it may, else names the packages.
set -u
packages="libegl1 libgl1-mesa-dri libosmesa6"
have() { ldconfig -p 2>/dev/null | grep -q "$1"; }
if have libEGL.so.1 && have libOSMesa.so.8 && ls /usr/lib/*/dri/swrast_dri.so >/dev/null 2>&1; then exit 0; fi
if command -v apt-get >/dev/null 2>&1; then
  as=""
  if [ "$(id -u)" -ne 0 ]; then as="sudo -n"; fi
  if $as true 2>/dev/null; then
    echo "installing $packages"
    $as apt-get update -qq && DEBIAN_FRONTEND=noninteractive $as apt-get install -y -qq --no-install-recommends $packages >/dev/null && exit 0
  fi
fi
echo "headless OpenGL is not complete and cannot be installed from here; install: $packages (then: blueprint doctor)" >&2
exit 0
