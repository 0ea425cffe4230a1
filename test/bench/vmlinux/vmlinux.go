// SPDX-License-Identifier: GPL-2.0-only

// Package vmlinux reads how large a kernel or a program is in memory.
package vmlinux

import "debug/elf"

// Loaded returns the bytes of a program that are loaded from its file, and those that
// are zero at its start.
func Loaded(path string) (file, zero int64, err error) {
	f, err := elf.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	for _, s := range f.Sections {
		switch {
		case s.Flags&elf.SHF_ALLOC == 0:
		case s.Type == elf.SHT_NOBITS:
			zero += int64(s.Size)
		default:
			file += int64(s.Size)
		}
	}
	return file, zero, nil
}
