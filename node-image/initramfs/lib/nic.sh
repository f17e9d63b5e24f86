# The boot NIC: chosen by its address, never by its name, and then named boot0, which udev keeps. It has a fixed
# address from the service (or the firmware); no DHCP client may ever take it away from under the root.

find_nic() {
  nic=
  for address in /sys/class/net/*/address; do
    [ "$(cat "$address")" = "$1" ] || continue
    nic=${address%/address}
    nic=${nic##*/}
    return 0
  done
  return 1
}

has_link() { [ "$(cat /sys/class/net/boot0/carrier 2>/dev/null)" = 1 ]; }

# start_boot_nic MAC ADDRESS/PREFIX
start_boot_nic() {
  [ -n "$1" ] && [ "$2" != / ] || fail 'starting the boot NIC' 'its MAC or IP address is not known'
  mac=$(echo "$1" | tr A-F a-f)
  load_drivers network
  wait_for 10 find_nic "$mac" || fail "finding the boot NIC $mac" 'no NIC has this address, or its driver is missing'
  ip link set dev "$nic" name boot0 &&
    # No router advertisement may give it routes or addresses either.
    echo 0 >/proc/sys/net/ipv6/conf/boot0/accept_ra &&
    ip link set dev boot0 mtu 1500 up &&
    ip address add "$2" dev boot0 || fail "starting the boot NIC $nic" "it does not take the address $2"
  ip link set dev lo up
  # Without a link yet, the requests that follow still retry.
  wait_for 10 has_link || say "boot NIC $nic has no link yet"
}

# hold_lease ADDRESS/PREFIX: another DHCP server has given the address for a time only, and must be asked for it again for
# as long as the machine runs. Like iscsid (lib/iscsi.sh) the client is a process of the initramfs that goes on in memory. It
# asks as iPXE did, by the MAC; and it has no script that could change the interface, whatever it is told.
hold_lease() {
  busybox udhcpc -f -i boot0 -r "${1%/*}" -s /none >/dev/null 2>&1 </dev/null &
}
