// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"os"
	"sync"
	"time"

	"sigtrail/internal/config"
	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/internal/procfs"
	"sigtrail/internal/trail"
)

const (
	// Bytes that may wait while flash is busy: TERM to 500 processes, and their exits.
	maxQueued = 128 << 10

	// The shortest time between two syncs, to reduce wear of the flash.
	syncEvery = 50 * time.Millisecond
)

// shutdownStore stores the trails of shutdowns. At the start it recovers the trail of
// the last shutdown; when a shutdown begins, it stores that one. One goroutine does
// both. No other one writes to flash, and the follower never waits for it.
type shutdownStore struct {
	kernel kernelPart // for its clocks
	proc   procfs.Root
	boot   string
	box    trail.Box // of the boot before, without its records
	logf   func(format string, args ...any)

	// mu protects the fields below from the follower, a reload and the goroutine.
	// Nothing is written or logged while it is locked.
	mu      sync.Mutex
	store   trail.Store
	begun   bool
	hangs   bool // notes about a hang before the shutdown are stored
	over    bool // that hang is over, and its notes are to be removed
	queue   *trail.Batch
	lost    event.Loss // what did not fit into queue; To is 0: nothing
	backlog uint64     // the running boot's trail may have records of the shutdown up to this number
	since   uint64     // its first record, if that has no FlagShutdown; 0: it has
	info    event.Info // with the clocks; zero: ask the kernel

	wake, stop, done chan struct{}
	first            bool      // this is the first daemon of this boot
	bootLine         bool      // the boot's id is on the console; set before start
	errorLogged      bool      // used by the goroutine
	recorder         *recorder // for its counters
}

func newShutdownStore(r *recorder, o options, boot string, info event.Info) *shutdownStore {
	s := &shutdownStore{
		kernel: r.kernel, proc: o.proc, boot: boot, logf: r.logf, recorder: r,
		store: trail.Store{Fallback: r.cfg.Trail.Dir, Pmsg: o.pmsg, Box: info.Box.Outlives(), Writes: &r.flashWrites},
		box:   trail.Box{State: info.Box, Previous: info.Previous},
		queue: new(trail.Batch),
		wake:  make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
	s.use(r.cfg)
	return s
}

// use applies a configuration to the next shutdown.
func (s *shutdownStore) use(cfg *config.Config) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.Dir, s.store.Keep, s.store.Size = cfg.Shutdown.Dir, cfg.Shutdown.Keep, int64(cfg.Shutdown.Size)<<10
}

// start starts the goroutine; close ends it. If begun, a shutdown has already begun,
// and the running boot's trail has its records up to last.
func (s *shutdownStore) start(begun bool, last uint64) {
	s.first = last == 0
	if begun {
		s.mu.Lock()
		s.begun, s.backlog = true, last
		s.mu.Unlock()
		s.wakeUp()
	}
	go s.run()
}

// keep stores records of the running boot's trail, as if a shutdown had begun.
func (s *shutdownStore) keep(first, last uint64, info event.Info) {
	s.mu.Lock()
	if !s.begun {
		s.begun, s.since, s.backlog, s.info = true, first, last, info
	}
	s.mu.Unlock()
	s.wakeUp()
}

// record stores the steps of one message, from the beginning of a shutdown on.
func (s *shutdownStore) record(steps []kernel.Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range steps {
		if step := &steps[i]; step.Lost.To != 0 {
			s.loss(step.Lost)
		} else if s.begun || step.Event.Flags&event.FlagShutdown != 0 {
			s.event(step.Event)
		}
	}
}

func (s *shutdownStore) event(e *event.Event) {
	if e.Flags&event.FlagShutdown != 0 {
		s.begun, s.over = true, false
	}
	if s.room(event.Loss{From: e.Seq, To: e.Seq}) {
		s.queue.Event(e)
	}
}

func (s *shutdownStore) loss(l event.Loss) {
	if s.begun && s.room(l) {
		s.queue.Loss(l)
	}
}

