// SPDX-License-Identifier: GPL-2.0-only

package respond

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"sigtrail/internal/event"
)

// sandboxed does a kill in a process whose seccomp filter refuses a list of system
// calls, and prints its case: "ERRNO PID MILLISECONDS CALL...".
func sandboxed() {
	f := strings.Fields(os.Getenv("RESPOND_TEST_SANDBOX"))
	var numbers []uint32
	for _, s := range f {
		n, err := strconv.ParseUint(s, 10, 32)
		if err != nil {
			panic(err)
		}
		numbers = append(numbers, uint32(n))
	}
	refuse(numbers[0], numbers[3:])
	timeout := time.Duration(numbers[2]) * time.Millisecond
	c := killer.Do(context.Background(), Kill{PID: int(numbers[1]), Signal: sigterm, Timeout: timeout})
	json.NewEncoder(os.Stdout).Encode(&c)
}

// refuse makes the kernel answer system calls with an error, for all threads, see
// seccomp(2).
func refuse(errno uint32, calls []uint32) {
	const tsync = 1                                                              // SECCOMP_FILTER_FLAG_TSYNC
	filter := []unix.SockFilter{{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}} // seccomp_data.nr
	for i, nr := range calls {
		filter = append(filter, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: nr, Jt: uint8(len(calls) - i)})
	}
	filter = append(filter, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
		unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | errno})
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		panic(err)
	}
	if _, _, err := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, tsync, uintptr(unsafe.Pointer(&program))); err != 0 {
		panic(err)
	}
}

func TestSandbox(t *testing.T) {
	for _, c := range []struct {
		errno   syscall.Errno
		calls   string
		part    string
		end     event.CaseEnd
		noPidfd string
	}{
		{syscall.EPERM, "", "obedient", event.CaseExited, ""},
		{syscall.EPERM, "434", "obedient", event.CaseExited, "a sandbox refuses pidfd_open (operation not permitted): seen in /proc, every 10 ms"},
		{syscall.ENOSYS, "434 424", "obedient", event.CaseExited,
			"a sandbox, or Linux before 5.3, refuses pidfd_open (function not implemented): seen in /proc, every 10 ms"},
		{syscall.EPERM, "424", "obedient", event.CaseExited, "a sandbox refuses pidfd_send_signal (operation not permitted): signalled by its PID"},
		{syscall.EPERM, "434", "deaf", event.CaseSurvived, "a sandbox refuses pidfd_open (operation not permitted): seen in /proc, every 10 ms"},
		{syscall.ENOSYS, "424", "deaf", event.CaseSurvived,
			"a sandbox, or Linux before 5.3, refuses pidfd_send_signal (function not implemented): signalled by its PID"},
	} {
		p := start(t, c.part)
		timeout := 60000
		if c.end == event.CaseSurvived {
			timeout = 20
		}
		t.Setenv("RESPOND_TEST_SANDBOX", fmt.Sprintf("%d %d %d %s", c.errno, p.pid(), timeout, c.calls))
		box := startSilent(t, "sandboxed")
		line, err := box.out.ReadBytes('\n')
		var got event.Case
		if err != nil || json.Unmarshal(line, &got) != nil {
			t.Fatalf("%s: %s, %v", c.calls, line, err)
		}
		box.reap()
		if got.End != c.end || got.NoPidfd != c.noPidfd || got.SeenFirst == 0 {
			t.Errorf("%s: %+v", c.calls, got)
		}
		if c.end == event.CaseExited {
			<-p.ended
			if status := p.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGTERM {
				t.Errorf("%s: it ended by %v", c.calls, status)
			}
		}
	}
}

// Without a pidfd too, a zombie has ended, a thread is not signalled, and neither is a
// process that may not be signalled.
func TestByPID(t *testing.T) {
	hold := func(pid int) (process, error) { return holdByPID("/proc", pid, "no pidfd") }
	p := startUnreaped(t, "obedient")
	for _, want := range []event.CaseEnd{event.CaseExited, event.CaseVanished} {
		if c := killer.do(context.Background(), Kill{PID: p.pid(), Signal: sigterm, Timeout: time.Minute}, hold); c.End != want {
			t.Errorf("%+v, want %v", c, want)
		}
	}
	held, err := hold(p.pid())
	if err != nil {
		t.Fatal(err)
	}
	defer held.close()
	p.reap()
	if _, err := held.send(sigterm); err != syscall.ESRCH || !held.ended() {
		t.Errorf("reaped: %v", err)
	}
	if c := killer.do(context.Background(), Kill{PID: p.pid(), Signal: sigterm}, hold); c.End != event.CaseVanished {
		t.Errorf("gone: %+v", c)
	}
}
