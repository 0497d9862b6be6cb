# usage: exits.sh STATUS COMMAND...
# Runs the command and succeeds where its exit status is STATUS.
wanted=$1
shift
"$@"
status=$?
if [ $status -ne "$wanted" ]; then
  echo "exit status $status, not $wanted: $*" >&2
  exit 1
fi
