// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"sigtrail/internal/procfs"
)

// The kernel sends to a thread, with a value, and without a sender.
func TestRTSig(t *testing.T) {
	const sig = 44
	path := filepath.Join(t.TempDir(), "ksig_task")
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended, got := make(chan error), make(chan struct{}), make(chan int, 3)
	receive := func(path string) {
		receiveRTSig(ctx, sig, path, ready, func(pid int) { got <- pid })
		ended <- struct{}{}
	}
	go receive(path)
	if err := <-ready; !os.IsNotExist(err) {
		t.Errorf("nowhere to register: %v", err)
	}
	<-ended
	threadEnds(t, sig)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	go receive(path)
	if err := <-ready; err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "0" {
		t.Errorf("registered as %q, %v", b, err)
	}
	tid := blocking(t, sig)
	queue(t, tid, sig, -1, uint32(os.Getpid()), 1) // from a process, not the kernel
	queue(t, tid, sig, -2, 0, 2)                   // from a timer
	for _, pid := range []int{1234, 1 << 21} {
		queue(t, tid, sig, siQueue, 0, int32(pid))
		if p := <-got; p != pid {
			t.Errorf("got %d, want %d", p, pid)
		}
	}
	cancel()
	<-ended
	threadEnds(t, sig)
}

// threadEnds waits until the registered thread has ended. No other goroutine may use
// it.
func threadEnds(t *testing.T, sig uint32) {
	t.Helper()
	for range 2000 {
		if blocking(t, sig) == 0 {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("the thread lives on")
}

// blocking returns the thread of this process that blocks a signal, 0 if there is
// none. A thread that blocks all signals is starting another one, and does not count.
func blocking(t *testing.T, sig uint32) int {
	t.Helper()
	tasks, err := procfs.Root("/proc/self/task").Processes()
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		d, err := procfs.Root("/proc/self/task").Disposition(task.PID)
		if err == nil && d.Blocked.Has(sig) && !d.Blocked.Has(sig+1) {
			return task.PID
		}
	}
	return 0
}

// queue queues a signal for a thread of this process, see rt_tgsigqueueinfo(2).
func queue(t *testing.T, tid int, sig, code int32, pid uint32, value int32) {
	t.Helper()
	// siginfo_t: three numbers, then, aligned as a pointer, pid, uid, value.
	var info [128]byte
	at := 12
	if unsafe.Sizeof(uintptr(0)) == 8 {
		at = 16
	}
	*(*int32)(unsafe.Pointer(&info[0])) = sig
	*(*int32)(unsafe.Pointer(&info[8])) = code
	*(*uint32)(unsafe.Pointer(&info[at])) = pid
	*(*int32)(unsafe.Pointer(&info[at+8])) = value
	if _, _, errno := unix.Syscall6(unix.SYS_RT_TGSIGQUEUEINFO, uintptr(os.Getpid()), uintptr(tid), uintptr(sig),
		uintptr(unsafe.Pointer(&info)), 0, 0); errno != 0 {
		t.Fatal(errno)
	}
}
