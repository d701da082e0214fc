# shellcheck shell=bash
# ./dev build: configure and compile one preset.

# shellcheck source=tools/dev/compile.sh
source "$DEV_DIR/compile.sh"

help_build() {
  cat <<HELP
Usage: ./dev build [PRESET] [TARGET...]

Compiles PRESET (default: dev) into build/PRESET; programs are in
build/PRESET/bin. Presets: ${PRESETS[*]}.
HELP
}

run_build() {
  local preset="${1:-dev}"
  (($# == 0)) || shift
  compile "$preset" "$@"
}
