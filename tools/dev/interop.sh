# shellcheck shell=bash
# ./dev interop: our programs against other people's.

# shellcheck source=tools/dev/compile.sh
source "$DEV_DIR/compile.sh"

help_interop() {
  cat <<'HELP'
Usage: ./dev interop [args]

Builds preset dev, installs what tests/interop/packages.txt lists, and runs
tests/interop/run with the arguments. The last line is the sum:
"N passed, N failed, N skipped".
HELP
}

run_interop() {
  local runner="$BULWATT_ROOT/tests/interop/run" log status=0 counts
  [[ -x "$runner" ]] || die "tests/interop/run is missing or not executable; check the whole tree out again."
  need_packages interop
  compile dev
  log="$(log_file interop)"
  step "running tests/interop/run"
  export BULWATT_OPENSSL_ROOT
  BULWATT_BUILD="$BULWATT_ROOT/build/dev" BULWATT_CACHE="$(cache_dir)" \
    "$runner" "$@" </dev/null 2>&1 | tee "$log" || status=$?
  counts="$(last_counts "$log")"
  [[ -n "$counts" ]] || die "tests/interop/run ended without its line of counts (exit status $status); see $log."
  require_good_counts "$status" "$counts"
}

# The runner's word and its exit status must agree that all is well.
require_good_counts() {
  local status="$1" passed failed skipped
  read -r passed failed skipped <<<"$2"
  ((status == 0 && failed == 0 && passed > 0)) ||
    die "Interoperability tests did not pass ($passed passed, $failed failed, $skipped skipped, exit status $status)."
}
