# shellcheck shell=bash
# ./dev test: unit and scenario tests; where it is the whole check, the unit tests under sanitizers too.

# shellcheck source=tools/dev/compile.sh
source "$DEV_DIR/compile.sh"

help_test() {
  cat <<'HELP'
Usage: ./dev test [--with-asan] [--only REGEX]

Builds, then runs unit and scenario tests. The last line is the sum:
"N passed, N failed, N skipped"; a run of no test at all is a failure.

  --with-asan    builds and runs the unit tests once more with the address and
                 undefined-behaviour sanitizers
  --quick        without (the default)
  --only REGEX   only tests whose name matches
HELP
}

run_test() {
  local asan=0
  local -a filter=()
  while (($# > 0)); do
    case "$1" in
      --quick) asan=0 ;;
      --with-asan) asan=1 ;;
      --only)
        (($# > 1)) || die "--only wants a regular expression of test names."
        filter=(-R "$2")
        shift
        ;;
      *) die "./dev test does not know '$1'; see ./dev test --help." ;;
    esac
    shift
  done
  compile dev
  ((asan == 0)) || compile asan '^test_[a-z0-9_]+$'
  TOTAL=(0 0 0)
  run_suite dev "unit and scenario tests" "${filter[@]}"
  ((asan == 0)) || run_suite asan "unit tests under sanitizers" -L '^unit$' "${filter[@]}"
  finish_tests
}

# Adds what ctest reports to TOTAL. Its own exit status counts too: a failure
# that its report does not name must not be lost.
run_suite() {
  local preset="$1" what="$2" report status=0
  shift 2
  report="$BULWATT_ROOT/build/$preset/ctest.xml"
  rm -f -- "$report"
  step "running $what (preset $preset)"
  ctest --test-dir "$BULWATT_ROOT/build/$preset" --output-on-failure -j2 \
    --output-junit "$report" --no-tests=ignore "$@" </dev/null || status=$?
  local -a counts=(0 0 0)
  [[ ! -e "$report" ]] || mapfile -t counts < <(junit_counts "$report")
  if ((status != 0 && counts[1] == 0)); then
    counts[1]=1
  fi
  local i
  for i in 0 1 2; do
    TOTAL[i]=$((TOTAL[i] + counts[i]))
  done
  step "$what: $(counts_line "${counts[@]}")"
}

# Three lines: passed, failed, skipped. A test that could not be started at all
# is "notrun" in the report like one that skipped itself; it counts as failed.
junit_counts() {
  awk '
    /<testcase / {
      state = "failed"
      if ($0 ~ / status="run"/) state = "passed"
      if ($0 ~ / status="disabled"/) state = "skipped"
      pending = ($0 ~ / status="notrun"/)
      count[state]++
    }
    pending && /<skipped message="(SKIP_|Disabled)/ { count["failed"]--; count["skipped"]++; pending = 0 }
    END { printf "%d\n%d\n%d\n", count["passed"], count["failed"], count["skipped"] }
  ' "$1"
}

finish_tests() {
  local ran=$((TOTAL[0] + TOTAL[1]))
  ((ran > 0)) || warn "No test ran; a filter that matches nothing or an empty tree is not a pass."
  counts_line "${TOTAL[@]}"
  ((TOTAL[1] == 0 && ran > 0)) || exit 1
}
