// SPDX-License-Identifier: GPL-2.0

package daemon

import (
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"sigtrail/internal/config"
	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
	"sigtrail/internal/report"
	"sigtrail/internal/trail"
)

const (
	// What waits while flash is busy: the kill-all of 300 processes.
	keeperQueue = 128 << 10

	// Flash is spared: between two syncs there is at least so much time.
	syncEvery = 50 * time.Millisecond
)

// keeper keeps the trails of shutdowns. At its start it puts together what is left
// of the last one; once shutdown begins it stores this one. One goroutine does
// both, the only one that writes to flash; the follower never waits for it.
type keeper struct {
	kernel kernelPart // asked for its clocks
	proc   procfs.Root
	boot   string
	say    func(format string, args ...any)

	// mu keeps the follower, a reload and the goroutine apart. Nothing is
	// written or said under it.
	mu      sync.Mutex
	store   trail.Store
	begun   bool
	queue   *trail.Batch
	missing event.Loss // of what found no room in it, if To is not 0
	earlier uint64     // up to this number the running boot's trail may have more

	wake, stop, done chan struct{}
	first            bool      // of this boot's daemons
	complained       bool      // the goroutine's
	recorder         *recorder // has the counters
}

func newKeeper(r *recorder, o options, boot string) *keeper {
	k := &keeper{
		kernel: r.kernel, proc: o.proc, boot: boot, say: r.say, recorder: r,
		store: trail.Store{Fallback: r.cfg.Trail.Dir, Pmsg: o.pmsg, Writes: &r.flashWrites},
		queue: new(trail.Batch),
		wake:  make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
	k.use(r.cfg)
	return k
}

// use puts a configuration into force for the next shutdown.
func (k *keeper) use(cfg *config.Config) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.store.Dir, k.store.Keep, k.store.Size = cfg.Shutdown.Dir, cfg.Shutdown.Keep, int64(cfg.Shutdown.Size)<<10
}

// start starts the goroutine, which close ends. Where shutdown has begun already,
// the running boot's trail has its beginning, up to a number.
func (k *keeper) start(begun bool, last uint64) {
	k.first = last == 0
	if begun {
		k.mu.Lock()
		k.begun, k.earlier = true, last
		k.mu.Unlock()
		k.poke()
	}
	go k.run()
}

// event stores an event from the one on with which shutdown begins.
func (k *keeper) event(e *event.Event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.begun = k.begun || e.Flags&event.FlagShutdown != 0
	if k.begun && k.room(event.Loss{From: e.Seq, To: e.Seq}) {
		k.queue.Event(e)
	}
}

// lost stores a gap.
func (k *keeper) lost(l event.Loss) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.begun && k.room(l) {
		k.queue.Loss(l)
	}
}

// note stores a line of the daemon's own, if there is room.
func (k *keeper) note(e event.Event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.begun && k.queue.Size() < keeperQueue {
		k.tellMissing()
		k.queue.Event(&e)
		k.poke()
	}
}

// room reports whether there is room for one more line; if not, that one is lost.
// What was lost before is told ahead of it.
func (k *keeper) room(l event.Loss) bool {
	k.poke()
	if k.queue.Size() >= keeperQueue {
		k.recorder.shutdownDropped.Add(1)
		if k.missing.To == 0 {
			k.missing.From = l.From
		}
		k.missing.To = max(k.missing.To, l.To)
		return false
	}
	k.tellMissing()
	return true
}

func (k *keeper) tellMissing() {
	if k.missing.To != 0 {
		k.queue.Loss(k.missing)
		k.missing = event.Loss{}
	}
}

func (k *keeper) poke() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

func (k *keeper) run() {
	defer close(k.done)
	k.recover()
	var d *trail.ShutdownWriter
	taken := new(trail.Batch)
	for stopped := false; !stopped; {
		select {
		case <-k.wake:
		case <-k.stop:
			stopped = true // what is queued is still stored
		}
		if !k.hasBegun() {
			continue
		}
		if d == nil {
			d = k.begin()
			defer d.Close()
		}
		if taken = k.take(taken); taken.Size() == 0 {
			continue
		}
		k.write(d, taken)
		if d.OnFlash() {
			select {
			case <-time.After(syncEvery):
			case <-k.stop:
			}
		}
	}
}

