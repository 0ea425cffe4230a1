// SPDX-License-Identifier: GPL-2.0-only

package procfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Gone reports whether an error means that the process does not exist (any more).
func Gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH)
}

// Stat returns what pid/stat shows of a process or thread, without Args and Wait. It
// does not block. For the error of a missing process see Gone.
func (r Root) Stat(pid int) (Process, error) {
	h, err := r.Hold(pid)
	if err != nil {
		return Process{}, err
	}
	defer h.Close()
	return h.Stat()
}

// Held is a process whose pid/stat is open. It never becomes another one that reuses
// the PID.
type Held struct{ file *os.File }

// Hold opens a process's pid/stat, or a thread's. For the error of a missing process
// see Gone.
func (r Root) Hold(pid int) (*Held, error) {
	file, err := os.Open(filepath.Join(string(r), strconv.Itoa(pid), "stat"))
	return &Held{file}, err
}

// Close closes the file.
func (h *Held) Close() error { return h.file.Close() }

// Stat is Root.Stat of this process; Gone knows the error after it was reaped
// (proc_single_show() in fs/proc/base.c).
func (h *Held) Stat() (Process, error) {
	b := make([]byte, maxStat)
	n, err := h.file.ReadAt(b, 0)
	if err != nil && err != io.EOF {
		return Process{}, err
	}
	return parseStat(string(b[:n]))
}

// Ended reports whether it has exited, reaped or not.
func (h *Held) Ended() bool {
	is, err := h.Stat()
	return Gone(err) || is.Ended()
}

// Ours returns an error unless this is the proc of this process's own PID namespace:
// in another one the ids are those of other processes. proc of a namespace above this
// one shows its ids for this process too (status, NSpid), proc of one below does not
// have it (see fs/proc/self.c and task_state in fs/proc/array.c of Linux).
func (r Root) Ours() error {
	foreign := fmt.Errorf("%s is of another PID namespace, its ids are those of other processes; first type: mount -t proc proc %[1]s", r)
	link, err := os.Readlink(filepath.Join(string(r), "self"))
	pid := os.Getpid()
	if errors.Is(err, fs.ErrNotExist) || err == nil && link != strconv.Itoa(pid) {
		return foreign
	}
	if err != nil {
		return err
	}
	ids := 1
	err = r.status(pid, func(key, value string) {
		if key == "NSpid" {
			ids = len(strings.Fields(value))
		}
	})
	if err == nil && ids != 1 {
		return foreign
	}
	return err
}

// OfRoot reports whether a process is root's (its effective user id, Uid in pid/status), in
// this pid namespace (NSpid): root of a container is in another one. For the error of a missing
// process see Gone.
func (r Root) OfRoot(pid int) (root bool, err error) {
	known, nested := false, false
	err = r.status(pid, func(key, value string) {
		switch ids := strings.Fields(value); {
		case key == "Uid" && len(ids) > 1: // the real one comes first
			known, root = true, ids[1] == "0"
		case key == "NSpid":
			nested = len(ids) > 1
		}
	})
	if err == nil && !known {
		err = fmt.Errorf("%s/%d/status: no Uid", r, pid)
	}
	return root && !nested, err
}

// Initial reports whether this process is in the initial namespaces of process ids and cgroups,
// and proc shows these: elsewhere the ids, and the cgroups' paths, are other ones than the kernel
// part's. A kernel without namespaces has no others. The inodes are PROC_PID_INIT_INO and
// PROC_CGROUP_INIT_INO of include/linux/proc_ns.h.
func (r Root) Initial() bool {
	for kind, inode := range map[string]int64{"pid": 0xEFFFFFFC, "cgroup": 0xEFFFFFFB} {
		link, err := os.Readlink(filepath.Join(string(r), "self/ns", kind))
		if err != nil && !errors.Is(err, fs.ErrNotExist) || err == nil && link != fmt.Sprintf("%s:[%d]", kind, inode) {
			return false
		}
	}
	return r.Ours() == nil
}

// Cgroup returns the path of a process's cgroup below the root of cgroup v2's hierarchy
// (pid/cgroup, see cgroups(7)); "": it is in none. For the error of a missing process see Gone.
func (r Root) Cgroup(pid int) (path string, err error) {
	list, err := r.read(filepath.Join(strconv.Itoa(pid), "cgroup"))
	for _, line := range strings.Split(list, "\n") {
		if found, ok := strings.CutPrefix(line, "0::"); ok {
			path = found
		}
	}
	return path, err
}

// Program returns the path of the file that a process runs (exe); "": it has none, or
// that is unknown.
func (r Root) Program(pid int) string {
	exe, _ := os.Readlink(filepath.Join(string(r), strconv.Itoa(pid), "exe"))
	return exe
}

// WaitChannel returns the kernel function that a process sleeps in (pid/wchan); "":
// none, or unknown.
func (r Root) WaitChannel(pid int) string {
	wait, err := r.head(filepath.Join(strconv.Itoa(pid), "wchan"), 128)
	if err != nil || wait == "0" {
		return ""
	}
	return wait
}

// Disposition is what a process does with signals.
type Disposition struct {
	Pending signals // for its main thread; SIGKILL: the process is being killed
	Blocked signals // by its main thread
	Ignored signals
	Caught  signals
	Init    bool // the init of a PID namespace below proc's, see pid_namespaces(7)
	Tracer  int  // the thread that traces it, see ptrace(2); 0: none, or one outside proc's PID namespace
}

// Disposition reads what a process does with signals (SigPnd, SigBlk, SigIgn, SigCgt,
// NSpid and TracerPid in pid/status). For the error of a missing process see Gone.
func (r Root) Disposition(pid int) (d Disposition, err error) {
	err = r.status(pid, func(key, value string) {
		switch key {
		case "SigPnd":
			d.Pending = signals(value)
		case "SigBlk":
			d.Blocked = signals(value)
		case "SigIgn":
			d.Ignored = signals(value)
		case "SigCgt":
			d.Caught = signals(value)
		case "NSpid":
			ids := strings.Fields(value)
			d.Init = len(ids) > 1 && ids[len(ids)-1] == "1"
		case "TracerPid":
			d.Tracer, _ = strconv.Atoi(value)
		}
	})
	return d, err
}

// Group returns the PID of a thread's process (Tgid in pid/status). For the error of a
// missing thread see Gone.
func (r Root) Group(tid int) (pid int, err error) {
	err = r.status(tid, func(key, value string) {
		if key == "Tgid" {
			pid, _ = strconv.Atoi(value)
		}
	})
	if err == nil && pid == 0 {
		err = fmt.Errorf("%s/%d/status: no Tgid", r, tid)
	}
	return pid, err
}

// signals is a set as the kernel prints it: hexadecimal, with signal 1 in the lowest bit
// of the last digit.
type signals string

// Has reports whether a signal is in the set.
func (s signals) Has(n uint32) bool {
	if n == 0 || (n-1)/4 >= uint32(len(s)) {
		return false
	}
	digit, err := strconv.ParseUint(string(s[len(s)-1-int((n-1)/4)]), 16, 4)
	return err == nil && digit>>((n-1)%4)&1 != 0
}
