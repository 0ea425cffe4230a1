// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sigtrail/internal/config"
	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/internal/service"
	"sigtrail/internal/trail"
)

// kernelPart is a kernel.Client, or a fake in a test.
type kernelPart interface {
	kernel.Source
	Version() uint32
	Info() (event.Info, error)
	Malformed() uint64

	Join() error // before the first Next
	Claim(bootID string) error
	Set(event.Switches) error
	Mark(text string, shutdown bool) error
	Previous() (kernel.Batches, error)
	FreePrevious() error
	Close() error // ends Next and the claim
}

func dialKernel() (kernelPart, error) {
	c, err := kernel.Dial()
	if err != nil {
		return nil, err
	}
	return c, nil
}

// recorder writes the kernel's records to the trail, then to the log.
type recorder struct {
	kernel     kernelPart
	tail       kernel.Tail    // used by the goroutine of follow
	services   *service.Names // likewise
	switches   *switches
	stall      *stallWatch
	shutdown   *shutdownStore
	finder     *finder
	respond    responder
	stayLogged bool // that it ignores a signal to stop

	// mu protects the fields below from follow and a reload. No request to the
	// kernel is made while it is locked.
	mu    sync.Mutex
	cfg   *config.Config
	trail *trail.Writer
	log   *syslog
	buf   []byte

	last, overruns, healed, lost            atomic.Uint64 // of tail
	records, excluded, printed, trailFailed atomic.Uint64
	logged, logDropped, logHeldBack         atomic.Uint64
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

// follow records until the connection to the kernel is closed or fails.
func (r *recorder) follow() error {
	defer r.tail.Close()
	for {
		steps, err := r.tail.Next()
		r.take(steps)
		r.last.Store(r.tail.Last)
		r.overruns.Store(r.tail.Overruns)
		r.healed.Store(r.tail.Healed)
		r.lost.Store(r.tail.Lost)
		if err != nil {
			return err
		}
	}
}

// use applies a configuration to the trail and the log.
func (r *recorder) use(cfg *config.Config) {
	r.mu.Lock()
	defer r.mu.Unlock()
	old := r.cfg
	if old == nil || cfg.Log.Syslog != old.Log.Syslog || cfg.Log.Facility != old.Log.Facility || cfg.Log.Level != old.Log.Level || cfg.Log.Rate != old.Log.Rate {
		r.log.close()
		r.log = openSyslog(cfg.Log.Syslog, cfg.Log.Facility<<3|cfg.Log.Level, cfg.Log.Rate, &r.logged, &r.logDropped, &r.logHeldBack)
	}
	r.trail.SetSize(int64(cfg.Trail.Size) << 10)
	r.cfg = cfg
}

// take takes the steps of one message.
func (r *recorder) take(steps []kernel.Step) {
	for i := range steps {
		if s := &steps[i]; s.Lost.To == 0 {
			r.services.Fill(s.Event)
			r.stall.event(s.Event)
			r.respond.event(s.Event)
		}
	}
	r.record(steps)
}

// record records the steps of one message: in the trail, by one write, then in the log.
// Failures of the trail and the log are counted; they do not stop the daemon.
func (r *recorder) record(steps []kernel.Step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	events := uint64(0)
	for i := range steps {
		s := &steps[i]
		if s.Lost.To != 0 {
			r.trail.Loss(s.Lost)
			continue
		}
		r.finder.event(s.Event) // as early as possible; its note waits for mu
		r.trail.Event(s.Event)
		events++
	}
	failed, _ := r.trail.Flush()
	r.shutdown.record(steps)
	r.trailFailed.Add(uint64(failed))
	r.records.Add(events - min(events, uint64(failed)))
	now := time.Now()
	for i := range steps {
		if s := &steps[i]; s.Lost.To != 0 {
			r.buf = s.Lost.AppendLine(r.buf[:0])
			r.log.line(r.buf)
		} else {
			r.logEvent(s.Event, now)
		}
	}
}

// logEvent logs an event, unless it is already in the log, or is not to be.
func (r *recorder) logEvent(e *event.Event, now time.Time) {
	switch {
	case e.Flags&event.FlagPrinted != 0: // by the kernel
		r.printed.Add(1)
	case e.Kind == event.KindSignal && r.cfg.Log.Exclude.Has(e.Signal), r.endOfScript(e):
		r.excluded.Add(1)
	default:
		r.log.record(e, now)
	}
}

// endOfScript reports whether a process that was in no service has ended by itself, with status
// 0: init runs a script for each event. Where no service is known, it can be a daemon.
func (r *recorder) endOfScript(e *event.Event) bool {
	return e.ByItself() && e.ExitStatus == 0 && e.TargetCgroup == event.RootCgroup && r.services.Any()
}

// note adds a note to the trail. It is not logged here.
func (r *recorder) note(e event.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.addNote(&e)
}

func (r *recorder) addNote(e *event.Event) {
	r.trail.Event(e)
	failed, _ := r.trail.Flush()
	r.trailFailed.Add(uint64(failed))
}

// found adds a note on what the finder has found about a record to the trail, and to the
// log if that has lines of such records.
func (r *recorder) found(e *event.Event, note event.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.finder.closed.Load() {
		return
	}
	r.addNote(&note)
	if !r.cfg.Log.Exclude.Has(e.Signal) {
		r.log.note(&note)
	}
}

// logf logs a line.
func (r *recorder) logf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log.line(fmt.Appendf(nil, format, args...))
}

// logErrors logs an error, which may have several lines.
func (r *recorder) logErrors(prefix string, err error) {
	for _, line := range strings.Split(err.Error(), "\n") {
		r.logf("%s: %s", prefix, line)
	}
}

func (r *recorder) logStopped(err error) {
	if err != nil {
		r.logErrors("failed", err)
	}
	s := r.status()
	r.logf("stopped after record %d: %d records, %d lines logged, %d excluded, %d printed by the kernel, "+
		"%d held back by log.rate, %d dropped by the log, %d overruns, %d records healed, %d lost", s.Seq, s.Records, s.Logged,
		s.Excluded, s.Printed, s.LogHeldBack, s.LogDropped, s.Overruns, s.Healed, s.Lost)
}

// status returns the counters. It does not block.
func (r *recorder) status() event.Status {
	return event.Status{
		PID:             uint64(os.Getpid()),
		Seq:             r.last.Load(),
		Records:         r.records.Load(),
		Logged:          r.logged.Load(),
		Excluded:        r.excluded.Load(),
		Printed:         r.printed.Load(),
		LogHeldBack:     r.logHeldBack.Load(),
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

// reload reads the configuration again and applies it. If it is wrong, nothing
// changes.
func (r *recorder) reload(path string) {
	cfg, err := config.Load(path)
	if err == nil {
		err = r.switches.use(cfg.Kernel)
	}
	if err != nil {
		r.logErrors("configuration error, keeping the previous configuration", err)
		return
	}
	moved := cfg.Trail.Dir != r.cfg.Trail.Dir
	r.use(cfg)
	r.stall.set(cfg.Shutdown.Stall)
	r.shutdown.use(cfg)
	r.respond.use(cfg)
	if moved {
		r.logf("configuration reloaded; restart the service to move the trail to %s", cfg.Trail.Dir)
	} else {
		r.logf("configuration reloaded")
	}
	r.logNotApplied(cfg.Kernel)
}

func (r *recorder) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log.close()
}
