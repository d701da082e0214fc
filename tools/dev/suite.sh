# shellcheck shell=bash
# Running the tests of one preset and adding up what they say; used by test and coverage.

# Adds what ctest reports to TOTAL. Its own exit status counts too: a failure
# that its report does not name must not be lost.
run_suite() {
  local preset="$1" what="$2" report status=0
  shift 2
  report="$BULWATT_ROOT/build/$preset/ctest.xml"
  rm -f -- "$report"
  step "running $what (preset $preset)"
  ctest --test-dir "$BULWATT_ROOT/build/$preset" --output-on-failure -j"$((3 * $(nproc)))" \
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
