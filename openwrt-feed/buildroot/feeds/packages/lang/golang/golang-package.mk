# SPDX-License-Identifier: GPL-2.0-only
# Builds Go programs for GO_TARGET: GOARCH, or GOARCH-GOARM, GOARCH-GOMIPS, as in
# arm-7; see rules.mk. The defaults are OpenWrt's: cgo, and gcc as the linker.

GO_ARCH=$(firstword $(subst -, ,$(GO_TARGET)))
GO_VARIANT=$(word 2,$(subst -, ,$(GO_TARGET)))
GO_PKG_BUILD_BIN_DIR=$(PKG_BUILD_DIR)/bin

GO_PKG_TARGET_VARS=GOOS=linux GOARCH=$(GO_ARCH) \
	$(if $(filter arm,$(GO_ARCH)),GOARM=$(GO_VARIANT)) $(if $(filter mips%,$(GO_ARCH)),GOMIPS=$(GO_VARIANT)) \
	CGO_ENABLED=1
GO_PKG_DEFAULT_LDFLAGS=-linkmode external

define Build/Compile
	cd $(PKG_BUILD_DIR) && $(GO_PKG_TARGET_VARS) $(GO) build -buildvcs=false -trimpath -gcflags "$(GO_PKG_GCFLAGS)" \
		-ldflags "$(GO_PKG_LDFLAGS) $(patsubst %,-X %,$(GO_PKG_LDFLAGS_X)) $(GO_PKG_DEFAULT_LDFLAGS)" \
		-o $(GO_PKG_BUILD_BIN_DIR)/ $(GO_PKG_BUILD_PKG)
endef
