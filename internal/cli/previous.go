// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"errors"
	"fmt"

	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
)

// showPrevious writes the records of the boot before, and which are torn or damaged. It
// fails if there are none.
func (w *watcher) showPrevious(k kernelPart) error {
	info, err := k.Info()
	if err != nil {
		return err
	}
	first, last := uint64(0), uint64(0)
	damaged, _ := info.Previous.Damaged.Known()
	rest := damaged // not told yet
	lost := func(to uint64) error {
		l := event.Loss{From: last + 1, To: to, Damaged: true}
		rest -= min(rest, l.Records())
		_, err := w.step(&kernel.Step{Lost: l})
		return err
	}
	for e, err := range kernel.Each(k.Previous) {
		if err != nil {
			return err
		}
		if last == 0 {
			first = e.Seq
			w.header()
		} else if e.Seq > last+1 {
			if err := lost(e.Seq - 1); err != nil {
				return err
			}
		}
		last = e.Seq
		if enough, err := w.step(&kernel.Step{Event: e}); enough || err != nil {
			return err
		}
	}
	if last == 0 {
		return nonePrevious(&info)
	}
	if newest := info.Previous.Seq; newest > last {
		if err := lost(newest); err != nil {
			return err
		}
		last = newest
	}
	w.damagedApart(rest, first, last)
	return nil
}

// damagedApart writes how many records are torn or damaged that are not between the first
// and the last number: the kernel part counts these, and does not number them. In JSON a
// loss has numbers; info --json has the count.
func (w *watcher) damagedApart(records, first, last uint64) {
	if records == 0 || w.json {
		return
	}
	w.buf = fmt.Appendf(w.buf, "Lost :: %d record%s, torn or damaged in the black box: before %d, or after %d\n",
		records, words(records > 1, "s"), first, last)
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
		return fmt.Errorf("no black box: the ring is in ordinary memory, which does not outlive a reset; see docs/blackbox.md")
	case i.Box.Place == event.BoxFailed:
		return fmt.Errorf("no black box: the memory for it could not be used; see dmesg | grep sigtrail")
	case i.Box.Found == event.FoundRecords:
		return errors.New("no longer there: " + noLonger)
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
