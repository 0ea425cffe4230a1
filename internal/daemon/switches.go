// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"encoding/json"
	"os"
	"path/filepath"

	"sigtrail/internal/event"
)

// switches sets the kernel part's switches by the configuration, and gives back those
// that the kernel had before: when an option is removed from the configuration, and
// when the daemon stops. A daemon that was killed cannot, so they are kept in a file for
// the next one of this boot.
type switches struct {
	kernel kernelPart
	path   string
	switchState
}

// switchState is the content of the file.
type switchState struct {
	BootID string         `json:"boot_id"`
	Found  event.Switches `json:"found"` // before a daemon set them
	Set    event.Switches `json:"set"`   // by the configuration
}

// openSwitches returns the state of this boot. A file that cannot be read is that of
// no daemon.
func openSwitches(k kernelPart, dir, bootID string, info event.Info) *switches {
	s := &switches{kernel: k, path: filepath.Join(dir, "switches")}
	b, err := os.ReadFile(s.path)
	none := event.Switches{} // all were given back
	if err != nil || json.Unmarshal(b, &s.switchState) != nil || s.BootID != bootID || s.Set == none {
		s.switchState = switchState{BootID: bootID, Found: info.Switches()}
	}
	return s
}

// use sets what a configuration sets.
func (s *switches) use(set event.Switches) error {
	next := s.switchState
	next.Set = set
	s.keep(&next) // first, as the daemon may be killed in between
	if replaced := set.Replace(s.Set, s.Found); replaced != (event.Switches{}) {
		if err := s.kernel.Set(replaced); err != nil {
			return err
		}
	}
	s.switchState = next
	return nil
}

// logNotApplied logs what an older kernel part does not have of a configuration: see Set of
// kernel.Client.
func (r *recorder) logNotApplied(set event.Switches) {
	if v := r.kernel.Version(); v < 4 && set.Exits != nil && *set.Exits != event.ExitsSignalled {
		r.logf("kernel.exits is not applied: the kernel part has version %d, and records only the exits of signalled processes", v)
	}
}

// giveBack is use of a configuration that sets nothing.
func (s *switches) giveBack() error { return s.use(event.Switches{}) }

// keep writes the file. Where that fails, as on a full tmpfs, the switches of a daemon
// that is killed stay.
func (s *switches) keep(state *switchState) {
	b, err := json.Marshal(state)
	if err == nil {
		err = os.WriteFile(s.path+".new", b, 0o600)
	}
	if err == nil {
		err = os.Rename(s.path+".new", s.path)
	}
	if err != nil {
		os.Remove(s.path + ".new")
	}
}
