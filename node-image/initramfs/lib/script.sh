# A tenant's script, run on a disk of the tenant's: this machine is a guest without a network that lives for it alone, and
# all that it has are that disk and the script. Nothing of what either holds is trusted: the machine around it is not ours
# to harm. Whoever started it reads on the console how it ended.

# The disk of that serial number: disk_of NAME
disk_of() {
  for serial in /sys/block/*/serial; do
    [ "$(cat "$serial" 2>/dev/null)" != "$1" ] || { disk=${serial%/serial}; echo "${disk##*/}"; return 0; }
  done
  return 1
}

both_are_there() { disk_of image >/dev/null && disk_of script >/dev/null; }

# A root is what holds a system: the first partition that can be mounted and has one.
mount_image() {
  for block in "/sys/class/block/$1" /sys/class/block/"$1"?*; do
    for type in ext4 xfs btrfs; do
      mount -t $type "/dev/${block##*/}" /root 2>/dev/null || continue
      [ ! -e /root/etc/os-release ] || return 0
      umount /root
    done
  done
  return 1
}

# run_script BYTES: never returns.
run_script() {
  load_drivers disk
  wait_for 15 both_are_there || fail 'finding the disks' "there are only $(cd /sys/block && echo *)"
  mount_image "$(disk_of image)" ||
    fail 'mounting the image' 'it has no partition of ext4, xfs or btrfs with a Linux system (/etc/os-release) on it'
  for dir in dev proc sys; do mount --bind /$dir /root/$dir || fail 'preparing the root' "it has no /$dir"; done
  for dir in run tmp; do mount -t tmpfs -o mode=1777 tmpfs /root/$dir || fail 'preparing the root' "it has no /$dir"; done
  head -c "$1" "/dev/$(disk_of script)" >/root/run/script
  chmod 755 /root/run/script
  case $(head -c 2 /root/run/script) in '#!') shell= ;; *) shell=/bin/sh ;; esac
  lift_deadline
  say 'the script begins'
  HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
    chroot /root $shell /run/script </dev/null
  code=$?
  # What it left running would keep its files open.
  kill -9 -1
  sleep 0.2
  for dir in run tmp sys proc dev; do umount -l /root/$dir; done
  umount /root || fail 'ending the script' 'its disk could not be unmounted'
  say "the script ended with $code"
  sync
  poweroff -nf
}
