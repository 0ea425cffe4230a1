// SPDX-License-Identifier: GPL-2.0-only

package event

import (
	"math"
	"time"
)

// calendar is a time in UTC.
type calendar struct {
	year, month, day, hour, minute, second, micro uint32
}

// utc returns ns since 1970. From 1970 to 2106 it does without divisions of 64 bits, see
// seconds.
func utc(ns int64) calendar {
	s, rest := seconds(uint64(ns))
	if ns < 0 || s > math.MaxUint32 {
		t := time.Unix(0, ns).UTC()
		year, month, day := t.Date()
		hour, minute, second := t.Clock()
		return calendar{uint32(year), uint32(month), uint32(day), uint32(hour), uint32(minute), uint32(second), uint32(t.Nanosecond()) / 1e3}
	}
	day, of := uint32(s)/86400, uint32(s)%86400
	c := calendar{hour: of / 3600, minute: of / 60 % 60, second: of % 60, micro: rest / 1e3}
	// Years that begin in March end with the leap day, and each month begins 30.6 days
	// after the one before, rounded. 1970-01-01 is 719468 days after the year 0's March 1.
	day += 719468
	era := day / 146097 // of 400 years
	day %= 146097
	year := (day - day/1460 + day/36524 - day/146096) / 365
	day -= 365*year + year/4 - year/100
	month := (5*day + 2) / 153
	c.day = day - (153*month+2)/5 + 1
	c.year, c.month = 400*era+year, month+3
	if c.month > 12 {
		c.year++
		c.month -= 12
	}
	return c
}

// AppendDate appends the day of ns since 1970, in UTC: 2026-11-22.
func AppendDate(b []byte, ns int64) []byte {
	c := utc(ns)
	return c.appendDate(b)
}

// AppendTime appends the time of day of ns since 1970, in UTC, to the second:
// 02:20:23.
func AppendTime(b []byte, ns int64) []byte {
	c := utc(ns)
	return c.appendTime(b)
}

// AppendMicros appends the time of day of ns since 1970, in UTC, to the microsecond:
// 02:20:23.012345.
func AppendMicros(b []byte, ns int64) []byte {
	c := utc(ns)
	return appendDigits(append(c.appendTime(b), '.'), c.micro, 6)
}

const wallForm = "2006-01-02T15:04:05.000000Z"

// AppendWall appends ns since 1970 in the format of RFC 3339, in UTC, with
// microseconds: 2026-11-22T02:20:23.012345Z.
func AppendWall(b []byte, ns int64) []byte {
	c := utc(ns)
	return append(appendDigits(append(c.appendWallSecond(b), '.'), c.micro, 6), 'Z')
}

// appendWallSecond appends it up to the second.
func appendWallSecond(b []byte, ns int64) []byte {
	c := utc(ns)
	return c.appendWallSecond(b)
}

func (c *calendar) appendWallSecond(b []byte) []byte {
	return c.appendTime(append(c.appendDate(b), 'T'))
}

func (c *calendar) appendDate(b []byte) []byte {
	b = append(appendDigits(b, c.year, 4), '-', byte('0'+c.month/10), byte('0'+c.month%10), '-')
	return append(b, byte('0'+c.day/10), byte('0'+c.day%10))
}

func (c *calendar) appendTime(b []byte) []byte {
	return append(b, byte('0'+c.hour/10), byte('0'+c.hour%10), ':', byte('0'+c.minute/10), byte('0'+c.minute%10), ':',
		byte('0'+c.second/10), byte('0'+c.second%10))
}

// parseWall is the inverse of AppendWall.
func parseWall(s string) (ns int64, err error) {
	t, err := time.Parse(wallForm, s)
	return t.UnixNano(), err
}
