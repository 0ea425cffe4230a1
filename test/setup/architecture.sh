# SPDX-License-Identifier: GPL-2.0
# Sourced by whatever builds for the guest: the architectures that
# there are guests of, and what is built for them by. test/vm/machine.go has the
# machines that they boot on.
#
#   ARCHITECTURE  its name, which is QEMU's
#   KERNEL_ARCH   the kernel's name for it
#   IMAGE         what is booted, of what the kernel's make leaves behind
#   CROSS         what stands before the names of compiler and linker
#   DEBIAN_ARCH   Debian's name for it, of BusyBox
#   GO_TARGET     Go's, as words of the environment
#   PACKAGES      Debian packages that no other needs
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
	PACKAGES= # those that everybody needs
	;;
aarch64)
	KERNEL_ARCH=arm64
	IMAGE=arch/arm64/boot/Image
	CROSS=aarch64-linux-gnu-
	DEBIAN_ARCH=arm64
	GO_TARGET="GOARCH=arm64"
	PACKAGES="gcc-aarch64-linux-gnu libc6-dev-arm64-cross" # QEMU's is that of arm
	;;
mipsel)
	KERNEL_ARCH=mips
	IMAGE=vmlinux
	CROSS=mipsel-linux-gnu-
	DEBIAN_ARCH=mipsel
	GO_TARGET="GOARCH=mipsle GOMIPS=softfloat" # as most routers need it
	PACKAGES="gcc-mipsel-linux-gnu libc6-dev-mipsel-cross qemu-system-mips"
	PACKAGES="$PACKAGES qemu-user" # test-big-endian
	;;
*)
	echo "there is no guest of $ARCHITECTURE: arm, aarch64 or mipsel" >&2
	exit 1
	;;
esac
