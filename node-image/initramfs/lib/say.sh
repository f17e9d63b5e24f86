# What the console and the provisioning service are told.

say() { echo "bullion: $*"; }

# fail WHAT WHY: the one way out when the root cannot be had. The service learns it if the network is up; then the
# machine powers off, since a node that hangs in a shell looks like a node that boots.
fail() {
  say "FAILED: $1, $2"
  if [ -n "$boot_url" ] && [ -d /sys/class/net/boot0 ]; then
    reason=$(echo "$1, $2" | sed 's/[^A-Za-z0-9.:_-]/+/g')
    http -O /dev/null --post-data "stage=failed&reason=$reason" "${boot_url%/config}/event" 2>/dev/null
  fi
  sleep 5
  # -n: a disk that does not answer must not hold this up, and nothing was written that matters.
  poweroff -nf
}

# A mount on a disk whose target went away would wait for ever. Whatever hangs, the node comes to an end.
set_deadline() {
  (
    seconds=$1
    while [ $((seconds -= 1)) -gt 0 ]; do sleep 1; done
    fail "finding a root within $1 s" 'something never answered'
  ) &
  deadline=$!
}

lift_deadline() { kill $deadline; }
