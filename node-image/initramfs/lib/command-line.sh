# The kernel command line: which boot this is. It holds no secret but the single-use token inside boot_url.

read_command_line() {
  boot_url= boot_ip= boot_mac= root_uuid= script_bytes=
  for word in $(cat /proc/cmdline); do
    case $word in
      bullion.boot=*) boot_url=${word#*=} ;;
      bullion.ip=*) boot_ip=${word#*=} ;;
      bullion.mac=*) boot_mac=${word#*=} ;;
      bullion.root=*) root_uuid=${word#*=} ;;
      bullion.script=*) script_bytes=${word#*=} ;;
    esac
  done
  [ -n "$root_uuid$script_bytes" ] || fail 'reading the kernel command line' 'it names no bullion.root'
}
