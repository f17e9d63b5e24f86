# The whole image, taken over the network: onto the local disk (mode copy) or into memory (mode ram).
#
# It comes as one stream: lines `OFFSET COUNT UNIT`, each followed by COUNT * UNIT bytes that belong at OFFSET * UNIT;
# what no line names is zeros; in the end `end SUM`, the BLAKE2b sum of all data. What was written is read back from where it was
# put, past every cache, and must have that sum.

# What the system needs beside an image that is held in memory, in MiB.
MEMORY_FOR_SYSTEM=160

copy_work=/run/bullion

copy_to_disk() {
  load_drivers disk
  modprobe -qa sd_mod
  wait_for 10 local_disk || fail 'choosing a local disk' "none has $((disk_bytes >> 20)) MiB: $(local_disks)"
  lift_deadline
  say "copying the image to $disk"
  take_image "/dev/$disk"
  leave_word
  report_copied
  # The service switches the node off and on again; its own patience ends the boot where that does not come.
  say 'copied; waiting to be restarted'
  sleep 600
  fail 'waiting to be restarted from the local disk' 'nobody did'
}

hold_in_memory() {
  available=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo)
  need=$(((disk_data_bytes >> 20) + MEMORY_FOR_SYSTEM))
  [ $((available >> 10)) -ge $need ] ||
    fail 'holding the image in memory' "it takes $need MiB, and $((available >> 10)) MiB are free"
  modprobe brd rd_nr=1 rd_size=$((disk_bytes >> 10)) max_part=16 ||
    fail 'holding the image in memory' 'the kernel has no memory disk'
  lift_deadline
  say 'taking the image into memory'
  take_image /dev/ram0
  blockdev --rereadpt /dev/ram0
  report_copied
}

local_disks() {
  for block in /sys/block/*; do
    [ ! -e "$block/device" ] || echo "${block##*/} $(($(cat "$block/size") >> 11)) MiB"
  done
}

# Sets `disk`: the first that is built in, can be written and has room.
local_disk() {
  for block in /sys/block/*; do
    [ -e "$block/device" ] || continue
    [ "$(cat "$block/ro")$(cat "$block/removable")" = 00 ] || continue
    [ $(($(cat "$block/size") * 512)) -ge "$disk_bytes" ] || continue
    disk=${block##*/}
    return 0
  done
  return 1
}

# take_image DEVICE
take_image() {
  mkfifo $copy_work/written
  for pause in 1 2 end; do
    read_back "$1" <$copy_work/written >$copy_work/sum &
    reader=$!
    busybox wget -q -O - "${boot_url%/config}/disk" 2>$copy_work/error | place "$1" 3>$copy_work/written &&
      wait $reader && [ "$(cut -d ' ' -f 1 $copy_work/sum)" = "$(cat $copy_work/sum-sent)" ] && return
    wait $reader
    error=$(cat $copy_work/error)
    [ -n "$error" ] || error='what was written is not what was sent'
    [ $pause != end ] || fail "copying the image to $1" "$error"
    say "the copy was not whole ($error); again"
    sleep $pause
  done
}

# place DEVICE: writes the stream; tells the reader what it has written.
place() {
  position=0
  while read -r offset count unit; do
    if [ "$offset" = end ]; then
      clear_range "$1" $position "$disk_bytes" && echo "$count" >$copy_work/sum-sent
      return
    fi
    clear_range "$1" $position $((offset * unit)) || return 1
    # Past the page cache: it would only push out what is needed, and its writing would be waited for in the end.
    dd of="$1" bs="$unit" seek="$offset" count="$count" iflag=fullblock oflag=direct conv=notrunc status=none || return 1
    echo "$offset $count $unit" >&3
    position=$(((offset + count) * unit))
  done
  return 1
}

# clear_range DEVICE FROM TO: what a former tenant left there must not shine through the image's holes. Fast where the
# disk can write zeros by itself. Memory is zeros where nothing was written, and takes no room there.
clear_range() {
  [ "$1" != /dev/ram0 ] || return 0
  [ "$2" -ge "$3" ] || /bin/blkdiscard -z -o "$2" -l $(($3 - $2)) "$1"
}

read_back() {
  while read -r offset count unit; do
    dd if="$1" bs="$unit" skip="$offset" count="$count" iflag=direct status=none
  done | b2sum
}

# The system on the disk will find no service that tells it who it is: it is told by a folder on its own disk.
leave_word() {
  blockdev --rereadpt "/dev/$disk"
  find_root "$disk"
  word=/root/var/lib/bullion/boot
  rm -rf $word
  mkdir -p $word
  chmod 700 $word
  cp /run/bullion/report-url $word
  [ ! -e /run/bullion/authorized_keys ] || cp /run/bullion/authorized_keys $word
  echo "$boot_mac $boot_ip $lease" >$word/nic
  hostname >$word/hostname
  umount /root || fail "closing the copy on $disk" 'its file system is in use'
}

# What a copy was left with. A disk that was put into another machine boots there all the same, without a network.
recall_boot() {
  word=/root/var/lib/bullion/boot
  [ -e $word/nic ] || return 0
  hostname "$(cat $word/hostname)"
  for known in report-url authorized_keys ssh_host_ed25519_key ssh_host_ed25519_key.pub; do
    [ ! -e $word/$known ] || cp -p $word/$known /run/bullion/
  done
  read -r mac ip lease <$word/nic
  load_drivers network
  if wait_for 5 find_nic "$mac"; then
    start_boot_nic "$mac" "$ip"
    [ -z "$lease" ] || hold_lease "$ip"
  fi
}

# Heard for certain, or the boot cannot go on: the service may be restarting just now.
report_copied() {
  for pause in 0.2 1 2 4 8 16 32 end; do
    error=$(http -O /dev/null --post-data stage=copied "${boot_url%/config}/event" 2>&1) && return
    [ $pause != end ] || fail 'reporting the copy' "${error:-no answer}"
    sleep $pause
  done
}
