// SPDX-License-Identifier: GPL-2.0-only

package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"sigtrail/internal/event"
)

// parser sets an option from its value, or returns what is allowed instead, as a
// phrase that follows "allowed".
type parser func(v string) (allowed string)

// fresh allocates an option that stays nil without a value in the file.
func fresh[T any](p **T) *T {
	*p = new(T)
	return *p
}

// orNone also accepts "none", for the zero value.
func orNone[T any](p *T, parse func(*T) parser) parser {
	return func(v string) string {
		if v == "none" {
			*p = *new(T)
			return ""
		}
		if allowed := parse(p)(v); allowed != "" {
			return allowed + ", or none"
		}
		return ""
	}
}

// word accepts a word of a list, and sets its index; "" is not a word.
func word[T ~int | ~uint32](p *T, list []string) parser {
	return func(v string) string {
		i := slices.Index(list, v)
		if i < 0 || v == "" {
			known := slices.DeleteFunc(slices.Clone(list), func(w string) bool { return w == "" })
			return "are " + strings.Join(known, ", ")
		}
		*p = T(i)
		return ""
	}
}

// names returns the words of an enum from 0 to last.
func names[T interface {
	~uint32
	fmt.Stringer
}](last T) (list []string) {
	for i := range last + 1 {
		list = append(list, i.String())
	}
	return list
}

// number accepts only plain decimal numbers: 010 may mean 8.
func number[T ~int | ~uint32](p *T, low, high int, unit string) parser {
	return func(v string) string {
		n, err := strconv.Atoi(v)
		if err != nil || strconv.Itoa(n) != v || n < low || n > high {
			return fmt.Sprintf("are numbers from %d to %d (%s)", low, high, unit)
		}
		*p = T(n)
		return ""
	}
}

func seconds(p *time.Duration, low, high int, unit string) parser {
	return func(v string) string {
		var n int
		allowed := number(&n, low, high, unit)(v)
		*p = time.Duration(n) * time.Second
		return allowed
	}
}

// boolean accepts the same words as get_bool of OpenWrt's functions.sh.
func boolean(p *bool) parser {
	return func(v string) string {
		switch v {
		case "1", "yes", "on", "true", "enabled":
			*p = true
		case "0", "no", "off", "false", "disabled":
			*p = false
		default:
			return "are 0, 1, no, yes, off, on, false, true, disabled, enabled"
		}
		return ""
	}
}

// initScript is for an option that the init script reads itself. The script passes
// on only a value that it does not understand, so that the error is reported here.
func initScript(v string) string {
	if allowed := boolean(new(bool))(v); allowed != "" {
		return allowed
	}
	return "only in /etc/config/sigtrail, for the init script"
}

func signal(p *uint32) parser {
	return func(v string) string {
		n, err := event.ParseSignal(v)
		if err != nil {
			return "is the name or number of a signal"
		}
		*p = n
		return ""
	}
}

func signals(p *event.Signals) parser {
	return list(p, "names and numbers of signals", func(item string) (event.Signals, bool) {
		one, err := event.ParseSignals(item)
		return one, err == nil && len(one) == 1 && item[0] != '!' // no exclusions
	})
}

func process(p *string) parser {
	return func(v string) string {
		if *p = v; !isName(v) {
			return fmt.Sprintf("is a process name of at most %d bytes", event.NameMax)
		}
		return ""
	}
}

func processes(p *[]string) parser {
	return list(p, fmt.Sprintf("process names of at most %d bytes", event.NameMax), func(item string) ([]string, bool) {
		return []string{item}, isName(item)
	})
}

// isName reports whether s can be the name of a process.
func isName(s string) bool { return s != "" && len(s) <= event.NameMax }

// list accepts items separated by commas, or an empty value.
func list[L ~[]T, T any](p *L, what string, parse func(item string) (L, bool)) parser {
	return func(v string) string {
		*p = nil
		if v == "" {
			return ""
		}
		for _, item := range strings.Split(v, ",") {
			item = strings.TrimSpace(item)
			one, ok := parse(item)
			if !ok {
				return fmt.Sprintf("are %s, separated by commas, not %+q", what, item)
			}
			*p = append(*p, one...)
		}
		return ""
	}
}

// maxPath leaves room for a file name in the 107 bytes of a socket's address, see
// unix(7).
const maxPath = 90

func path(p *string) parser {
	return func(v string) string {
		if *p = v; !filepath.IsAbs(v) || filepath.Clean(v) != v || len(v) > maxPath {
			return fmt.Sprintf("is a plain absolute path of at most %d bytes", maxPath)
		}
		return ""
	}
}

func symbol(p *string) parser {
	return func(v string) string {
		if *p = v; !isWord(v, 127, '.') {
			return "is a kernel function or a syscall, at most 127 letters, digits, _ and ."
		}
		return ""
	}
}

// isWord reports whether s has from 1 to most letters, digits, "_" and the other
// character.
func isWord(s string, most int, other rune) bool {
	return s != "" && len(s) <= most && !strings.ContainsFunc(s, func(c rune) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == other)
	})
}
