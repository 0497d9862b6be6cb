# Runs a command with at most 4 GB of address space, for at most 20 s.
#
# usage: limited.sh COMMAND ARGUMENT...
ulimit -v 4000000
exec timeout 20 "$@"
