# SPDX-License-Identifier: GPL-2.0-only
#
# sigtrail: build, guest and tests. Results that take long to build are kept outside
# of the clone, in $SIGTRAIL_CACHE (else ~/.cache/sigtrail), and are used again while
# their inputs are the same.
#
# Missing Debian packages are installed, after a question on a terminal.
# SIGTRAIL_INSTALL=no installs nothing, SIGTRAIL_INSTALL=yes does not ask.

LINUX  ?= 6.12
KUNIT  := $(shell awk '$$1 == "$(LINUX)" && $$3 == "kunit" { print $$3 }' test/kernel/series)
CONFIG ?= base sigtrail test $(KUNIT)
# Of the guest, in MiB.
MEMORY ?= 256

# The guest's architecture: arm, aarch64 or mipsel (test/setup/architecture.sh).
# With KDIR, ARCH is that kernel's.
export SIGTRAIL_ARCH = $(or $(if $(KDIR),,$(if $(filter command,$(origin ARCH)),$(ARCH))),arm)
OTHER = $(patsubst %,-%,$(filter-out arm,$(SIGTRAIL_ARCH)))

GO      = test/setup/go
VERSION = $(shell git describe --tags --always --dirty 2>/dev/null || echo unversioned)
# The newest version that the pinned Go can build.
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.6.1
DEADCODE    = golang.org/x/tools/cmd/deadcode@v0.36.0
# Without inlining: it would add 90 kB.
GCFLAGS = -gcflags=all=-l
LDFLAGS = -s -w -X main.version=$(VERSION)

# Maximum size of the service's package for ARMv7, in bytes.
SIZE_LIMIT = 1700000
ARMV7      = arm_cortex-a7_neon-vfpv4

