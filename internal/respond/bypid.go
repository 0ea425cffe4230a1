// SPDX-License-Identifier: GPL-2.0-only

package respond

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"sigtrail/internal/procfs"
)

// byPID is a process where pidfds are refused: it is signalled by its PID. Its
// pid/stat is held open, and shows before and after the signal that it is still the
// same process. Between such a look and the signal, the PID could be reused only if
// all other PIDs were used first: the kernel takes them in turn (alloc_pid() in
// kernel/pid.c).
type byPID struct {
	pid     int
	stat    *procfs.Held
	refusal string
}

// holdByPID holds a process after pidfd_open has failed. The error is EINVAL if it is
// a thread's id, as that of pidfd_open.
func holdByPID(proc procfs.Root, pid int, refusal string) (process, error) {
	stat, err := proc.Hold(pid)
	if err != nil {
		return nil, err
	}
	group, err := proc.Group(pid)
	if err == nil && group != pid {
		err = syscall.EINVAL
	}
	if err != nil {
		stat.Close()
		return nil, err
	}
	return &byPID{pid, stat, refusal}, nil
}

func (p *byPID) close()      { p.stat.Close() }
func (p *byPID) ended() bool { return p.stat.Ended() }
func (p *byPID) noPidfd() string {
	return fmt.Sprintf("%s: seen in /proc, every %d ms", p.refusal, pollInterval.Milliseconds())
}

func (p *byPID) send(sig uint32) (time.Time, error) {
	at := time.Now()
	if p.ended() {
		return at, syscall.ESRCH
	}
	at = time.Now()
	return at, unix.Kill(p.pid, unix.Signal(sig))
}

// How often /proc is read. It has no event for the end of another's child.
const pollInterval = 10 * time.Millisecond

func (p *byPID) wait(ctx context.Context, start time.Time, timeout time.Duration) (time.Duration, error) {
	late := time.NewTimer(timeout)
	defer late.Stop()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for !p.ended() {
		select {
		case <-tick.C:
		case <-late.C:
			if p.ended() {
				return time.Since(start), nil
			}
			return time.Since(start), os.ErrDeadlineExceeded
		case <-ctx.Done():
			return time.Since(start), ctx.Err()
		}
	}
	return time.Since(start), nil
}
