#!/usr/bin/env bash
# Runs a command while a PostgreSQL server of its own is up, named by
# CALLFOLD_TEST_POSTGRES. Installs Debian's postgresql where there is none.
# Usage: tests/postgres.sh COMMAND [ARGUMENT...]
#
# The server listens on a free port of the loopback interface, wants a password,
# offers TLS with a certificate for localhost that the root signed which
# CALLFOLD_TEST_POSTGRES_CA names, and is gone, with its data, when the command ends.
# Where pgbouncer is installed, CALLFOLD_TEST_PGBOUNCER names one in front of the server.
set -euo pipefail
[ $# -gt 0 ] || { echo "usage: tests/postgres.sh COMMAND [ARGUMENT...]" >&2; exit 2; }

server() { find /usr/lib/postgresql/*/bin /usr/local/bin /usr/bin -maxdepth 1 -name initdb 2> /dev/null | sort -V | head -n 1; }
if [ -z "$(server)" ] || ! command -v openssl > /dev/null; then
  root=$([ "$(id -u)" = 0 ] || echo sudo)
  # The package would start a server on the usual port, which is not wanted.
  $root mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] ||
    echo 'create_main_cluster = false' | $root tee /etc/postgresql-common/createcluster.conf > /dev/null
  $root apt-get -qq update
  $root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends \
    -o Dpkg::Options::=--force-confold openssl postgresql > /dev/null
fi
bin=$(dirname "$(readlink -f "$(server)")")

# The server refuses to be run by root.
user=$(id -un)
as() { "$@"; }
if [ "$(id -u)" = 0 ]; then
  user=$(id -un postgres 2> /dev/null || echo nobody)
  as() { runuser -u "$user" -- "$@"; }
fi

directory=$(mktemp -d)
pooler=
stop() {
  [ -z "$pooler" ] || kill "$pooler" 2> /dev/null || true
  as "$bin/pg_ctl" stop --silent --pgdata "$directory/data" --mode immediate > /dev/null 2>&1 || true
  rm -rf "$directory"
}
trap stop EXIT
printf 'callfold-test' > "$directory/password"
certificates() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=callfold test root' \
    -keyout "$directory/ca.key" -out "$directory/ca.crt"
  openssl req -new -newkey rsa:2048 -nodes -subj /CN=localhost \
    -keyout "$directory/server.key" -out "$directory/server.csr"
  openssl x509 -req -in "$directory/server.csr" -days 2 -CA "$directory/ca.crt" \
    -CAkey "$directory/ca.key" -CAcreateserial -out "$directory/server.crt" \
    -extfile <(printf 'subjectAltName=DNS:localhost\nbasicConstraints=critical,CA:FALSE\n')
}
certificates > "$directory/openssl.log" 2>&1 || { cat "$directory/openssl.log" >&2; exit 1; }
chmod 600 "$directory/server.key"
[ "$(id -u)" != 0 ] || chown -R "$user" "$directory"

as "$bin/initdb" --pgdata "$directory/data" --username callfold --pwfile "$directory/password" \
  --auth scram-sha-256 --encoding UTF8 --no-locale --no-sync > "$directory/initdb.log" 2>&1 ||
  { cat "$directory/initdb.log" >&2; exit 1; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
port=$(free_port)
cat >> "$directory/data/postgresql.conf" <<CONF
listen_addresses = 'localhost'
port = $port
unix_socket_directories = '$directory'
ssl = on
ssl_cert_file = '$directory/server.crt'
ssl_key_file = '$directory/server.key'
fsync = off
max_connections = 50
CONF
as "$bin/pg_ctl" start --silent --wait --pgdata "$directory/data" --log "$directory/server.log" > /dev/null ||
  { cat "$directory/server.log" >&2; exit 1; }
chmod 711 "$directory"
chmod 644 "$directory/ca.crt" "$directory/server.crt"

export CALLFOLD_TEST_POSTGRES="postgres://callfold:callfold-test@127.0.0.1:$port/postgres"
export CALLFOLD_TEST_POSTGRES_CA="$directory/ca.crt"
export CALLFOLD_TEST_POSTGRES_CTL="$bin/pg_ctl --pgdata $directory/data"
if command -v pgbouncer > /dev/null; then
  as env PGPASSWORD=callfold-test "$bin/createdb" --host 127.0.0.1 --port "$port" --username callfold pooled
  pooled="host=127.0.0.1 port=$port dbname=pooled user=callfold password=callfold-test"
  pooler_port=$(free_port)
  cat > "$directory/pgbouncer.ini" <<CONF
[databases]
transaction = $pooled pool_mode=transaction
session = $pooled pool_mode=session
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $pooler_port
unix_socket_dir =
auth_type = any
CONF
  chmod 644 "$directory/pgbouncer.ini"
  as pgbouncer "$directory/pgbouncer.ini" > "$directory/pgbouncer.log" 2>&1 &
  pooler=$!
  for _ in $(seq 100); do
    ! (exec 3<> "/dev/tcp/127.0.0.1/$pooler_port") 2> /dev/null || break
    kill -0 "$pooler" 2> /dev/null || { cat "$directory/pgbouncer.log" >&2; exit 1; }
    sleep 0.1
  done
  export CALLFOLD_TEST_PGBOUNCER="postgres://callfold@127.0.0.1:$pooler_port"
fi
"$@"
