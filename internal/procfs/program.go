// SPDX-License-Identifier: GPL-2.0-only

package procfs

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Command returns what proc shows of a process or thread that runs, without Wait: name
// and command line are of one process, and of one program. It may block: see Walk. For
// the error of a missing process see Gone.
func (r Root) Command(pid int) (Process, error) {
	var args []string
	p, err := r.steady(pid, func() { args = r.args(pid) })
	p.Args = args
	return p, err
}

// Mapped returns the file that a process or thread has mapped at an address, and the
// offset in it (pid/maps); "": none, or the process has no memory any more. The file is as
// the kernel writes it: a removed one has " (deleted)" after its path. It may block, and the
// error of a missing process is as that of Command.
func (r Root) Mapped(pid int, address uint64) (p Process, file string, offset uint64, err error) {
	var failed error
	p, err = r.steady(pid, func() { file, offset, failed = r.mapped(pid, address) })
	if err == nil {
		err = failed
	}
	return p, file, offset, err
}

// steady reads what stat shows of a process before and after something else of it is
// read, and fails if it has ended or called exec(2) in between: as far as the name tells
// that.
func (r Root) steady(pid int, read func()) (Process, error) {
	h, err := r.Hold(pid)
	if err != nil {
		return Process{}, err
	}
	defer h.Close()
	p, err := h.Stat()
	if err != nil {
		return p, err
	}
	read()
	after, err := h.Stat()
	if err == nil && after.Name != p.Name {
		err = fmt.Errorf("process %d has become another program", pid)
	}
	return p, err
}

func (r Root) mapped(pid int, address uint64) (file string, offset uint64, err error) {
	f, err := os.Open(filepath.Join(string(r), strconv.Itoa(pid), "maps"))
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		// Addresses, rights, offset, device, inode, and behind blanks the path, which may
		// have blanks, too (show_map_vma() in fs/proc/task_mmu.c).
		part := strings.SplitN(lines.Text(), " ", 6)
		from, to, _ := strings.Cut(part[0], "-")
		begin, wrong := strconv.ParseUint(from, 16, 64)
		end, bad := strconv.ParseUint(to, 16, 64)
		if wrong != nil || bad != nil || address < begin || address >= end {
			continue
		}
		if len(part) < 6 {
			return "", 0, nil
		}
		at, err := strconv.ParseUint(part[2], 16, 64)
		path := strings.TrimLeft(part[5], " ")
		if err != nil || !strings.HasPrefix(path, "/") { // [heap], [vdso]
			return "", 0, err
		}
		return path, at + address - begin, nil
	}
	return "", 0, lines.Err()
}
