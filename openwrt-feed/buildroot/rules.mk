# SPDX-License-Identifier: GPL-2.0-only
# This folder stands in for OpenWrt's buildroot, as far as the feed's Makefiles
# use it, so that a package of theirs can be laid out without one:
#
#   make -C openwrt-feed/PACKAGE TOPDIR=openwrt-feed/buildroot OUT=dir
#
# leaves the files of the package in OUT/data, and in OUT/control its control
# file (but for Architecture and Installed-Size), conffiles and scripts. Names
# and their meaning are OpenWrt's; openwrt-feed/ipk/pack does the rest.

INCLUDE_DIR:=$(TOPDIR)/include
PKG_BUILD_DIR:=$(OUT)/build

INSTALL_DIR:=install -d -m0755
INSTALL_BIN:=install -m0755
INSTALL_DATA:=install -m0644
INSTALL_CONF:=install -m0600
CP:=cp -fpR
