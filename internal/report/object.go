// SPDX-License-Identifier: GPL-2.0

package report

import (
	"strconv"
	"strings"

	"sigtrail/internal/event"
)

// object appends JSON to b: objects and lists, one in the other.
type object struct {
	b     []byte
	inner bool // something stands before, so that a comma comes
}

func (o *object) comma() {
	if o.inner {
		o.b = append(o.b, ',')
	}
	o.inner = true
}

func (o *object) open(bracket byte) {
	o.comma()
	o.b, o.inner = append(o.b, bracket), false
}

func (o *object) close(bracket byte) { o.b, o.inner = append(o.b, bracket), true }

func (o *object) key(k string) {
	o.comma()
	o.b = append(append(append(o.b, '"'), k...), '"', ':')
	o.inner = false
}

func (o *object) uint(k string, v uint64) {
	o.key(k)
	o.b, o.inner = strconv.AppendUint(o.b, v, 10), true
}

// time adds a time, unless it is not known.
func (o *object) time(k string, ns uint64) {
	if ns != 0 {
		o.uint(k, ns)
	}
}

func (o *object) bool(k string, v bool) {
	o.key(k)
	o.b, o.inner = strconv.AppendBool(o.b, v), true
}

// flag adds what holds, and leaves out what does not.
func (o *object) flag(k string, v bool) {
	if v {
		o.bool(k, v)
	}
}

// word adds a string that needs no escaping.
func (o *object) word(k, v string) {
	o.key(k)
	o.b, o.inner = append(append(append(o.b, '"'), v...), '"'), true
}

// text adds a string of any bytes, escaped as names are in events.
func (o *object) text(k, v string) { o.word(k, escapeJSON(event.Escaped(v))) }

func (o *object) texts(k string, list []string) {
	o.key(k)
	o.open('[')
	for _, v := range list {
		o.item(escapeJSON(event.Escaped(v)))
	}
	o.close(']')
}

// item adds a string that needs no escaping to a list.
func (o *object) item(v string) {
	o.comma()
	o.b = append(append(append(o.b, '"'), v...), '"')
}

// escapeJSON escapes what event.Escaped has made.
func escapeJSON(s string) string { return strings.ReplaceAll(s, `\`, `\\`) }
