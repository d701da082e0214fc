# shellcheck shell=bash
# OpenSSL 3.5: the system's when it is new enough, else Debian 13's own signed
# source package, built once into the cache folder. Why: docs/rationale/0002.

readonly OPENSSL_OLDEST=3.5.6
readonly OPENSSL_SERIES_END=3.6~
readonly OPENSSL_SUITE=trixie
readonly DEBIAN_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
# Names inside the library: fixed, so that the result does not depend on who built it.
readonly OPENSSL_NOMINAL_PREFIX=/usr/lib/bulwatt/openssl
readonly OPENSSL_NOMINAL_CONFIG=/etc/bulwatt/openssl

# need_openssl: sets BULWATT_OPENSSL_ROOT, building the library when needed.
need_openssl() {
  local choice="${BULWATT_OPENSSL:-auto}"
  case "$choice" in
    auto | system | private) ;;
    *) die "BULWATT_OPENSSL is '$choice'; set it to auto, system or private." ;;
  esac
  if [[ "$choice" != private ]] && openssl_system_version >/dev/null; then
    BULWATT_OPENSSL_ROOT="$(openssl_system_root)"
  elif [[ "$choice" == system ]]; then
    die "The system's libssl-dev is older than $OPENSSL_OLDEST; unset BULWATT_OPENSSL to build a private one."
  else
    with_lock "$(cache_dir)/openssl.lock" OpenSSL openssl_private_ready
    BULWATT_OPENSSL_ROOT="$(openssl_private_root)"
  fi
  export BULWATT_OPENSSL_ROOT
}

openssl_in_range() {
  dpkg --compare-versions "$1" ge "$OPENSSL_OLDEST" && dpkg --compare-versions "$1" lt "$OPENSSL_SERIES_END"
}

openssl_system_version() {
  local version
  # shellcheck disable=SC2016  # dpkg-query expands this, not the shell
  version="$(dpkg-query -W -f '${Version}' libssl-dev 2>/dev/null)" || return 1
  openssl_in_range "$version" || return 1
  printf '%s' "$version"
}

# The build expects include/, lib/ and bin/ under one folder; links give the
# system's library that shape without putting /usr/include on the search path.
openssl_system_root() {
  local root libdir
  root="$(cache_dir)/openssl-system-$(openssl_system_version)"
  libdir="/usr/lib/$(dpkg-architecture -q DEB_HOST_MULTIARCH)"
  mkdir -p "$root/include" "$root/lib" "$root/bin"
  ln -sfn /usr/include/openssl "$root/include/openssl"
  ln -sfn /usr/bin/openssl "$root/bin/openssl"
  ln -sfn "$libdir/libssl.a" "$root/lib/libssl.a"
  # Debian's static libcrypto needs two more archives; a linker script names them.
  printf 'GROUP(%s)\n' "$libdir/libcrypto.a $libdir/libz.a $libdir/libzstd.a" >"$root/lib/libcrypto.a.new"
  mv -f -- "$root/lib/libcrypto.a.new" "$root/lib/libcrypto.a"
  printf '%s' "$root"
}

openssl_options() {
  printf '%s\n' \
    no-shared no-module no-dso no-engine no-legacy no-autoload-config \
    no-tests no-docs no-ssl no-comp no-dtls no-quic no-srp no-weak-ssl-ciphers \
    -fPIE -fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=2 \
    "--prefix=$OPENSSL_NOMINAL_PREFIX" "--openssldir=$OPENSSL_NOMINAL_CONFIG" --libdir=lib
  case "$(dpkg --print-architecture)" in
    amd64) printf '%s\n' enable-ec_nistp_64_gcc_128 -fcf-protection ;;
    arm64) printf '%s\n' enable-ec_nistp_64_gcc_128 -mbranch-protection=standard ;;
  esac
}

# Recipe 2: raise the number when the build steps below change what comes out.
openssl_config_hash() {
  (echo recipe 2; dpkg --print-architecture; os_field ID; os_field VERSION_ID; openssl_options) | short_hash
}

# The newest finished build of this configuration, or nothing.
openssl_private_root() {
  local hash root best=""
  hash="$(openssl_config_hash)"
  for root in "$(cache_dir)"/openssl-3.5.*-"$hash"; do
    [[ -e "$root/.complete" ]] || continue
    if [[ -z "$best" ]] || dpkg --compare-versions "$(<"$root/.complete")" gt "$(<"$best/.complete")"; then
      best="$root"
    fi
  done
  [[ -n "$best" ]] && printf '%s' "$best"
}

openssl_private_ready() {
  openssl_private_root >/dev/null && return 0
  step "OpenSSL $OPENSSL_OLDEST or newer is not in this system: building Debian $OPENSSL_SUITE's source package (about 4 minutes, once)"
  openssl_update
}

