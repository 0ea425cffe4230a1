// SPDX-License-Identifier: GPL-2.0

// Package daemon records what the kernel part tells: into the trail, then into
// the system log. It goes on where the trail ends, so that neither a late start
// nor a crash leaves a gap that the kernel's ring can fill.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"syscall"

	"sigtrail/internal/config"
	"sigtrail/internal/procfs"
	"sigtrail/internal/trail"
)

// options are what differs between a router and a test.
type options struct {
	config  string // path
	version string
	signals <-chan os.Signal
	proc    procfs.Root
	kmsg    string // path
	pmsg    string // path of pstore's device
	kernel  func() (kernelPart, error)
	module  func() (module, error)
	ksig    string // path
}

// Run is the daemon, until ctx is done or it is told to stop.
//
// SIGTERM and SIGINT stop it cleanly, unless shutdown of the system has begun:
// then it records until it is killed, as what comes last matters most. SIGHUP
// makes it read the configuration anew; a bad one is refused, with a line for each
// wrong option in the log, and the old one stays.
//
// Configuration and kernel are checked before anything is touched. The error
// has a *config.Error in it, or wraps kernel.ErrNoKernel, kernel.ErrNoRights or
// trail.ErrLocked.
func Run(ctx context.Context, configPath, version string, signals <-chan os.Signal) error {
	limitMemory()
	return run(ctx, options{
		config: configPath, version: version, signals: signals,
		proc: "/proc", kmsg: "/dev/kmsg", pmsg: "/dev/pmsg0", ksig: ksigTask,
		kernel: dialKernel, module: dialModule,
	})
}

// limitMemory makes the collector run early: what lives is a few hundred KiB,
// and a router has other uses for its memory than garbage.
func limitMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(25)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(8 << 20)
	}
}

func run(ctx context.Context, o options) (err error) {
	cfg, err := config.Load(o.config)
	if err != nil {
		return err
	}
	k, err := o.kernel()
	if err != nil {
		return err
	}
	closeKernel := sync.OnceValue(k.Close)
	defer closeKernel()
	info, err := k.Info()
	if err != nil {
		return err
	}
	bootID, err := o.proc.BootID()
	if err != nil {
		return fmt.Errorf("boot id: %w", err)
	}

	defer endWithJail()()
	t, err := trail.Open(cfg.Trail.Dir, bootID, int64(cfg.Trail.Size)<<10)
	if err != nil {
		return err
	}
	defer t.Close()
	if t.Last() > info.SeqLast {
		// Not this kernel's numbers, whatever the boot id says: they would
		// make doubles of all that comes.
		if err := t.Reset(); err != nil {
			return fmt.Errorf("trail: %w", err)
		}
	}
	r := newRecorder(k, t, cfg)
	defer r.close()
	r.keeper = newKeeper(r, o, bootID)
	r.stall = r.watchStall(o, info)
	defer r.stall.close()
	status, err := serveStatus(cfg.Trail.Dir, r.status)
	if err != nil {
		return err
	}
	defer status.close()

	// Listening comes first, so that nothing falls between the backlog and
	// what comes live; then the claim, as from it on nobody prints.
	if err := k.Join(); err != nil {
		return err
	}
	if err := k.Set(cfg.Kernel); err != nil {
		return err
	}
	if err := k.Claim(); err != nil {
		return err
	}
	r.say("started: version %s, ring of %d records, going on after %d", o.version, info.RingSize, t.Last())

	r.keeper.start(info.Shutdown, t.Last())
	defer r.keeper.close()
	r.respond.open(r, o, info)

	done := make(chan error, 1)
	go func() { done <- r.follow() }()
	ended := false
	for !ended && err == nil {
		select {
		case err = <-done:
			ended = true
		case <-ctx.Done():
			err = ctx.Err()
		case s := <-o.signals:
			if s == syscall.SIGHUP {
				r.reload(o.config)
			} else if !r.shuttingDown(s) {
				err = context.Canceled
			}
		}
	}
	r.respond.close() // before the claim is given back, so that its kills are known as ours
	closeKernel()
	if !ended {
		<-done
	}
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	r.sayStopped(err)
	return err
}

// shuttingDown reports whether the system goes down, so that a signal to stop
// is not to be followed.
func (r *recorder) shuttingDown(s os.Signal) bool {
	info, err := r.kernel.Info()
	if err != nil || !info.Shutdown {
		return false
	}
	if !r.staying {
		r.staying = true
		r.say("%v, yet shutdown has begun: recording until killed", s)
	}
	return true
}
