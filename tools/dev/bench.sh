# shellcheck shell=bash
# ./dev bench: measurements.

# shellcheck source=tools/dev/compile.sh
source "$DEV_DIR/compile.sh"

help_bench() {
  cat <<'HELP'
Usage: ./dev bench [NAME [args]]

Builds preset release and runs build/release/bin/bulwatt-bench-NAME; its last
line is "NAME: key=value ...". Without NAME, lists what can be measured.
Numbers compare only within one run on one machine.
HELP
}

run_bench() {
  local name="${1:-}" program
  (($# == 0)) || shift
  need_packages bench
  compile release
  if [[ -z "$name" ]]; then
    list_benches
    return 0
  fi
  program="$(bench_program "$name")"
  [[ -x "$program" ]] || die "There is no bench '$name'; ./dev bench lists what there is."
  exec "$program" "$@"
}

bench_program() { printf '%s/build/release/bin/bulwatt-bench-%s' "$BULWATT_ROOT" "$1"; }

list_benches() {
  local program
  for program in "$(bench_program '')"*; do
    [[ -x "$program" ]] && printf '%s\n' "${program##*/bulwatt-bench-}"
  done
  return 0
}
