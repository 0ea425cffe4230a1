// SPDX-License-Identifier: GPL-2.0-only

// Package procfs reads the files of proc(5) that sigtrail needs, below a root that
// the caller gives: "/proc", or the directory of a test.
package procfs

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Root is the directory that proc is mounted on.
type Root string

// The largest file is a table of mounts.
const maxSize = 1 << 18

func (r Root) read(name string) (string, error) { return r.head(name, maxSize) }

// head returns the first bytes of a file, without newlines at the end.
func (r Root) head(name string, max int64) (string, error) {
	f, err := os.Open(filepath.Join(string(r), name))
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, max))
	return string(bytes.TrimRight(b, "\n")), err
}

// BootID returns the running boot's id, a random UUID
// (sys/kernel/random/boot_id, see random(4)).
func (r Root) BootID() (string, error) {
	return r.read("sys/kernel/random/boot_id")
}

// ConsoleLevel returns the console log level: messages below it reach the
// consoles, ramoops included (sys/kernel/printk, first number, see syslog(2)).
func (r Root) ConsoleLevel() (int, error) {
	const name = "sys/kernel/printk"
	s, err := r.read(name)
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(s, "\t")
	level, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil {
		return 0, fmt.Errorf("%s: no level in %q", filepath.Join(string(r), name), s)
	}
	return level, nil
}

// Memory returns what tmpfs and shared memory hold, and all memory, in KiB (Shmem and MemTotal
// in meminfo).
func (r Root) Memory() (shmem, total uint64, err error) {
	const name = "meminfo"
	known := 0
	err = r.values(name, func(key, value string) {
		var n *uint64
		switch key {
		case "Shmem":
			n = &shmem
		case "MemTotal":
			n = &total
		default:
			return
		}
		kib, wrong := strconv.ParseUint(strings.TrimSuffix(value, " kB"), 10, 64)
		if wrong == nil {
			*n = kib
			known++
		}
	})
	if err == nil && known != 2 {
		err = fmt.Errorf("%s: no Shmem or MemTotal", filepath.Join(string(r), name))
	}
	return shmem, total, err
}

// Pstore reports whether the kernel has a pstore file system (filesystems), and where
// it is mounted (mounts); "": not mounted.
func (r Root) Pstore() (known bool, dir string, err error) {
	s, err := r.read("filesystems")
	if err != nil {
		return false, "", err
	}
	for _, line := range strings.Split(s, "\n") {
		// "nodev", a tab, the type; or the tab and the type.
		if _, typ, _ := strings.Cut(line, "\t"); typ == "pstore" {
			known = true
		}
	}
	err = r.mounts(func(on, typ string) {
		if typ == "pstore" {
			dir = on
		}
	})
	return known, dir, err
}

// Cgroup2 returns where the cgroups of version 2 are mounted first; "": nowhere, or
// unknown.
func (r Root) Cgroup2() (dir string) {
	_ = r.mounts(func(on, typ string) {
		if typ == "cgroup2" && dir == "" {
			dir = on
		}
	})
	return dir
}

// mounts calls f for each mount: its directory and its type.
func (r Root) mounts(f func(on, typ string)) error {
	s, err := r.read("mounts")
	for _, line := range strings.Split(s, "\n") {
		// Device, directory, type, options, two numbers, as in fstab(5).
		if part := strings.Fields(line); len(part) >= 3 {
			f(part[1], part[2])
		}
	}
	return err
}

// PstoreConsole reports whether the kernel prints into ramoops: then the list of
// consoles has one with that name (pstore_register_console() in
// fs/pstore/platform.c).
func (r Root) PstoreConsole() (bool, error) {
	s, err := r.read("consoles")
	return strings.HasPrefix(s, "ramoops") || strings.Contains(s, "\nramoops"), err
}

// PstoreState is what this boot's kernel has of pstore.
type PstoreState struct {
	Dir     string    // where it is mounted; "": not mounted, or not in this kernel
	Console bool      // the kernel prints into it
	Pmsg    bool      // it has a device for user space
	Started time.Time // when this boot began, by the clock as it is now; zero: unknown
}

// PstoreState finds that out; device is the device for user space. What cannot be read
// is not there.
func (r Root) PstoreState(device string) (p PstoreState) {
	_, p.Dir, _ = r.Pstore()
	p.Console, _ = r.PstoreConsole()
	_, err := os.Stat(device)
	p.Pmsg = err == nil
	if s, err := r.read("uptime"); err == nil {
		first, _, _ := strings.Cut(s, " ")
		if up, err := time.ParseDuration(first + "s"); err == nil {
			p.Started = time.Now().Add(-up)
		}
	}
	return p
}

// status calls f for each line of pid/status.
func (r Root) status(pid int, f func(key, value string)) error {
	return r.values(filepath.Join(strconv.Itoa(pid), "status"), f)
}

// values calls f for each line "key: value" of a file.
func (r Root) values(name string, f func(key, value string)) error {
	s, err := r.read(name)
	if err != nil {
		return err
	}
	for _, line := range strings.Split(s, "\n") {
		key, value, _ := strings.Cut(line, ":")
		f(key, strings.TrimSpace(value))
	}
	return nil
}
