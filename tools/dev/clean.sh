# shellcheck shell=bash
# ./dev clean: remove what was built.

help_clean() {
  cat <<HELP
Usage: ./dev clean [--all]

Removes build/. With --all also what ./dev keeps in the cache folder
($(cache_dir)): OpenSSL, foreign test programs, logs, stamps. Installed packages stay.
HELP
}

run_clean() {
  local all=0
  case "${1:-}" in
    "") ;;
    --all) all=1 ;;
    *) die "./dev clean does not know '$1'; see ./dev clean --help." ;;
  esac
  rm -rf -- "${BULWATT_ROOT:?}/build"
  step "removed build/"
  ((all == 0)) || clean_cache
}

# Only what these scripts made: the folder may hold other things.
clean_cache() {
  local dir
  dir="$(cache_dir)"
  rm -rf -- "$dir"/openssl-3.5.* "$dir"/openssl-system-* "$dir"/interop-* "$dir"/work "$dir"/logs "$dir"/stamps "$dir"/*.lock
  rmdir --ignore-fail-on-non-empty -- "$dir"
  step "removed OpenSSL, logs and stamps from $dir"
}
