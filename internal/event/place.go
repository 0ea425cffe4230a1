// SPDX-License-Identifier: GPL-2.0-only

package event

import "unsafe"

// Form is how a value is kept in memory.
type Form uint8

const (
	FormString Form = iota + 1
	FormAncestors
	FormBool
	FormUint32 // also of enums
	FormInt32
	FormKind
	FormFlags
	FormUint64
	FormNanos
	FormAddress
	FormWall // ns since 1970
	FormCount
)

// placed sets Form and offset of each field, which are what At tells. To call At for each
// field of each record would take as long as all else.
func placed[T any](fields []Field[T]) []Field[T] {
	v := new(T)
	for i := range fields {
		f := &fields[i]
		var at unsafe.Pointer
		switch p := f.At(v).(type) {
		case *string:
			f.Form, at = FormString, unsafe.Pointer(p)
		case *Ancestors:
			f.Form, at = FormAncestors, unsafe.Pointer(p)
		case *bool:
			f.Form, at = FormBool, unsafe.Pointer(p)
		case *uint32:
			f.Form, at = FormUint32, unsafe.Pointer(p)
		case *int32:
			f.Form, at = FormInt32, unsafe.Pointer(p)
		case *Kind:
			f.Form, at = FormKind, unsafe.Pointer(p)
		case *Flags:
			f.Form, at = FormFlags, unsafe.Pointer(p)
		case *uint64:
			f.Form, at = FormUint64, unsafe.Pointer(p)
		case *Nanos:
			f.Form, at = FormNanos, unsafe.Pointer(p)
		case *Address:
			f.Form, at = FormAddress, unsafe.Pointer(p)
		case *int64:
			f.Form, at = FormWall, unsafe.Pointer(p)
		case *Count:
			f.Form, at = FormCount, unsafe.Pointer(p)
		default:
			panic("event: field " + f.Key + " has no form")
		}
		f.offset = uintptr(at) - uintptr(unsafe.Pointer(v))
		f.member = member{form: f.Form, head: `,"` + f.Key + `":`, words: f.words}
		words := f.words
		if f.Form == FormKind {
			words = kindWords
		}
		for v := range words[:min(len(words), maxWhole)] {
			f.member.whole = append(f.member.whole, f.member.head+`"`+word(words, uint32(v))+`"`)
		}
		switch {
		case f.Form == FormString, f.Form == FormKind, f.Form == FormNanos, f.Form == FormAddress, f.Form == FormWall, f.words != nil:
			f.member.head += `"`
		case f.Form == FormFlags, f.Form == FormAncestors:
			f.member.head += `[`
		}
	}
	return fields
}

// maxWhole is how many values of an enum have their member in memory.
const maxWhole = 16

// In returns where the field is in v: it has the field's form.
func (f *Field[T]) In(v *T) unsafe.Pointer { return unsafe.Add(unsafe.Pointer(v), f.offset) }

// zero reports whether a value of a form is zero. A kind never is: 0 is a signal.
func zero(form Form, p unsafe.Pointer) bool {
	switch {
	case form == FormKind:
		return false
	case form >= FormUint64:
		return *(*uint64)(p) == 0
	case form >= FormUint32:
		return *(*uint32)(p) == 0
	case form == FormBool:
		return !*(*bool)(p)
	}
	return *(*string)(p) == ""
}
