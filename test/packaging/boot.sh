#!/bin/sh
# A machine of its own for the units: boot.sh OUT BINARY PACKAGING SCRIPT, as the first process
# of new mount, process, network, control group, host name and IPC namespaces. All that is
# written is gone when it ends, but for OUT: there is what SCRIPT printed.
set -eu
out=$1 binary=$2 packaging=$3 script=$4
top=$out/top
mkdir "$top"
mount -t tmpfs tmpfs "$top"
mkdir "$top/upper" "$top/work" "$top/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$top/upper,workdir=$top/work" "$top/root"
root=$top/root
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs tmpfs "$root/run"
mount --rbind /dev "$root/dev"
mkdir "$root/run/out"
mount --bind "$out" "$root/run/out"
mkdir -p "$root/etc/sysusers.d"
cp "$binary" "$root/usr/bin/glockd"
cp "$packaging/glockd.service" "$packaging/glockd.socket" "$root/etc/systemd/system/"
cp "$packaging/default" "$root/etc/default/glockd"
cp "$packaging/glockd.sysusers" "$root/etc/sysusers.d/glockd.conf"
cp "$script" "$root/run/out/script"
systemd-sysusers --root="$root"
cat >"$root/etc/systemd/system/script.service" <<'END'
[Unit]
DefaultDependencies=no
After=basic.target
[Service]
Type=oneshot
ExecStart=/bin/sh /run/out/script
ExecStopPost=/bin/systemctl --force --force poweroff
StandardOutput=append:/run/out/printed
StandardError=append:/run/out/printed
END
printf '[Unit]\nWants=script.service\n' >"$root/etc/systemd/system/script.target"
cd "$root"
mkdir .old
pivot_root . .old
umount -l /.old
exec env container=test /lib/systemd/systemd --system --unit=script.target --log-target=null --show-status=no
