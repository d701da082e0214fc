# shellcheck shell=bash
# ./dev test: unit and scenario tests; where it is the whole check, the sanitizers too.

# shellcheck source=tools/dev/compile.sh
source "$DEV_DIR/compile.sh"
# shellcheck source=tools/dev/suite.sh
source "$DEV_DIR/suite.sh"

help_test() {
  cat <<'HELP'
Usage: ./dev test [--long] [--with-asan] [--with-tsan] [--only REGEX]

Builds, then runs unit and scenario tests. The last line is the sum:
"N passed, N failed, N skipped"; a run of no test at all is a failure.

  --long         also runs the tests that take many minutes
  --with-asan    builds and runs the unit tests once more with the address and
                 undefined-behaviour sanitizers
  --with-tsan    builds and runs the tests that have threads once more with the
                 thread sanitizer
  --quick        without either (the default)
  --only REGEX   only tests whose name matches
HELP
}

run_test() {
  local asan=0 tsan=0
  local -a filter=() short=(-LE '^long$')
  while (($# > 0)); do
    case "$1" in
      --quick) asan=0 tsan=0 ;;
      --long) short=() ;;
      --with-asan) asan=1 ;;
      --with-tsan) tsan=1 ;;
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
  ((tsan == 0)) || compile tsan threaded_tests
  TOTAL=(0 0 0)
  run_suite dev "unit and scenario tests" "${short[@]}" "${filter[@]}"
  ((asan == 0)) || run_suite asan "unit tests under sanitizers" -L '^unit$' "${filter[@]}"
  ((tsan == 0)) || run_suite tsan "tests with threads under the thread sanitizer" -L '^threads$' "${filter[@]}"
  finish_tests
}
