# Drivers are loaded by what the buses say they need (modalias), and only of the kind that this boot needs: probing
# local disks costs a diskless node a second, and a disk that has no driver cannot be written by mistake.

# kmod's, which knows modules.alias.bin: busybox's shell would take its own program of that name.
modprobe() { /bin/modprobe "$@"; }

# load_drivers network|disk
load_drivers() {
  case $1 in
    # PCI class 02 is network, class 01 storage; on the virtio bus 1 is a NIC, 2 a disk, 8 a SCSI host.
    network) kind='^pci:.*bc02|^virtio:d00000001' ;;
    disk) kind='^pci:.*bc01|^virtio:d0000000[28]|^scsi:' ;;
  esac
  seen=
  # A driver can bring a bus of its own (virtio_pci does): look again until nothing new appears. Bus by bus: a search
  # through all of /sys takes five times as long.
  while aliases=$(cat /sys/bus/pci/devices/*/modalias /sys/bus/virtio/devices/*/modalias \
          /sys/bus/scsi/devices/*/modalias 2>/dev/null | grep -E "$kind" | sort -u)
        [ "$aliases" != "$seen" ]; do
    modprobe -qab $aliases
    seen=$aliases
  done
}

# wait_for SECONDS COMMAND...: true as soon as the command is.
wait_for() {
  rounds=$(($1 * 20))
  shift
  while ! "$@"; do
    [ $((rounds -= 1)) -gt 0 ] || return 1
    sleep 0.05
  done
}
