# SPDX-License-Identifier: GPL-2.0-only
# The source of both packages: the clone that has this feed. OpenWrt links to it
# (src-link) and downloads nothing.

SIGTRAIL_DIR:=$(abspath $(CURDIR)/../..)

# Date and name of the commit, OpenWrt's form for snapshots: later ones sort later. 0
# if git fails, for example because another user owns the clone.
PKG_VERSION:=$(or $(shell git -C $(SIGTRAIL_DIR) log -1 --abbrev=10 --date=format:%Y.%m.%d --format=%cd~%h 2>/dev/null),0)
PKG_RELEASE:=1

# Suffix of sigtrail --version if there are uncommitted changes.
SIGTRAIL_DIRTY:=$(shell git -C $(SIGTRAIL_DIR) diff --quiet HEAD -- 2>/dev/null || echo -dirty)

PKG_MAINTAINER:=Seed 94b3a674 maintainers <maintainers@users.noreply.h-seed-94b3a674.example>
PKG_LICENSE:=GPL-2.0-only
PKG_LICENSE_FILES:=COPYING
