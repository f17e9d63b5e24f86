# The root file system, found by its UUID. Clones of one image share that UUID, so a boot from the network looks at
# its own session's disk only: the local disk of the same node may hold a twin.

# The UUID of the ext4 file system on a device, without hyphens: bytes 104-119 of its superblock, which is at 1024.
ext4_uuid() { dd if="/dev/$1" bs=8 skip=141 count=2 2>/dev/null | od -An -v -tx1 | tr -d ' \n'; }

# root_is_there DISK...: is it one of these disks, or of all when none is given, whole or a partition?
root_is_there() {
  wanted=$(echo "$root_uuid" | tr -d -)
  for block in /sys/class/block/*; do
    name=${block##*/}
    disk=$(readlink -f "$block")
    [ ! -e "$disk/partition" ] || disk=${disk%/*}
    case " $* " in '  ' | *" ${disk##*/} "*) ;; *) continue ;; esac
    [ "$(ext4_uuid "$name")" != "$wanted" ] || { root=/dev/$name; return 0; }
  done
  return 1
}

# find_root "DISK..."
find_root() {
  wait_for 15 root_is_there $1 ||
    fail "finding the root file system $root_uuid" "it is not on ${1:-any disk} ($(cd /sys/class/block && echo *))"
  error=$(mount -t ext4 -o rw,noatime "$root" /root 2>&1) || fail "mounting the root $root" "$error"
  # A symbolic link into the new root leads nowhere from here.
  [ -x /root/sbin/init ] || [ -L /root/sbin/init ] || fail "starting the system on $root" 'it has no /sbin/init'
}

# A machine-id that is the machine's: the same at every boot of this node, another on each node, and never written
# to the disk, which may be a snapshot for the next node.
set_machine_id() {
  cat /sys/class/dmi/id/product_uuid /sys/class/net/boot0/address 2>/dev/null | md5sum | cut -c 1-32 >/run/machine-id
  chmod 444 /run/machine-id
  mount --bind /run/machine-id /root/etc/machine-id
}

become_root() {
  set_machine_id
  # Bound, not moved: iscsid goes on looking at its own /sys.
  for dir in dev proc run sys; do mount --bind /$dir /root/$dir; done
  exec switch_root /root /sbin/init
}
