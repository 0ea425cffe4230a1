// SPDX-License-Identifier: GPL-2.0

package daemon

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"sigtrail/internal/config"
	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/internal/trail"
)

// kernelPart is the kernel part, as the daemon uses it: a kernel.Client, or what
// stands for one in a test.
type kernelPart interface {
	kernel.Source
	Info() (event.Info, error)
	Malformed() uint64

	Join() error // before the first Next
	Claim() error
	Set(event.Switches) error
	Close() error // ends Next, gives the claim back
}

func dialKernel() (kernelPart, error) {
	c, err := kernel.Dial()
	if err != nil {
		return nil, err
	}
	return c, nil
}

// recorder puts what the kernel part records into the trail, then into the log.
type recorder struct {
	kernel  kernelPart
	tail    kernel.Tail // for the goroutine of follow
	stall   *stallWatch
	keeper  *keeper
	respond responder
	staying bool // said so

	// mu keeps what follow writes and a reload apart. No request to the kernel
	// is made under it.
	mu    sync.Mutex
	cfg   *config.Config
	trail *trail.Writer
	log   *syslog
	buf   []byte

	last, overruns, healed, lost            atomic.Uint64 // of tail
	records, excluded, printed, trailFailed atomic.Uint64
	logged, logDropped                      atomic.Uint64
	flashWrites, shutdownDropped            atomic.Uint64
}

func newRecorder(k kernelPart, t *trail.Writer, cfg *config.Config) *recorder {
	r := &recorder{kernel: k, trail: t}
	r.tail.Source = k
	r.tail.Last = t.Last()
	r.last.Store(t.Last())
	r.use(cfg)
	return r
}

// follow records all that comes, until the kernel part is closed or fails.
func (r *recorder) follow() error {
	defer r.tail.Close()
	for {
		steps, err := r.tail.Next()
		for i := range steps {
			if s := &steps[i]; s.Lost.To != 0 {
				r.gap(s.Lost)
			} else {
				r.event(&s.Event)
			}
		}
		r.last.Store(r.tail.Last)
		r.overruns.Store(r.tail.Overruns)
		r.healed.Store(r.tail.Healed)
		r.lost.Store(r.tail.Lost)
		if err != nil {
			return err
		}
	}
}

// use puts a configuration into force, as far as the trail and the log go.
func (r *recorder) use(cfg *config.Config) {
	r.mu.Lock()
	defer r.mu.Unlock()
	old := r.cfg
	if old == nil || cfg.Log.Syslog != old.Log.Syslog || cfg.Log.Facility != old.Log.Facility || cfg.Log.Level != old.Log.Level {
		r.log.close()
		r.log = openSyslog(cfg.Log.Syslog, cfg.Log.Facility<<3|cfg.Log.Level, &r.logged, &r.logDropped)
	}
	r.trail.SetSize(int64(cfg.Trail.Size) << 10)
	r.cfg = cfg
}

// event records one event. What the trail or the log does not take is counted:
// neither stops the daemon.
func (r *recorder) event(e *event.Event) {
	r.stall.event(e)
	r.respond.event(e)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.trail.Event(*e) == nil {
		r.records.Add(1)
	} else {
		r.trailFailed.Add(1)
	}
	r.keeper.event(e)
	switch {
	case e.Flags&event.FlagPrinted != 0: // the log has it from the kernel
		r.printed.Add(1)
	case e.Kind == event.KindSignal && r.cfg.Log.Exclude.Has(e.Signal):
		r.excluded.Add(1)
	default:
		r.buf = e.AppendLine(r.buf[:0])
		r.log.line(r.buf)
	}
}

// gap records that records are lost.
func (r *recorder) gap(l event.Loss) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.trail.Loss(l) != nil {
		r.trailFailed.Add(1)
	}
	r.keeper.lost(l)
	r.buf = l.AppendLine(r.buf[:0])
	r.log.line(r.buf)
}

// note records a note of the daemon's own; the log has it otherwise.
func (r *recorder) note(e event.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.trail.Event(e) != nil {
		r.trailFailed.Add(1)
	}
}

// say logs a line of the daemon's own.
func (r *recorder) say(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log.line(fmt.Appendf(nil, format, args...))
}

func (r *recorder) sayStopped(err error) {
	s := r.status()
	why := "stopped"
	if err != nil {
		why = "failed: " + err.Error()
	}
	r.say("%s after %d: %d records, %d lines logged, %d excluded, %d printed by the kernel, %d not taken by the log, "+
		"%d overruns, %d records healed, %d lost", why, s.Seq, s.Records, s.Logged, s.Excluded, s.Printed, s.LogDropped,
		s.Overruns, s.Healed, s.Lost)
}

// status returns what was counted. It waits for nothing.
func (r *recorder) status() event.Status {
	return event.Status{
		PID:             uint64(os.Getpid()),
		Seq:             r.last.Load(),
		Records:         r.records.Load(),
		Logged:          r.logged.Load(),
		Excluded:        r.excluded.Load(),
		Printed:         r.printed.Load(),
		LogDropped:      r.logDropped.Load(),
		TrailFailed:     r.trailFailed.Load(),
		Overruns:        r.overruns.Load(),
		Healed:          r.healed.Load(),
		Lost:            r.lost.Load(),
		MalformedEvents: r.kernel.Malformed(),
		FlashWrites:     r.flashWrites.Load(),
		ShutdownDropped: r.shutdownDropped.Load(),
		Kills:           r.respond.kills.Load(),
		KillsDropped:    r.respond.dropped.Load(),
		KillsHeldBack:   r.respond.heldBack.Load(),
	}
}

// reload reads the configuration anew and puts it into force, or says why not.
func (r *recorder) reload(path string) {
	cfg, err := config.Load(path)
	if err == nil {
		err = r.kernel.Set(cfg.Kernel)
	}
	if err != nil {
		for _, line := range strings.Split(err.Error(), "\n") {
			r.say("configuration refused, the old one stays: %s", line)
		}
		return
	}
	moved := cfg.Trail.Dir != r.cfg.Trail.Dir
	r.use(cfg)
	r.stall.set(cfg.Shutdown.Stall)
	r.keeper.use(cfg)
	r.respond.use(cfg)
	if moved {
		r.say("configuration read anew; the trail moves to %s at the next start", cfg.Trail.Dir)
	} else {
		r.say("configuration read anew")
	}
}

func (r *recorder) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log.close()
}
