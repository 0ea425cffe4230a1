# SPDX-License-Identifier: GPL-2.0-only
# This directory replaces OpenWrt's buildroot for the feed's Makefiles:
#
#   make -C openwrt-feed/PACKAGE TOPDIR=openwrt-feed/buildroot OUT=dir
#
# makes the files of a package in OUT/data, and in OUT/control its control file
# (without Architecture and Installed-Size), conffiles and scripts. The names are
# OpenWrt's; openwrt-feed/ipk/pack makes the .ipk.

INCLUDE_DIR:=$(TOPDIR)/include
PKG_BUILD_DIR:=$(OUT)/build

INSTALL_DIR:=install -d -m0755
INSTALL_BIN:=install -m0755
INSTALL_DATA:=install -m0644
INSTALL_CONF:=install -m0600
CP:=cp -fpR
