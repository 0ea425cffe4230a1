// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A task that writes its id to this file gets a real-time signal for each notice of
// the trigger module. 0 means the writer.
const ksigTask = "/sys/kernel/debug/sigtrail_trigger/ksig_task"

// receiveRTSig registers at path for a real-time signal, sends the result to ready,
// and calls f for the process of each notice until ctx is done.
//
// The kernel sends the signal to one thread. This goroutine is locked to that
// thread, which blocks the signal and ends with the goroutine. A signalfd reads the
// queued signals.
func receiveRTSig(ctx context.Context, sig int, path string, ready chan<- error, f func(pid int)) {
	runtime.LockOSThread()
	if unix.Gettid() == os.Getpid() {
		// The main thread would not end with the goroutine. While it is locked
		// here, another goroutine runs on another thread.
		defer runtime.UnlockOSThread()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			receiveRTSig(ctx, sig, path, ready, f)
		}()
		<-ended
		return
	}
	var set unix.Sigset_t
	bits := uint(8 * unsafe.Sizeof(set.Val[0]))
	set.Val[uint(sig-1)/bits] |= 1 << (uint(sig-1) % bits)
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &set, nil); err != nil {
		ready <- fmt.Errorf("block signal %d: %w", sig, err)
		return
	}
	signals, err := unix.Signalfd(-1, &set, unix.SFD_CLOEXEC|unix.SFD_NONBLOCK)
	if err != nil {
		ready <- fmt.Errorf("signalfd: %w", err)
		return
	}
	defer unix.Close(signals)
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		ready <- fmt.Errorf("eventfd: %w", err)
		return
	}
	woken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		unix.Write(wake, []byte{1, 1, 1, 1, 1, 1, 1, 1}) // any number, in any byte order
		close(woken)
	})
	defer func() {
		if !stop() {
			<-woken // it may still use the descriptor
		}
		unix.Close(wake)
	}()
	if err := register(path); err != nil {
		ready <- err
		return
	}
	ready <- nil
	fds := []unix.PollFd{{Fd: int32(signals), Events: unix.POLLIN}, {Fd: int32(wake), Events: unix.POLLIN}}
	for ctx.Err() == nil {
		if _, err := unix.Poll(fds, -1); err == nil {
			readRTSig(signals, f)
		}
	}
}

func register(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w: it needs CAP_SYS_ADMIN (run service sigtrail restart), and a kernel that is not locked down", err)
	}
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = file.WriteString("0")
	return err
}

// SI_QUEUE in include/uapi/asm-generic/siginfo.h, the same on all architectures.
const siQueue = -1

// readRTSig reads the pending signals. A signal with a sender's PID is from a process,
// not from the module, and is skipped.
func readRTSig(fd int, f func(pid int)) {
	const size = int(unsafe.Sizeof(unix.SignalfdSiginfo{}))
	var infos [16]unix.SignalfdSiginfo
	buf := unsafe.Slice((*byte)(unsafe.Pointer(&infos)), len(infos)*size)
	for {
		n, err := unix.Read(fd, buf)
		if err != nil || n == 0 {
			return
		}
		for _, info := range infos[:n/size] {
			if info.Code == siQueue && info.Pid == 0 {
				f(int(info.Int))
			}
		}
	}
}
