// SPDX-License-Identifier: GPL-2.0

package event

import (
	"errors"
	"fmt"
)

// AppendHeader appends what stands in the first line of a trail's file, as one
// JSON object: whose it is, its clocks, and, once it was put together, by whom
// and of what. What is zero is left out, but for boot_id.
func (t *Trail) AppendHeader(b []byte) []byte {
	o := open(b)
	o.name("boot_id", t.BootID)
	number := func(key string, v uint64) {
		if v != 0 {
			o.uint(key, v)
		}
	}
	number("daemon_pid", uint64(t.DaemonPID))
	number("jail_pid", uint64(t.JailPID))
	number("clock_local", t.ClockLocal)
	number("clock_realtime", t.ClockRealtime)
	if t.MergedBy != "" {
		o.name("merged_by", t.MergedBy)
		o.text("reset", t.Reset.String())
		o.text("pstore", t.Pstore.String())
	}
	number("cut", t.Cut)
	return o.close()
}

// DecodeHeader undoes AppendHeader. A key that it does not know is skipped; it
// fails for a line without boot_id.
func DecodeHeader(line []byte) (t Trail, err error) {
	known := false
	err = scan(line, func(key string, v value) (err error) {
		switch key {
		case "boot_id":
			known = true
			err = v.name(&t.BootID)
		case "daemon_pid":
			err = v.uint32(&t.DaemonPID)
		case "jail_pid":
			err = v.uint32(&t.JailPID)
		case "clock_local":
			err = v.uint64(&t.ClockLocal)
		case "clock_realtime":
			err = v.uint64(&t.ClockRealtime)
		case "merged_by":
			err = v.name(&t.MergedBy)
		case "reset":
			err = setWord(&t.Reset, resets, v)
		case "pstore":
			err = setWord(&t.Pstore, pstores, v)
		case "cut":
			err = v.uint64(&t.Cut)
		}
		if err != nil {
			return fmt.Errorf("key %s: %w", key, err)
		}
		return nil
	})
	if err == nil && !known {
		err = errors.New("no header of a trail: it has no boot_id")
	}
	if err != nil {
		return Trail{}, err
	}
	return t, nil
}
