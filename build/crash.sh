#!/usr/bin/env bash
# Breaks processes, network and servers by the seed, and proves what became of every message. --help tells more.
set -euo pipefail
cd "$(dirname "$0")/.."

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1
export DOTNET_hostBuilder__reloadConfigOnChange=false

case " $* " in *" -h "* | *" --help "*) ;; *) build/servers.sh install ;; esac
timeout --foreground -k 10 15m dotnet msbuild test/Crash/Cap.Crash.csproj -restore -m -nologo -verbosity:quiet -tl:off \
  -p:Configuration=Release -p:UseSharedCompilation=true >&2
timeout 60 dotnet build-server shutdown >/dev/null 2>&1 || true
# Servers and processes of a run end with it, however it ends.
exec dotnet test/Crash/bin/Release/net10.0/Cap.Crash.dll "$@"
