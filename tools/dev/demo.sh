# shellcheck shell=bash
# ./dev demo: a simulated station on this machine.

# shellcheck source=tools/dev/compile.sh
source "$DEV_DIR/compile.sh"

help_demo() {
  cat <<'HELP'
Usage: ./dev demo [args]

Builds the programs of preset dev and runs "bulwatt demo" with the arguments: every service of
the station as its own sandboxed process, with simulated car, meter and back end.

  --car iso2-ac       the car speaks ISO 15118-2 over a virtual cable; needs root
  --car iso2-ac-tls   … over TLS
  --car iso2-pnc-ac   … and pays by contract (Plug & Charge)
  --car iso2-dc, iso2-pnc-dc, din-dc
                      the same with direct current, and DIN SPEC 70121
HELP
}

run_demo() {
  compile dev demo
  exec "$BULWATT_ROOT/build/dev/bin/bulwatt" demo "$@"
}
