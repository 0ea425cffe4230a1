// SPDX-License-Identifier: GPL-2.0

package daemon

import (
	"os"
	"sync"
	"time"

	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
)

// From here on the intervals do not grow: somebody may just have come to look.
const maxStallInterval = 5 * time.Minute

// stallWatch says what init still waits for when shutdown has begun and does not
// move on: so many seconds after the last event, after twice that time, and so
// on, until there is another event.
//
// It has a goroutine of its own, as it reads of processes that hang, and may
// come to hang with them: recording goes on.
type stallWatch struct {
	kernel kernelPart // asked for its clocks
	proc   procfs.Root
	kmsg   string            // path of what each line is written to
	log    func(line string) // gets the lines that it does not take
	note   func(event.Event) // gets each line for the trail; nil: nobody wants it
	clock  func() time.Time
	timer  func(time.Duration) <-chan time.Time

	// mu keeps the follower, a reload and the watch apart.
	mu    sync.Mutex
	after time.Duration // 0: never
	begun bool
	began uint64        // ns of the kernel's local_clock()
	last  time.Time     // when the last event came
	due   time.Duration // after it, to say something

	wake, stop, done chan struct{}
}

// watchStall starts a watch, which close ends. info is the kernel part's state:
// shutdown may have begun before the daemon did.
func (r *recorder) watchStall(o options, info event.Info) *stallWatch {
	w := &stallWatch{
		kernel: r.kernel,
		proc:   o.proc,
		kmsg:   o.kmsg,
		log:    func(line string) { r.say("%s", line) },
		note:   r.keeper.note,
		clock:  time.Now,
		timer:  time.After,
	}
	w.start(r.cfg.Shutdown.Stall, info)
	return w
}

func (w *stallWatch) start(after time.Duration, info event.Info) {
	w.wake, w.stop, w.done = make(chan struct{}, 1), make(chan struct{}), make(chan struct{})
	w.after, w.due = after, after
	if info.Shutdown {
		w.moved(info.ClockLocal)
	}
	go w.watch()
}

// set changes after which time something is said, 0 for never.
func (w *stallWatch) set(after time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.after, w.due = after, after
	w.poke()
}

// event takes notice of an event. A signal that was dropped is none: a script
// that sends it again and again is what there is to tell of.
func (w *stallWatch) event(e *event.Event) {
	dropped := e.Kind == event.KindSignal && !e.Outcome.Taken()
	if e.Flags&event.FlagShutdown != 0 && !dropped {
		w.moved(e.Time)
	}
}

// moved notes that the shutdown began or moved on, at a time of the kernel's
// local_clock().
func (w *stallWatch) moved(at uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.begun {
		w.begun, w.began = true, at
		w.poke()
	} else if w.due != w.after { // later than now wanted
		w.poke()
	}
	w.last, w.due = w.clock(), w.after
}

// poke makes the watch look, and choose its timer anew.
func (w *stallWatch) poke() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *stallWatch) watch() {
	defer close(w.done)
	var timer <-chan time.Time
	for {
		select {
		case <-w.stop:
			return
		case <-w.wake:
		case <-timer:
		}
		timer = w.look()
	}
}

// look says what there is to say, and returns when to look again: a timer, nil
// for not before a poke.
func (w *stallWatch) look() <-chan time.Time {
	w.mu.Lock()
	on, began, quiet := w.begun && w.after > 0, w.began, w.clock().Sub(w.last)
	due := quiet >= w.due
	for on && w.due <= quiet {
		w.due += min(w.due, maxStallInterval)
	}
	wait := w.due - quiet
	w.mu.Unlock()
	if !on {
		return nil
	}
	if due {
		w.tell(quiet, began)
	}
	return w.timer(wait)
}

// tell says what is there while nothing happens.
func (w *stallWatch) tell(quiet time.Duration, began uint64) {
	s := standstill{quiet: quiet, self: os.Getpid(), jail: jailPID()}
	info, err := w.kernel.Info()
	if err == nil { // else it says less
		s.now = time.Duration(info.ClockBoottime)
		s.began = s.now - time.Duration(info.ClockLocal-began)
	}
	s.processes, s.err = w.proc.Processes()
	for _, line := range s.report().Lines() {
		if writeKmsg(w.kmsg, line) != nil {
			w.log(line)
		}
		if w.note != nil {
			w.note(event.Event{Kind: event.KindNote, Time: info.ClockLocal, Text: line})
		}
	}
}

// close ends the watch.
func (w *stallWatch) close() {
	close(w.stop)
	<-w.done
}

// writeKmsg writes a line to the kernel's log, as an error: so it reaches the
// console unless that is told to be very quiet, pstore, and the system log. The
// kernel counts lines by open file, and drops silently what is more than ten in
// five seconds (devkmsg_write() in kernel/printk/printk.c): each line has a file
// of its own. Where user space may write none, opening it fails.
func writeKmsg(path, line string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString("<3>" + line + "\n")
	return err
}
