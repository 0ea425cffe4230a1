// SPDX-License-Identifier: GPL-2.0-only

package event

import (
	"fmt"
	"math/bits"
	"strconv"
)

// The words of the enums, in the order of their values. A value without a word,
// from a newer kernel, is written and read as a number.
var (
	kindWords = []string{"signal", "exit", "mark", "reboot", "survivor", "switch", "claim", "claim_end", "oops", "panic", "summary"}
	outcomes  = []string{"delivered", "ignored", "already_pending", "overflow_fail", "lose_info", "dying"}
	scopes    = []string{"process", "thread"}
	flags     = []string{"kernel", "blocked", "caught", "default", "fatal", "printed", "by_sigtrail", "shutdown",
		"kill_pending", "share", "of_init", "oom", "forgotten", "reparented", "fault"}
	rebootCodes = []string{"", "restart", "halt", "power_off"}
	printks     = []string{"off", "auto", "always"}
	exits       = []string{"signalled", "services", "all"}
	boxPlaces   = []string{"none", "name", "address", "device_tree", "failed"}
	boxFounds   = []string{"nothing", "records", "damaged", "foreign"}
	origins     = []string{"", "flash", "pmsg", "console", "dmesg", "box"}
	resets      = []string{"unknown", "warm", "cold"}
	pstores     = []string{"unknown", "none", "unmounted", "empty", "found", "records", "other"}
	belongs     = []string{"unknown", "same", "other"}
)

// states are the letters of a process's state, each by its own value.
var states = func() []string {
	list := make([]string, 'z'+1)
	for c := range list {
		if c >= 'A' && c <= 'Z' || c >= 'a' {
			list[c] = string(rune(c))
		}
	}
	return list
}()

const note = "note"

func (k Kind) String() string {
	if k == KindNote {
		return note
	}
	return word(kindWords, uint32(k))
}

func (o Outcome) String() string    { return word(outcomes, uint32(o)) }
func (s Scope) String() string      { return word(scopes, uint32(s)) }
func (r RebootCode) String() string { return word(rebootCodes, uint32(r)) }
func (p Printk) String() string     { return word(printks, uint32(p)) }
func (x Exits) String() string      { return word(exits, uint32(x)) }
func (p BoxPlace) String() string   { return word(boxPlaces, uint32(p)) }
func (f BoxFound) String() string   { return word(boxFounds, uint32(f)) }
func (o Origin) String() string     { return word(origins, uint32(o)) }

func (s State) String() string {
	if s == 0 {
		return "state unknown"
	}
	return word(states, uint32(s))
}

// MarshalText is encoding.TextMarshaler: encoding/json writes the word.
func (r Reset) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText is encoding.TextUnmarshaler.
func (r *Reset) UnmarshalText(text []byte) error { return unmarshalWord(r, resets, text) }

func (r Reset) String() string  { return word(resets, uint32(r)) }
func (p Pstore) String() string { return word(pstores, uint32(p)) }

// MarshalText is encoding.TextMarshaler: encoding/json writes the word.
func (p Pstore) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText is encoding.TextUnmarshaler.
func (p *Pstore) UnmarshalText(text []byte) error { return unmarshalWord(p, pstores, text) }

func (b Belongs) String() string { return word(belongs, uint32(b)) }

// MarshalText is encoding.TextMarshaler: encoding/json writes the word.
func (b Belongs) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText is encoding.TextUnmarshaler.
func (b *Belongs) UnmarshalText(text []byte) error { return unmarshalWord(b, belongs, text) }

func unmarshalWord[T ~uint32](p *T, words []string, text []byte) error {
	v, err := parseWord(words, string(text))
	*p = T(v)
	return err
}

// String returns the flags' words, separated by commas.
func (f Flags) String() string { return string(f.appendWords(nil, "")) }

// appendWords appends the flags' words, each between quotes, separated by commas.
func (f Flags) appendWords(b []byte, quote string) []byte {
	sep := ""
	for f != 0 {
		i := bits.TrailingZeros32(uint32(f))
		b = append(append(b, sep...), quote...)
		if i < len(flags) {
			b = append(b, flags[i]...)
			f &^= 1 << i
		} else {
			b = strconv.AppendUint(append(b, "0x"...), uint64(f), 16)
			f = 0
		}
		b = append(b, quote...)
		sep = ","
	}
	return b
}

func parseFlags(list []string) (Flags, error) {
	var f Flags
	for _, w := range list {
		if i := index(flags, w); i >= 0 {
			f |= 1 << i
			continue
		}
		rest, err := strconv.ParseUint(w, 0, 32)
		if err != nil {
			return 0, fmt.Errorf("unknown flag %q", w)
		}
		f |= Flags(rest)
	}
	return f, nil
}

func parseKind(s string) (Kind, error) {
	if s == note {
		return KindNote, nil
	}
	k, err := parseWord(kindWords, s)
	return Kind(k), err
}

func word(list []string, v uint32) string {
	if v < uint32(len(list)) && list[v] != "" {
		return list[v]
	}
	return strconv.FormatUint(uint64(v), 10)
}

func parseWord(list []string, s string) (uint32, error) {
	if i := index(list, s); i >= 0 && s != "" {
		return uint32(i), nil
	}
	v, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("unknown word %q", s)
	}
	return uint32(v), nil
}

func index(list []string, s string) int {
	for i, w := range list {
		if w == s {
			return i
		}
	}
	return -1
}
