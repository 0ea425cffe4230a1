// SPDX-License-Identifier: GPL-2.0

package cli

import (
	"bufio"
	"errors"
	"math"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
)

var watchCommand = command{
	name:    "watch",
	summary: "show signals as they are sent",
	usage:   "[OPTION...]",
	about:   "Shows signals, and what came of them, as they are sent.\n",
	more: `A LIST is separated by commas. An item that begins with "!" excludes:

  sigtrail watch --signal '!WINCH,!CHLD' --sender procd,1 --target '!logd'
`,
	setup: func() ([]option, action) {
		w := new(watcher)
		options := append(filterOptions(&w.filter), []option{
			{"--backlog", "", "begin with what the kernel's ring has", on(&w.backlog)},
			{"--once", "", "show what the kernel's ring has, and end", on(&w.once)},
			{"--count", "N", "end after N lines", number(&w.count, 0, math.MaxUint32)},
			{"--json", "", "one JSON object for each", on(&w.json)},
		}...)
		return options, w.watch
	},
}

// filterOptions returns those that say which events pass f.
func filterOptions(f *event.Filter) []option {
	return []option{
		{"--sender", "LIST", `only from these: names or process ids; "kernel" is one`, parsed(&f.Sender, event.ParseProcesses)},
		{"--target", "LIST", "only to these", parsed(&f.Target, event.ParseProcesses)},
		{"--signal", "LIST", "only these: names or numbers, as TERM, SIGTERM or 15", parsed(&f.Signal, event.ParseSignals)},
	}
}

func (w *watcher) watch(a *app, _ []string) error {
	// Written to a pipe that nobody reads, it ends by an error, not by
	// a SIGPIPE that would be one more signal to tell of.
	signal.Ignore(syscall.SIGPIPE)
	stop := a.stop()
	w.out = bufio.NewWriterSize(a.out, 16<<10)

	k, err := a.dial()
	if err != nil {
		return err
	}
	closeKernel := sync.OnceValue(k.Close)
	defer closeKernel()
	if err := k.Join(); err != nil {
		return err
	}
	info, err := k.Info()
	if err != nil {
		return err
	}
	tail := kernel.Tail{Source: k}
	tail.Last = info.SeqLast
	if (w.backlog || w.once) && info.SeqFirst > 0 {
		tail.Last = info.SeqFirst - 1
	}
	defer tail.Close()
	if !w.json {
		w.out.WriteString(columnHeader)
	}

	stopped := make(chan struct{})
	defer close(stopped)
	go func() { // ends with watch
		select {
		case <-stop:
			closeKernel()
		case <-stopped:
		}
	}()
	err = w.follow(&tail)
	if flushed := w.out.Flush(); err == nil {
		err = flushed
	}
	if errors.Is(err, os.ErrClosed) || errors.Is(err, syscall.EPIPE) {
		return nil // told to stop, or nobody reads on
	}
	return err
}

// watcher writes what passes its filter.
type watcher struct {
	out     *bufio.Writer
	json    bool
	backlog bool
	once    bool
	filter  event.Filter
	count   uint32 // lines left to write; 0 from the start: no end
	buf     []byte
}

// follow writes what comes, until it was enough: once, all that is there.
func (w *watcher) follow(tail *kernel.Tail) error {
	for {
		// What there is stands there before more is waited for.
		if tail.Waits() {
			if err := w.out.Flush(); err != nil || w.once {
				return err
			}
		}
		steps, err := tail.Next()
		for i := range steps {
			if enough, err := w.step(&steps[i]); enough || err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
	}
}

// step writes an event that passes the filter, or a gap whatever the filter: what
// is missing, nobody knows.
func (w *watcher) step(s *kernel.Step) (enough bool, err error) {
	gap := s.Lost.To != 0
	switch {
	case gap && w.json:
		w.buf = s.Lost.AppendJSON(w.buf[:0])
	case gap:
		w.buf = s.Lost.AppendLine(w.buf[:0])
	case !w.filter.Match(&s.Event):
		return false, nil
	case w.json:
		w.buf = s.Event.AppendJSON(w.buf[:0])
	default:
		w.buf = appendColumns(w.buf[:0], &s.Event)
	}
	if _, err := w.out.Write(append(w.buf, '\n')); err != nil || gap || w.count == 0 {
		return false, err
	}
	w.count--
	return w.count == 0, nil
}
