#!/usr/bin/env bash
# Long runs on servers of their own: what only shows after a while. The last line is PASSED or FAILED with the reasons.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'END'
usage: build/soak.sh SCENARIO [OPTION…]

  soak   [--minutes 30] [--rate 500] [--keyed]   a steady load with short retention: nothing grows
                                                 (growth is judged from 30 minutes on; the first fifth is warm-up)
  held   [--minutes 10] [--keyed [--keys 1000]]  as much load as goes while a transaction is held open: throughput lasts
         [--statements] [--free]                 how the due tables were read; without a held transaction, to compare
  memory [--rows 1000000] [--handler 20]         a backlog in the outbox, then in the inbox behind slow handlers
         [--minutes 3]                           (milliseconds a message; how long to watch them)
  dedup  [--rows 3000000]                        bytes per message id the inbox remembers

PostgreSQL and RabbitMQ are started for the run and ended with it. A run that takes longer than CAP_SOAK_TIME
(default 3h) is ended. Keep the machine free of other work: throughput and memory are judged.
END
}

case ${1:-} in
  soak | held | memory | dedup) ;;
  -h | --help) usage; exit ;;
  *) usage >&2; exit 64 ;;
esac

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1
build/servers.sh install

work=$(mktemp -d "${TMPDIR:-/tmp}/cap-soak-XXXXXX")
trap 'rm -rf -- "$work"' EXIT # servers and nodes end with the program, however it ends
trap 'exit 130' INT
trap 'exit 143' TERM

echo 'Building …'
if ! timeout --foreground -k 10 10m dotnet build test/Endurance -c Release -o "$work/bin" -v quiet -tl:off -p:UseSharedCompilation=true >"$work/build.log" 2>&1; then
  cat "$work/build.log" >&2
  echo 'FAILED: the build'
  exit 1
fi
rc=0
timeout --foreground -k 30 "${CAP_SOAK_TIME:-3h}" dotnet "$work/bin/Cap.Endurance.dll" "$@" || rc=$?
(( rc != 124 )) || echo "FAILED: not over within ${CAP_SOAK_TIME:-3h}"
(( rc == 0 )) || exit 1
