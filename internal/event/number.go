// SPDX-License-Identifier: GPL-2.0-only

package event

import (
	"encoding/json"
	"strconv"
)

// Nanos is a time or a duration in ns. In JSON it is a string of digits: many readers
// have numbers exactly only up to 2^53, which is 104 days. Numbers, as of trails that
// were written before, are read, too.
type Nanos uint64

func (n Nanos) append(b []byte) []byte {
	return append(strconv.AppendUint(append(b, '"'), uint64(n), 10), '"')
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
