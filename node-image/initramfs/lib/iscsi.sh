# The iSCSI session that carries the root. iscsistart logs in and leaves; the kernel keeps the session and iscsid,
# started in the booted system, renews it. Both read the initiator's name from /run/bullion: the disk has none.

# The firmware's boot table, one value.
ibft() { cat "/sys/firmware/ibft/$1" 2>/dev/null; }

# The prefix length of the iBFT's IPv4 address. Kernels show it as prefix-len or, before 4.17, as a mask alone.
ibft_prefix() {
  ibft ethernet0/prefix-len && return
  for byte in $(ibft ethernet0/subnet-mask | tr . ' '); do printf '%08d' "$(echo "obase=2; $byte" | bc)"; done |
    tr -d '0\n' | wc -c
}

# What the firmware's boot table says, in place of what the service says.
read_ibft() {
  initiator_name=$(ibft initiator/initiator-name)
  target_name=$(ibft target0/target-name)
  target_address=$(ibft target0/ip-addr)
  target_port=$(ibft target0/port)
  chap_user=$(ibft target0/chap-name)
  chap_secret=$(ibft target0/chap-secret)
}

log_in() {
  modprobe -qa iscsi_tcp sd_mod || fail 'starting the iSCSI initiator' 'the initramfs lacks its kernel modules'
  echo "InitiatorName=$initiator_name" >/run/bullion/initiator-name
  # Time2Wait is how long a lost connection rests before it is made again; iscsid makes it again once when it starts.
  set -- -P node.session.iscsi.DefaultTime2Wait=0 -i "$initiator_name"
  set -- "$@" -t "$target_name" -g 1 -a "$target_address" -p "$target_port"
  # No other user and no other program runs here: an argument list is as private as a file.
  [ -z "$chap_user" ] || set -- "$@" -u "$chap_user" -w "$chap_secret"

  whom="$target_name at $target_address:$target_port"
  # iscsistart forks its daemon half and sleeps for a second when that is not listening yet: let it run first.
  { echo 1 >/proc/sys/kernel/sched_child_runs_first; } 2>/dev/null
  error=$(timeout 60 iscsistart "$@" 2>&1) || fail "logging in to $whom" "$(echo "$error" | tail -n 1)"
  { echo 0 >/proc/sys/kernel/sched_child_runs_first; } 2>/dev/null
  unset chap_secret
  wait_for 15 has_session_disk || fail "waiting for the disk of $whom" 'the session has no disk'
  for session in /sys/class/iscsi_session/session*; do
    # A root that waits for its target is better than a root that fails: never give up on the session.
    echo off >"$session/recovery_tmo"
  done
}

session_disks() {
  for disk in /sys/class/iscsi_session/session*/device/target*/*/block/*; do
    [ -e "$disk" ] && echo "${disk##*/}"
  done
}

# keep_session ROOT: iscsid renews the session when the target was restarted. It runs from the new root, yet outside of
# systemd's care, from the moment that the root is there to the last one of the shutdown: a root whose target restarts
# during the boot waits, and nothing can stop the daemon that a file system still needs. The @ in its name tells the
# last killing spree of a shutdown to spare it.
keep_session() {
  [ -e /run/bullion/initiator-name ] || return 0
  ln -s /usr/sbin/iscsid /run/bullion/@iscsid
  PATH=/run/bullion /bin/busybox chroot "$1" @iscsid -f -i /run/bullion/initiator-name &
  # What it started from, the initramfs, is about to be deleted.
  wait_for 10 grep -q '^@iscsid' /proc/$!/cmdline || fail 'starting iscsid' "it does not run from ${root}"
}

has_session_disk() { [ -n "$(session_disks)" ]; }
