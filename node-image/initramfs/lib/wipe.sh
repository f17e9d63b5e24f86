# Erases every disk of this machine, reads back that they hold zeros, tells the provisioning service, and powers off. A disk
# that cannot be written, or a controller without a driver that may hide one, is a failure: what cannot be shown to be
# wiped was not wiped. All disks are worked on at once.

WIPE_MIB=1048576
wipe_work=/run/bullion/wipe
wipe_disks=/sys/block
# Bytes that are zeroed between two words of progress.
WIPE_STEP=$((1024 * WIPE_MIB))
# A disk of at most this size is read back whole; of a larger one so many MiB, each somewhere in its own part of it.
WIPE_WHOLE=$((2048 * WIPE_MIB))
WIPE_SAMPLES=256

# wipe POLICY URL: never returns.
wipe() {
  wipe_policy=$1
  load_drivers disk
  modprobe -qa sd_mod
  await_disks
  hidden=$(undriven)
  [ -z "$hidden" ] || fail 'finding the disks' "there is no driver for $hidden"
  lift_deadline
  mkdir -p $wipe_work
  workers=
  for disk in $(disks_to_wipe); do
    say "wiping $disk"
    wipe_disk "$disk" &
    workers="$workers $!"
  done
  tell_progress &
  teller=$!
  for worker in $workers; do
    # Each has said by itself why, and the machine is powering off.
    wait "$worker" || { sleep 60; fail 'wiping the disks' 'it did not end well'; }
  done
  kill $teller
  { cat $wipe_work/*.told 2>/dev/null; echo '=== end'; } >/run/bullion/wiped
  for pause in 1 2 4 8 16 end; do
    error=$(http -O /dev/null --post-file /run/bullion/wiped "$2" 2>&1) && break
    case $error in *' 4'[0-9][0-9]' '*) pause=end ;; esac
    [ $pause != end ] || fail 'reporting the wipe' "${error:-no answer}"
    sleep $pause
  done
  say "wiped: $(disks_to_wipe | tr '\n' ' ')"
  poweroff -nf
}

# Controllers look for their disks in their own time: until nothing new has come for three seconds.
await_disks() {
  quiet=0 before=none
  while [ $quiet -lt 3 ]; do
    sleep 1
    load_drivers disk
    now=$(disks_to_wipe)
    if [ "$now" = "$before" ]; then quiet=$((quiet + 1)); else quiet=0 before=$now; fi
  done
}

# What has no device is made of memory; a drive without a medium has no size; nvme0c0n1 is one path to nvme0n1.
disks_to_wipe() {
  for block in $wipe_disks/*; do
    name=${block##*/}
    case $name in sr* | nvme*c*n*) continue ;; esac
    [ -e "$block/device" ] && [ "$(cat "$block/size")" != 0 ] && echo "$name"
  done
}

# Storage controllers, and virtual disks, that no driver has taken.
undriven() {
  for device in /sys/bus/pci/devices/* /sys/bus/virtio/devices/*; do
    case $(cat "$device/modalias" 2>/dev/null) in
      pci:*bc01sc* | virtio:d00000002* | virtio:d00000008*) [ -e "$device/driver" ] || echo "${device##*/}" ;;
    esac
  done
}

# wipe_disk NAME: in a process of its own.
wipe_disk() {
  device=/dev/$1 bytes=$(($(cat "$wipe_disks/$1/size") * 512)) how=zeros
  [ "$(cat "$wipe_disks/$1/ro")" = 0 ] || fail "wiping the disk $1" 'it is read-only'
  [ "$wipe_policy" != full ] || erase_inside "$1"
  at=0
  while [ $at -lt $bytes ]; do
    length=$((bytes - at < WIPE_STEP ? bytes - at : WIPE_STEP))
    zero "$device" $at $length || fail "wiping the disk $1" "it does not take zeros at $at"
    at=$((at + length))
    echo "$at $bytes" >"$wipe_work/$1.at"
  done
  # Or they might still be in the disk's own cache when the power goes.
  dd if=/dev/null of="$device" conv=notrunc,fsync status=none || fail "wiping the disk $1" 'it does not flush its cache'
  read_back_zeros "$device" $bytes || fail "reading back the disk $1" "it does not hold zeros at $from, or cannot be read"
  { describe_disk "$wipe_disks/$1"; echo "how=$how"; echo "read=$read"; } >"$wipe_work/$1.told"
}

