# shellcheck shell=bash
# Helpers every verb uses: messages, timing, logged commands, the cache folder.

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

warn() { printf 'warning: %s\n' "$*" >&2; }

# One progress line, prefixed with the seconds since the script began.
step() { printf '[%4d s] %s\n' "$SECONDS" "$*" >&2; }

home_dir() {
  if [[ -n "${HOME:-}" ]]; then
    printf '%s' "$HOME"
  else
    getent passwd "$(id -u)" | cut -d: -f6
  fi
}

cache_dir() {
  local dir="${BULWATT_CACHE:-${XDG_CACHE_HOME:-$(home_dir)/.cache}/bulwatt}"
  [[ "$dir" == /* ]] || die "The cache folder '$dir' is relative; set BULWATT_CACHE to an absolute path."
  mkdir -p "$dir" 2>/dev/null || die "Cannot create the cache folder $dir; set BULWATT_CACHE to a folder you may write."
  printf '%s' "$dir"
}

log_file() {
  local dir
  dir="$(cache_dir)/logs"
  mkdir -p "$dir"
  printf '%s/%s.log' "$dir" "$1"
}

jobs_count() {
  local jobs="${BULWATT_JOBS:-$(nproc)}"
  [[ "$jobs" =~ ^[1-9][0-9]*$ ]] || die "BULWATT_JOBS is '$jobs'; set it to a whole number of at least 1."
  printf '%s' "$jobs"
}

have() { command -v "$1" >/dev/null 2>&1; }

# run_logged LOG WHAT COMMAND...: output goes to LOG; while it runs, a line now
# and then shows that it lives; on failure the end of the log is shown.
run_logged() {
  local log="$1" what="$2" ticker status=0
  shift 2
  heartbeat "$what" &
  ticker=$!
  "$@" >>"$log" 2>&1 </dev/null || status=$?
  kill "$ticker" 2>/dev/null || true
  wait "$ticker" 2>/dev/null || true
  if ((status != 0)); then
    tail -n 15 "$log" | sed 's/^/    | /' >&2
  fi
  return "$status"
}

heartbeat() {
  local nap=""
  trap '[[ -z "$nap" ]] || kill "$nap" 2>/dev/null; exit 0' TERM
  while :; do
    sleep 30 &
    nap=$!
    wait "$nap"
    step "$1: still working"
  done
}

# with_lock FILE WHAT COMMAND...: only one process at a time gets past FILE.
with_lock() {
  local file="$1" what="$2" lock_fd status
  shift 2
  mkdir -p "$(dirname -- "$file")"
  exec {lock_fd}>"$file"
  if ! flock --nonblock "$lock_fd"; then
    step "waiting for another ./dev that is busy with $what"
    flock "$lock_fd"
  fi
  "$@"
  status=$?
  exec {lock_fd}>&-
  return "$status"
}

short_hash() { sha256sum | cut -c1-12; }

os_field() {
  local file=/etc/os-release
  [[ -r "$file" ]] || return 0
  sed -n "s/^$1=//p" "$file" | tr -d '"'
}

# Every suite ends with one line "N passed, N failed, N skipped".
counts_line() { printf '%d passed, %d failed, %d skipped\n' "$@"; }

# last_counts FILE: the three numbers of the last such line, or nothing.
last_counts() {
  sed -nE 's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped\r?$/\1 \2 \3/p' "$1" | tail -n 1
}
