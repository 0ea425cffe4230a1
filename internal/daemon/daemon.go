// SPDX-License-Identifier: GPL-2.0-only

// Package daemon writes the kernel's records to the trail, then to the system log.
// It resumes where the trail ends, and reads what it has missed from the kernel's
// ring: a late start or a crash leaves no gap that the ring can fill.
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
	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
	"sigtrail/internal/service"
	"sigtrail/internal/trail"
)

// options differ between a router and a test.
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
	logread string // path
	outlive func() (failed, right error)
	names   func(procfs.Root) *service.Names
}

// Run runs the daemon until ctx is done or a signal stops it.
//
// SIGTERM and SIGINT stop it cleanly, unless a shutdown of the system has begun:
// then it records until it is killed, because the last records matter most. SIGHUP
// reloads the configuration. If it is wrong, the daemon logs a line for each wrong
// option, and keeps the previous configuration.
//
// Run checks configuration and kernel before it changes anything. The error is a
// *config.Error, or wraps kernel.ErrNoKernel, kernel.ErrNoRights or
// trail.ErrLocked.
func Run(ctx context.Context, configPath, version string, signals <-chan os.Signal) error {
	limitMemory()
	return run(ctx, options{
		config: configPath, version: version, signals: signals,
		proc: "/proc", kmsg: "/dev/kmsg", pmsg: trail.PmsgDevice, ksig: ksigTask, logread: "/sbin/logread",
		kernel: dialKernel, module: dialModule, outlive: outliveOOM, names: service.NewNames,
	})
}

// limitMemory makes the garbage collector run early: the daemon needs a few hundred
// KiB, and a router has little memory.
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
	outlive, right := o.outlive() // first of all, as it needs a right that the rest is to run without
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
		// The trail cannot be from this kernel, though the boot id matches. New
		// records would be taken for duplicates.
		if err := t.Reset(); err != nil {
			return fmt.Errorf("trail: %w", err)
		}
	}
	r := newRecorder(k, t, cfg)
	defer r.close()
	r.finder = newFinder(r, o.proc)
	r.finder.start()
	defer r.finder.close()
	r.shutdown = newShutdownStore(r, o, bootID, info)
	r.stall = r.watchStall(o, info)
	defer r.stall.close()
	status, err := serveStatus(cfg.Trail.Dir, r.status)
	if err != nil {
		return err
	}
	defer status.close()

	// Groups that have gone since the trail was begun have their names only there. What cannot
	// be read stays unknown.
	r.services = o.names(o.proc)
	if t.Last() != 0 {
		_, _, _ = trail.Read(cfg.Trail.Dir, func(e event.Event) error {
			r.services.LearnFrom(&e)
			return nil
		}, func(event.Loss) error { return nil })
	}

	// Join before the ring is read, so that no record is missed in between. Claim
	// last: from then on the kernel does not print.
	if err := k.Join(); err != nil {
		return err
	}
	r.switches = openSwitches(k, cfg.Trail.Dir, bootID, info)
	if err := r.switches.use(cfg.Kernel); err != nil {
		return err
	}
	if err := k.Claim(bootID); err != nil {
		return errors.Join(err, r.switches.giveBack())
	}
	r.shutdown.bootLine = leaveBootID(o.kmsg, o.proc, cfg.Trail.Dir, bootID)
	r.logf("started: version %s, ring of %d records, %s", o.version, info.RingSize, resuming(t.Last()))
	r.logNotApplied(cfg.Kernel)
	if outlive != nil {
		r.logf("the OOM killer can choose the service before other processes: %v", outlive)
	}
	if right != nil {
		r.logf("the service keeps the right CAP_SYS_RESOURCE, and does not need it: %v", right)
	}

	r.shutdown.start(info.Shutdown, t.Last())
	defer r.shutdown.close()
	r.respond.open(r, o, info)

	done := make(chan error, 1)
	go func() { done <- r.follow() }()
	ended, told := false, false
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
				told, err = true, context.Canceled
			}
		}
	}
	r.respond.close() // before closeKernel: its signals are still marked as sigtrail's
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	if failed := r.switches.giveBack(); err == nil {
		err = failed
	}
	closeKernel()
	if !ended {
		<-done
	}
	if told {
		r.keepLast(o.kernel)
	}
	r.logStopped(err)
	return err
}

func resuming(last uint64) string {
	if last == 0 {
		return "new trail"
	}
	return fmt.Sprintf("resuming after record %d", last)
}

// shuttingDown reports whether the system shuts down: then a signal to stop is
// ignored.
func (r *recorder) shuttingDown(s os.Signal) bool {
	info, err := r.kernel.Info()
	if err != nil || !info.Shutdown {
		return false
	}
	if !r.stayLogged {
		r.stayLogged = true
		r.logf("ignored signal %q: shutdown has begun, recording until killed", s)
	}
	return true
}
