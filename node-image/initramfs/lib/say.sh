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
  poweroff -f
}
