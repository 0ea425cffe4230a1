// SPDX-License-Identifier: GPL-2.0-only

package why

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sigtrail/internal/event"
)

// Query is what is asked for: a process id, or the name of a service or of a process. The
// zero Query asks for all services.
type Query struct {
	pid  uint32
	name string
}

// Ask returns the Query for a word.
func Ask(word string) Query {
	if pid, err := strconv.ParseUint(word, 10, 32); err == nil && pid > 0 {
		return Query{pid: uint32(pid)}
	}
	if name, err := event.Unescape(word); err == nil {
		word = name
	}
	return Query{name: word}
}

func (q Query) String() string {
	if q.pid != 0 {
		return "process " + number(uint64(q.pid))
	}
	return event.Escaped(q.name)
}

func (q Query) matches(pid uint32, name, service string) bool {
	switch {
	case q.pid != 0:
		return q.pid == pid
	case q.name != "":
		return q.isService(service) || q.isName(name)
	}
	return true
}

// isService reports whether a service is asked for. Its instances belong to it.
func (q Query) isService(service string) bool {
	return q.name != "" && event.OfService(q.name, service)
}

// isName compares with the name that the kernel has, which is cut.
func (q Query) isName(name string) bool {
	return q.name != "" && name == q.name[:min(len(q.name), event.NameMax)]
}

// narrow leaves out processes of other services, if the name is that of a service.
func (q Query) narrow(ends []*End) []*End {
	if !slices.ContainsFunc(ends, func(e *End) bool { return q.isService(e.Service) }) {
		return ends
	}
	return slices.DeleteFunc(ends, func(e *End) bool { return e.Service != "" && !q.isService(e.Service) })
}

const maxNear = 8

// near returns names that are like the one that was asked for, the nearest first.
func (q Query) near(boots []*Boot) []string {
	if q.name == "" {
		return nil
	}
	all := make(map[string]int)
	want := strings.ToLower(q.name)
	for _, b := range boots {
		for name := range b.names {
			has := strings.ToLower(name)
			service, _, _ := strings.Cut(has, "/")
			d := min(distance(want, has), distance(want, service))
			if has == "" {
				continue
			}
			if strings.Contains(has, want) || len(has) > 2 && strings.Contains(want, has) {
				d = min(d, 1)
			}
			if d <= 1+len(want)/4 {
				all[name] = d
			}
		}
	}
	names := slices.SortedFunc(maps.Keys(all), func(a, b string) int {
		return cmp.Or(cmp.Compare(all[a], all[b]), cmp.Compare(a, b))
	})
	return names[:min(maxNear, len(names))]
}

// distance returns how many bytes have to be changed, added or removed to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// word returns what was asked for, "" for all.
func (q Query) word() string {
	if q.pid != 0 {
		return number(uint64(q.pid))
	}
	return q.name
}
