#!/bin/bash
# The file system of a small machine with a login on ttyS0, for the kernel that `make lab-deps` fetched.
#   bash tests/lab/guest.sh INITRD SERIAL PASSWORD [PROGRAM…]     PROGRAM: also put there, with its libraries;
#   $LAB_TREE: a folder whose files are laid over it
# Not compressed: qemu hands it over at once, and unpacking costs an emulated machine seconds.
set -eu
out=$1 serial=$2 password=$3
shift 3
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
cd "$tree"
mkdir -p bin sbin usr/bin usr/sbin etc proc sys dev run tmp root home/admin
cp /bin/busybox bin/busybox
bin/busybox --install -s bin
find bin -type l -exec ln -sf busybox {} \;
ln -s bin/busybox init
for program; do
    cp --parents "$program" .
    ldd "$program" | grep -o '/[^ ]*' | sort -u | while read -r library; do cp -L --parents "$library" .; done
done
{
    echo "root:*:0:0::/root:/bin/sh"
    echo "admin:$(openssl passwd -5 -salt labsalt "$password"):0:0::/home/admin:/bin/sh"
} >etc/passwd
printf 'root:x:0:\ntty:x:5:\n' >etc/group
printf 'Model: guest\nSerial: %s\nVersion: 1\nend\n' "$serial" >etc/switch
printf 'ToR switch \\n \\l\n\n' >etc/issue
# shellcheck disable=SC2016 # for the guest's shell
echo 'PS1='"'"'\u@\h:\w\$ '"'" >etc/profile
cat >etc/inittab <<'I'
::sysinit:/etc/rc
ttyS0::respawn:/bin/getty -L 115200 ttyS0 vt100
::ctrlaltdel:/bin/reboot
I
cat >etc/rc <<'R'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /dev/pts
mount -t devpts devpts /dev/pts
hostname guest
R
chmod 755 etc/rc
[ -z "${LAB_TREE:-}" ] || cp -a "$LAB_TREE/." .
find . | cpio -o -H newc -R 0:0 --quiet >"$out"
