// SPDX-License-Identifier: GPL-2.0-only

package procfs

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

const (
	// Bytes of a command line that are read: enough to recognise it.
	maxCommand = 256

	// A stat file: 52 numbers of up to 20 digits, and a name.
	maxStat = 2 << 10

	// PF_KTHREAD and PF_FORKNOEXEC of include/linux/sched.h.
	flagKthread = 0x00200000
	flagForked  = 0x00000040

	// Tick is the unit of a process's start time. sysconf(_SC_CLK_TCK) is 100
	// on everything that Go and OpenWrt run on, whatever the kernel's HZ.
	Tick = time.Second / 100
)

// Process is what proc shows of a process, see proc_pid_stat(5).
type Process struct {
	PID    int
	Parent int           // 0: none, or one in another pid namespace
	Name   string        // any bytes except NUL; at most 15, longer only for a kernel thread
	State  byte          // R, S, D, T, Z, ...
	Start  time.Duration // since boot, by CLOCK_BOOTTIME, in whole Ticks
	Kernel bool          // a kernel thread, which has neither Args nor Wait
	Forked bool          // it has not called exec(2) since its fork(2), as a subshell: Name and Args are of another process

	Threads int // a main thread that has ended counts, too

	Args []string // the command line, its first 256 bytes
	Wait string   // the kernel function that it sleeps in; "": none, or unknown
}

// Ended reports whether the process is a zombie. If only its main thread has ended, that
// has the same state.
func (p *Process) Ended() bool { return (p.State == 'Z' || p.State == 'X') && p.Threads <= 1 }

// Processes returns all processes by PID.
//
// It may block: see Walk.
func (r Root) Processes() ([]Process, error) {
	var all []Process
	err := r.Walk(func(p Process) bool {
		all = append(all, p)
		return true
	})
	sort.Slice(all, func(i, j int) bool { return all[i].PID < all[j].PID })
	return all, err
}

// Walk calls f for each process, in no order, until f returns false. A process that
// ends meanwhile is left out.
//
// Like ps, it may block: the command line is read from the process's memory, which
// may be locked by a thread that hangs in the kernel.
func (r Root) Walk(f func(Process) bool) error {
	return r.pids(func(pid int) bool {
		p, err := r.Process(pid)
		return err != nil || f(p)
	})
}

// Names calls f with the PID and the name of each process, in no order (pid/comm). It
// does not block, and costs much less than Walk: the daemon calls it all the time, so it
// does without the poller and the buffers of package os, and without Go's scheduler.
func (r Root) Names(f func(pid int, name string)) error {
	dir, err := os.Open(string(r))
	if err != nil {
		return err
	}
	defer dir.Close()
	at := dir.Fd()
	var path, b [64]byte // a name of a kernel thread may be longer than 15 bytes
	return r.pids(func(pid int) bool {
		file := append(strconv.AppendInt(path[:0], int64(pid), 10), "/comm\x00"...)
		fd, _, errno := syscall.RawSyscall6(syscall.SYS_OPENAT, at, uintptr(unsafe.Pointer(&file[0])), syscall.O_RDONLY|syscall.O_CLOEXEC, 0, 0, 0)
		if errno != 0 {
			return true
		}
		n, _, errno := syscall.RawSyscall(syscall.SYS_READ, fd, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
		syscall.RawSyscall(syscall.SYS_CLOSE, fd, 0, 0)
		if errno == 0 {
			f(pid, strings.TrimSuffix(string(b[:n]), "\n"))
		}
		return true
	})
}

// pids calls f for the PID of each process, in no order, until f returns false.
func (r Root) pids(f func(pid int) bool) error {
	dir, err := os.Open(string(r))
	if err != nil {
		return err
	}
	defer dir.Close()
	for {
		names, err := dir.Readdirnames(256)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		for _, name := range names {
			if pid, err := strconv.Atoi(name); err == nil && pid > 0 && !f(pid) {
				return nil
			}
		}
	}
}

// Process returns what proc shows of a process. It may block: see Walk. For the error of
// a missing process see Gone.
func (r Root) Process(pid int) (Process, error) {
	p, err := r.Stat(pid)
	if err != nil || p.Kernel {
		return p, err
	}
	p.Args = r.args(pid)
	// Reading another user's wait channel needs rights. Without them it stays empty.
	p.Wait = r.WaitChannel(pid)
	return p, nil
}

// args returns the command line; a zombie has none.
func (r Root) args(pid int) []string {
	command, _ := r.head(filepath.Join(strconv.Itoa(pid), "cmdline"), maxCommand)
	if command = strings.TrimRight(command, "\x00"); command == "" {
		return nil
	}
	return strings.Split(command, "\x00")
}

// parseStat parses a line of do_task_stat() in fs/proc/array.c: PID, name in brackets,
// state, parent, and so on. The name may contain brackets, blanks and newlines; the
// fields after it have no bracket.
func parseStat(stat string) (Process, error) {
	open, end := strings.IndexByte(stat, '('), strings.LastIndexByte(stat, ')')
	if open < 0 || end < open {
		return Process{}, fmt.Errorf("stat: no name in brackets in %q", stat)
	}
	// State is field 3 in the manual page, so 0 here.
	f := strings.Fields(stat[end+1:])
	if len(f) < 20 || len(f[0]) != 1 {
		return Process{}, fmt.Errorf("stat: too short: %q", stat)
	}
	var failed error
	number := func(s string, bits int) uint64 {
		n, err := strconv.ParseUint(s, 10, bits)
		if err != nil {
			failed = fmt.Errorf("stat: %w in %q", err, stat)
		}
		return n
	}
	flags := number(f[6], 32)
	p := Process{
		PID:    int(number(strings.TrimSpace(stat[:open]), 31)),
		Parent: int(number(f[1], 31)),
		Name:   stat[open+1 : end],
		State:  f[0][0],
		Kernel: flags&flagKthread != 0,
		Forked: flags&flagForked != 0,
		Start:  time.Duration(number(f[19], 64)) * Tick,

		Threads: int(number(f[17], 31)),
	}
	if failed == nil && p.PID == 0 {
		failed = fmt.Errorf("stat: no pid in %q", stat)
	}
	return p, failed
}