func (k *keeper) hasBegun() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.begun
}

// take returns the queue, and puts an empty batch into its place.
func (k *keeper) take(empty *trail.Batch) *trail.Batch {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tellMissing()
	full := k.queue
	empty.Reset()
	k.queue = empty
	return full
}

// begin begins to store.
func (k *keeper) begin() *trail.ShutdownWriter {
	// Without the clocks it has no wall time.
	info, _ := k.kernel.Info()
	k.mu.Lock()
	store, earlier := k.store, k.earlier
	k.mu.Unlock()
	d := store.Begin(event.Trail{BootID: k.boot, DaemonPID: uint32(os.Getpid()), JailPID: uint32(jailPID()),
		ClockLocal: info.ClockLocal, ClockRealtime: info.ClockRealtime})
	if earlier > d.Last() {
		k.catchUp(d, store.Fallback, earlier)
	}
	return d
}

// catchUp stores what a daemon that was killed has left in the running boot's
// trail: of the shutdown, up to a number.
func (k *keeper) catchUp(d *trail.ShutdownWriter, dir string, to uint64) {
	from := d.Last()
	begun := from > 0
	b := new(trail.Batch)
	full := func() error {
		if b.Size() >= keeperQueue {
			k.write(d, b)
			b.Reset()
		}
		return nil
	}
	_, _, err := trail.Read(dir, func(e event.Event) error {
		begun = begun || e.Flags&event.FlagShutdown != 0
		if begun && from < e.Seq && e.Seq <= to {
			b.Event(&e)
		}
		return full()
	}, func(l event.Loss) error {
		if begun && from < l.To && l.To <= to {
			b.Loss(l)
		}
		return full()
	})
	if err != nil {
		k.say("the shutdown's trail has a gap behind %d: %v", from, err)
	}
	if b.Size() > 0 {
		k.write(d, b)
	}
}

// write stores a batch, and says once if it cannot.
func (k *keeper) write(d *trail.ShutdownWriter, b *trail.Batch) {
	lost, err := d.Write(b)
	if err != nil && !k.complained {
		k.complained = true
		k.say("the shutdown's trail is not complete: %v", err)
	}
	k.recorder.shutdownDropped.Add(uint64(lost))
}

// recover puts together what is left of the last shutdown, and says what it was.
func (k *keeper) recover() {
	k.mu.Lock()
	store := k.store
	k.mu.Unlock()
	// What proc does not tell is not there.
	_, dir, _ := k.proc.Pstore()
	console, _ := k.proc.PstoreConsole()
	_, noPmsg := os.Stat(store.Pmsg)
	left, err := trail.ReadPstore(dir, console, noPmsg == nil)
	if err != nil {
		k.say("%v", err)
	}
	t, err := store.Recover(k.boot, left)
	if err != nil {
		k.say("%v", err)
	}
	if t == nil {
		// A trail that is kept was told by an earlier daemon of this boot.
		kept, _, _ := trail.List(store.Dir, store.Fallback)
		if k.first && len(kept) == 0 && store.Dir != "" {
			k.say("Last shutdown :: nothing is known of it: a first start, or the power was cut before one was kept")
		}
		return
	}
	verdict := report.Analyse(t).AppendVerdict(nil)
	for _, line := range strings.Split(strings.TrimSuffix(string(verdict), "\n"), "\n") {
		k.say("%s", line)
	}
	k.say("Last shutdown :: all of it: sigtrail last")
	// It took some MiB, which are not needed any more.
	debug.FreeOSMemory()
}

// close stores what is queued, and ends the goroutine.
func (k *keeper) close() {
	close(k.stop)
	<-k.done
}
