// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// machine is what QEMU plays for an architecture. What is built for each is in
// test/setup/architecture.sh.
type machine struct {
	emulator string
	board    []string // and its processor
	cpus     int      // as many as a guest has if nobody says how many
	serial   string   // what the kernel calls the serial line
	virtio   string   // what virtio devices are on: the end of their names
	ram      int      // where memory starts
	most     int      // MiB of it in one piece; 0: more than anybody needs
	line     int      // bytes of the kernel's command line that it takes
	icount   string   // as that of Config, unless it has its own
}

// machines are by QEMU's names of the architectures.
var machines = map[string]machine{
	"arm": {
		emulator: "qemu-system-arm",
		board:    []string{"-M", "virt", "-cpu", "cortex-a15"},
		cpus:     2,
		serial:   "ttyAMA0",
		virtio:   "device",
		ram:      0x40000000,
		line:     1023,
	},
	"aarch64": {
		emulator: "qemu-system-aarch64",
		board:    []string{"-M", "virt", "-cpu", "cortex-a53"},
		cpus:     2,
		serial:   "ttyAMA0",
		virtio:   "device",
		ram:      0x40000000,
		line:     2047,
	},
	"mipsel": {
		emulator: "qemu-system-mipsel",
		board:    []string{"-M", "malta", "-cpu", "24Kf", "-rtc", "clock=vm"},
		cpus:     1,
		serial:   "ttyS0",
		virtio:   "pci",
		most:     256,
		line:     255,
		// Its timer goes off when a counter has a value: what is set too late,
		// as happens on a busy machine, goes off when the counter has come
		// round, half a minute after. Time that counts instructions waits for
		// the guest; so must the clock that the kernel times its processor by.
		icount: "shift=2",
	},
}

// Booting is what every kernel prints early in its boot, and only there.
const Booting = "Linux version "

// words are the kernel's command line.
func (m *machine) words(cfg Config) string {
	usable := cfg.Memory - 16

	// The 16 MiB that the kernel leaves alone hold pstore, which so outlives
	// a reset.
	words := fmt.Sprintf("console=%s root=/dev/vda rw rootwait mem=%dM ", m.serial, usable)
	if !cfg.NoPstore {
		words += fmt.Sprintf("ramoops.mem_address=%#x ramoops.mem_size=0x100000 ramoops.record_size=0x8000 "+
			"ramoops.console_size=0x40000 ramoops.pmsg_size=0x40000 ", m.ram+usable<<20)
	}
	return strings.TrimSpace(words + cfg.Append)
}

// arguments are QEMU's.
func (m *machine) arguments(cfg Config, disk string, p ports) []string {
	args := append(slices.Clone(m.board), "-accel", "tcg",
		"-smp", fmt.Sprint(cfg.CPUs), "-m", fmt.Sprint(cfg.Memory),
		"-no-user-config", "-nodefaults", "-nic", "none", "-display", "none",
		"-kernel", cfg.Kernel, "-append", m.words(cfg),
		// A reset leaves the host's page cache alone: no need to sync it.
		"-drive", "id=disk,if=none,format=raw,cache=unsafe,file="+strings.ReplaceAll(disk, ",", ",,"),
		"-device", "virtio-blk-"+m.virtio+",drive=disk",
		"-chardev", p.serial+",id=serial", "-serial", "chardev:serial",
		"-device", "virtio-serial-"+m.virtio,
		"-chardev", p.command+",id=command", "-device", "virtserialport,nr=1,chardev=command",
		"-chardev", p.log+",id=log", "-device", "virtserialport,nr=2,chardev=log",
	)
	args = append(args, p.monitor...)
	if icount := cmp.Or(cfg.ICount, m.icount); icount != "" {
		args = append(args, "-icount", icount)
	}
	return args
}
