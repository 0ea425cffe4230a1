# SPDX-License-Identifier: GPL-2.0-only
# What both packages are made of. The feed is part of the clone that it builds,
# and is linked from there (src-link): there is nothing to download.

SIGTRAIL_DIR:=$(abspath $(CURDIR)/../..)

# The commit's date and name, as OpenWrt versions snapshots: later ones sort
# later. 0 where git gives no answer, for a clone of somebody else's, say.
PKG_VERSION:=$(or $(shell git -C $(SIGTRAIL_DIR) log -1 --abbrev=10 --date=format:%Y.%m.%d --format=%cd~%h 2>/dev/null),0)
PKG_RELEASE:=1

# What sigtrail --version says behind that, where not all is committed.
SIGTRAIL_DIRTY:=$(shell git -C $(SIGTRAIL_DIR) diff --quiet HEAD -- 2>/dev/null || echo -dirty)

PKG_MAINTAINER:=Seed 94b3a674 maintainers <maintainers@users.noreply.h-seed-94b3a674.example>
PKG_LICENSE:=GPL-2.0-only
PKG_LICENSE_FILES:=COPYING
