# shellcheck shell=bash
# ./dev fuzz: libFuzzer targets.

# shellcheck source=tools/dev/compile.sh
source "$DEV_DIR/compile.sh"

help_fuzz() {
  cat <<'HELP'
Usage: ./dev fuzz [TARGET...] [--seconds N | --runs N] [--list]

Builds preset fuzz (clang 19, address and undefined-behaviour sanitizers) and
runs each target, or all, for N seconds (default 60) or N inputs. Seeds are read from
fuzz/corpus/TARGET; what is found new stays in build/fuzz/corpus/TARGET, an
input that breaks something in build/fuzz/findings.
HELP
}

run_fuzz() {
  local -a until=(-max_total_time=60)
  local list=0
  local -a targets=()
  while (($# > 0)); do
    case "$1" in
      --list) list=1 ;;
      --seconds)
        [[ "${2:-}" =~ ^[1-9][0-9]*$ ]] || die "--seconds wants a whole number of at least 1."
        until=("-max_total_time=$2")
        shift
        ;;
      --runs)
        [[ "${2:-}" =~ ^[1-9][0-9]*$ ]] || die "--runs wants a whole number of at least 1."
        until=("-runs=$2")
        shift
        ;;
      -*) die "./dev fuzz does not know '$1'; see ./dev fuzz --help." ;;
      *) targets+=("${1#fuzz-}") ;;
    esac
    shift
  done
  compile fuzz '^fuzz_[a-z0-9_]+$'
  ((${#targets[@]} > 0)) || mapfile -t targets < <(fuzz_targets)
  ((${#targets[@]} > 0)) || die "No fuzz target was built; add one below fuzz/ first."
  if ((list == 1)); then
    printf '%s\n' "${targets[@]}"
    return 0
  fi
  fuzz_all "${until[0]}" "${targets[@]}"
}

fuzz_targets() {
  local program
  for program in "$BULWATT_ROOT"/build/fuzz/bin/fuzz-*; do
    [[ -x "$program" ]] && printf '%s\n' "${program##*/fuzz-}"
  done
  return 0
}

fuzz_all() {
  local until="$1" target passed=0 failed=0
  shift
  for target in "$@"; do
    if fuzz_one "$target" "$until"; then
      passed=$((passed + 1))
    else
      failed=$((failed + 1))
    fi
  done
  counts_line "$passed" "$failed" 0
  ((failed == 0)) || exit 1
}

fuzz_one() {
  local target="$1" until="$2" program corpus seeds findings log
  program="$BULWATT_ROOT/build/fuzz/bin/fuzz-$target"
  [[ -x "$program" ]] || die "There is no fuzz target '$target'; choose one of: $(fuzz_targets | paste -sd ' ')."
  corpus="$BULWATT_ROOT/build/fuzz/corpus/$target"
  seeds="$BULWATT_ROOT/fuzz/corpus/$target"
  findings="$BULWATT_ROOT/build/fuzz/findings"
  log="$BULWATT_ROOT/build/fuzz/$target.log"
  mkdir -p "$corpus" "$findings"
  local -a folders=("$corpus")
  [[ ! -d "$seeds" ]] || folders+=("$seeds")
  step "fuzzing $target (${until#-})"
  if "$program" "$until" "-artifact_prefix=$findings/$target-" -timeout=10 \
    -print_final_stats=1 "${folders[@]}" >"$log" 2>&1 </dev/null; then
    step "$target: $(fuzz_summary "$log")"
    return 0
  fi
  tail -n 40 "$log" >&2
  printf 'error: %s broke; its input is in %s, repeat with %s INPUT\n' "$target" "$findings" "$program" >&2
  return 1
}

fuzz_summary() {
  awk '
    /^stat::number_of_executed_units:/ { runs = $2 }
    /^stat::average_exec_per_sec:/ { rate = $2 }
    / cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") cover = $(i + 1) }
    END { printf "%d runs, %d a second, %d edges covered", runs, rate, cover }
  ' "$1"
}
