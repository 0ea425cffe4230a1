# SPDX-License-Identifier: GPL-2.0-only
# Makes the files of a package; see rules.mk.

define Package/Default
  VERSION:=$(PKG_VERSION)-r$(PKG_RELEASE)
  DEPENDS:=
  EXTRA_DEPENDS:=
endef

# BuildPackage NAME: each Makefile has one.
BuildPackage=$(eval PACKAGE:=$(1))$(eval $(Package/Default))$(eval $(Package/$(1)))

# DEPENDS without @SYMBOL and +CONDITION:package, which need a buildroot.
comma:=,
empty:=
space:=$(empty) $(empty)
packages=$(patsubst +%,%,$(foreach d,$(DEPENDS),$(if $(findstring @,$(d))$(findstring :,$(d)),,$(d))))
depends=$(subst $(space),$(comma) ,$(strip $(packages)))

define field
$(if $(2),$(1): $(2)
)
endef

define control
Package: $(PACKAGE)
Version: $(VERSION)
$(call field,Depends,$(EXTRA_DEPENDS)$(if $(EXTRA_DEPENDS),$(if $(depends),$(comma) ))$(depends))$(call field,License,$(PKG_LICENSE))$(call field,Section,$(SECTION))$(call field,Maintainer,$(PKG_MAINTAINER))Description: $(Package/$(PACKAGE)/description)
endef

# OpenWrt's script of every package: functions.sh of base-files enables and starts
# the services, and runs the package's own script, NAME.SCRIPT-pkg.
define script
#!/bin/sh
[ "$${IPKG_NO_SCRIPT}" = "1" ] && exit 0
[ -s $${IPKG_INSTROOT}/lib/functions.sh ] || exit 0
. $${IPKG_INSTROOT}/lib/functions.sh
default_$(1) $$0 $$@
endef

# write FILE,DEFINITION: writes a file, unless DEFINITION is empty
write=$(if $(value $(2)),$(file >$(OUT)/control/$(1),$($(2))))

.PHONY: package files
package: files
	$(file >$(OUT)/control/control,$(control))
	$(file >$(OUT)/control/postinst,$(call script,postinst))
	$(file >$(OUT)/control/prerm,$(call script,prerm))
	$(call write,preinst,Package/$(PACKAGE)/preinst)
	$(call write,postinst-pkg,Package/$(PACKAGE)/postinst)
	$(call write,prerm-pkg,Package/$(PACKAGE)/prerm)
	$(call write,postrm,Package/$(PACKAGE)/postrm)
	sed -i '/^Description:/,$$s/^ */ /; s/^ Description: */Description: /' $(OUT)/control/control
	cd $(OUT)/control && chmod 0644 control && find . -type f ! -name control -exec chmod 0755 {} +
	for path in $(strip $(Package/$(PACKAGE)/conffiles)); do \
		if [ -f $(OUT)/data$$path ]; then \
			echo $$path >> $(OUT)/control/conffiles; \
		else \
			$(INSTALL_DIR) $(OUT)/data/lib/upgrade/keep.d; \
			echo $$path >> $(OUT)/data/lib/upgrade/keep.d/$(PACKAGE); \
		fi; \
	done

files:
	rm -rf $(OUT)
	$(INSTALL_DIR) $(OUT)/control $(OUT)/data
	$(Build/Prepare)
	$(Build/Compile)
	$(call Package/$(PACKAGE)/install,$(OUT)/data)
