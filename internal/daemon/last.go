// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"runtime/debug"
	"strings"
	"time"

	"sigtrail/internal/report"
	"sigtrail/internal/trail"
)

// recover merges what black box, flash and pstore have of the last shutdown, and logs its
// verdict. Once it is stored, the kernel frees what it has of the black box.
func (s *shutdownStore) recover() {
	s.mu.Lock()
	store := s.store
	s.mu.Unlock()
	p := s.proc.PstoreState(store.Pmsg)
	left, err := trail.ReadPstore(p.Dir, p.Console, p.Pmsg)
	left.SetTimes(time.Now(), p.Started)
	if err != nil {
		s.recorder.logErrors("Last shutdown :: not completely read", err)
	}
	if left.Box, err = s.readBox(); err != nil {
		// A merge without it would be final. The next start tries again.
		s.recorder.logErrors("Last shutdown :: black box not read", err)
		return
	}
	t, err := store.Recover(s.boot, left)
	if err != nil {
		s.recorder.logErrors("Last shutdown :: not completely read or stored", err)
	}
	if left.Box.Previous.Known() && store.BoxStored(s.boot) {
		if err := s.kernel.FreePrevious(); err != nil {
			s.recorder.logErrors("Last shutdown :: the kernel keeps the black box's old records", err)
		}
	}
	if t == nil {
		// If a trail is kept, an earlier daemon of this boot has logged it.
		kept, _, _ := trail.List(store.Dir, store.Fallback)
		if s.first && err == nil && len(kept) == 0 && store.Dir != "" {
			s.logf("Last shutdown :: no record: no shutdown is kept, and %s (as at a first start)", report.NothingIn(left.State))
		}
		return
	}
	verdict := report.Analyse(t).AppendVerdict(nil)
	for _, line := range strings.Split(strings.TrimSuffix(string(verdict), "\n"), "\n") {
		s.logf("%s", line)
	}
	s.logf("Last shutdown :: details: sigtrail last")
	// The merge needed some MiB. Return them.
	debug.FreeOSMemory()
}
