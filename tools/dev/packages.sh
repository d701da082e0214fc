# shellcheck shell=bash
# Debian packages: what each verb needs, and how to get what is missing.

package_list() {
  case "$1" in
    build)
      printf '%s\n' g++ make cmake ninja-build ccache pkg-config perl dpkg-dev \
        ca-certificates debian-archive-keyring \
        libseccomp-dev libtomlplusplus-dev doctest-dev libwslay-dev libmodbus-dev libpcsclite-dev \
        libc-ares-dev libsqlite3-dev nlohmann-json3-dev esbuild libtss2-dev libp11-kit-dev libqrcodegen-dev
      # From Debian 13 on, the system's own OpenSSL can be new enough.
      [[ "$(os_field VERSION_CODENAME)" == bookworm ]] || printf '%s\n' openssl libssl-dev zlib1g-dev libzstd-dev
      ;;
    test) printf '%s\n' python3 spin openssl swtpm softhsm2 pcscd vsmartcard-vpcd ;;
    conformance) printf '%s\n' python3 openssl ;;
    bench) printf '%s\n' mosquitto libmosquitto-dev stress-ng ;;
    fuzz) printf '%s\n' clang-19 llvm-19 libclang-rt-19-dev ;;
    check) printf '%s\n' git clang-19 clang-tidy-19 clang-format-19 shellcheck ;;
    interop)
      printf '%s\n' python3 python3-venv
      command -v npm >/dev/null || printf '%s\n' npm  # another Node.js than Debian's brings its own
      command -v go >/dev/null || printf '%s\n' golang-go
      package_file "$BULWATT_ROOT/tests/interop/packages.txt"
      package_file "$BULWATT_ROOT/tests/page/packages.txt"
      package_file "$BULWATT_ROOT/tests/exi/packages.txt"
      package_file "$BULWATT_ROOT/tests/vehicle/packages.txt"
      ;;
    *) die "There is no package set '$1'; look at tools/dev/packages.sh." ;;
  esac
}

# One package name a line; "#" begins a comment.
package_file() {
  [[ -r "$1" ]] || return 0
  sed -e 's/#.*//' "$1" | tr -s ' \t' '\n' | sed '/^$/d'
}

# need_packages SET...: returns at once when everything is there already.
need_packages() {
  local -a wanted missing
  mapfile -t wanted < <(for set in "$@"; do package_list "$set"; done | sort -u)
  local stamp
  stamp="$(packages_stamp "${wanted[@]}")"
  packages_stamp_holds "$stamp" && return 0
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  if ((${#missing[@]} > 0)); then
    require_apt "${missing[@]}"
    install_packages "${missing[@]}"
  fi
  : >"$stamp"
}

packages_stamp() {
  local dir key
  dir="$(cache_dir)/stamps"
  mkdir -p "$dir"
  key="$( (os_field ID; os_field VERSION_ID; printf '%s\n' "$@") | short_hash)"
  printf '%s/packages-%s' "$dir" "$key"
}

# The stamp counts as long as dpkg has changed nothing since it was written.
packages_stamp_holds() { [[ -e "$1" && "$1" -nt /var/lib/dpkg/status ]]; }

missing_packages() {
  local present
  # shellcheck disable=SC2016  # dpkg-query expands these, not the shell
  present="$(dpkg-query -W -f '${db:Status-Abbrev}\t${Package}\n' "$@" 2>/dev/null | sed -n 's/^[ih]i[^\t]*\t//p' || true)"
  comm -23 <(printf '%s\n' "$@" | sort -u) <(sort -u <<<"$present")
}

require_apt() {
  have apt-get || die "This machine has no apt-get; install the equivalents of these Debian packages: $*."
  case "$(os_field ID) $(os_field VERSION_ID)" in
    "debian 12" | "debian 13") ;;
    *) warn "This is neither Debian 12 nor 13; package names and versions may not fit." ;;
  esac
}

install_packages() {
  local log
  log="$(log_file packages)"
  : >"$log"
  become_root "$@"
  step "installing Debian packages ($#): $*"
  with_lock "$(cache_dir)/packages.lock" "the packages" install_or_update_first "$log" "$@" ||
    die "apt-get could not install the packages; correct what $log says, or run as root: $(apt_line "$@")"
  step "packages installed"
}

# Sets AS_ROOT to the words that make a command run as root.
become_root() {
  AS_ROOT=()
  [[ "$(id -u)" == 0 ]] && return 0
  have sudo || die "Packages are missing and this is not root; run as root: $(apt_line "$@")"
  if ! sudo -n true 2>/dev/null; then
    [[ -t 0 ]] || die "Packages are missing and sudo would ask for a password; run as root: $(apt_line "$@")"
    step "sudo is needed once, to install: $*"
    sudo -v || die "sudo refused; run as root: $(apt_line "$@")"
  fi
  AS_ROOT=(sudo)
}

apt_line() { printf 'apt-get update && apt-get install -y --no-install-recommends %s' "$*"; }

# Package lists that are there already may be enough; they are fetched anew
# only when they are empty or turn out to be too old.
install_or_update_first() {
  local log="$1"
  shift
  apt_as_root install -y --no-install-recommends "$@" >>"$log" 2>&1 </dev/null && return 0
  step "package lists are empty or old: fetching them"
  run_logged "$log" "apt-get update" apt_as_root update || return 1
  run_logged "$log" "apt-get install" apt_as_root install -y --no-install-recommends "$@"
}

apt_as_root() {
  "${AS_ROOT[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600 "$@"
}
