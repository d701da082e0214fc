# shellcheck shell=bash
# ./dev interop: our programs against other people's.

# shellcheck source=tools/dev/compile.sh
source "$DEV_DIR/compile.sh"

help_interop() {
  cat <<'HELP'
Usage: ./dev interop [args]

Builds preset dev, installs what packages.txt of tests/interop, tests/page and
tests/exi list, and runs tests/interop/run (with the arguments), tests/page/run,
tests/exi/run and tests/vehicle/run. The last line is the sum: "N passed, N failed, N skipped".

  --peers-only   only tests/interop/run, with the other arguments
  --page-only    only tests/page/run, with the other arguments
  --exi-only     only tests/exi/run, with the other arguments (COUNT SEED)
  --vehicle-only only tests/vehicle/run: a foreign car at the station
HELP
}

run_interop() {
  local -a parts=(interop page exi vehicle)
  case "${1:-}" in
    --peers-only) parts=(interop) && shift ;;
    --page-only) parts=(page) && shift ;;
    --exi-only) parts=(exi) && shift ;;
    --vehicle-only) parts=(vehicle) && shift ;;
  esac
  need_packages interop
  compile dev
  export BULWATT_OPENSSL_ROOT
  SUM=(0 0 0)
  local part
  for part in "${parts[@]}"; do
    if [[ "$part" == interop || ${#parts[@]} == 1 ]]; then
      run_foreign "$part" "$@"
    else
      run_foreign "$part"
    fi
  done
  counts_line "${SUM[@]}"
  ((SUM[1] == 0 && SUM[0] > 0)) || exit 1
}

# run_foreign FOLDER [args]: one runner below tests/; adds its counts to SUM.
run_foreign() {
  local runner="$BULWATT_ROOT/tests/$1/run" log status=0 counts i
  [[ -x "$runner" ]] || die "tests/$1/run is missing or not executable; check the whole tree out again."
  log="$(log_file "$1")"
  step "running tests/$1/run"
  BULWATT_BUILD="$BULWATT_ROOT/build/dev" BULWATT_CACHE="$(cache_dir)" "$runner" "${@:2}" </dev/null 2>&1 | tee "$log" || status=$?
  counts="$(last_counts "$log")"
  [[ -n "$counts" ]] || die "tests/$1/run ended without its line of counts (exit status $status); see $log."
  local -a numbers
  read -ra numbers <<<"$counts"
  ((status == 0 || numbers[1] > 0)) || numbers[1]=1
  for i in 0 1 2; do
    SUM[i]=$((SUM[i] + numbers[i]))
  done
}
