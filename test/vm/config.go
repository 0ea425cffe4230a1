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

// Config says what machine to start. The zero value is the usual one.
type Config struct {
	Arch   string // as Arch returns it, which is used if this is empty
	Kernel string // as QEMU takes it; else what SIGTRAIL_KERNEL names
	RootFS string // ext4 image, not written to; else what SIGTRAIL_ROOTFS names
	Disk   string // disk to go on with, of an earlier machine; else a copy of RootFS
	Dir    string // for console.log, log.log and the disk; else a temporary one

	Append   string // more words for the kernel's command line
	NoPstore bool   // no memory that outlives a reset
	Memory   int    // MiB; else what SIGTRAIL_MEMORY says, else 256
	CPUs     int    // else 2, and 1 on mipsel
	ICount   string // as of QEMU's -icount: guest time counts instructions, always on mipsel; wants one CPU

	Console io.Writer // gets what the console prints, as it comes
	Log     io.Writer // gets the system log's lines, as they come

	machine machine // Arch's
}

// Arch returns the architecture of the guest that is asked for, by QEMU's name:
// what SIGTRAIL_ARCH says, else arm.
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
		return fmt.Errorf("SIGTRAIL_ARCH: there is no guest of %s: %s", cfg.Arch,
			strings.Join(slices.Sorted(maps.Keys(machines)), ", "))
	}
	if cfg.Kernel == "" {
		cfg.Kernel = os.Getenv("SIGTRAIL_KERNEL")
	}
	if cfg.RootFS == "" {
		cfg.RootFS = os.Getenv("SIGTRAIL_ROOTFS")
	}
	if cfg.Kernel == "" || cfg.RootFS == "" {
		return errors.New("SIGTRAIL_KERNEL and SIGTRAIL_ROOTFS name no guest: make sets them")
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
		return fmt.Errorf("memory of %d MiB, and the %s machine has %d in one piece", cfg.Memory, cfg.Arch, most)
	}
	if cfg.CPUs == 0 {
		cfg.CPUs = cfg.machine.cpus
	}
	if words := cfg.machine.words(*cfg); len(words) > cfg.machine.line {
		return fmt.Errorf("a command line of %d bytes, and the %s machine takes %d: %s", len(words), cfg.Arch, cfg.machine.line, words)
	}
	return nil
}
