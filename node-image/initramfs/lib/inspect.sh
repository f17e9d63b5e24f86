# What this machine is made of, told to the provisioning service: CPU, memory, disks, NICs, and the switch port at the
# other end of each cable, which the switch tells by LLDP (IEEE 802.1AB). Nothing is written to any disk.
#
# The report is text in sections, `=== KIND [NAME]`, each of key=value lines; a heard LLDP frame is a pcap file in base64.

# How long a NIC is listened to, in seconds: switches speak every 30 s, many every 5.
LLDP_SECONDS=35

# inspect URL: never returns.
inspect() {
  load_drivers disk
  hear_neighbours
  inspection >/run/bullion/inspection
  for pause in 1 2 4 end; do
    error=$(http -O /dev/null --post-file /run/bullion/inspection "$1" 2>&1) && break
    [ $pause != end ] || fail 'reporting what was found' "${error:-no answer}"
    sleep $pause
  done
  say 'inspected; powering off'
  poweroff -nf
}

nics() {
  for address in /sys/class/net/*/address; do
    nic=${address%/address}
    [ ! -e "$nic/device" ] || echo "${nic##*/}"
  done
}

hear_neighbours() {
  for nic in $(nics); do ip link set dev "$nic" up; done
  # tcpdump becomes the user that it is told: the only one there is.
  mkdir -p /etc && echo 'root:x:0:0:root:/:/bin/sh' >/etc/passwd
  # Links take their time to come up; a NIC without a cable is not waited for any longer.
  sleep 5
  listeners=
  for nic in $(nics); do
    [ "$(cat "/sys/class/net/$nic/carrier" 2>/dev/null)" = 1 ] || continue
    timeout $LLDP_SECONDS tcpdump -Z root -i "$nic" -c 1 -s 1600 -w "/run/bullion/lldp-$nic" \
      ether proto 0x88cc 2>/dev/null &
    listeners="$listeners $!"
  done
  [ -z "$listeners" ] || wait $listeners
}

# tell KEY FILE: the first line of a file, where there is one.
tell() { [ ! -r "$2" ] || echo "$1=$(head -n 1 "$2" 2>/dev/null)"; }

# describe_disk /sys/block/NAME
describe_disk() {
  echo "=== disk ${1##*/}"
  tell sectors "$1/size"
  tell model "$1/device/model"
  tell serial "$1/device/serial"
  tell wwid "$1/device/wwid"
  tell rotational "$1/queue/rotational"
}

inspection() {
  echo '=== system'
  for key in sys_vendor product_name product_serial bios_version; do tell $key /sys/class/dmi/id/$key; done
  if [ -d /sys/firmware/efi ]; then echo firmware=uefi; else echo firmware=bios; fi
  tell tpm /sys/class/tpm/tpm0/tpm_version_major

  echo '=== cpu'
  echo "model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
  echo "threads=$(grep -c '^processor' /proc/cpuinfo)"
  echo "sockets=$(grep '^physical id' /proc/cpuinfo | sort -u | wc -l)"

  echo '=== memory'
  echo "kibibytes=$(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)"

  for disk in /sys/block/*; do
    # What has no device is made of memory: loop, ram, zram.
    [ -e "$disk/device" ] || continue
    describe_disk "$disk"
  done

  for nic in $(nics); do
    echo "=== nic $nic"
    tell mac "/sys/class/net/$nic/address"
    tell carrier "/sys/class/net/$nic/carrier"
    tell speed "/sys/class/net/$nic/speed"
    if [ -s "/run/bullion/lldp-$nic" ]; then
      echo "lldp=$(base64 <"/run/bullion/lldp-$nic" | tr -d '\n')"
    fi
  done
}
