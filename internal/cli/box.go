// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"fmt"

	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
)

// newestPrevious returns the time of the newest record of the boot before that can be read,
// 0 without one.
func newestPrevious(k kernelPart, i *event.Info) (local uint64, err error) {
	if !i.Previous.Known() {
		return 0, nil
	}
	for e, err := range kernel.Each(k.Previous) {
		if err != nil {
			return local, err
		}
		local = max(local, e.Time)
	}
	return local, nil
}

// boxLines says where the ring is, and what was found there at boot.
func (r *overview) boxLines() []string {
	i := &r.kernel
	place := fmt.Sprintf("%d KiB at %#x", i.Box.Size>>10, i.Box.Address)
	switch i.Box.Place {
	case event.BoxNone:
		return []string{"none: the ring is in ordinary memory, which does not outlive a reset"}
	case event.BoxFailed:
		return []string{"failed: the memory for it could not be used, see dmesg | grep sigtrail",
			"the ring is in ordinary memory, which does not outlive a reset"}
	case event.BoxName:
		place += ", by sigtrail.mem_name"
	case event.BoxAddress:
		place += ", by sigtrail.mem_address"
	case event.BoxDeviceTree:
		place += ", by the device tree"
	default:
		place += ", place " + i.Box.Place.String()
	}
	return append([]string{place}, r.foundLines()...)
}

// foundLines says what was in the black box at boot.
func (r *overview) foundLines() []string {
	p := &r.kernel.Previous
	switch {
	case !p.Known() && r.kernel.Box.Found == event.FoundRecords:
		return []string{"at boot: records of the boot before, no longer there:", noLonger}
	case !p.Known():
		return []string{"at boot: " + found(&r.kernel)}
	}
	records, _ := p.Records.Known()
	line := fmt.Sprintf("at boot: %d records of boot %s", records, event.Escaped(p.BootID))
	if p.BootID == "" {
		line = fmt.Sprintf("at boot: %d records of a boot whose id is unknown", records)
	}
	if damaged, ok := p.Damaged.Known(); ok && damaged > 0 {
		line += fmt.Sprintf("; %d more are torn or damaged", damaged)
	}
	lines := []string{line, alive(p, r.last)}
	if r.unread != nil {
		lines = append(lines, "later records are not read: "+r.unread.Error())
	}
	return lines
}

// alive says when the boot before was last known to be alive: it writes its clocks only
// every few seconds, and a record may be newer.
func alive(p *event.Previous, last uint64) string {
	last = max(last, p.Local)
	if last == 0 {
		return "when that boot was last alive is unknown"
	}
	line := fmt.Sprintf("last known to be alive at %s s of its kernel's clock", event.AppendSeconds(nil, last))
	if e := (event.Event{Wall: p.Wall(last)}); e.Wall == 0 {
		line += "; the date is unknown"
	} else if e.WallUnset() {
		line += "; its date was not set"
	} else {
		line += fmt.Sprintf(", %s %s UTC", event.AppendDate(nil, e.Wall), event.AppendTime(nil, e.Wall))
	}
	return line
}

// noLonger says why there is nothing to dump of records that were found.
const noLonger = "stored by the service (sigtrail last --trail), or no memory for them at boot (dmesg)"

// found says what was in the black box at boot, of which there are no records to show.
func found(i *event.Info) string {
	switch i.Box.Found {
	case event.FoundNothing:
		return "nothing: the memory had lost its content, or was not used before"
	case event.FoundDamaged:
		return "a damaged header, so that nothing is believed"
	case event.FoundForeign:
		return "another layout, byte order or size, so that nothing is believed"
	}
	return i.Box.Found.String()
}
