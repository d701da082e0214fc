# shellcheck shell=bash
# ./dev doctor: what this machine has. Installs and builds nothing.

# shellcheck source=tools/dev/packages.sh
source "$DEV_DIR/packages.sh"
# shellcheck source=tools/dev/openssl.sh
source "$DEV_DIR/openssl.sh"

help_doctor() {
  cat <<'HELP'
Usage: ./dev doctor

Says what this machine has and lacks for building and for running a sandboxed
station, one line each, and what to do about what is lacking. Changes nothing.
Ends with a non-zero status when the build could not work here.
HELP
}

run_doctor() {
  LACKING=0
  doctor_machine
  doctor_tools
  doctor_packages
  doctor_openssl
  doctor_kernel
  doctor_product
  if ((LACKING > 0)); then
    die "$LACKING things the build needs are lacking; run ./dev setup."
  fi
  printf '\nEverything the build needs is here.\n'
}

report() { printf '  %-8s %-24s %s\n' "$1" "$2" "$3"; }

lacking() {
  LACKING=$((LACKING + 1))
  report LACKING "$1" "$2"
}

doctor_machine() {
  printf 'Machine\n'
  local os
  os="$(os_field PRETTY_NAME)"
  case "$(os_field ID) $(os_field VERSION_ID)" in
    "debian 12" | "debian 13") report ok system "$os" ;;
    *) report note system "${os:-unknown}: only Debian 12 and 13 are tried out" ;;
  esac
  report ok processors "$(nproc) x $(uname -m)"
  report ok memory "$(awk '/^MemTotal:/ { printf "%.1f GiB", $2 / 1048576 }' /proc/meminfo)"
  report ok "cache folder" "$(cache_dir), $(df -h --output=avail "$(cache_dir)" | tail -n 1 | tr -d ' ') free"
  if [[ "$(id -u)" == 0 ]] || have sudo; then
    report ok "package rights" "$([[ "$(id -u)" == 0 ]] && echo root || echo sudo)"
  else
    report note "package rights" "neither root nor sudo: missing packages must be installed by someone else"
  fi
}

doctor_tools() {
  printf '\nTools\n'
  doctor_tool g++ 12 g++ -dumpfullversion -dumpversion
  doctor_tool cmake 3.25 cmake --version
  doctor_tool ninja 1.10 ninja --version
  doctor_optional ccache ccache --version
  doctor_optional "clang 19" clang-19 --version
  doctor_optional "clang-tidy 19" clang-tidy-19 --version
  doctor_optional shellcheck shellcheck --version
}

first_version() { "$@" 2>/dev/null | grep -oE '[0-9]+(\.[0-9]+)+' | head -n 1; }

# doctor_tool NAME OLDEST COMMAND...
doctor_tool() {
  local name="$1" oldest="$2" version
  shift 2
  version="$(first_version "$@" || true)"
  if [[ -z "$version" ]]; then
    lacking "$name" "not installed; run ./dev setup"
  elif version_at_least "$version" "$oldest"; then
    report ok "$name" "$version"
  else
    lacking "$name" "$version is too old, $oldest is the oldest that works"
  fi
}

version_at_least() { [[ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" == "$2" ]]; }

doctor_optional() {
  local name="$1" version
  shift
  version="$(first_version "$@" || true)"
  if [[ -n "$version" ]]; then
    report ok "$name" "$version"
  else
    report note "$name" "not installed; the verbs that use it install it"
  fi
}

doctor_packages() {
  printf '\nPackages\n'
  local set
  local -a missing
  if ! have dpkg-query; then
    report note build "no dpkg here: cannot tell"
    return 0
  fi
  for set in build test interop bench fuzz check; do
    mapfile -t missing < <(missing_for "$set")
    if ((${#missing[@]} == 0)); then
      report ok "$set" "all installed"
    elif [[ "$set" == build || "$set" == test ]]; then
      lacking "$set" "missing: ${missing[*]}"
    else
      report note "$set" "missing: ${missing[*]}"
    fi
  done
}

missing_for() {
  local -a wanted
  mapfile -t wanted < <(package_list "$1")
  missing_packages "${wanted[@]}"
}

doctor_openssl() {
  printf '\nOpenSSL\n'
  local version root
  if version="$(openssl_system_version)" && [[ "${BULWATT_OPENSSL:-auto}" != private ]]; then
    report ok "system libssl-dev" "$version"
  elif root="$(openssl_private_root)"; then
    report ok "private build" "$(<"$root/.complete") in $root"
  else
    lacking "OpenSSL $OPENSSL_OLDEST" "neither in the system nor built; run ./dev setup"
  fi
}

# What the sandbox of a running station uses; the build does not need it.
doctor_kernel() {
  printf '\nKernel %s\n' "$(uname -r)"
  kernel_feature seccomp "filters system calls of each service" grep -q '^Seccomp_filters:' /proc/self/status
  kernel_feature landlock "limits the file view of each service" grep -qw landlock /sys/kernel/security/lsm
  kernel_feature "user namespaces" "lets an ordinary user start the sandboxes" unshare --user --map-root-user true
  kernel_feature "cgroup v2" "limits memory and processor time" test -e /sys/fs/cgroup/cgroup.controllers
  kernel_feature "TPM" "keeps keys in hardware" test -e /dev/tpmrm0
}

kernel_feature() {
  local name="$1" purpose="$2"
  shift 2
  if "$@" >/dev/null 2>&1; then
    report ok "$name" "$purpose"
  else
    report note "$name" "not seen; it $purpose"
  fi
}

doctor_product() {
  local program="$BULWATT_ROOT/build/dev/bin/bulwatt"
  printf '\nStation\n'
  if [[ -x "$program" ]]; then
    "$program" doctor || report note "bulwatt doctor" "found something lacking, see above"
  else
    report note "bulwatt doctor" "not built yet; ./dev build, then run this again"
  fi
}
