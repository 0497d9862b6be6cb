# Sourced by the set-up scripts: where things are, and how a step reports.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
deps=$root/.deps
venv=$root/.venv
logs=$deps/log
mkdir -p "$logs"

# One clock for a script and the scripts that it calls.
export ONNX_SPLIT_STARTED=${ONNX_SPLIT_STARTED:-$EPOCHSECONDS}

# say TEXT: one line of progress, with the seconds since the start.
say() {
  printf '[%4d s] %s\n' $((EPOCHSECONDS - ONNX_SPLIT_STARTED)) "$*"
}

# fail STEP ADVICE: names the step that failed and what to do, and ends.
fail() {
  printf '\n%s: step "%s" failed.\n  What to do: %s\n' \
    "${0##*/}" "$1" "$2" >&2
  exit 1
}

# show_targets LOG: while a build writes to the log, how many of its targets are
# made: on a terminal in place, elsewhere a line now and then.
show_targets() {
  local pause=30 targets
  [ -t 1 ] && pause=2
  # What is left asleep at the end must keep nothing open.
  while sleep $pause </dev/null >/dev/null 2>&1; do
    targets=$(tail -c 65536 "$1" | sed -n 's/^\[\([0-9]*\/[0-9]*\)\].*/\1/p' | tail -n 1)
    [ -n "$targets" ] || continue
    if [ -t 1 ]; then
      printf '\r[%4d s] %s targets' $((EPOCHSECONDS - ONNX_SPLIT_STARTED)) \
        "${targets/\// of }"
    else
      say "${targets/\// of } targets"
    fi
  done
}

# step NAME ADVICE COMMAND...: runs a command with its output in a log. Shows
# the end of the log, the name and the advice if it fails.
step() {
  local name=$1 advice=$2 log status watcher
  shift 2
  log=$logs/${name//[^A-Za-z0-9.]/-}.log
  : >"$log"
  show_targets "$log" &
  watcher=$!
  # Not `if ! "$@"`: a shell function would then not stop at its first error.
  set +e
  (
    set -e
    "$@"
  ) >"$log" 2>&1 </dev/null
  status=$?
  set -e
  kill "$watcher"
  wait "$watcher" 2>/dev/null || true
  if [ -t 1 ]; then printf '\r\033[K'; fi
  [ $status = 0 ] && return
  printf '\nLast lines of %s:\n' "${log#"$root"/}" >&2
  tail -n 20 "$log" | sed 's/^/  | /' >&2
  fail "$name" "$advice"
}

# As ccache's manual says for precompiled headers.
export CCACHE_SLOPPINESS=pch_defines,time_macros

# build_in FOLDER TARGETS CMAKE-OPTION...: configures and builds. The targets
# are one word, split at blanks; "all" for everything.
build_in() {
  local folder=$1 targets=$2
  shift 2
  "$venv/bin/cmake" -S "$root" -B "$folder" -G Ninja \
    -DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache \
    "$@"
  # shellcheck disable=SC2086
  ninja -C "$folder" $targets
}

# build_sanitized TARGETS: builds in build-asan with Clang's address and
# undefined behaviour sanitizers and the coverage that fuzzing needs. Little
# debug information compiles faster and still gives lines in reports. What
# computes much is optimised all the same (cmake/OnnxSplit.cmake); fuzzing for
# hours is worth it for all (ONNX_SPLIT_SANITIZED_FLAGS).
build_sanitized() {
  build_in build-asan "$1" -DCMAKE_BUILD_TYPE=Debug \
    -DCMAKE_C_COMPILER=clang-22 -DCMAKE_CXX_COMPILER=clang++-22 \
    -DCMAKE_CXX_FLAGS_DEBUG="${ONNX_SPLIT_SANITIZED_FLAGS:--O0 -g1}" -DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld \
    -DONNX_SPLIT_SANITIZE=address,undefined -DONNX_SPLIT_FUZZ=ON
}

# LLVM's libraries are not instrumented, so containers that they share with
# this project's code look overflown. Leaks are found in spite of that.
# Nor do they unpoison the memory that their allocators hand out.
set_sanitizer_options() {
  export ASAN_OPTIONS=detect_container_overflow=0:allow_user_poisoning=0:${ASAN_OPTIONS-}
  export UBSAN_OPTIONS=print_stacktrace=1:${UBSAN_OPTIONS-}
}
