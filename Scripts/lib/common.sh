# Sourced by every script here. Sets $root (the project), $caller (where the script was started),
# and works from the root.
set -euo pipefail
caller=$PWD
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
venv=$root/.build/venv
python=$venv/bin/python

say() { printf '== %s\n' "$*" >&2; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# Says which services packages may start (invoke-rc.d).
services=/usr/sbin/policy-rc.d

# need_packages GROUP...: installs the Debian packages of these groups that are missing. Without
# root it names them and the command that installs them, and ends the script.
need_packages() {
  local group missing=() name
  for group in "$@"; do
    for name in $(awk -v g="$group" '$1 == g { print $2 }' Scripts/packages.txt); do
      is_unpacked "$name" && continue
      case $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null || true) in
        installed) ;;
        *) missing+=("$name") ;;
      esac
    done
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    printf '%s: these Debian packages are missing: %s\nInstall them with:\n  sudo apt-get install %s\n' \
      "$(basename "$0")" "${missing[*]}" "${missing[*]}" >&2
    exit 1
  fi
  say "installing ${missing[*]}"
  local log
  log=$(mktemp)
  if ! (
    # Of a server only the program is wanted: none is to start as a service of this machine.
    if [ ! -e "$services" ]; then
      trap 'rm -f "$services"' EXIT
      printf '#!/bin/sh\nexit 101\n' >"$services"
      chmod +x "$services"
    fi
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
      --no-install-recommends "${missing[@]}"
  ) </dev/null >"$log" 2>&1; then
    cat "$log" >&2
    die "apt-get could not install ${missing[*]}"
  fi
  rm -f "$log"
}

# Where Debian packages are unpacked whose programs are there already, from somebody else's package.
unpacked=$root/.build/debian

# is_unpacked NAME: unpacks kubernetes-client where another package has kubectl: the two cannot be
# installed together, and the tests want the one that they were written with.
is_unpacked() {
  [ "$1" = kubernetes-client ] && dpkg-query -S /usr/bin/kubectl 2>/dev/null | grep -qv "^$1:" || return 1
  [ -x "$unpacked/$1/usr/bin/kubectl" ] && return 0
  say "unpacking $1"
  local folder
  folder=$(mktemp -d)
  if ! (cd "$folder" && { apt-get download -qq "$1" || { apt-get update -qq && apt-get download -qq "$1"; }; } &&
    dpkg-deb -x ./*.deb content) </dev/null >"$folder/log" 2>&1; then
    cat "$folder/log" >&2
    die "apt-get could not download $1"
  fi
  mkdir -p "$unpacked"
  rm -rf "$unpacked/$1"
  mv "$folder/content" "$unpacked/$1"
  rm -rf "$folder"
}

need_swift() {
  command -v swift >/dev/null || die "no 'swift' on PATH: install the Swift 6.3 toolchain (swift.org/install)"
}

# need_venv: a virtual environment with the pinned Python packages, made anew when the pins change.
need_venv() {
  local want
  want=$(sha256sum <Scripts/requirements.txt)
  [ "$(cat "$venv/.pins" 2>/dev/null)" = "$want" ] && [ -x "$python" ] && return 0
  say "making .build/venv"
  rm -rf "$venv"
  mkdir -p .build
  python3 -m venv "$venv"
  "$python" -m pip install -q --disable-pip-version-check --no-input -r Scripts/requirements.txt \
    2> >(grep -v '^WARNING: Running pip as' >&2)
  printf '%s\n' "$want" >"$venv/.pins"
}

# build CONFIGURATION [swift build arguments...]: quiet, but for errors, unless a person watches.
# Release builds hold Swift's libraries: calls cost a twentieth less, and the start a third, than
# with shared ones.
build() {
  local configuration=$1 options=()
  shift
  [ -t 2 ] || options+=(--quiet)
  [ "$configuration" = release ] && options+=(--static-swift-stdlib)
  swift build "${options[@]}" -c "$configuration" --explicit-target-dependency-import-check error "$@" >&2
}

# What is built for others.
products=(trackd trackctl protoc-gen-swiftrpc)

# build_products PRODUCT...: for release. Every script builds with this, so that none builds anew
# what another has.
build_products() {
  local product
  for product in "$@"; do
    say "building $product"
    build release --product "$product"
  done
}

# The folder of the binaries of a configuration.
bin_path() { swift build -c "$1" --show-bin-path "${@:2}"; }

# Each test has stores, servers and threads of its own; a thousand of them at once on a few cores
# would take so long that what has to happen in seconds does not.
few_at_once=(--experimental-maximum-parallelization-width 8)
