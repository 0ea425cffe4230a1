// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"fmt"

	"sigtrail/internal/event"
)

// boxLines says where the ring is, and what was found there at boot.
func boxLines(i *event.Info) []string {
	place := fmt.Sprintf("%d KiB at %#x", i.Box.Size>>10, i.Box.Address)
	switch i.Box.Place {
	case event.BoxNone:
		return []string{"none: the ring is in ordinary memory, which a reset clears"}
	case event.BoxFailed:
		return []string{"failed: the memory for it could not be used, see dmesg | grep sigtrail",
			"the ring is in ordinary memory, which a reset clears"}
	case event.BoxName:
		place += ", by sigtrail.mem_name"
	case event.BoxAddress:
		place += ", by sigtrail.mem_address"
	case event.BoxDeviceTree:
		place += ", by the device tree"
	default:
		place += ", place " + i.Box.Place.String()
	}
	return append([]string{place}, foundLines(i)...)
}

// foundLines says what was in the black box at boot.
func foundLines(i *event.Info) []string {
	p := &i.Previous
	if !p.Known() {
		return []string{"at boot: " + found(i)}
	}
	records, _ := p.Records.Known()
	line := fmt.Sprintf("at boot: %d records of boot %s", records, event.Escaped(p.BootID))
	if p.BootID == "" {
		line = fmt.Sprintf("at boot: %d records of a boot whose id is unknown", records)
	}
	if damaged, ok := p.Damaged.Known(); ok && damaged > 0 {
		line += fmt.Sprintf("; %d more are torn or damaged", damaged)
	}
	return []string{line, alive(p)}
}

// alive says when the boot before was last known to be alive.
func alive(p *event.Previous) string {
	if p.Local == 0 {
		return "when that boot was last alive is unknown"
	}
	line := fmt.Sprintf("last known to be alive %s s after its start", event.AppendSeconds(nil, p.Boottime))
	if at := p.Alive(); at != 0 {
		return line + fmt.Sprintf(", at %s %s UTC", event.AppendDate(nil, at), event.AppendTime(nil, at))
	}
	return line + "; its clock was not set"
}

// found says what was in the black box at boot, of which there are no records to show.
func found(i *event.Info) string {
	switch i.Box.Found {
	case event.FoundNothing:
		return "nothing: the memory had lost its content, or was not used before"
	case event.FoundRecords:
		return "records of the boot before, freed since: see sigtrail last --trail"
	case event.FoundDamaged:
		return "a damaged header, so that nothing is believed"
	case event.FoundForeign:
		return "another layout, byte order or size, so that nothing is believed"
	}
	return i.Box.Found.String()
}
