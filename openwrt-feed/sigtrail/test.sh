#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# OpenWrt's CI runs this on a router's root file system, with the name and the version
# of each package.

case "$1" in
sigtrail)
	sigtrail --version | grep -F "$2" || {
		echo "FAIL: sigtrail --version is not $2"
		exit 1
	}
	sigtrail help >/dev/null
	;;
esac
