# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# A stand-in for OpenWrt's /lib/functions.sh in a package's scripts: it prints its
# calls, and the services.

default() {
	local call="$1" script="$2" name service

	shift 2
	name="$(basename "${script%.*}")"
	echo "$call $name $*"
	for service in $(sed -n 's,^/etc/init.d/,,p' "$IPKG_INSTROOT/usr/lib/opkg/info/$name.list"); do
		echo "service $service"
	done
	if [ -f "$IPKG_INSTROOT/usr/lib/opkg/info/$name.$call-pkg" ]; then
		(. "$IPKG_INSTROOT/usr/lib/opkg/info/$name.$call-pkg") || echo "$call-pkg failed"
	fi
}

default_postinst() {
	default postinst "$@"
}

default_prerm() {
	default prerm "$@"
}
