// SPDX-License-Identifier: GPL-2.0-only

package event

import (
	"encoding/json"
	"math/bits"
	"strconv"
)

// Nanos is a time or a duration in ns. In JSON it is a string of digits: many readers
// have numbers exactly only up to 2^53, which is 104 days. Numbers, as of trails that
// were written before, are read, too.
type Nanos uint64

func (n Nanos) append(b []byte) []byte {
	return append(AppendUint(append(b, '"'), uint64(n)), '"')
}

// MarshalJSON is json.Marshaler.
func (n Nanos) MarshalJSON() ([]byte, error) { return n.append(nil), nil }

// UnmarshalJSON is json.Unmarshaler.
func (n *Nanos) UnmarshalJSON(b []byte) error {
	if len(b) == 0 || b[0] != '"' {
		return json.Unmarshal(b, (*uint64)(n))
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	v, err := strconv.ParseUint(text, 10, 64)
	*n = Nanos(v)
	return err
}

// Address is an address of a process's memory. In JSON it is a string such as "0x7fff1000".
type Address uint64

func (a Address) String() string { return string(a.append(nil)) }

func (a Address) append(b []byte) []byte {
	return strconv.AppendUint(append(b, "0x"...), uint64(a), 16)
}

// UnmarshalJSON is json.Unmarshaler.
func (a *Address) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	v, err := strconv.ParseUint(text, 0, 64)
	*a = Address(v)
	return err
}

// Counted returns a number and the singular or plural that goes with it.
func Counted(n uint64, one, many string) string {
	if n == 1 {
		many = one
	}
	return strconv.FormatUint(n, 10) + " " + many
}

// seconds returns whole seconds, and the rest in ns. A 64-bit division takes a processor of
// 32 bits hundreds of instructions: this multiplies by 2^84 / 5^9 instead, rounded up, which
// is exact for the 55 bits that are left of ns / 2^9.
func seconds(ns uint64) (s uint64, rest uint32) {
	const inverse = 1<<84/1953125 + 1
	s, _ = bits.Mul64(ns>>9, inverse)
	s >>= 20
	return s, uint32(ns - s*1e9)
}

// AppendUint appends v, as strconv.AppendUint does, in fewer steps on 32 bits.
func AppendUint(b []byte, v uint64) []byte {
	if v>>32 == 0 {
		return appendUint32(b, uint32(v))
	}
	high, low := seconds(v)
	return appendDigits(AppendUint(b, high), low, 9)
}

func appendUint32(b []byte, v uint32) []byte {
	switch {
	case v < 10:
		return append(b, byte('0'+v))
	case v < 100:
		return append(b, byte('0'+v/10), byte('0'+v%10))
	case v < 1000:
		return append(b, byte('0'+v/100), byte('0'+v/10%10), byte('0'+v%10))
	case v < 10000:
		return append(b, byte('0'+v/1000), byte('0'+v/100%10), byte('0'+v/10%10), byte('0'+v%10))
	}
	return appendDigits(appendUint32(b, v/10000), v%10000, 4)
}

// appendDigits appends the last n digits of v, at most 9.
func appendDigits(b []byte, v uint32, n int) []byte {
	at := len(b)
	b = append(b, "000000000"[:n]...)
	for i := len(b) - 1; i >= at; i-- {
		b[i] = byte('0' + v%10)
		v /= 10
	}
	return b
}