# openssl_update: builds the newest version to be had unless it is built already.
openssl_update() {
  local fetch version=""
  fetch="$(mktemp -d)"
  chmod 0755 "$fetch"
  # shellcheck disable=SC2064  # expand now: the variable is local
  trap "rm -rf -- '$fetch'" EXIT
  openssl_fetch "$fetch"
  version="$(<"$fetch/version")"
  openssl_build "$fetch" "$version"
  rm -rf -- "$fetch"
  trap - EXIT
}

# --- fetching ---------------------------------------------------------------

# Tries each mirror, and at each mirror each version, newest first.
openssl_fetch() {
  local fetch="$1" mirrors main security version log
  log="$(log_file openssl-fetch)"
  : >"$log"
  [[ -r "$DEBIAN_KEYRING" ]] || die "The key ring $DEBIAN_KEYRING is missing; install debian-archive-keyring."
  mapfile -t mirrors < <(openssl_mirrors | awk '!seen[$0]++')
  for pair in "${mirrors[@]}"; do
    read -r main security <<<"$pair"
    step "OpenSSL: reading $OPENSSL_SUITE source lists from $main"
    openssl_private_apt "$fetch" "$main" "$security"
    private_apt "$fetch" apt-get update >>"$log" 2>&1 || true
    while read -r version; do
      openssl_download "$fetch" "$version" "$log" && return 0
    done < <(openssl_candidates "$fetch" "$log")
  done
  die "No mirror offers an OpenSSL $OPENSSL_OLDEST or newer 3.5 source package; see $log, check the network or proxy, and run again."
}

# Lines "main-mirror security-mirror": the system's own first, then the public one.
openssl_mirrors() {
  local codename main security
  codename="$(os_field VERSION_CODENAME)"
  main="$(openssl_system_mirror "$codename")"
  security="$(openssl_system_mirror "$codename-security")"
  if [[ -n "$main" ]]; then
    printf '%s %s\n' "$main" "${security:-http://deb.debian.org/debian-security}"
  fi
  printf '%s %s\n' http://deb.debian.org/debian http://deb.debian.org/debian-security
}

openssl_system_mirror() {
  # shellcheck disable=SC2016  # apt-get expands these, not the shell
  apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 2>/dev/null |
    awk -v suite="$1" '$1 == suite && $2 == "main" && $3 ~ /\/debian(-security)?\/?$/ { sub(/\/$/, "", $3); print $3; exit }'
}

# An apt configuration of its own: the system's lists, sources and caches stay
# untouched, and an ordinary user may run it. Proxy settings are still the system's.
openssl_private_apt() {
  local fetch="$1" main="$2" security="$3"
  rm -rf -- "$fetch/apt"
  mkdir -p "$fetch/apt/sources" "$fetch/apt/lists/partial" "$fetch/apt/cache/archives/partial" "$fetch/download"
  [[ "$(id -u)" != 0 ]] || chown -R _apt "$fetch/apt" "$fetch/download" 2>/dev/null || true
  cat >"$fetch/apt/sources/debian.sources" <<SOURCES
Types: deb-src
URIs: $main
Suites: $OPENSSL_SUITE $OPENSSL_SUITE-updates
Components: main
Signed-By: $DEBIAN_KEYRING

Types: deb-src
URIs: $security
Suites: $OPENSSL_SUITE-security
Components: main
Signed-By: $DEBIAN_KEYRING
SOURCES
  cat >"$fetch/apt/apt.conf" <<CONF
#clear APT::Update;
Dir::Etc::SourceList "/dev/null";
Dir::Etc::SourceParts "$fetch/apt/sources";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "$fetch/apt";
Dir::State::Lists "$fetch/apt/lists";
Dir::Cache "$fetch/apt/cache";
Dir::Log "$fetch/apt";
APT::Get::AllowUnauthenticated "false";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
Acquire::Languages "none";
Acquire::Retries "3";
CONF
}

private_apt() {
  local fetch="$1" tool="$2"
  shift 2
  "$tool" -q -c "$fetch/apt/apt.conf" "$@" </dev/null
}

openssl_candidates() {
  local fetch="$1" log="$2" version
  private_apt "$fetch" apt-cache showsrc --only-source openssl 2>>"$log" |
    sed -n 's/^Version: //p' | sort -u | while read -r version; do
    openssl_in_range "$version" && printf '%s\n' "$version"
  done | sort_versions_descending
}

