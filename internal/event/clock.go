// SPDX-License-Identifier: GPL-2.0

package event

import "strconv"

const (
	second = int64(1e9)
	day    = 86400 * second
)

// AppendDate appends the day of ns since 1970, in UTC: 2026-11-22.
func AppendDate(b []byte, ns int64) []byte {
	y, m, d := date(floor(ns, day))
	b = appendDigits(b, y, 4)
	b = appendDigits(append(b, '-'), m, 2)
	return appendDigits(append(b, '-'), d, 2)
}

// AppendTime appends the time of day of ns since 1970, in UTC, to the second:
// 02:20:23.
func AppendTime(b []byte, ns int64) []byte {
	s := floor(ns, second) - floor(ns, day)*86400
	b = appendDigits(b, s/3600, 2)
	b = appendDigits(append(b, ':'), s/60%60, 2)
	return appendDigits(append(b, ':'), s%60, 2)
}

// AppendMicros appends the microseconds of ns since 1970: .012345.
func AppendMicros(b []byte, ns int64) []byte {
	return appendDigits(append(b, '.'), (ns-floor(ns, second)*second)/1e3, 6)
}

// AppendWall appends ns since 1970 as RFC 3339 has it, in UTC, with
// microseconds: 2026-11-22T02:20:23.012345Z. Package time would do it in 20 kB
// of a router's flash.
func AppendWall(b []byte, ns int64) []byte {
	b = AppendTime(append(AppendDate(b, ns), 'T'), ns)
	return append(AppendMicros(b, ns), 'Z')
}

// parseWall undoes AppendWall, and reports whether it could.
func parseWall(s string) (ns int64, ok bool) {
	const form = "dddd-dd-ddTdd:dd:dd.ddddddZ"
	if len(s) != len(form) {
		return 0, false
	}
	for i := range len(s) {
		if digit := s[i] >= '0' && s[i] <= '9'; digit != (form[i] == 'd') || !digit && s[i] != form[i] {
			return 0, false
		}
	}
	n := func(from, to int) int64 {
		v, _ := strconv.ParseInt(s[from:to], 10, 64)
		return v
	}
	ns = days(n(0, 4), n(5, 7), n(8, 10))*day + (n(11, 13)*3600+n(14, 16)*60+n(17, 19))*second + n(20, 26)*1e3
	// What is no day or no time comes out as another one.
	return ns, string(AppendWall(nil, ns)) == s
}

// days returns how many days after 1970-01-01 a day of the Gregorian calendar is.
// Years are counted from March, so that the leap day is a year's last.
func days(y, m, d int64) int64 {
	if m <= 2 {
		y, m = y-1, m+12
	}
	return 365*y + y/4 - y/100 + y/400 + (153*m-457)/5 + d - 719469
}

// date undoes days, for years from 0 to 9999.
func date(n int64) (y, m, d int64) {
	for y = 1970 + n/366; days(y+1, 1, 1) <= n; {
		y++
	}
	for y > 0 && days(y, 1, 1) > n {
		y--
	}
	for m = 12; m > 1 && days(y, m, 1) > n; {
		m--
	}
	return y, m, n - days(y, m, 1) + 1
}

// floor divides, and rounds down.
func floor(n, by int64) int64 {
	q := n / by
	if n%by < 0 {
		q--
	}
	return q
}

func appendDigits(b []byte, n int64, width int) []byte {
	div := int64(1)
	for range width - 1 {
		div *= 10
	}
	for ; div > 0; div /= 10 {
		b = append(b, '0'+byte(n/div%10))
	}
	return b
}
