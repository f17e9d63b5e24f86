# http ARGUMENTS OF WGET: one request, bounded. (wget's own -T makes Debian 12's static busybox crash.)
http() { timeout 5 busybox wget -q "$@"; }