# Debian's own ordering ("~" sorts before everything), newest first.
sort_versions_descending() {
  local -a sorted=()
  local version i
  while read -r version; do
    for ((i = 0; i < ${#sorted[@]}; i++)); do
      dpkg --compare-versions "$version" gt "${sorted[i]}" && break
    done
    sorted=("${sorted[@]:0:i}" "$version" "${sorted[@]:i}")
  done
  ((${#sorted[@]} == 0)) || printf '%s\n' "${sorted[@]}"
}

# apt checks the files against the signed index before it accepts them.
openssl_download() {
  local fetch="$1" version="$2" log="$3"
  step "OpenSSL: fetching source package openssl $version"
  if (cd "$fetch/download" && private_apt "$fetch" apt-get source --download-only --only-source "openssl=$version") >>"$log" 2>&1; then
    printf '%s' "$version" >"$fetch/version"
    return 0
  fi
  step "OpenSSL: $version cannot be had there, trying the next older one"
  rm -f -- "$fetch/download"/*
  return 1
}

# --- building ---------------------------------------------------------------

openssl_build() {
  local fetch="$1" version="$2" root work log
  root="$(cache_dir)/openssl-${version//[^0-9A-Za-z.+-]/.}-$(openssl_config_hash)"
  work="$(cache_dir)/work/openssl"
  log="$(log_file "openssl-$version")"
  if [[ -e "$root/.complete" ]]; then
    step "OpenSSL: $version is built already"
    return 0
  fi
  rm -rf -- "$work" "$root.new"
  mkdir -p "$work"
  : >"$log"
  openssl_step "$log" "unpacking" dpkg-source --no-check -x "$(openssl_dsc "$fetch")" "$work/source"
  openssl_step "$log" "configuring" openssl_configure "$work/source"
  openssl_step "$log" "compiling with $(jobs_count) jobs" openssl_compile "$work/source"
  openssl_step "$log" "installing" openssl_stage "$work" "$root.new"
  openssl_step "$log" "checking" openssl_check "$root.new/bin/openssl"
  printf '%s' "$version" >"$root.new/.complete"
  rm -rf -- "$root"
  mv -T -- "$root.new" "$root"
  rm -rf -- "$work"
  step "OpenSSL: $version is ready in $root"
}

openssl_step() {
  local log="$1" what="$2"
  shift 2
  step "OpenSSL: $what"
  run_logged "$log" "OpenSSL: $what" "$@" || die "OpenSSL failed while $what; the whole log is $log."
}

openssl_dsc() {
  local found=("$1"/download/openssl_*.dsc)
  printf '%s' "${found[0]}"
}

# The library records its compiler command and date: neither may depend on this
# machine, so ccache comes in by PATH and the date is the package's own.
openssl_environment() {
  [[ -x /usr/lib/ccache/gcc ]] && PATH="/usr/lib/ccache:$PATH"
  SOURCE_DATE_EPOCH="$(dpkg-parsechangelog -l "$1/debian/changelog" -S Timestamp)"
  export PATH SOURCE_DATE_EPOCH
  unset CC CXX CFLAGS CPPFLAGS LDFLAGS AR RANLIB OPENSSL_CONF
}

openssl_configure() (
  openssl_environment "$1" && cd "$1" || return 1
  local -a options
  mapfile -t options < <(openssl_options)
  CC=gcc perl ./Configure "$(openssl_target)" "${options[@]}"
)

openssl_compile() (
  openssl_environment "$1" && make -C "$1" -j"$(jobs_count)"
)

openssl_target() {
  case "$(dpkg --print-architecture)" in
    amd64) printf linux-x86_64 ;;
    arm64) printf linux-aarch64 ;;
    armhf) printf linux-armv4 ;;
    riscv64) printf linux64-riscv64 ;;
    *) printf linux-generic64 ;;
  esac
}

openssl_stage() {
  local work="$1" root="$2"
  make -C "$work/source" install_sw DESTDIR="$work/stage" &&
    mv -T -- "$work/stage$OPENSSL_NOMINAL_PREFIX" "$root" || return 1
  # These would name the nominal prefix, where nothing is.
  rm -rf -- "$root/lib/pkgconfig" "$root/lib/cmake" "$root/lib/engines-3" "$root/lib/ossl-modules"
  openssl_stage_tool "$work/source" "$root"
}

# The tool's commands want a default configuration file; it stands beside the tool.
openssl_stage_tool() {
  cp -- "$1/apps/openssl.cnf" "$2/openssl.cnf" && mv -- "$2/bin/openssl" "$2/bin/openssl.real" || return 1
  cat >"$2/bin/openssl" <<'TOOL'
#!/bin/sh
here=$(dirname -- "$(readlink -f -- "$0")")
: "${OPENSSL_CONF:=$here/../openssl.cnf}"
export OPENSSL_CONF
exec "$here/openssl.real" "$@"
TOOL
  chmod 0755 "$2/bin/openssl"
}

# What the product cannot do without must be in the library just built.
openssl_check() {
  local tool="$1"
  "$tool" version -a &&
    "$tool" list -kem-algorithms | grep -F ML-KEM-1024 &&
    "$tool" list -signature-algorithms | grep -F ML-DSA-65 &&
    openssl_has_group "$tool" SecP384r1MLKEM1024 &&
    openssl_has_group "$tool" X25519MLKEM768
}

openssl_has_group() { "$1" list -tls1_3 -tls-groups | tr ':' '\n' | grep -Fx "$2"; }
