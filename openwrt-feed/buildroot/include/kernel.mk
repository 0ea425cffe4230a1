# SPDX-License-Identifier: GPL-2.0-only
# Builds kernel modules for the kernel in LINUX_DIR; see rules.mk. The environment has
# ARCH and CROSS_COMPILE for the kernel's Makefile.

LINUX_VERSION:=$(shell cat $(LINUX_DIR)/include/config/kernel.release)
# OpenWrt's kernel build writes this hash of the configuration.
LINUX_VERMAGIC:=$(shell cat $(LINUX_DIR)/.vermagic 2>/dev/null)

KERNEL_MAKE=$(MAKE) -C $(LINUX_DIR)

# The version of the package kernel, before OpenWrt 24.10 and since.
kernel_package=$(if $(filter 5.%,$(LINUX_VERSION)),$(LINUX_VERSION)-1-$(LINUX_VERMAGIC),$(LINUX_VERSION)~$(LINUX_VERMAGIC)-r1)

# KernelPackage NAME: each Makefile has one.
define KernelPackage
  define Package/kmod-$(1)
    SECTION:=kernel
    VERSION:=$$(LINUX_VERSION).$$(PKG_VERSION)-r$$(PKG_RELEASE)
    EXTRA_DEPENDS:=$$(if $$(LINUX_VERMAGIC),kernel (=$$(kernel_package)))
    $$(KernelPackage/$(1))
  endef
  define Package/kmod-$(1)/description
$$(KernelPackage/$(1)/description)
  endef
  define Package/kmod-$(1)/install
	$$(INSTALL_DIR) $$(1)/lib/modules/$$(LINUX_VERSION)
	$$(CP) $$(FILES) $$(1)/lib/modules/$$(LINUX_VERSION)/
  endef
  $$(eval $$(call BuildPackage,kmod-$(1)))
endef
