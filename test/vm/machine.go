// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// machine is QEMU's machine for an architecture. test/setup/architecture.sh has what
// is built for it.
type machine struct {
	emulator string
	board    []string // and its processor
	cpus     int      // default number
	serial   string   // the kernel's name of the serial line
	virtio   string   // suffix of the names of virtio devices
	ram      int      // start of memory
	most     int      // maximum of memory in one piece, in MiB; 0: no limit
	line     int      // maximum length of the kernel's command line
	icount   string   // default of Config.ICount
	align    string   // of memory that the kernel reserves by name
}

// machines by QEMU's names of the architectures.
var machines = map[string]machine{
	"arm": {
		emulator: "qemu-system-arm",
		board:    []string{"-M", "virt", "-cpu", "cortex-a15"},
		cpus:     2,
		serial:   "ttyAMA0",
		virtio:   "device",
		ram:      0x40000000,
		line:     1023,
		align:    "4096",
	},
	"aarch64": {
		emulator: "qemu-system-aarch64",
		board:    []string{"-M", "virt", "-cpu", "cortex-a53"},
		cpus:     2,
		serial:   "ttyAMA0",
		virtio:   "device",
		ram:      0x40000000,
		line:     2047,
		align:    "4096",
	},
	"mipsel": {
		emulator: "qemu-system-mipsel",
		board:    []string{"-M", "malta", "-cpu", "24Kf", "-rtc", "clock=vm"},
		cpus:     1,
		serial:   "ttyS0",
		virtio:   "pci",
		most:     256,
		line:     255,
		// Its timer fires when a counter has a value. On a busy host the value
		// can be set too late: the timer then fires after the counter has
		// wrapped, half a minute later. With -icount time waits for the guest;
		// the kernel calibrates its CPU by the RTC, so that must wait, too.
		icount: "shift=2",
		// The kernel reserves from below, where its set-up of memory for each
		// processor has already used the first free page.
		align: "1M",
	},
}

// Booting is what every kernel prints early in its boot, and only there.
const Booting = "Linux version "

// words returns the kernel's command line.
func (m *machine) words(cfg Config) string {
	usable := cfg.Memory - 16

	// pstore is in the 16 MiB that the kernel does not use, and so survives a
	// reset.
	words := fmt.Sprintf("console=%s root=/dev/vda rw rootwait mem=%dM ", m.serial, usable)
	if !cfg.NoPstore {
		words += fmt.Sprintf("ramoops.mem_address=%#x ramoops.mem_size=0x100000 ramoops.record_size=0x8000 "+
			"ramoops.console_size=0x40000 ramoops.pmsg_size=0x40000 ", m.ram+usable<<20)
	}
	switch cfg.BlackBox {
	case ByName:
		words += fmt.Sprintf("reserve_mem=%d:%s:sigtrail sigtrail.mem_name=sigtrail ", BoxSize, m.align)
	case ByAddress: // behind pstore
		words += fmt.Sprintf("sigtrail.mem_address=%#x sigtrail.mem_size=%#x ", m.ram+(usable+1)<<20, BoxSize)
	}
	return strings.TrimSpace(words + cfg.Append)
}

// arguments returns QEMU's arguments.
func (m *machine) arguments(cfg Config, disk string, p ports) []string {
	disks := []string{"-device", "virtio-blk-" + m.virtio + ",drive=disk"}
	second := ""
	switch {
	case cfg.DeadDisk:
		second = "driver=null-co,size=16M,throttling.bps-write=1"
	case cfg.Spare != "":
		second = fileDrive(cfg.Spare)
	}
	if second != "" {
		options := []string{"-drive", "id=second,if=none," + second, "-device", "virtio-blk-" + m.virtio + ",drive=second"}
		if m.virtio == "device" { // the kernel finds the last one first
			disks = append(options, disks...)
		} else {
			disks = append(disks, options...)
		}
	}
	args := append(slices.Clone(m.board), "-accel", "tcg",
		"-smp", fmt.Sprint(cfg.CPUs), "-m", fmt.Sprint(cfg.Memory),
		"-no-user-config", "-nodefaults", "-nic", "none", "-display", "none",
		"-kernel", cfg.Kernel, "-append", m.words(cfg),
		"-drive", "id=disk,if=none,"+fileDrive(disk),
		"-chardev", p.serial+",id=serial", "-serial", "chardev:serial",
		"-device", "virtio-serial-"+m.virtio,
		"-chardev", p.command+",id=command", "-device", "virtserialport,nr=1,chardev=command",
		"-chardev", p.log+",id=log", "-device", "virtserialport,nr=2,chardev=log",
		"-chardev", p.notes+",id=notes", "-device", "virtserialport,nr=3,chardev=notes",
	)
	args = slices.Concat(args, disks, p.monitor)
	if cfg.RAM != "" {
		args = append(args, "-machine", "memory-backend=ram", "-object", fmt.Sprintf(
			"memory-backend-file,id=ram,share=on,size=%dM,mem-path=%s", cfg.Memory, escape(cfg.RAM)))
	}
	if cfg.DeviceTree != "" {
		args = append(args, "-dtb", cfg.DeviceTree)
	}
	if icount := cmp.Or(cfg.ICount, m.icount); icount != "" {
		args = append(args, "-icount", icount)
	}
	return args
}

// fileDrive returns options of a drive that is a file. A reset does not affect the host's
// page cache: no need to sync it.
func fileDrive(name string) string {
	return "format=raw,cache=unsafe,file=" + escape(name)
}

// escape returns a file's name as QEMU takes it in an option.
func escape(name string) string {
	return strings.ReplaceAll(name, ",", ",,")
}
