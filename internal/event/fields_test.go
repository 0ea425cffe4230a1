// SPDX-License-Identifier: GPL-2.0-only

package event

import (
	"encoding/json"
	"reflect"
	"testing"
)

// filled returns a T without zero fields, whose numbers all differ.
func filled[T any]() (v T) {
	n := 0
	fill(reflect.ValueOf(&v).Elem(), &n)
	return v
}

func fill(r reflect.Value, n *int) {
	for i := range r.NumField() {
		*n++
		switch f := r.Field(i); f.Kind() {
		case reflect.Struct:
			fill(f, n)
		case reflect.String:
			name := string(rune('@'+*n)) + "\xff("
			if f.Type() == reflect.TypeFor[Ancestors]() {
				name = string(Ancestors("").With(name, 2).With("x", 1))
			}
			f.SetString(name)
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Int32, reflect.Int64:
			f.SetInt(-1000 * int64(*n))
		default:
			f.SetUint(uint64(*n))
		}
	}
}

// A field without a row in the table would not come back.
func TestFieldsAreComplete(t *testing.T) {
	e := filled[Event]()
	if got, _, err := DecodeJSON(e.AppendJSON(nil)); err != nil || got != e {
		t.Errorf("%+v, %v\nwant %+v", got, err, e)
	}
	roundTrip(t, InfoFields)
	roundTrip(t, TriggerFields)
	roundTrip(t, NoticeFields)
}

func roundTrip[T comparable](t *testing.T, fields []Field[T]) {
	t.Helper()
	want := filled[T]()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(appendAll(nil, fields, &want), &members); err != nil {
		t.Fatal(err)
	}
	var got T
	if err := decode(fields, members, &got); err != nil || got != want {
		t.Errorf("%+v, %v\nwant %+v", got, err, want)
	}
}

// No key and no attribute is used for two fields.
func TestFieldsDiffer(t *testing.T) {
	differ(t, Fields)
	differ(t, InfoFields)
	differ(t, TriggerFields)
	differ(t, NoticeFields)
	differ(t, SwitchFields)
}

func differ[T any](t *testing.T, fields []Field[T]) {
	t.Helper()
	var v T
	attrs, keys, places := map[uint16]bool{0: true}, map[string]bool{"": true}, map[any]bool{}
	for _, f := range fields {
		p := reflect.ValueOf(f.At(&v))
		if f.Attr != 0 && attrs[f.Attr] || f.Key != "" && keys[f.Key] || !p.IsNil() && places[p.Pointer()] {
			t.Errorf("%T: key %q, attribute %d is in the table twice", v, f.Key, f.Attr)
		}
		attrs[f.Attr], keys[f.Key], places[p.Pointer()] = true, true, true
	}
}

// Every switch has one attribute.
func TestSwitchFields(t *testing.T) {
	r := reflect.TypeFor[Switches]()
	for i := range r.NumField() {
		var s Switches
		f := reflect.ValueOf(&s).Elem().Field(i)
		f.Set(reflect.New(f.Type().Elem()))
		n := 0
		for _, row := range SwitchFields {
			if p := reflect.ValueOf(row.At(&s)); !p.IsNil() {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s is in the table %d times", r.Field(i).Name, n)
		}
	}
}

// A switch that is no longer set gets the value that was found; of the others, those
// that are set.
func TestSwitchesReplace(t *testing.T) {
	all, found := new(Info).Switches(), new(Info).Switches()
	r := reflect.ValueOf(&found).Elem()
	for i := range r.NumField() {
		if r.Field(i).IsNil() {
			t.Errorf("%s is not in Info.Switches", r.Type().Field(i).Name)
		}
	}
	var none Switches
	for _, c := range []struct{ is, old, want Switches }{
		{none, none, none},
		{none, all, found},
		{all, none, all},
		{all, all, all},
	} {
		if got := c.is.Replace(c.old, found); got != c.want {
			t.Errorf("%+v replaces %+v: got %+v, want %+v", c.is, c.old, got, c.want)
		}
	}
}