# The guest's kernel: one directory for each version and configuration.
empty  =
KERNEL = build/kernel/$(LINUX)$(OTHER)-$(subst $(empty) $(empty),-,$(strip $(CONFIG)))
KMOD   = $(KERNEL)-kmod
ROOTFS = build/rootfs$(OTHER).ext4
BINARY = build/$(SIGTRAIL_ARCH)/sigtrail
# The kernels of bench-hook and bench-footprint.
BENCHED = build/kernel/$(LINUX)-bench
# The packages that bench-footprint measures: one for each family.
MEASURED = $(ARMV7) aarch64_generic mipsel_24kc x86_64
PROGRAMS = $(wildcard test/guest/*)
# strace and auditd, with the libraries that they need.
PEERS = libc6 strace auditd libaudit1 libauparse0 libcap-ng0 libgssapi-krb5-2 libkrb5-3 libk5crypto3 \
	libkrb5support0 libcom-err2 libkeyutils1 libwrap0 libnsl2 libtirpc3
GUEST  = SIGTRAIL_KERNEL=$(abspath $(KERNEL))/image SIGTRAIL_ROOTFS=$(abspath $(ROOTFS)) SIGTRAIL_MEMORY=$(MEMORY) SIGTRAIL_LINUX=$(LINUX)

# TestKUnit, TestLockdown and TestKCSAN need a kernel with that, and TestLateProcessor the
# debug one. Slow tests run only if RUN names them.
E2E_SKIP = -skip '^$$$(if $(filter kunit,$(CONFIG)),,|TestKUnit)$(if $(filter lockdown,$(CONFIG)),,|TestLockdown)$(if $(filter kcsan,$(CONFIG)),,|TestKCSAN)$(if $(filter debug,$(CONFIG)),,|TestLateProcessor)$(if $(findstring Slow,$(RUN)),,|TestSlow)'

# Every script: the files that begin with a shebang.
SCRIPTS = $(shell git grep --untracked -nE '^\#!/bin/(ba)?sh' | sed -n 's/:1:.*//p')

.PHONY: help
help: ## List the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 20
	@echo
	@echo "SIGTRAIL_INSTALL=no|yes: never install missing Debian packages, or without asking"

.PHONY: demo
demo: setup kernel rootfs ## Boot the guest, reboot it, and show every signal
	@$(GUEST) $(GO) run ./test/demo -dir build/demo

.PHONY: shell
shell: setup kernel rootfs ## Open a console in the guest
	@$(GUEST) $(GO) run ./test/vm/shell

.PHONY: test
test: test-unit test-static test-package-short size test-e2e test-debug-short ## Run all tests

.PHONY: test-unit
test-unit: packages modules ## Run the unit tests, also as 32-bit, and fuzz the decoders (a minute)
	$(GO) test ./...
	GOARCH=386 $(GO) test ./...
	$(GO) test -run '^$$' -fuzz FuzzDecode -fuzztime 5s ./internal/kernel
	$(GO) test -run '^$$' -fuzz FuzzTrigger -fuzztime 5s ./internal/kernel
	$(GO) test -run '^$$' -fuzz FuzzJSON -fuzztime 5s ./internal/event
	$(GO) test -run '^$$' -fuzz FuzzLines -fuzztime 5s ./internal/stall
	$(GO) test -run '^$$' -fuzz FuzzNote -fuzztime 5s ./internal/found
	$(GO) test -run '^$$' -fuzz FuzzParse -fuzztime 5s ./internal/found
	$(GO) test -run '^$$' -fuzz FuzzAnswers -fuzztime 5s ./internal/why
	$(GO) test -run '^$$' -fuzz FuzzConsole -fuzztime 5s ./internal/console
	$(GO) test -run '^$$' -fuzz FuzzDecode -fuzztime 5s ./internal/frame
	$(GO) test -run '^$$' -fuzz FuzzScan -fuzztime 5s ./internal/frame
	$(GO) test -run '^$$' -fuzz FuzzMerge -fuzztime 5s ./internal/trail
	$(GO) test -run '^$$' -fuzz FuzzFromPath -fuzztime 5s ./internal/service

.PHONY: test-static
test-static: setup kmod ## Run static checks of Go, shell and kernel code
	@echo gofmt && unformatted=$$("$$($(GO) env GOROOT)/bin/gofmt" -l .) && \
		{ [ -z "$$unformatted" ] || { echo "run gofmt on: $$unformatted" >&2; false; }; }
	$(GO) vet ./...
	$(GO) vet -tags e2e,package ./...
	$(GO) run $(STATICCHECK) -tags e2e,package ./...
	@echo deadcode && dead=$$($(GO) run $(DEADCODE) ./cmd/... ./internal/... && \
		$(GO) run $(DEADCODE) -test -tags e2e,package -filter ^sigtrail/test ./test/... ./internal/...) && \
		[ -z "$$dead" ] || { printf 'unused, except by tests:\n%s\n' "$$dead" >&2; false; }
	@echo shellcheck && shellcheck -x -a -P SCRIPTDIR $(SCRIPTS) files/sigtrail.bash-completion
	@echo reuse && said=$$(reuse lint) || { echo "$$said" >&2; false; }
	@echo mandoc && mandoc -T lint files/sigtrail.8
	test/kernel/check $(KERNEL) $(KMOD) $(LINUX)

.PHONY: test-package
test-package: setup ## Pack the service for every architecture, and install it into an empty root
	$(GO) test -count 1 -tags package -run IPK ./test/package -all

.PHONY: test-package-short
test-package-short: setup
	$(GO) test -count 1 -tags package -run IPK ./test/package

.PHONY: test-e2e
test-e2e: setup kernel rootfs ## Run the end-to-end test in the guest
	$(GUEST) $(GO) test -count 1 -timeout 40m -tags e2e $(E2E_SKIP) $(if $(RUN),-run '$(RUN)') ./test/e2e

.PHONY: test-shutdown
test-shutdown: ## Run the end-to-end tests of shutdowns, with resets and power cuts during shutdown
	@$(MAKE) test-e2e RUN='TestLastShutdown|TestEndings|TestPowerOff|TestNoPstore|TestStall|TestSlow'

.PHONY: test-blackbox
test-blackbox: ## Run the end-to-end tests of the black box, also the slow one: the reset button at many moments
	@$(MAKE) test-e2e RUN='TestBlackBox|TestSlowBlackBox'

.PHONY: test-debug
test-debug: ## Run the end-to-end test on a kernel with lockdep, KASAN, UBSAN and kmemleak (RUN=regexp)
	@$(MAKE) test-e2e CONFIG="base sigtrail test kunit debug" MEMORY=512 RUN='$(RUN)'

.PHONY: test-lockdown
test-lockdown: ## Run the end-to-end test of triggers on a kernel that can be locked down
	@$(MAKE) test-e2e CONFIG="base sigtrail test lockdown" RUN=TestLockdown

.PHONY: test-kcsan
test-kcsan: ## Look for data races in the kernel part, by KCSAN on aarch64 (half an hour, the first time)
	@$(MAKE) test-e2e ARCH=aarch64 CONFIG="base sigtrail test kcsan" MEMORY=512 RUN=TestKCSAN

.PHONY: test-debug-short
test-debug-short:
	@$(MAKE) test-debug RUN='TestBlackBox\b|TestSignals|TestExits|TestSignalledListener|TestReleasedSender|TestReboot|TestLateProcessor'

.PHONY: test-kernels
test-kernels: setup ## Run the end-to-end test on each kernel that Debian packages (KERNELS="5.10 6.1"; an hour, the first time)
	@MAKE="$(MAKE)" test/kernel/each $(KERNELS)

# The core of the end-to-end test, and what depends on the architecture.
ARCH_TESTS = TestBlackBox\b|TestCaused|TestCommands|TestSignals|TestExits|TestGenericClient|TestKill|TestKUnit|TestLastShutdown|TestPowerOff|TestPrintk|TestReboot|TestService|TestSignalNames|TestTrigger\b

.PHONY: test-arch
test-arch: ## Run the core of the end-to-end test on aarch64 and mipsel, and decode as big endian (half an hour, the first time)
	@$(MAKE) test-e2e ARCH=aarch64 RUN='$(ARCH_TESTS)'
	@$(MAKE) test-e2e ARCH=mipsel RUN='$(ARCH_TESTS)'
	@$(MAKE) test-big-endian

# Without a guest: QEMU runs the test's binary in user mode.
.PHONY: test-big-endian
test-big-endian: export SIGTRAIL_ARCH = mipsel
test-big-endian: setup
	GOARCH=mips GOMIPS=softfloat $(GO) test -exec qemu-mips -skip TestNoKernel ./internal/kernel
	GOARCH=mips GOMIPS=softfloat $(GO) test -exec qemu-mips -run TestSignals ./internal/event

.PHONY: bench-hook
bench-hook: setup rootfs ## Count the instructions of a signal, and write docs/cost.md
	@test/kernel/build $(BENCHED)-plain $(LINUX) base test
	@test/kernel/build $(BENCHED)-patched $(LINUX) base sigtrail test
	@$(GUEST) $(GO) run ./test/bench/hook -plain $(BENCHED)-plain -patched $(BENCHED)-patched -doc docs/cost.md

.PHONY: bench-box
bench-box: setup rootfs ## Time what the black box adds to a boot, and what ftrace's ring keeps: docs/blackbox.md
	@test/kernel/build $(BENCHED)-patched $(LINUX) base sigtrail test
	@$(GUEST) $(GO) run ./test/bench/box -kernel $(BENCHED)-patched -doc docs/blackbox.md

# With what else can show signals in the kernel and on the disk.
bench-peers: KERNEL = build/kernel/$(LINUX)-peers-patched
bench-peers: CONFIG = base sigtrail test peers
bench-peers: ROOTFS = build/rootfs-peers.ext4
bench-peers: PROGRAMS += $(wildcard test/bench/peers/guest/*) $(addprefix debian:,$(PEERS))
.PHONY: bench-peers
bench-peers: setup rootfs ## Compare sigtrail with what else shows signals, and write docs/peers.md
	@test/kernel/build build/kernel/$(LINUX)-peers-plain $(LINUX) base test peers
	@test/kernel/build $(BENCHED)-plain $(LINUX) base test
	@$(GUEST) $(GO) run ./test/bench/peers -plain build/kernel/$(LINUX)-peers-plain -patched $(KERNEL) -without $(BENCHED)-plain \
		-binary $(BINARY) -doc docs/peers.md $(if $(PEER),-only '$(PEER)')

.PHONY: bench-footprint
bench-footprint: setup rootfs ## Measure flash, memory and boot time, and write docs/cost.md
	@test/setup/packages squashfs-tools
	@test/kernel/build $(BENCHED)-plain $(LINUX) base test
	@test/kernel/build $(BENCHED)-patched $(LINUX) base sigtrail test
	@test/kernel/kmod $(BENCHED)-kmod $(BENCHED)-patched
	@openwrt-feed/ipk/service build/ipk $(MEASURED)
	@$(GUEST) $(GO) run ./test/bench/footprint -plain $(BENCHED)-plain -patched $(BENCHED)-patched \
		-module $(BENCHED)-kmod/sigtrail_trigger.ko -packages build/ipk -doc docs/cost.md $(MEASURED)

.PHONY: bench-reboot
bench-reboot: setup kernel rootfs ## Time reboots with the service and without it, and write docs/cost.md
	@$(GUEST) $(GO) run ./test/bench/reboot -doc docs/cost.md

.PHONY: bench-respond
bench-respond: setup kernel rootfs ## Compare ways to time a process's end with the kernel's time, and write docs/accuracy.md
	@$(GUEST) $(GO) run ./test/bench/respond -doc docs/accuracy.md

# The program runs on this machine; it builds for the router.
.PHONY: bench-imports
bench-imports: setup ## Print the size that each imported or forbidden package adds to the binary (IMPORTS="net/mail")
	@$(GO) build -o build/imports ./test/bench/imports
	@. test/setup/architecture.sh; env CGO_ENABLED=0 GOOS=linux $$GO_TARGET \
		GOFLAGS="-buildvcs=false -trimpath $(GCFLAGS) '-ldflags=$(LDFLAGS)'" build/imports -go $(GO) $(IMPORTS)

.PHONY: build
build: modules ## Build the service's binary: build/arm/sigtrail
	@. test/setup/architecture.sh; env CGO_ENABLED=0 GOOS=linux $$GO_TARGET \
		$(GO) build -buildvcs=false -trimpath $(GCFLAGS) -ldflags "$(LDFLAGS)" -o $(BINARY) ./cmd/sigtrail

.PHONY: size
size: setup ## Pack the service for ARMv7, and check that it is static and small enough
	@openwrt-feed/ipk/service build/ipk $(ARMV7)
	@file build/ipk/laid/arm-7/data/usr/sbin/sigtrail | grep -q 'ARM, EABI5.*statically linked' || \
		{ echo "the service is not a static ARM binary" >&2; false; }
	@[ "$$(cat build/ipk/sigtrail_*_$(ARMV7).ipk | wc -c)" -le $(SIZE_LIMIT) ] || \
		{ echo "the package for $(ARMV7) is larger than $(SIZE_LIMIT) bytes" >&2; false; }

.PHONY: ipk
ipk: setup ## Pack the service for opkg: build/ipk, for all architectures (ARCHS="mipsel_24kc"), and print the sizes
	@openwrt-feed/ipk/service build/ipk $(ARCHS)

.PHONY: ipk-kmod
ipk-kmod: packages ## Pack the module for opkg, for a built kernel with the patch (KDIR=dir)
	@openwrt-feed/ipk/kmod build/ipk "$(KDIR)"

.PHONY: openwrt-install
openwrt-install: ## Add sigtrail to an OpenWrt tree (OPENWRT=dir)
	@openwrt-feed/install/tree install "$(OPENWRT)"

.PHONY: openwrt-uninstall
openwrt-uninstall: ## Remove sigtrail from an OpenWrt tree (OPENWRT=dir)
	@openwrt-feed/install/tree uninstall "$(OPENWRT)"

.PHONY: docs
docs: modules ## Make files/sigtrail.8 and files/sigtrail.bash-completion from the table of commands
	$(GO) run ./internal/cli/docs files

.PHONY: install-man
install-man: ## Install the man page on this machine (DESTDIR=dir PREFIX=/usr/local)
	install -D -m 0644 files/sigtrail.8 "$(DESTDIR)$(or $(PREFIX),/usr/local)/share/man/man8/sigtrail.8"

.PHONY: picture
picture: demo ## Run the demo, and put its chart into docs/shutdown.svg
	cp build/demo/last.svg docs/shutdown.svg

.PHONY: kernel
kernel: packages ## Build the patched kernel (LINUX=6.12 CONFIG="base sigtrail test kunit")
	@test/kernel/build $(KERNEL) $(LINUX) $(CONFIG)

.PHONY: kmod
kmod: $(if $(KDIR),,kernel) ## Build the trigger module, for the guest or for your kernel (KDIR=dir)
	@$(if $(KDIR),$(MAKE) -C kmod KDIR="$(KDIR)",test/kernel/kmod $(KMOD) $(KERNEL))

.PHONY: kernel-patch
kernel-patch: ## Apply sigtrail's patch to your kernel tree (KSRC=dir)
	@test/kernel/apply "$(KSRC)"

.PHONY: rootfs
rootfs: packages build kmod ## Build the guest's disk
	@test/ynl/build $(dir $(BINARY))ynlwatch
	@test/rootfs/build $(ROOTFS) $(BINARY) $(KMOD)/sigtrail_trigger.ko $(PROGRAMS) $(dir $(BINARY))ynlwatch

.PHONY: setup
setup: packages modules ## Install missing Debian packages and Go modules; other targets do so, too

.PHONY: packages
packages:
	@test/setup/packages

.PHONY: modules
modules: packages
	@$(GO) mod download -x

.PHONY: clean
clean: ## Remove build/ (the cache stays)
	rm -rf build
