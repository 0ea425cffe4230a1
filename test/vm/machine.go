// SPDX-License-Identifier: GPL-2.0

package vm

import (
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
	},
	"aarch64": {
		emulator: "qemu-system-aarch64",
		board:    []string{"-M", "virt", "-cpu", "cortex-a53"},
		cpus:     2,
		serial:   "ttyAMA0",
		virtio:   "device",
		ram:      0x40000000,
	},
	"mipsel": {
		emulator: "qemu-system-mipsel",
		board:    []string{"-M", "malta", "-cpu", "24Kf"},
		cpus:     1,
		serial:   "ttyS0",
		virtio:   "pci",
	},
}

// Booting is what every kernel prints early in its boot, and only there.
const Booting = "Linux version "

// arguments are QEMU's.
func (m *machine) arguments(cfg Config, disk string, p ports) []string {
	usable := cfg.Memory - 16

	// The 16 MiB that the kernel leaves alone hold pstore, which so outlives
	// a reset.
	words := fmt.Sprintf("console=%s root=/dev/vda rw rootwait mem=%dM ", m.serial, usable)
	if !cfg.NoPstore {
		words += fmt.Sprintf("ramoops.mem_address=%#x ramoops.mem_size=0x100000 ramoops.record_size=0x8000 "+
			"ramoops.console_size=0x40000 ramoops.pmsg_size=0x40000 ", m.ram+usable<<20)
	}
	words += cfg.Append
	args := append(slices.Clone(m.board), "-accel", "tcg",
		"-smp", fmt.Sprint(cfg.CPUs), "-m", fmt.Sprint(cfg.Memory),
		"-no-user-config", "-nodefaults", "-nic", "none", "-display", "none",
		"-kernel", cfg.Kernel, "-append", strings.TrimSpace(words),
		// A reset leaves the host's page cache alone: no need to sync it.
		"-drive", "id=disk,if=none,format=raw,cache=unsafe,file="+strings.ReplaceAll(disk, ",", ",,"),
		"-device", "virtio-blk-"+m.virtio+",drive=disk",
		"-chardev", p.serial+",id=serial", "-serial", "chardev:serial",
		"-device", "virtio-serial-"+m.virtio,
		"-chardev", p.command+",id=command", "-device", "virtserialport,nr=1,chardev=command",
		"-chardev", p.log+",id=log", "-device", "virtserialport,nr=2,chardev=log",
	)
	args = append(args, p.monitor...)
	if cfg.ICount != "" {
		args = append(args, "-icount", cfg.ICount)
	}
	return args
}
