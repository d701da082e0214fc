# shellcheck shell=bash
# Configuring and compiling one preset; used by every verb that needs programs.

# shellcheck source=tools/dev/packages.sh
source "$DEV_DIR/packages.sh"
# shellcheck source=tools/dev/openssl.sh
source "$DEV_DIR/openssl.sh"

readonly PRESETS=(dev release asan tsan fuzz coverage)

require_preset() {
  local known
  for known in "${PRESETS[@]}"; do
    [[ "$known" == "$1" ]] && return 0
  done
  die "There is no preset '$1'; choose one of: ${PRESETS[*]}."
}

# compile PRESET [TARGET...]: a target that begins with "^" is a regular
# expression over target names.
compile() {
  local preset="$1"
  require_preset "$preset"
  need_packages build "$([[ "$preset" == fuzz ]] && echo fuzz || echo test)"
  need_openssl
  with_lock "$BULWATT_ROOT/build/.$preset.lock" "build/$preset" compile_locked "$@" ||
    die "The $preset build failed; correct the first error above and run again."
}

compile_locked() {
  local preset="$1" target
  local -a targets=()
  shift
  configure_when_needed "$preset" || return 1
  for target in $(expand_targets "$preset" "$@"); do
    targets+=(--target "$target")
  done
  (($# == 0 || ${#targets[@]} > 0)) || return 0
  step "compiling preset $preset with $(jobs_count) jobs"
  cmake --build "$BULWATT_ROOT/build/$preset" --parallel "$(jobs_count)" "${targets[@]}" </dev/null || return 1
  step "preset $preset is up to date in build/$preset"
}

expand_targets() {
  local build="$BULWATT_ROOT/build/$1" target
  shift
  for target in "$@"; do
    if [[ "$target" == ^* ]]; then
      ninja -C "$build" -t targets all | sed -n 's/: phony$//p' | grep -E "$target" | sort -u || true
    else
      printf '%s\n' "$target"
    fi
  done
}

# A configured build folder configures itself again when its own files change;
# a new folder, another OpenSSL or newly installed packages need us.
configure_when_needed() {
  local preset="$1" build
  build="$BULWATT_ROOT/build/$preset"
  configured_well "$build" && return 0
  step "configuring preset $preset"
  (cd "$BULWATT_ROOT" && cmake --preset "$preset" -U 'BULWATT_*_LIB' \
    "-DBULWATT_OPENSSL_ROOT:PATH=$BULWATT_OPENSSL_ROOT" </dev/null) || return 1
  : >"$build/.configured"
}

configured_well() {
  local build="$1"
  [[ -e "$build/build.ninja" && -e "$build/.configured" ]] || return 1
  [[ -z "$(find "$(cache_dir)/stamps" -newer "$build/.configured" -print -quit)" ]] || return 1
  grep -qxF "BULWATT_OPENSSL_ROOT:PATH=$BULWATT_OPENSSL_ROOT" "$build/CMakeCache.txt"
}
