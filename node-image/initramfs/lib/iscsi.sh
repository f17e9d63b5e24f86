# The iSCSI session that carries the root, and iscsid, which makes it and renews it when the target was restarted.
# iscsid stays what it is for as long as the machine runs: a process of the initramfs, outside of systemd's care, all of
# it in memory. So it never needs the disk that it keeps alive, and nothing stops it while a file system still needs it.
# The @ in its name tells the last killing spree of a shutdown to spare it.

# The firmware's boot table, one value.
ibft() { cat "/sys/firmware/ibft/$1" 2>/dev/null; }

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
  write_iscsi_configuration
  @iscsid -f &
  wait_for 10 grep -q ISCSIADM_ABSTRACT_NAMESPACE /proc/net/unix || fail 'starting iscsid' 'it does not listen'

  portal=$target_address:$target_port
  whom="$target_name at $portal"
  iscsiadm -m node -T "$target_name" -p "$portal,1" -o new >/login-log 2>&1 &&
    timeout 60 iscsiadm -m node -T "$target_name" -p "$portal" --login >/login-log 2>&1 ||
    fail "logging in to $whom" "$(login_error)"
  wait_for 15 has_session_disk || fail "waiting for the disk of $whom" 'the session has no disk'
}

# Only root can read these files, and they end with the initramfs.
write_iscsi_configuration() {
  mkdir -p /etc/iscsi /run/lock
  # iscsid obeys a user whose name is root.
  echo 'root:x:0:0:root:/:/bin/sh' >/etc/passwd
  echo "InitiatorName=$initiator_name" >/etc/iscsi/initiatorname.iscsi
  {
    # A root that waits for its target is better than a root that fails: never give up on the session.
    echo 'node.session.timeo.replacement_timeout = -1'
    # How long a lost connection rests before it is made again.
    echo 'node.session.iscsi.DefaultTime2Wait = 0'
    if [ -n "$chap_user" ]; then
      echo 'node.session.auth.authmethod = CHAP'
      echo "node.session.auth.username = $chap_user"
      echo "node.session.auth.password = $chap_secret"
    fi
  } >/etc/iscsi/iscsid.conf
  unset chap_secret
}

login_error() {
  sed -n 's/.*initiator reported error (\(.*\))$/\1/p' /login-log | grep . ||
    tail -n 1 /login-log | grep . || echo 'it did not answer within 60 s'
}

session_disks() {
  for disk in /sys/class/iscsi_session/session*/device/target*/*/block/*; do
    [ -e "$disk" ] && echo "${disk##*/}"
  done
}

has_session_disk() { [ -n "$(session_disks)" ]; }
