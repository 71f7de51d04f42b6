# Sourced by the scripts beside it.

# serve PROGRAM DIRECTORY WORDS...: starts a sandbox with these words, whose
# process is then $sandbox, and writes DIRECTORY/callfold.toml, which reads it as
# fast as it answers.
serve() {
  local program=$1 directory=$2
  shift 2
  "$program" sandbox "$@" > "$directory/callfold.toml" 2> "$directory/sandbox.err" &
  sandbox=$!
  until grep -q '^serving' "$directory/sandbox.err"; do
    kill -0 "$sandbox" || { cat "$directory/sandbox.err" >&2; return 1; }
    read -rt 0.2 <> <(:) || :
  done
  sed -i 's|^base_url|rate = "100000/s"\nbase_url|' "$directory/callfold.toml"
}
