// SPDX-License-Identifier: GPL-2.0-only

package why

import "slices"

// respawns ties each end of a service to the start of its next process. That is known of a
// process that has ended, too, with its run time.
func (b *Boot) respawns() {
	type start struct {
		pid       uint32
		at, error uint64
	}
	later := make(map[string][]start) // by service and name: of those that ended later
	for i := len(b.ends) - 1; i >= 0; i-- {
		e := b.ends[i]
		if !e.ofInit() || e.ofNone() {
			continue
		}
		key := e.Service + "\x00" + e.Name
		list, known := later[key]
		e.Newest = !known && b.query.pid == 0
		var next start
		for _, s := range list {
			if s.at+s.error >= e.Time && (next.at == 0 || s.at < next.at) {
				next = s
			}
		}
		// Without a service it may be another program of this name.
		if wait := between(e.Time, next.at); next.at != 0 && (e.Service != "" || wait <= minute) {
			e.Again = next.pid
			if wait > 2*next.error {
				e.AgainAfter = wait
			}
		}
		at, error := e.began()
		if at != 0 {
			list = append(list, start{e.PID, at, error})
		}
		later[key] = list
	}
}

// fold ties the end of a process to that of another which exited right after with a status that
// says the same, as its jail. The two are one end.
func fold(ends []*End) (list []*End) {
	for _, e := range ends {
		f := e.Fellow
		if f == nil || e.passedOn() == 0 || !slices.Contains(list, f) {
			list = append(list, e)
			continue
		}
		f.Follower = e
		f.Newest = f.Newest || e.Newest
		if e.Again != 0 {
			f.Again, f.AgainAfter = e.Again, e.AgainAfter
			if wait := between(f.Time, e.Time); f.AgainAfter != 0 {
				f.AgainAfter += wait
			}
		}
	}
	return list
}

// passedOn returns the signal that a process says by its exit that another was killed by; 0:
// none. It is 128 more, as of a shell or of ujail, for the child that it waits for.
func (e *End) passedOn() uint32 {
	sig, _ := e.Record.ExitSignal()
	code := e.Record.ExitCode()
	if sig != 0 || code <= 128 || code > 128+maxPassed {
		return 0
	}
	if f := e.Fellow; f != nil {
		if sig, _ := f.Record.ExitSignal(); sig != code-128 {
			return 0
		}
	}
	return code - 128
}

const maxPassed = 31 // the last signal that is not a real-time one
