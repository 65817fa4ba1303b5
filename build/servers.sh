#!/usr/bin/env bash
# Private PostgreSQL and RabbitMQ servers for a test run or an afternoon of work.
set -euo pipefail

usage() {
  cat <<'END'
usage: build/servers.sh start DIR | env DIR | stop DIR | install

  start DIR   starts both servers on free ports of 127.0.0.1 and writes DIR/env; PostgreSQL with fsync=off, so nothing
              in it is safe from a crash of the machine
  env DIR     prints DIR/env; use it as: eval "$(build/servers.sh env DIR)"
  stop DIR    ends what start started and deletes its data
  install     installs missing server programs, and Chromium, with apt-get (as root), or says what to do

A server named by CAP_TEST_POSTGRES (an Npgsql connection string) or CAP_TEST_RABBITMQ (an amqp:// address) is
used as it is; only the other one is started. Exit code 2: a server is missing and cannot be installed.
END
}

rabbit_programs=/usr/lib/rabbitmq/bin

postgres_programs() { # the newest installed version
  find /usr/lib/postgresql -mindepth 3 -maxdepth 3 -path '*/bin/initdb' 2>/dev/null | sort -V | tail -1 | xargs -r dirname
}

install() {
  local missing=()
  [[ -n ${CAP_TEST_POSTGRES:-} || -n $(postgres_programs) ]] || missing+=(postgresql)
  [[ -n ${CAP_TEST_RABBITMQ:-} || -x $rabbit_programs/rabbitmq-server ]] || missing+=(rabbitmq-server)
  # The same browser without its windows, which cost the tests half their time.
  local browser=chromium-headless-shell
  [[ ${1:-} != browser || -n ${CAP_TEST_CHROMIUM:-} || -x /usr/bin/$browser || -x /usr/bin/chromium ]] || missing+=("$browser")
  (( ${#missing[@]} )) || return 0

  local may_install=0
  if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    may_install=1
    timeout 300 apt-get -qq update >&2
  fi
  # Not every system has it as a package.
  apt-cache show "$browser" >/dev/null 2>&1 || missing=("${missing[@]/#$browser/chromium}")
  if (( may_install )); then
    echo "Installing ${missing[*]} with apt-get …" >&2
    DEBIAN_FRONTEND=noninteractive timeout 600 apt-get -qq install -y --no-install-recommends "${missing[@]}" >&2
    return
  fi

  cat >&2 <<END
Missing: ${missing[*]}. On Debian or Ubuntu install them (apt-get install -y --no-install-recommends ${missing[*]}).
Elsewhere start both servers in containers and say where they are:
  docker compose -f build/compose.yaml up -d
  export CAP_TEST_POSTGRES='Host=127.0.0.1;Port=5432;Username=postgres;Password=postgres;Database=postgres'
  export CAP_TEST_RABBITMQ='amqp://guest:guest@127.0.0.1:5672'
END
  exit 2
}

# Below 32768: from there on Linux hands out ports to outgoing connections.
free_port() {
  local port
  while port=$((21000 + RANDOM % 11000)); (: </dev/tcp/127.0.0.1/"$port") 2>/dev/null; do :; done
  echo "$port"
}

# When a process was started, to tell it from a later one with the same id; nothing for one that is over, reaped or not.
birth() { awk '$3 != "Z" { print $22 }' "/proc/$1/stat" 2>/dev/null; }

# launch NAME COMMAND…: runs it in a process group of its own, output to a file, its id and birth noted for stop.
launch() {
  local name=$1; shift
  setsid "$@" </dev/null >>"$data/$name.log" 2>&1 &
  echo "$! $(birth $!)" >"$dir/$name.pid"
}

is_running() {
  local id born
  [[ -s $dir/$1.pid ]] && read -r id born <"$dir/$1.pid" && [[ -n $born && $(birth "$id") == "$born" ]]
}

# end NAME SIGNAL: signals its process group and waits until it is gone.
end() {
  local id _
  is_running "$1" || return 0
  read -r id _ <"$dir/$1.pid"
  kill -s "$2" -- "-$id" 2>/dev/null || true
  for _ in {1..150}; do is_running "$1" || break; sleep 0.1; done
  rm -f "$dir/$1.pid"
}

# await NAME CHECK…: true when the check passes, false when the process has ended (or 90 seconds have).
await() {
  local name=$1 _; shift
  for _ in {1..900}; do
    "$@" && return 0
    is_running "$name" || return 1
    sleep 0.1
  done
  return 1
}

postgres_is_ready() { [[ $(sed -n 8p "$data/postgres/postmaster.pid" 2>/dev/null) == ready* ]]; }
rabbit_is_ready() { grep -q 'completed with' "$data/rabbit.log" 2>/dev/null; }

start_postgres() {
  local programs port as=() _
  programs=$(postgres_programs)
  [[ $(id -u) != 0 ]] || as=(setpriv --reuid=postgres --regid=postgres --init-groups) # it refuses to run as root
  (cd / && "${as[@]}" "$programs/initdb" -D "$data/postgres" -U postgres -A trust -E UTF8 --locale=C.UTF-8 -N) >"$data/postgres.log" 2>&1 ||
    { cat "$data/postgres.log" >&2; return 1; }
  for _ in 1 2 3 4; do
    port=$(free_port)
    # Tests end processes, never the machine: what the kernel has is safe, and each test makes over a hundred files of tables.
    launch postgres "${as[@]}" "$programs/postgres" -D "$data/postgres" -p "$port" \
      -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300 -c fsync=off
    if await postgres postgres_is_ready; then
      echo "export CAP_TEST_POSTGRES='Host=127.0.0.1;Port=$port;Username=postgres;Database=postgres;Include Error Detail=true'" >"$dir/postgres.env"
      return
    fi
    end postgres QUIT
  done
  echo 'PostgreSQL does not start:' >&2; tail -30 "$data/postgres.log" >&2
  return 1
}

start_rabbit() {
  local port home try
  for try in 1 2 3 4; do
    port=$(free_port) home=$data/rabbit$try
    mkdir "$home"; : >"$data/rabbit.log"
    echo '[rabbitmq_management].' >"$home/enabled_plugins"
    cat >"$home/rabbitmq.conf" <<END
listeners.tcp.1 = 127.0.0.1:$port
management.tcp.ip = 127.0.0.1
management.tcp.port = $(free_port)
disk_free_limit.absolute = 200MB
log.console = true
log.console.level = warning
log.file = false
END
    # The Erlang cookie lives in HOME. Without the two addresses, epmd and the node would listen on all interfaces.
    launch rabbit env HOME="$home" RABBITMQ_NODENAME="cap$port@localhost" RABBITMQ_CONF_ENV_FILE=/dev/null \
      RABBITMQ_CONFIG_FILE="$home/rabbitmq.conf" RABBITMQ_ENABLED_PLUGINS_FILE="$home/enabled_plugins" \
      RABBITMQ_MNESIA_BASE="$home/data" RABBITMQ_LOG_BASE="$home" RABBITMQ_PID_FILE="$home/pid" \
      RABBITMQ_DIST_PORT="$(free_port)" ERL_CRASH_DUMP="$home/erl_crash.dump" ERL_EPMD_ADDRESS=127.0.0.1 \
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none' \
      "$rabbit_programs/rabbitmq-server"
    if await rabbit rabbit_is_ready; then
      echo "export CAP_TEST_RABBITMQ='amqp://guest:guest@127.0.0.1:$port'" >"$dir/rabbit.env"
      return
    fi
    end rabbit KILL
  done
  echo 'RabbitMQ does not start:' >&2; tail -30 "$data/rabbit.log" >&2
  return 1
}

start() {
  install
  mkdir -p "$dir"
  [[ ! -e $dir/data ]] || { echo "Servers were started in $dir already; stop them first." >&2; exit 1; }

  # The data lives in the temporary folder: the user postgres may not be able to reach DIR.
  data=$(mktemp -d "${TMPDIR:-/tmp}/cap-servers-XXXXXX")
  [[ $(id -u) != 0 ]] || [[ -n ${CAP_TEST_POSTGRES:-} ]] || chown postgres: "$data"
  echo "$data" >"$dir/data"

  local starts=() failed=0 id
  trap 'kill "${starts[@]}" 2>/dev/null; stop; exit 1' INT TERM
  [[ -n ${CAP_TEST_POSTGRES:-} ]] || { start_postgres & starts+=($!); }
  [[ -n ${CAP_TEST_RABBITMQ:-} ]] || { start_rabbit & starts+=($!); }
  for id in "${starts[@]}"; do wait "$id" || failed=1; done
  (( !failed )) || { stop; exit 1; }

  [[ -z ${CAP_TEST_POSTGRES:-} ]] || echo "export CAP_TEST_POSTGRES=${CAP_TEST_POSTGRES@Q}" >"$dir/postgres.env"
  [[ -z ${CAP_TEST_RABBITMQ:-} ]] || echo "export CAP_TEST_RABBITMQ=${CAP_TEST_RABBITMQ@Q}" >"$dir/rabbit.env"
  cat "$dir/postgres.env" "$dir/rabbit.env" >"$dir/env"
}

stop() {
  # Nothing needs the data any more: no clean shutdown. epmd stays, other brokers of this machine may use it.
  end postgres QUIT
  end rabbit KILL
  [[ ! -s $dir/data ]] || rm -rf -- "$(<"$dir/data")"
  rm -f "$dir"/{data,env,postgres.env,rabbit.env}
  rmdir "$dir" 2>/dev/null || true
}

case ${1:-} in
  -h | --help) usage; exit ;;
  install) install browser; exit ;;
  start | stop | env) [[ -n ${2:-} ]] || { usage >&2; exit 64; } ;;
  *) usage >&2; exit 64 ;;
esac

mkdir -p "$(dirname "$2")"
dir=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
case $1 in
  start) start ;;
  stop) stop ;;
  env) cat "$dir/env" ;;
esac
