// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/internal/service"
)

var watchCommand = command{
	name:    "watch",
	summary: "show signals as they are sent",
	usage:   "[OPTION...]",
	about:   "Shows each signal as it is sent, what became of it, and the ends of processes:\nof signalled ones, of services and of init's scripts.\n",
	more: `The items of a LIST are separated by commas. An item that begins with "!"
excludes. A summary is always shown: it has the number of signals of a user's
processes beyond the user's share, and may have any of these.

  sigtrail watch --signal '!WINCH,!CHLD' --sender procd,1 --target '!logd'
`,
	setup: func() ([]option, action) {
		w := new(watcher)
		options := append(filterOptions(&w.filter), []option{
			{"--backlog", "", "start with the records in the kernel's ring", on(&w.backlog)},
			{"--once", "", "show the records in the kernel's ring, and exit", on(&w.once)},
			{"--previous", "", "with --once: show those that outlived the last reset, in\nthe black box", on(&w.previous)},
			{"--count", "N", "exit after N records; 0: never. Gaps and summaries do not\ncount", number(&w.count, 0, math.MaxUint32)},
			{"--json", "", "print one JSON object for each event", on(&w.json)},
		}...)
		return options, w.watch
	},
}

// filterOptions returns the options that set f.
func filterOptions(f *event.Filter) []option {
	return []option{
		{"--sender", "LIST", `only from these senders: names, process ids, or "kernel"`, parsed(&f.Sender, event.ParseProcesses)},
		{"--target", "LIST", "only to these targets: names or process ids", parsed(&f.Target, event.ParseProcesses)},
		{"--signal", "LIST", "only these signals, such as TERM, SIGTERM or 15", parsed(&f.Signal, event.ParseSignals)},
		serviceOption(&f.Service, "only to or from these services"),
	}
}

// serviceOption returns the option that sets s.
func serviceOption(s *event.Services, text string) option {
	return option{"--service", "LIST", text, parsed(s, event.ParseServices)}
}

func (w *watcher) watch(a *app, _ []string) error {
	if w.previous && (!w.once || w.backlog) {
		return wrong("watch", "--previous needs --once, and excludes --backlog")
	}
	if w.previous && len(w.filter.Service) > 0 {
		return wrong("watch", "--previous excludes --service: the black box has no names of services; see sigtrail last --service")
	}
	// On a closed pipe it ends with an error. A SIGPIPE would be one more signal
	// to show.
	signal.Ignore(syscall.SIGPIPE)
	stop := a.stop()
	w.out = direct(a.out)

	k, err := a.dial()
	if err != nil {
		return err
	}
	closeKernel := sync.OnceValue(k.Close)
	defer closeKernel()
	stopped := make(chan struct{})
	defer close(stopped)
	go func() { // ends with watch
		select {
		case <-stop:
			closeKernel()
		case <-stopped:
		}
	}()
	if w.previous {
		err = w.showPrevious(k)
	} else {
		err = w.showRing(a, k)
	}
	if flushed := w.flush(); err == nil {
		err = flushed
	}
	if errors.Is(err, os.ErrClosed) || errors.Is(err, syscall.EPIPE) {
		return nil // interrupted, or the reader has closed the pipe
	}
	return err
}

// watcher writes what passes its filter.
type watcher struct {
	out      io.Writer
	json     bool
	backlog  bool
	once     bool
	previous bool
	filter   event.Filter
	services *service.Names // nil with --previous: of another boot
	count    uint32         // lines left to write; 0 at the start: no limit
	day      string         // of the last line with --previous
	buf      []byte         // lines that are not yet written
	cells    event.Cache    // of columns, or of JSON
	notes    event.Cache
}

// header begins the columns.
func (w *watcher) header() {
	if !w.json {
		w.buf = append(w.buf, columnHeader...)
	}
}

// showRing writes records of the running boot.
func (w *watcher) showRing(a *app, k kernelPart) error {
	if err := k.Join(); err != nil {
		return err
	}
	info, err := k.Info()
	if err != nil {
		return err
	}
	w.services = service.NewNames(a.proc)
	if len(w.filter.Service) > 0 && !w.services.Mounted() {
		fmt.Fprintln(a.errOut, "sigtrail: services are unknown: cgroup2 is not mounted")
	}
	tail := kernel.Tail{Source: k}
	tail.Last = info.SeqLast
	if (w.backlog || w.once) && info.SeqFirst > 0 {
		tail.Source = a.withDates(k, w.services)
		tail.Last = info.SeqFirst - 1
	}
	defer tail.Close()
	w.header()
	return w.follow(&tail)
}

// enough is how many bytes are written at once, at most a line more.
const enough = 16 << 10

// flush writes the lines.
func (w *watcher) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	_, err := w.out.Write(w.buf)
	w.buf = w.buf[:0]
	return err
}

// follow writes events until --count is reached, or with --once until the ring's
// end. What a message of the kernel has is written at once.
func (w *watcher) follow(tail *kernel.Tail) error {
	for {
		// Show what there is before waiting for more.
		if tail.Waits() {
			if err := w.flush(); err != nil || w.once {
				return err
			}
		}
		steps, err := tail.Next()
		for i := range steps {
			if last, err := w.step(&steps[i]); last || err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
	}
}

// step writes an event that passes the filter, or a gap: it is unknown which
// events are lost, so the filter does not apply to gaps. Nor does it to summaries, for
// the same reason, and neither counts for --count.
func (w *watcher) step(s *kernel.Step) (last bool, err error) {
	gap := s.Lost.To != 0
	summary := !gap && s.Event.Kind == event.KindSummary
	if !gap {
		w.services.Fill(s.Event)
	}
	switch {
	case gap && w.json:
		w.buf = s.Lost.AppendJSON(w.buf)
	case gap:
		w.buf = s.Lost.AppendLine(w.buf)
	case !w.filter.Match(s.Event):
		return false, nil
	case w.json:
		w.buf = w.cells.AppendJSON(w.buf, s.Event)
	default:
		w.buf = w.appendColumns(w.appendDay(w.buf, s.Event), s.Event)
	}
	if w.buf = append(w.buf, '\n'); len(w.buf) >= enough {
		err = w.flush()
	}
	if err != nil || gap || summary || w.count == 0 {
		return false, err
	}
	w.count--
	return w.count == 0, nil
}
