// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"fmt"

	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
)

// showPrevious writes the records of the boot before. It fails if there are none.
func (w *watcher) showPrevious(k kernelPart) error {
	last := uint64(0)
	for e, err := range kernel.Each(k.Previous) {
		if err != nil {
			return err
		}
		if last == 0 {
			w.header()
		} else if e.Seq > last+1 {
			damaged := event.Loss{From: last + 1, To: e.Seq - 1, Damaged: true}
			if _, err := w.step(&kernel.Step{Lost: damaged}); err != nil {
				return err
			}
		}
		last = e.Seq
		if enough, err := w.step(&kernel.Step{Event: *e}); enough || err != nil {
			return err
		}
	}
	if last != 0 {
		return nil
	}
	info, err := k.Info()
	if err != nil {
		return err
	}
	return nonePrevious(&info)
}

// nonePrevious says why there are no records of the boot before.
func nonePrevious(i *event.Info) error {
	damaged, _ := i.Previous.Damaged.Known()
	switch {
	case damaged > 0:
		return fmt.Errorf("no record of the boot before: all %d in the black box are torn or damaged; see sigtrail last", damaged)
	case i.Previous.Known():
		return fmt.Errorf("no record of the boot before: its black box was empty; see sigtrail last")
	case i.Box.Place == event.BoxNone:
		return fmt.Errorf("no black box: the ring is in ordinary memory, which a reset clears; see docs/blackbox.md")
	case i.Box.Place == event.BoxFailed:
		return fmt.Errorf("no black box: the memory for it could not be used; see dmesg | grep sigtrail")
	case i.Box.Found == event.FoundRecords:
		return fmt.Errorf("no longer there: the daemon stores the records of the boot before at its start; see sigtrail last --trail")
	}
	return fmt.Errorf("no record of the boot before: at boot the black box had %s; see sigtrail last", found(i))
}

// appendDay appends a line with the day before the first record of that day, if records
// of the boot before are shown. Records without a date are under none.
func (w *watcher) appendDay(b []byte, e *event.Event) []byte {
	if !w.previous || e.Wall == 0 || e.WallUnset() {
		return b
	}
	day := string(event.AppendDate(nil, e.Wall))
	if day == w.day {
		return b
	}
	w.day = day
	return append(append(b, day...), '\n')
}
