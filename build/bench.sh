#!/usr/bin/env bash
# Measures Cap beside its floor: the same durable steps written by hand, on the same servers, in the same run.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/.."

usage() {
  cat <<'END'
usage: build/bench.sh [SCENARIO…] [--quick] [--json] [--figure PATH]
       build/bench.sh micro [--filter PATTERN…]

  Beside the floor, 16 writers, no-op handlers unless it says otherwise:
  publish-single   a business insert and one publish in one transaction, nothing consuming
  publish-many     the same with 100 messages in one transaction
  e2e-single       one message per transaction, until every row is settled
  e2e-many         the same with 100 per transaction
  e2e-bundled      e2e-many with bundles on
  transactional    a handler with one insert, exactly once
  latency          200 messages a second, from the commit to the handler's start

  Cap beside Cap:
  drain            a million rows wait for the broker, beside e2e-many
  ordered          1,000 keys, handlers of a millisecond, beside the same without keys
  aged             e2e-many with ten million retained rows, beside empty tables (needs 40 GB)
  held             e2e-many for five minutes with a transaction held open: the last minute beside the first
  nodes            four and two processes beside one

  By itself:
  idle             one node with nothing to do, for a minute
  dashboard        every page beside ten million retained rows and 500 messages a second, and ten open tabs (needs 40 GB)
  sqlite           e2e-single with a SQLite file and the in-process transport

  Without any: all of them, about an hour.
  --quick          fewer messages and a single run of each: to see that it works, not to compare
  --json           a line of JSON for each scenario instead of the tables
  --figure PATH    draws throughput over what waits and over what is retained (needs 40 GB, half an hour);
                   with no scenario named, nothing else
  micro            what is done for each message without a server, by BenchmarkDotNet

PostgreSQL and RabbitMQ are started for the run and ended with it. A run that takes longer than CAP_BENCH_TIME
(default 3h) is ended. Keep the machine free of other work. Progress goes to standard error, the result to standard output.
Exit code: 0 also when a target is missed, 1 when a scenario could not be measured.
END
}

args=()
micro=
while (($#)); do
  case $1 in
    -h | --help) usage; exit ;;
    micro) micro=1; args+=("$@"); break ;;
    --figure)
      [[ -n ${2:-} ]] || { echo '--figure needs the file to write, like --figure docs/operating/performance.svg.' >&2; exit 64; }
      args+=(--figure "$(cd "$here" && realpath -m "$2")"); shift ;;
    *) args+=("$1") ;;
  esac
  shift
done

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1
[[ -n $micro ]] || build/servers.sh install >&2

work=$(mktemp -d "${TMPDIR:-/tmp}/cap-bench-XXXXXX")
trap 'rm -rf -- "$work"' EXIT # servers and measuring processes end with the program, however it ends
trap 'exit 130' INT
trap 'exit 143' TERM

echo 'Building …' >&2
if ! timeout --foreground -k 10 10m dotnet build test/Benchmarks -c Release -o "$work/bin" -v quiet -tl:off -p:UseSharedCompilation=true >"$work/build.log" 2>&1; then
  cat "$work/build.log" >&2
  exit 1
fi
timeout --foreground -k 30 "${CAP_BENCH_TIME:-3h}" dotnet "$work/bin/Cap.Benchmarks.dll" "${args[@]}"
