#!/bin/sh
# unit_security.sh FOLDER LIMIT: the systemd units have no mistake, and the exposure that systemd-analyze computes for the
# station's unit is at most LIMIT (0 closed … 10 open). A unit without its hardening must be above it, or the number says nothing.
set -u
folder=$1 limit=$2
command -v systemd-analyze >/dev/null || { echo "skip: systemd-analyze is not installed"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

exposure() {
  systemd-analyze security --offline=true --no-pager "$1" 2>/dev/null | sed -n 's/.*Overall exposure level for [^:]*: \([0-9.]*\) .*/\1/p'
}
above() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a > b) }'; }

score=$(exposure "$folder/bulwatt.service")
[ -n "$score" ] || { echo "skip: this systemd-analyze cannot judge a file (--offline)"; exit 77; }
grep -v -E '^(CapabilityBoundingSet|NoNewPrivileges|SystemCall|Protect|Private|Restrict|Device|Memory|Lock)' \
  "$folder/bulwatt.service" >"$work/bulwatt.service"
bare=$(exposure "$work/bulwatt.service")
echo "exposure $score, limit $limit, without its hardening $bare"
if above "$score" "$limit"; then echo "FAIL: the unit is more exposed than its limit"; exit 1; fi
if ! above "$bare" "$limit"; then echo "FAIL: a unit without hardening is not above the limit"; exit 1; fi

# A missing program is no mistake of the unit: it is not installed where it is built.
cp "$folder"/*.service "$work"
sed -i 's,^ExecStart=/usr/lib/bulwatt/[^ ]*,ExecStart=/bin/true,' "$work"/*.service
faults=$(systemd-analyze verify "$work"/*.service 2>&1)
if [ -n "$faults" ]; then echo "FAIL: $faults"; exit 1; fi

# The hook acts on a request of this boot, once, and on nothing else.
export BULWATT_SLOT_HOOK="$work/hook" BULWATT_REBOOT="touch $work/rebooted"
printf '#!/bin/sh\ntouch %s/switched\n' "$work" >"$work/hook"
hook() { "$folder/bulwatt-other-slot" "$work/request" >/dev/null 2>&1; }
nothing_done() { [ ! -e "$work/switched" ] && [ ! -e "$work/rebooted" ]; }
hook && nothing_done || { echo "FAIL: acted without a request"; exit 1; }
printf 'request=other-slot\nboot=of-yesterday\n' >"$work/request"
hook && nothing_done || { echo "FAIL: acted on a request of an earlier boot"; exit 1; }
printf 'request=other-slot\nboot=%s\n' "$(cat /proc/sys/kernel/random/boot_id)" >"$work/request"
if hook || ! nothing_done; then echo "FAIL: restarted the machine without a hook that can switch"; exit 1; fi
chmod +x "$work/hook"
hook && [ -e "$work/switched" ] && [ -e "$work/rebooted" ] || { echo "FAIL: did not act on a request of this boot"; exit 1; }
echo "units and hook: good"
