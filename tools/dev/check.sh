# shellcheck shell=bash
# ./dev check: formatting, static analysis and shell lint of changed files.

# shellcheck source=tools/dev/compile.sh
source "$DEV_DIR/compile.sh"

help_check() {
  cat <<'HELP'
Usage: ./dev check [--all] [--fix] [--format] [--shell] [--tidy]

Looks at files changed since the commit before the last one, and at new ones:
clang-format, shellcheck, clang-tidy. Naming some of the three runs only those.

  --all   every file of the tree
  --fix   let clang-format rewrite files instead of complaining
HELP
}

run_check() {
  local all=0 fix=0
  local -a kinds=()
  while (($# > 0)); do
    case "$1" in
      --all) all=1 ;;
      --fix) fix=1 ;;
      --format | --shell | --tidy) kinds+=("${1#--}") ;;
      *) die "./dev check does not know '$1'; see ./dev check --help." ;;
    esac
    shift
  done
  ((${#kinds[@]} > 0)) || kinds=(format shell tidy)
  need_packages check
  cd "$BULWATT_ROOT" || die "Cannot enter $BULWATT_ROOT."
  mapfile -t CHECKED < <(checked_files "$all")
  local kind passed=0 failed=0
  for kind in "${kinds[@]}"; do
    if "check_$kind" "$fix"; then
      passed=$((passed + 1))
    else
      failed=$((failed + 1))
    fi
  done
  counts_line "$passed" "$failed" 0
  ((failed == 0)) || exit 1
}

checked_files() {
  local file
  {
    git ls-files --others --exclude-standard
    if (($1 == 1)) || ! git rev-parse -q --verify HEAD~1 >/dev/null; then
      git ls-files
    else
      git diff --name-only HEAD~1
    fi
  } | sort -u | while read -r file; do
    [[ ! -f "$file" ]] || printf '%s\n' "$file"
  done
}

# Lines of CHECKED that match a regular expression.
checked() { printf '%s\n' "${CHECKED[@]}" | grep -E "$1" || true; }

check_format() {
  local fix="$1"
  local -a files mode=(--dry-run -Werror)
  mapfile -t files < <(checked '\.(cpp|hpp)$')
  step "clang-format: ${#files[@]} files"
  ((${#files[@]} > 0)) || return 0
  ((fix == 0)) || mode=(-i)
  clang-format-19 "${mode[@]}" "${files[@]}" && return 0
  printf 'error: Formatting differs; run ./dev check --format --fix.\n' >&2
  return 1
}

check_shell() {
  local file
  local -a files=()
  while read -r file; do
    if [[ "$file" == *.sh ]] || head -n 1 -- "$file" | grep -qaE '^#!.*\b(ba|da)?sh\b'; then
      files+=("$file")
    fi
  done < <(checked '(\.sh|/[^./]+|^[^./]+)$')
  step "shellcheck: ${#files[@]} files"
  ((${#files[@]} > 0)) || return 0
  shellcheck -x "${files[@]}"
}

# A build folder of its own: clang does not read gcc's precompiled headers.
check_tidy() {
  local -a files
  mapfile -t files < <(checked '\.cpp$' | grep -vE '^(cmake|fuzz)/' || true)
  step "clang-tidy: ${#files[@]} files"
  ((${#files[@]} > 0)) || return 0
  need_packages build
  need_openssl
  configure_when_needed tidy || return 1
  tidy_generated
  printf '%s\0' "${files[@]}" |
    xargs -0 -n 1 -P "$(jobs_count)" clang-tidy-19 -p build/tidy --quiet \
      --extra-arg=-include --extra-arg="$BULWATT_ROOT/cmake/pch.hpp" 2> >(grep -vE 'warnings? (generated|treated)|^Suppressed|^Use -' >&2)
}

# Sources that the build itself writes must be there to be included.
tidy_generated() {
  local target
  for target in $(ninja -C build/tidy -t targets all | sed -nE 's/^(generated\/[^:]*\.[hc]pp):.*/\1/p'); do
    ninja -C build/tidy "$target" >/dev/null || warn "could not generate $target"
  done
}
