# shellcheck shell=bash
# ./dev conformance: the conformance cases of OCPP against a whole simulated station.

# shellcheck source=tools/dev/compile.sh
source "$DEV_DIR/compile.sh"

help_conformance() {
  cat <<'HELP'
Usage: ./dev conformance [--only TEXT]... [--resume] [--strict] [--write] [--list]

Builds preset dev and runs conformance/run.py with the arguments: the
conformance cases of OCPP 2.0.1 for charging stations. Cases that do not apply,
and those that fail as recorded in conformance/results.json, are skipped.
The last line is the sum: "N passed, N failed, N skipped".
HELP
}

run_conformance() {
  need_packages conformance
  compile dev
  step "running conformance/run.py"
  BULWATT_BIN="$BULWATT_ROOT/build/dev/bin" "$BULWATT_ROOT/conformance/run.py" "$@" </dev/null
}
