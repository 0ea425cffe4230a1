// SPDX-License-Identifier: GPL-2.0-only

package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"gopkg.in/ini.v1"
)

const (
	maxSize   = 64 << 10 // bytes, more than any real configuration
	maxErrors = 50
	maxRules  = 32 // as many as triggers in the kernel, SIGTRAIL_TRIGGER_LIMIT
)

// Load reads and checks a file. The error joins an *Error for each error in the
// file, one line each.
func Load(path string) (*Config, error) {
	data, err := read(path)
	if err != nil {
		return nil, err
	}
	// These settings allow comments that begin with "#" or ";", at a line's
	// beginning or after a blank, and values in double quotes or backquotes, where
	// every byte counts. They report a repeated section as several sections, and a
	// repeated option with all its values.
	file, err := ini.LoadSources(ini.LoadOptions{
		KeyValueDelimiters:         "=",
		IgnoreContinuation:         true,
		SpaceBeforeInlineComment:   true,
		UnescapeValueDoubleQuotes:  true,
		AllowShadows:               true,
		AllowDuplicateShadowValues: true,
		AllowNonUniqueSections:     true,
	}, data)
	if err != nil {
		return nil, &Error{File: path, Text: "malformed: " + printable(strings.TrimSpace(err.Error())) +
			`; allowed are [section], option = value, and comments after "#"`}
	}
	l := loader{path: path, config: Default()}
	all := file.Sections()
	l.outside(all[0])
	// Rules are checked against respond.protect, so they come last.
	for _, s := range all[1:] {
		if name := strings.TrimSpace(s.Name()); !strings.HasPrefix(name, rulePrefix) {
			l.section(s, name)
		}
	}
	for _, s := range all[1:] {
		if name, ok := strings.CutPrefix(strings.TrimSpace(s.Name()), rulePrefix); ok {
			l.rule(s, name)
		}
	}
	if more := len(l.errs) - maxErrors; more > 0 {
		l.errs = append(l.errs[:maxErrors], &Error{File: path, Text: fmt.Sprintf("%d more options are wrong", more)})
	}
	if l.errs != nil {
		return nil, errors.Join(l.errs...)
	}
	return l.config, nil
}

const rulePrefix = "rule "

func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &Error{File: path, Text: "no such file; name one with --config (an empty file means the defaults)"}
	}
	if err != nil {
		return nil, &Error{File: path, Text: reason(err)}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	switch {
	case err != nil:
		return nil, &Error{File: path, Text: reason(err)}
	case len(data) > maxSize:
		return nil, &Error{File: path, Text: fmt.Sprintf("larger than %d bytes", maxSize)}
	case bytes.IndexByte(data, 0) >= 0:
		return nil, &Error{File: path, Text: "not a text file: it has a NUL byte"}
	}
	return data, nil
}

// reason returns an error without the path, which is already in the line.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return err.Error()
}

// loader sets a Config from a file, and collects the errors.
type loader struct {
	path   string
	config *Config
	errs   []error
}

func (l *loader) wrong(what, text string) {
	l.errs = append(l.errs, &Error{l.path, what, text})
}

// outside refuses options before the first section.
func (l *loader) outside(s *ini.Section) {
	for _, k := range s.Keys() {
		l.wrong(printable(k.Name()), "not in a section; allowed are "+allSections())
	}
}

func (l *loader) section(s *ini.Section, name string) {
	if !slices.ContainsFunc(options, func(o option) bool { return o.section == name }) || name == "rule" {
		l.wrong(printable(name), "unknown section; allowed are "+allSections())
		return
	}
	l.take(s, name, name, nil)
}

func (l *loader) rule(s *ini.Section, name string) {
	c, section := l.config, rulePrefix+name
	switch {
	case !isWord(name, 32, '-'):
		section = printable(section)
		l.wrong(section, "allowed are names of at most 32 letters, digits, _ and -")
	case slices.ContainsFunc(c.Rules, func(r Rule) bool { return r.Name == name }):
		l.wrong(section, "given twice; the names of rules must differ")
	case len(c.Rules) == maxRules:
		l.wrong(section, fmt.Sprintf("too many; at most %d rules are allowed", maxRules))
	}
	r := defaultRule(name)
	given := l.take(s, "rule", section, &r)
	c.Rules = append(c.Rules, r)

	// Checks of several options together.
	if given["target_name"] == "" {
		l.wrong(section, "target_name is missing: the name of the process to end")
	} else if slices.Contains(c.Respond.Protect, r.TargetName) {
		l.wrong(section+".target_name = "+printable(r.TargetName), "protected by respond.protect")
	}
	switch symbol, signal := given["symbol"] != "", given["signal"] != ""; {
	case symbol && signal:
		l.wrong(section, "symbol and signal exclude each other; use two rules")
	case !symbol && !signal:
		l.wrong(section, "symbol or signal is missing: the event on which the process is ended")
	case signal:
		for _, name := range []string{"offset", "skip", "per", "rate"} {
			if given[name] != "" {
				l.wrong(section+"."+name, "allowed only in a rule with symbol")
			}
		}
	}
}

// take sets the options of a section, and returns them. kind is the section's name
// in the table, name its name in errors.
func (l *loader) take(s *ini.Section, kind, name string, r *Rule) (given map[string]string) {
	given = make(map[string]string)
	for _, k := range s.Keys() {
		v := k.Value()
		what := name + "." + printable(k.Name())
		i := slices.IndexFunc(options, func(o option) bool { return o.section == kind && o.is(k.Name()) })
		if i < 0 {
			l.wrong(what, "unknown option; allowed are "+optionsOf(kind))
			continue
		}
		o := &options[i]
		if strings.Join(k.ValueWithShadows(), "\n") != v {
			l.wrong(what, "given twice")
			continue
		}
		if _, both := given[o.name]; both {
			l.wrong(what, fmt.Sprintf("given twice, as %s and by its old name %s", o.name, oldNames[kind+"."+o.name]))
			continue
		}
		given[o.name] = v
		what += " = " + printable(v)
		if strings.ContainsFunc(v, isSpecial) {
			l.wrong(what, "allowed are values without quotes and control characters")
		} else if allowed := o.in(l.config, r)(v); allowed != "" {
			l.wrong(what, "allowed "+allowed)
		}
	}
	return given
}

// isSpecial reports whether c shows that a value was parsed in a way that was not
// meant: a quote comes from quotes that are not closed, or closed in the middle, a
// newline from quotes that are closed lines below.
func isSpecial(c rune) bool { return c < ' ' || c == 0x7f || strings.ContainsRune("\"'`", c) }

func optionsOf(section string) string {
	var list []string
	for _, o := range options {
		if o.section == section {
			list = append(list, o.name)
		}
	}
	return strings.Join(list, ", ")
}

func allSections() string {
	var list []string
	for _, o := range options {
		if o.section != "service" {
			list = append(list, "["+o.section+"]")
		}
	}
	return strings.Replace(strings.Join(slices.Compact(list), ", "), "[rule]", "[rule NAME]", 1)
}

// printable returns a text of the file in a form for one line.
func printable(s string) string {
	if len(s) > 60 {
		s = s[:60] + "..."
	}
	q := fmt.Sprintf("%+q", s)
	if q[1:len(q)-1] == s {
		return s
	}
	return q
}
