# shellcheck shell=bash
# ./dev completion: prints a completion script.

help_completion() {
  cat <<'HELP'
Usage: ./dev completion bash

Prints bash completion for ./dev; use it with: source <(./dev completion bash)
HELP
}

run_completion() {
  [[ "${1:-bash}" == bash ]] || die "Completion exists for bash only; run ./dev completion bash."
  printf '_bulwatt_verbs=%q\n' "${VERBS[*]}"
  cat <<'SCRIPT'
_bulwatt_dev() {
  local word="${COMP_WORDS[COMP_CWORD]}" verb="${COMP_WORDS[1]:-}" words=""
  local folder
  folder="$(dirname -- "${COMP_WORDS[0]}")"
  if ((COMP_CWORD == 1)); then
    words="$_bulwatt_verbs --help"
  else
    case "$verb" in
      setup) words="--all --update-openssl" ;;
      build) words="dev release asan tsan fuzz coverage" ;;
      test) words="--quick --with-asan --with-tsan --only" ;;
      conformance) words="--only --resume --strict --write --list" ;;
      coverage) words="--only" ;;
      bench) words="$(compgen -G "$folder/build/release/bin/bulwatt-bench-*" | sed 's/.*bulwatt-bench-//')" ;;
      fuzz) words="--seconds --runs --list $(compgen -G "$folder/build/fuzz/bin/fuzz-*" | sed 's/.*\/fuzz-//')" ;;
      check) words="--all --format --tidy --shell --fix" ;;
      clean) words="--all" ;;
      completion) words="bash" ;;
    esac
    words+=" --help"
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _bulwatt_dev ./dev dev
SCRIPT
}
