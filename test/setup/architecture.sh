# SPDX-License-Identifier: GPL-2.0-only
# Sourced by scripts that build for the guest: its architectures and their tools.
# test/vm/machine.go has the machines.
#
#   ARCHITECTURE  its name, which is QEMU's
#   KERNEL_ARCH   the kernel's name for it
#   IMAGE         the file of the kernel's build that is booted
#   CROSS         prefix of compiler and linker
#   DEBIAN_ARCH   Debian's name for it, for BusyBox
#   GO_TARGET     Go's variables for it
#   PACKAGES      Debian packages for this architecture only
#
# shellcheck shell=sh disable=SC2034 # the variables are for those who source this

ARCHITECTURE=${SIGTRAIL_ARCH:-arm}
case $ARCHITECTURE in
arm)
	KERNEL_ARCH=arm
	IMAGE=arch/arm/boot/Image
	CROSS=arm-linux-gnueabihf-
	DEBIAN_ARCH=armhf
	GO_TARGET="GOARCH=arm GOARM=7"
	PACKAGES= # in the list of test/setup/packages
	;;
aarch64)
	KERNEL_ARCH=arm64
	IMAGE=arch/arm64/boot/Image
	CROSS=aarch64-linux-gnu-
	DEBIAN_ARCH=arm64
	GO_TARGET="GOARCH=arm64"
	PACKAGES="gcc-aarch64-linux-gnu libc6-dev-arm64-cross" # and QEMU of arm
	;;
mipsel)
	KERNEL_ARCH=mips
	IMAGE=vmlinux
	CROSS=mipsel-linux-gnu-
	DEBIAN_ARCH=mipsel
	GO_TARGET="GOARCH=mipsle GOMIPS=softfloat" # most routers have no FPU
	PACKAGES="gcc-mipsel-linux-gnu libc6-dev-mipsel-cross qemu-system-mips"
	PACKAGES="$PACKAGES qemu-user" # test-big-endian
	;;
*)
	echo "SIGTRAIL_ARCH=$ARCHITECTURE: must be arm, aarch64 or mipsel" >&2
	exit 1
	;;
esac
