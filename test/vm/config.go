// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Config describes the machine. The zero value is the default machine.
type Config struct {
	Arch   string // default: Arch()
	Kernel string // image for QEMU; default: SIGTRAIL_KERNEL
	RootFS string // ext4 image, not written to; default: SIGTRAIL_ROOTFS
	Disk   string // disk of an earlier machine; default: a copy of RootFS
	Dir    string // for console.log, log.log and the disk; default: a temporary one

	Append   string // more words for the kernel's command line
	NoPstore bool   // no pstore
	BlackBox string // how the kernel finds a black box: ByName, ByAddress; default: it has none
	DeadDisk bool   // a second disk, /dev/vdb, of which all but the first writes wait
	Spare    string // a file that is the second disk
	Memory   int    // MiB; default: SIGTRAIL_MEMORY, or 256
	RAM      string // a file that is the guest's memory, with what it has at the start; default: zeros
	CPUs     int    // default: 2, and 1 on mipsel
	ICount   string // for QEMU's -icount: guest time counts instructions, always on mipsel; needs one CPU

	DeviceTree string // a file instead of the machine's own tree, see its DeviceTree

	Console io.Writer // gets what the console prints, as it comes
	Log     io.Writer // gets the system log's lines, as they come

	machine machine // Arch's
}

// Values of Config.BlackBox.
const (
	ByName    = "name"    // by reserve_mem=, from Linux 6.12 on
	ByAddress = "address" // in memory that the kernel does not use
)

// BoxSize is the size of a black box, in bytes.
const BoxSize = 320 << 10

// Arch returns the guest's architecture, by QEMU's name: SIGTRAIL_ARCH, or arm.
func Arch() string {
	if arch := os.Getenv("SIGTRAIL_ARCH"); arch != "" {
		return arch
	}
	return "arm"
}

func (cfg *Config) complete() error {
	if cfg.Arch == "" {
		cfg.Arch = Arch()
	}
	var known bool
	if cfg.machine, known = machines[cfg.Arch]; !known {
		return fmt.Errorf("SIGTRAIL_ARCH=%s: must be one of %s", cfg.Arch,
			strings.Join(slices.Sorted(maps.Keys(machines)), ", "))
	}
	if cfg.Kernel == "" {
		cfg.Kernel = os.Getenv("SIGTRAIL_KERNEL")
	}
	if cfg.RootFS == "" {
		cfg.RootFS = os.Getenv("SIGTRAIL_ROOTFS")
	}
	if cfg.Kernel == "" || cfg.RootFS == "" {
		return errors.New("SIGTRAIL_KERNEL or SIGTRAIL_ROOTFS is not set: make sets them")
	}
	if cfg.Memory == 0 {
		cfg.Memory = 256
		if mib := os.Getenv("SIGTRAIL_MEMORY"); mib != "" {
			n, err := strconv.Atoi(mib)
			if err != nil {
				return fmt.Errorf("SIGTRAIL_MEMORY: %w", err)
			}
			cfg.Memory = n
		}
	}
	if most := cfg.machine.most; most != 0 && cfg.Memory > most {
		return fmt.Errorf("memory of %d MiB: the %s machine has at most %d in one piece", cfg.Memory, cfg.Arch, most)
	}
	if cfg.CPUs == 0 {
		cfg.CPUs = cfg.machine.cpus
	}
	if words := cfg.machine.words(*cfg); len(words) > cfg.machine.line {
		return fmt.Errorf("a command line of %d bytes: the %s machine takes at most %d: %s", len(words), cfg.Arch, cfg.machine.line, words)
	}
	return nil
}
