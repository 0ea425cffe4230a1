// SPDX-License-Identifier: GPL-2.0-only

package event

import (
	"encoding/json"
	"iter"
	"strings"
)

// Ancestors are processes, each the parent of the one before, as a text:
// "(crond 80) < (procd 1)". Its names are escaped, see AppendProcess. Lines of the log have it as
// it is: what decodes it from a text accepts no other form, see Valid.
type Ancestors string

// The kernel part records so many beyond the parent.
const maxAncestors = 3

// The longest text of them: of names with each byte escaped.
const ancestorsMax = maxAncestors * (4*NameMax + len("( 4294967295) < "))

// With returns the list with one more process at its end.
func (a Ancestors) With(name string, pid uint32) Ancestors {
	b := []byte(a)
	if a != "" {
		b = append(b, " < "...)
	}
	return Ancestors(AppendProcess(b, name, pid))
}

// All returns the processes, the nearest one first.
func (a Ancestors) All() iter.Seq2[string, uint32] {
	return func(yield func(string, uint32) bool) {
		for rest := string(a); rest != ""; rest = strings.TrimPrefix(rest, " < ") {
			name, pid, after, ok := CutProcess(rest)
			if !ok || !yield(name, pid) {
				return
			}
			rest = after
		}
	}
}

// Valid reports whether the text has the form that With makes.
func (a Ancestors) Valid() bool {
	var same Ancestors
	for name, pid := range a.All() {
		same = same.With(name, pid)
	}
	return same == a
}

// last returns the process id of the last one, and those before it; 0: there is none.
func (a Ancestors) last() (pid uint32, before Ancestors) {
	begin := strings.LastIndexByte(string(a), '(')
	for i := strings.LastIndexByte(string(a), ' ') + 1; i > 0 && i < len(a)-1; i++ {
		pid = pid*10 + uint32(a[i]-'0')
	}
	if begin >= len(" < ") {
		before = a[:begin-len(" < ")]
	}
	return pid, before
}

type ancestorJSON struct {
	Name Name   `json:"name"`
	PID  uint32 `json:"pid"`
}

// MarshalJSON is json.Marshaler.
func (a Ancestors) MarshalJSON() ([]byte, error) { return append(a.append([]byte{'['}), ']'), nil }

// append appends the elements of a JSON array.
func (a Ancestors) append(b []byte) []byte {
	sep := `{"name":"`
	for name, pid := range a.All() {
		b = appendHex(append(b, sep...), name, inJSON)
		b = append(AppendUint(append(b, `","pid":`...), uint64(pid)), '}')
		sep = `,{"name":"`
	}
	return b
}

// UnmarshalJSON is json.Unmarshaler.
func (a *Ancestors) UnmarshalJSON(b []byte) error {
	var list []ancestorJSON
	err := json.Unmarshal(b, &list)
	*a = ""
	for _, p := range list[:min(len(list), maxAncestors)] {
		*a = a.With(string(p.Name[:min(len(p.Name), NameMax)]), p.PID)
	}
	return err
}

// AppendParents appends the sender's parent and its ancestors, the nearest one first:
// "(reload.sh 645) < (crond 80)". Init is left out unless it is the parent. "..." stands for
// more of them, which are not recorded: see Whole.
func (e *Event) AppendParents(b []byte) []byte {
	b = AppendProcess(b, e.ParentName, e.ParentPID)
	shown := e.Ancestors
	if last, before := shown.last(); last == 1 {
		shown = before
	}
	if shown != "" {
		b = append(append(b, " < "...), shown...)
	}
	if !e.Whole() && !e.FromText() { // a printed line has no more than the parent
		b = append(b, " < ..."...)
	}
	return b
}

// Whole reports whether the sender's ancestors are recorded up to the last one: init, or
// kthreadd. They are not if there are more than a record has, if a record was cut short, and if
// it is of an older kernel part.
func (e *Event) Whole() bool {
	last, _ := e.Ancestors.last()
	if last == 0 {
		last = e.ParentPID
	}
	return last <= 2
}

// AppendParent appends the same as a remark, if there is a parent:
// "parent (reload.sh 645) < (crond 80)".
func (e *Event) AppendParent(b []byte, first string) []byte {
	if e.ParentPID == 0 {
		return b
	}
	b = e.AppendParents(append(append(b, first...), "parent "...))
	if e.Flags&FlagReparented != 0 {
		b = append(b, ", re-parented"...)
	}
	return b
}
