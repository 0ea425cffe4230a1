// SPDX-License-Identifier: GPL-2.0-only

package event

import "time"

// Formats of a time in UTC.
const (
	dateForm   = "2006-01-02"
	timeForm   = "15:04:05"
	microsForm = ".000000"
	wallForm   = dateForm + "T" + timeForm + microsForm + "Z"
)

func appendUTC(b []byte, ns int64, form string) []byte {
	return time.Unix(0, ns).UTC().AppendFormat(b, form)
}

// AppendDate appends the day of ns since 1970, in UTC: 2026-11-22.
func AppendDate(b []byte, ns int64) []byte { return appendUTC(b, ns, dateForm) }

// AppendTime appends the time of day of ns since 1970, in UTC, to the second:
// 02:20:23.
func AppendTime(b []byte, ns int64) []byte { return appendUTC(b, ns, timeForm) }

// AppendMicros appends the microseconds of ns since 1970: .012345.
func AppendMicros(b []byte, ns int64) []byte { return appendUTC(b, ns, microsForm) }

// AppendWall appends ns since 1970 in the format of RFC 3339, in UTC, with
// microseconds: 2026-11-22T02:20:23.012345Z.
func AppendWall(b []byte, ns int64) []byte { return appendUTC(b, ns, wallForm) }

// parseWall is the inverse of AppendWall.
func parseWall(s string) (ns int64, err error) {
	t, err := time.Parse(wallForm, s)
	return t.UnixNano(), err
}
