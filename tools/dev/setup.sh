# shellcheck shell=bash
# ./dev setup: packages and OpenSSL.

# shellcheck source=tools/dev/packages.sh
source "$DEV_DIR/packages.sh"
# shellcheck source=tools/dev/openssl.sh
source "$DEV_DIR/openssl.sh"

help_setup() {
  cat <<HELP
Usage: ./dev setup [--update-openssl] [--all]

Installs the Debian packages the build needs and makes sure of OpenSSL
$OPENSSL_OLDEST or newer: the system's when it is new enough, else Debian
$OPENSSL_SUITE's own signed source package, built into the cache folder.
The other verbs do this by themselves; a second run takes no time.

  --all              also what fuzz, bench, check and interop need
  --update-openssl   look for a newer 3.5 source package and build it

  BULWATT_OPENSSL    auto (default), system, or private (always build it:
                     P-384 and P-521 are several times as fast)
  BULWATT_CACHE      cache folder, now $(cache_dir)
HELP
}

run_setup() {
  local update=0
  local -a sets=(build test)
  while (($# > 0)); do
    case "$1" in
      --all) sets=(build test fuzz bench check interop) ;;
      --update-openssl) update=1 ;;
      *) die "./dev setup does not know '$1'; see ./dev setup --help." ;;
    esac
    shift
  done
  need_packages "${sets[@]}"
  ((update == 0)) || with_lock "$(cache_dir)/openssl.lock" OpenSSL openssl_update
  need_openssl
  step "OpenSSL: $BULWATT_OPENSSL_ROOT"
  step "ready; next: ./dev build"
}