// note stores a note, if there is room.
func (s *shutdownStore) note(e event.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if (s.begun || s.hangs) && s.queue.Size() < maxQueued {
		s.flushLost()
		s.queue.Event(&e)
		s.wakeUp()
	}
}

// early stores a note about a program that hangs before a shutdown. If that is over,
// what is stored is removed. No event is stored before the shutdown begins.
func (s *shutdownStore) early(e event.Event, over bool) {
	s.mu.Lock()
	s.hangs, s.over = true, over && !s.begun
	s.mu.Unlock()
	s.note(e)
}

// room reports whether there is room for one more line. If not, that line counts as
// lost. If there is, earlier losses are written first.
func (s *shutdownStore) room(l event.Loss) bool {
	s.wakeUp()
	if s.queue.Size() >= maxQueued {
		s.recorder.shutdownDropped.Add(1)
		if s.lost.To == 0 {
			s.lost.From = l.From
		}
		s.lost.To = max(s.lost.To, l.To)
		return false
	}
	s.flushLost()
	return true
}

func (s *shutdownStore) flushLost() {
	if s.lost.To != 0 {
		s.queue.Loss(s.lost)
		s.lost = event.Loss{}
	}
}

func (s *shutdownStore) wakeUp() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *shutdownStore) run() {
	defer close(s.done)
	s.recover()
	var d *trail.ShutdownWriter
	defer func() {
		if d != nil {
			d.Close()
		}
	}()
	taken := new(trail.Batch)
	for stopped := false; !stopped; {
		select {
		case <-s.wake:
		case <-s.stop:
			stopped = true // after the queued lines are stored
		}
		var over bool
		taken, over = s.take(taken)
		if d == nil && (taken.Size() > 0 || s.hasBegun()) {
			d = s.begin()
		}
		if taken.Size() == 0 {
			continue
		}
		if over {
			// What is in pmsg cannot be removed: there this line says so.
			if !d.OnFlash() {
				s.write(d, taken)
			}
			d.Discard()
			d = nil
			continue
		}
		s.write(d, taken)
		if d.OnFlash() {
			select {
			case <-time.After(syncEvery):
			case <-s.stop:
			}
		}
	}
}

func (s *shutdownStore) hasBegun() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.begun
}

// take returns the queue and replaces it by an empty batch. If over, the queue ends with
// the note that says so.
func (s *shutdownStore) take(empty *trail.Batch) (full *trail.Batch, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flushLost()
	full, over = s.queue, s.over
	if over {
		s.hangs, s.over = false, false
	}
	empty.Reset()
	s.queue = empty
	return full, over
}

func (s *shutdownStore) begin() *trail.ShutdownWriter {
	s.mu.Lock()
	store, backlog, since, info := s.store, s.backlog, s.since, s.info
	s.mu.Unlock()
	if info.ClockLocal == 0 {
		info, _ = s.kernel.Info() // if this fails, the trail has no wall time
	}
	store.Upgrade = since != 0
	d := store.Begin(event.Trail{BootID: s.boot, DaemonPID: uint32(os.Getpid()), JailPID: uint32(jailPID()), BootLine: s.bootLine,
		ClockLocal: info.ClockLocal, ClockRealtime: info.ClockRealtime})
	if backlog > d.Last() {
		s.catchUp(d, store.Fallback, since, backlog)
	}
	return d
}

// write stores a batch. It logs only the first failure.
func (s *shutdownStore) write(d *trail.ShutdownWriter, b *trail.Batch) {
	lost, err := d.Write(b)
	if err != nil && !s.errorLogged {
		s.errorLogged = true
		what := "incomplete"
		if lost == 0 {
			what = "not complete on flash"
		}
		s.logf("trail of this shutdown is %s: %v", what, err)
	}
	s.recorder.shutdownDropped.Add(uint64(lost))
}

// close stores the queued lines and ends the goroutine.
func (s *shutdownStore) close() {
	close(s.stop)
	<-s.done
}
