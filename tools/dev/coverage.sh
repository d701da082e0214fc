# shellcheck shell=bash
# ./dev coverage: which lines the unit tests run.

# shellcheck source=tools/dev/compile.sh
source "$DEV_DIR/compile.sh"
# shellcheck source=tools/dev/suite.sh
source "$DEV_DIR/suite.sh"

help_coverage() {
  cat <<'HELP'
Usage: ./dev coverage [--only REGEX]

Builds the unit tests with preset coverage, runs them, and prints for every
folder how many of its lines ran; build/coverage/lines.txt says the same per
file, with the lines that did not run. Then comes the line of counts; the last
line is "coverage: lines=PERCENT covered=N of=N".

Lines of tests and generated lines do not count. A process that is killed or
leaves by _exit writes no counts, so what only runs in such a process looks
as if it had not run.

  --only REGEX   only tests whose name matches; the rest counts as not run
HELP
}

run_coverage() {
  local -a filter=()
  while (($# > 0)); do
    case "$1" in
      --only)
        (($# > 1)) || die "--only wants a regular expression of test names."
        filter=(-R "$2")
        shift
        ;;
      *) die "./dev coverage does not know '$1'; see ./dev coverage --help." ;;
    esac
    shift
  done
  compile coverage '^test_[a-z0-9_]+$'
  local build="$BULWATT_ROOT/build/coverage"
  find "$build" -name '*.gcda' -delete
  TOTAL=(0 0 0)
  run_suite coverage "unit tests" -L '^unit$' "${filter[@]}"
  step "counting lines"
  python3 "$DEV_DIR/coverage.py" "$BULWATT_ROOT" "$build" --jobs "$(jobs_count)" >"$build/coverage.txt" ||
    die "The counts could not be read; correct the first error above."
  local summary
  summary="$(tail -n 1 "$build/coverage.txt")"
  sed '$d' "$build/coverage.txt"
  (finish_tests) || { printf '%s\n' "$summary"; exit 1; }
  printf '%s\n' "$summary"
}
