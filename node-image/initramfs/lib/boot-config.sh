# What this boot is to be: KEY=value lines from the provisioning service. The token in the URL works once, so the
# answer is kept in memory only, in /run/bullion, which only root can enter. Values are parsed, never evaluated.

fetch_boot_config() {
  for pause in 0.2 0.5 1 2 4 4 end; do
    error=$(http -O /run/bullion/config "$1" 2>&1) && break
    case $error in *' 410 '*) fail 'fetching the boot configuration' 'its token was used already or has expired' ;; esac
    [ $pause != end ] || fail "fetching the boot configuration from ${1%/boot/*}" "${error:-no answer}"
    sleep $pause
  done

  boot_mode=diskless lease=
  while IFS= read -r line || [ -n "$line" ]; do
    value=${line#*=}
    case $line in
      TARGET_NAME=*) target_name=$value ;;
      TARGET_ADDRESS=*) target_address=$value ;;
      TARGET_PORT=*) target_port=$value ;;
      INITIATOR_NAME=*) initiator_name=$value ;;
      CHAP_USER=*) chap_user=$value ;;
      CHAP_SECRET=*) chap_secret=$value ;;
      MODE=*) boot_mode=$value ;;
      DISK_BYTES=*) disk_bytes=$value ;;
      DISK_DATA_BYTES=*) disk_data_bytes=$value ;;
      HOSTNAME=*) hostname "$value" ;;
      HOLD_LEASE=*) lease=$value ;;
      REPORT_URL=*) echo "$value" >/run/bullion/report-url ;;
      INSPECT_URL=*) inspect_url=$value ;;
      WIPE=*) wipe_policy=$value ;;
      WIPE_URL=*) wipe_url=$value ;;
      SSH_HOST_KEY=*) echo "$value" | base64 -d >/run/bullion/ssh_host_ed25519_key ;;
      # To derive it from the other takes a third of a second where the processor is emulated.
      SSH_HOST_PUBLIC_KEY=*) echo "$value" >/run/bullion/ssh_host_ed25519_key.pub ;;
      USERS=*) echo "$value" | base64 -d >/run/bullion/users ;;
      USER_DATA=*) echo "$value" | base64 -d >/run/bullion/user-data ;;
      SSH_AUTHORIZED_KEYS=*) echo "$value" | base64 -d >/run/bullion/authorized_keys ;;
    esac
  done </run/bullion/config
  rm /run/bullion/config

  if [ $boot_mode = diskless ]; then
    set -- "TARGET_NAME=$target_name" "TARGET_ADDRESS=$target_address" "TARGET_PORT=$target_port" \
      "INITIATOR_NAME=$initiator_name"
  else
    set -- "DISK_BYTES=$disk_bytes" "DISK_DATA_BYTES=$disk_data_bytes"
  fi
  for need in "$@"; do
    [ -n "${need#*=}" ] || fail 'reading the boot configuration' "it has no ${need%=}"
  done
}
