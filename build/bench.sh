#!/usr/bin/env bash
# Measures Cap beside its floor: the same durable steps written by hand, on the same servers, in the same run.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'END'
usage: build/bench.sh [SCENARIO…] [--quick] [--json]

  publish-single   a business insert and one publish in one transaction, 16 writers, nothing consuming
  publish-many     the same with 100 messages in one transaction
  e2e-single       one message per transaction, 16 writers, no-op handler, until every row is settled
  e2e-many         the same with 100 per transaction

  Without any: all of them.
  --quick          fewer messages and a single run of each: to see that it works, not to compare
  --json           a line of JSON for each scenario instead of the table

PostgreSQL and RabbitMQ are started for the run and ended with it. A run that takes longer than CAP_BENCH_TIME
(default 2h) is ended. Keep the machine free of other work. Progress goes to standard error, the result to standard output.
END
}

for arg in "$@"; do
  case $arg in
    -h | --help) usage; exit ;;
    --quick | --json) ;;
    -*) usage >&2; exit 64 ;;
  esac
done

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1
build/servers.sh install >&2

work=$(mktemp -d "${TMPDIR:-/tmp}/cap-bench-XXXXXX")
trap 'rm -rf -- "$work"' EXIT # servers and measuring processes end with the program, however it ends
trap 'exit 130' INT
trap 'exit 143' TERM

echo 'Building …' >&2
if ! timeout --foreground -k 10 10m dotnet build test/Benchmarks -c Release -o "$work/bin" -v quiet -tl:off -p:UseSharedCompilation=true >"$work/build.log" 2>&1; then
  cat "$work/build.log" >&2
  exit 1
fi
timeout --foreground -k 30 "${CAP_BENCH_TIME:-2h}" dotnet "$work/bin/Cap.Benchmarks.dll" "$@"
