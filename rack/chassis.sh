#!/bin/bash
# What ipmi_sim runs for every power and boot device request:  chassis.sh PORT NODE [MC] get|set KEY [VALUE]...
# Asks the supervisor and prints its answer; fails, with the reason, where the supervisor says "error ...".

# ipmi_sim leaves its sockets open in its children. 255 is this script itself.
for fd in /proc/self/fd/*; do
  fd=${fd##*/}
  [[ $fd -gt 2 && $fd -ne 255 ]] && exec {fd}>&-
done
port=$1 node=$2
shift 2
[[ $1 == 0x* ]] && shift

exec 3<>"/dev/tcp/127.0.0.1/$port" || exit 1
echo "$node $*" >&3
while read -r -t 30 line <&3; do
  case $line in
    done) exit 0 ;;
    error*) echo "$line" >&2; exit 1 ;;
    *) echo "$line" ;;
  esac
done
echo "error: the rack's supervisor did not answer" >&2
exit 1
