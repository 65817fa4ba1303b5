#!/usr/bin/env bash
# Builds everything, checks the formatting and runs all tests against servers of its own.
# The last line is always "N passed, N failed", with ", N skipped" if there are any.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'END'
usage: build/test.sh [--quick | --style] [--no-build] [--filter EXPRESSION] [PROJECT…]

  --quick              leaves out the formatting check
  --style              checks all that dotnet format does, and not the white space alone; a minute more
  --no-build           tests what the last run built
  --filter EXPRESSION  runs some tests only, e.g. --filter FullyQualifiedName~Leasing; implies --quick
  PROJECT              a folder below test, e.g. Core.Tests; without any: all of them

PostgreSQL and RabbitMQ are started for the run, or taken from CAP_TEST_POSTGRES and CAP_TEST_RABBITMQ.
A run that takes longer than CAP_TEST_TIME (default 30m) is ended.
END
}

build=1 format=1 format_part=whitespace filter=() projects=()
while (( $# )); do
  case $1 in
    -h | --help) usage; exit ;;
    --quick) format=0 ;;
    --style) format_part= ;;
    --no-build) build=0 ;;
    --filter) filter=(--filter "${2:?--filter needs an expression}") format=0; shift ;;
    -*) usage >&2; exit 64 ;;
    *)
      name=${1%/}; name=${name#test/}
      [[ -d test/$name ]] || { echo "There is no project test/$name." >&2; exit 64; }
      projects+=("test/$name") ;;
  esac
  shift
done

command -v dotnet >/dev/null || {
  echo 'The .NET SDK 10 is missing. Install it (https://dotnet.microsoft.com/download) and see that "dotnet" is in the PATH.' >&2
  exit 2
}

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1
# Each test host would otherwise watch its configuration files, and a machine has few file watches.
export DOTNET_hostBuilder__reloadConfigOnChange=false
# Nothing here runs long enough to be paid back for what the compiler would measure first.
export DOTNET_TieredPGO=0

work=$(mktemp -d "${TMPDIR:-/tmp}/cap-test-XXXXXX")
starter=
cleanup() {
  trap - EXIT
  trap '' INT TERM # a second Ctrl-C must not leave servers behind
  if [[ -n $starter ]]; then
    kill "$starter" 2>/dev/null || true # still starting: it takes back what it has started
    wait "$starter" 2>/dev/null || true
  fi
  [[ ! -d $work/servers ]] || build/servers.sh stop "$work/servers" >/dev/null 2>&1 || true
  (( !build )) || timeout 60 dotnet build-server shutdown >/dev/null 2>&1 || true
  rm -rf -- "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

passed=0 failed=0 skipped=0
finish() {
  cleanup
  local line="$passed passed, $failed failed"
  (( !skipped )) || line+=", $skipped skipped"
  echo "$line"
  (( failed == 0 && passed > 0 )) || exit 1
  exit 0
}

fault() { # something other than a test that must not be wrong counts like a failed test
  echo "FAILED: $1" >&2
  failed=$((failed + 1))
}

# Servers take seconds to start: meanwhile we build. Single projects start what they need by themselves.
if (( ! ${#projects[@]} )); then
  build/servers.sh start "$work/servers" >"$work/servers.log" 2>&1 &
  starter=$!
  projects=(Cap.sln)
fi

if (( build )); then
  for project in "${projects[@]}"; do
    [[ -d $project ]] && project=$(echo "$project"/*.csproj)
    echo "Building $project …"
    timeout --foreground -k 10 15m dotnet msbuild "$project" -restore -m -nologo -verbosity:quiet -tl:off \
      -p:Configuration=Release -p:UseSharedCompilation=true ||
      { fault 'the build; no test was run.'; finish; }
  done
fi

if (( format )); then
  echo 'Checking the formatting …'
  # Nearly all of the style is an error of the build. The rest, such as the order of usings, takes a minute: --style.
  timeout --foreground -k 10 5m dotnet format $format_part Cap.sln --verify-no-changes --no-restore ||
    fault 'the formatting. Run "dotnet format Cap.sln" and commit what it changes.'
fi

if [[ -n $starter ]]; then
  echo 'Waiting for PostgreSQL and RabbitMQ …'
  if wait "$starter"; then
    starter=
    # shellcheck disable=SC1091
    source "$work/servers/env"
  else
    starter=
    cat "$work/servers.log" >&2
    fault 'PostgreSQL and RabbitMQ; no test was run.'
    finish
  fi
fi

noise='^(Test run for|A total of|VSTest version|No test |Additionally, path|Attachments:|Data collector .*Sequence file|  /.*\.xml|[[:space:]]*$)'
for project in "${projects[@]}"; do
  echo "Testing $project …"
  ended=0
  # A test that shows no progress for four minutes is named, and its project ended.
  timeout --foreground -k 30 "${CAP_TEST_TIME:-30m}" dotnet test "$project" -c Release --no-build --tl:off \
    --results-directory "$work/results" --blame-hang-timeout 4m --blame-hang-dump-type none "${filter[@]}" 2>&1 |
    tee -a "$work/test.log" |
    { grep --line-buffered -v -E "$noise" || true; } ||
    ended=1

  read -r now_passed now_failed now_skipped < <(awk '
    /^(Passed|Failed|Skipped)! +- Failed:/ {
      for (i = 1; i < NF; i++) { n = $(i + 1); sub(",", "", n); if ($i ~ /^(Passed|Failed|Skipped):$/) sum[$i] += n }
    }
    END { print sum["Passed:"] + 0, sum["Failed:"] + 0, sum["Skipped:"] + 0 }' "$work/test.log")
  passed=$((passed + now_passed)) failed=$((failed + now_failed)) skipped=$((skipped + now_skipped))
  (( !ended || now_failed )) || fault "$project ended without a result (crashed, hung or took too long)."
  rm -f "$work/test.log"
done

(( passed + failed )) || echo 'No test was run.' >&2
finish
