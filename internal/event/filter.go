// SPDX-License-Identifier: GPL-2.0-only

package event

import (
	"errors"
	"strconv"
	"strings"
)

// Filter selects events by sender, target, signal and service. Every event passes the zero
// Filter.
//
// Each field is a list. An item that begins with "!" excludes. An event passes a
// list if it matches no excluding item, and one of the others if there are any.
// A sender, target or signal that an event does not have matches no item: an exit
// and a survivor have no sender, a mark no signal. A service is that of the sender or of
// the target. A summary passes each list: which
// signals it counts is unknown.
type Filter struct {
	Sender, Target Processes
	Signal         Signals
	Service        Services
}

// Match reports whether e passes all lists.
func (f *Filter) Match(e *Event) bool {
	if e.Kind == KindSummary || len(f.Sender)+len(f.Target)+len(f.Signal)+len(f.Service) == 0 {
		return true
	}
	var target, sender process
	signal := uint32(0)
	if e.Kind == KindSignal {
		signal = e.Signal
	}
	if e.Kind.set()&ofTarget != 0 {
		target = process{e.TargetName, e.TargetPID, true}
	}
	if e.HasSender() {
		name, pid := e.Sender()
		sender = process{name, pid, true}
	}
	return pass(f.Signal, signal, func(want, have uint32) bool { return want == have }) &&
		pass(f.Sender, sender, process.is) && pass(f.Target, target, process.is) && f.Service.Match(e.SenderService, e.TargetService)
}

// Signals is a list of signals.
type Signals []item[uint32]

// Has reports whether the list includes the signal n.
func (s Signals) Has(n uint32) bool {
	for _, it := range s {
		if !it.not && it.want == n {
			return true
		}
	}
	return false
}

// Processes is a list of process names and ids.
type Processes []item[process]

type item[T any] struct {
	not  bool
	want T
}

// process is a process by its id, its name, or both; known is false for no
// process.
type process struct {
	name  string
	pid   uint32
	known bool
}

// is reports whether have matches p, which is a name or an id.
func (p process) is(have process) bool {
	if !have.known {
		return false
	}
	if p.name != "" {
		return p.name == have.name
	}
	return p.pid == have.pid
}

func pass[T any](list []item[T], have T, is func(want, have T) bool) bool {
	wanted, found := false, false
	for _, it := range list {
		hit := is(it.want, have)
		if it.not && hit {
			return false
		}
		if !it.not {
			wanted = true
			found = found || hit
		}
	}
	return found || !wanted
}

// ParseSignals parses a list of signals, each as in ParseSignal.
func ParseSignals(s string) (Signals, error) {
	var list Signals
	err := split(s, func(word string, not bool) error {
		n, err := ParseSignal(word)
		list = append(list, item[uint32]{not, n})
		return err
	})
	return list, err
}

// ParseProcesses parses a list of names and ids; a number is an id. A name may be
// escaped as in Escaped, with \x2c for a comma. It is cut to NameMax bytes, as the
// kernel does.
func ParseProcesses(s string) (Processes, error) {
	var list Processes
	err := split(s, func(word string, not bool) error {
		if pid, err := strconv.ParseUint(word, 10, 32); err == nil {
			list = append(list, item[process]{not, process{pid: uint32(pid)}})
			return nil
		}
		name, err := Unescape(word)
		if len(name) > NameMax {
			name = name[:NameMax]
		}
		list = append(list, item[process]{not, process{name: name}})
		return err
	})
	return list, err
}

func split(s string, f func(word string, not bool) error) error {
	if s == "" {
		return nil
	}
	for _, word := range strings.Split(s, ",") {
		word, not := strings.CutPrefix(strings.TrimSpace(word), "!")
		if word == "" {
			return errors.New("empty item in the list")
		}
		if err := f(word, not); err != nil {
			return err
		}
	}
	return nil
}