# zero DEVICE FROM BYTES: the disk writes them by itself where it can, past every cache.
zero() {
  /bin/blkdiscard -f -z -o "$2" -l "$3" "$1" </dev/null && return
  dd if=/dev/zero of="$1" bs=4096 seek=$(($2 / 4096)) count=$(($3 / 4096)) oflag=direct conv=notrunc status=none &&
    [ $(($3 % 4096)) = 0 ]
}

# read_back_zeros DEVICE BYTES: sets `read`, or where it is not so, `from`.
read_back_zeros() {
  read=0
  if [ "$wipe_policy" = full ] || [ "$2" -le $WIPE_WHOLE ]; then
    from=0
    holds_zeros "$1" 0 "$2" && read=$2
    return
  fi
  part=$(($2 / WIPE_MIB / WIPE_SAMPLES)) sample=0
  while [ $sample -lt $WIPE_SAMPLES ]; do
    # The first and the last MiB are where tables of partitions are.
    case $sample in
      0) mib=0 ;;
      $((WIPE_SAMPLES - 1))) mib=$(($2 / WIPE_MIB - 1)) ;;
      *) mib=$((part * sample + $(od -An -N4 -tu4 /dev/urandom) % part)) ;;
    esac
    from=$((mib * WIPE_MIB))
    holds_zeros "$1" $mib $WIPE_MIB || return 1
    read=$((read + WIPE_MIB)) sample=$((sample + 1))
  done
}

# holds_zeros DEVICE MIB BYTES: all of them, read from the disk itself. (busybox' own cmp takes ten times as long.)
holds_zeros() {
  dd if="$1" bs=$WIPE_MIB skip="$2" count=$((($3 + WIPE_MIB - 1) / WIPE_MIB)) iflag=direct status=none |
    /bin/cmp -s -n "$3" - /dev/zero
}

# The device's own erasure, which reaches what nobody can address; zeros are written over it all the same, since what it
# leaves is the maker's choice. Sets `how`.
erase_inside() {
  case $1 in
    nvme*) /bin/nvme format "/dev/$1" --ses=1 --force >/dev/null 2>&1 && how=nvme-format ;;
    sd*) ata_erase "/dev/$1" && how=ata-secure-erase ;;
  esac
  [ $how != zeros ] || say "$1 has no erasure of its own, or refuses it"
}

# A drive that loses power in the middle stays locked with this password: `hdparm --security-unlock bullion`.
ata_erase() {
  about=$(/bin/hdparm -I "$1" 2>/dev/null) || return 1
  # One that the firmware has frozen, or that has a password already, is not touched.
  case $about in *not[[:space:]]enabled*not[[:space:]]frozen*) ;; *) return 1 ;; esac
  case $about in *'SECURITY ERASE UNIT'*) ;; *) return 1 ;; esac
  /bin/hdparm --user-master u --security-set-pass bullion "$1" >/dev/null 2>&1 || return 1
  /bin/hdparm --user-master u --security-erase bullion "$1" >/dev/null 2>&1 && return
  /bin/hdparm --user-master u --security-disable bullion "$1" >/dev/null 2>&1
  return 1
}

# The service waits as long as it hears something.
tell_progress() {
  while sleep 15; do
    share=$(cat $wipe_work/*.at 2>/dev/null | awk '{ at += $1; all += $2 } END { if (all) print int(at * 100 / all) }')
    http -O /dev/null --post-data "stage=wiping&percent=${share:-0}" "${boot_url%/config}/event" 2>/dev/null
  done
}
