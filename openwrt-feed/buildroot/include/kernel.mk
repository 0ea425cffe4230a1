# SPDX-License-Identifier: GPL-2.0-only
# Kernel modules, for the kernel that was built in LINUX_DIR; see rules.mk. ARCH
# and CROSS_COMPILE, which the kernel's own Makefile takes, come from outside.

LINUX_VERSION:=$(shell cat $(LINUX_DIR)/include/config/kernel.release)
# What OpenWrt's kernel build leaves there: a hash of what its modules fit to.
LINUX_VERMAGIC:=$(shell cat $(LINUX_DIR)/.vermagic 2>/dev/null)

KERNEL_MAKE=$(MAKE) -C $(LINUX_DIR)

# The package kernel's version, as OpenWrt has it from 24.10 on, and before.
kernel_package=$(if $(filter 5.%,$(LINUX_VERSION)),$(LINUX_VERSION)-1-$(LINUX_VERMAGIC),$(LINUX_VERSION)~$(LINUX_VERMAGIC)-r1)

# KernelPackage NAME: there is one in each Makefile.
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
