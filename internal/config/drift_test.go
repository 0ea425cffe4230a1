// SPDX-License-Identifier: GPL-2.0

package config

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// told is what a text tells of an option.
type told struct{ value, text string }

// allowed returns what the table allows, as the errors say it.
func (o *option) allowed() string { return o.in(new(Config), new(Rule))("\x00") }

var (
	bounds  = regexp.MustCompile(`from \d+ to \d+`)
	oneWord = regexp.MustCompile(`^[a-z0-9]+$`)
)

// same holds what a text tells of all options against the table. In lists the
// blanks do not matter.
func same(t *testing.T, where string, all map[string]told) {
	t.Helper()
	for _, o := range options {
		name := o.section + "." + o.name
		is, ok := all[name]
		if delete(all, name); !ok {
			t.Errorf("%s: %s is missing", where, name)
			continue
		}
		if strings.ReplaceAll(is.value, " ", "") != strings.ReplaceAll(o.value, " ", "") {
			t.Errorf("%s: the default of %s is %q, in the table %q", where, name, is.value, o.value)
		}
		allowed := o.allowed()
		if want := bounds.FindString(allowed); bounds.FindString(is.text) != want {
			t.Errorf("%s: the bounds of %s are %q, in the table %q", where, name, bounds.FindString(is.text), want)
		}
		text := strings.Replace(is.text, "local0 to local7", "local0, local1, local2, local3, local4, local5, local6, local7", 1)
		words := strings.Split(strings.TrimPrefix(allowed, "are "), ", ")
		if !oneWord.MatchString(words[0]) || words[0] == "0" {
			continue
		}
		if len(words) > 3 && !strings.Contains(text, strings.Join(words, ", ")) {
			t.Errorf("%s: %s may be %s, not what %q has", where, name, strings.Join(words, ", "), is.text)
		}
		for _, w := range words {
			if !regexp.MustCompile(`\b` + w + `\b`).MatchString(text) {
				t.Errorf("%s: %s may be %s, which %q does not have", where, name, w, is.text)
			}
		}
	}
	for name := range all {
		t.Errorf("%s: %s is not in the table", where, name)
	}
}

func TestShippedConfig(t *testing.T) {
	b, err := os.ReadFile("../../files/sigtrail.config")
	if err != nil {
		t.Fatal(err)
	}
	// Options, each below its comment; a list without items is one that is
	// commented out. Rules there are none: their comment comes last.
	plain, rules, ok := strings.Cut(string(b), "\n# A rule ends")
	if !ok {
		t.Fatal("there is no comment on rules")
	}
	all := make(map[string]told)
	section, comment, spoken := "", "", true
	for _, line := range strings.Split(plain, "\n") {
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case f[0] == "config":
			section = strings.Trim(f[2], "'")
		case f[0] == "option" || f[0] == "list" || f[0] == "#list":
			name, is := section+"."+f[1], all[section+"."+f[1]]
			if value := strings.Trim(strings.Join(f[2:], " "), "'"); f[0] == "option" {
				is.value = value
			} else if f[0] == "list" {
				is.value = strings.TrimPrefix(is.value+","+value, ",")
			}
			is.text = comment
			all[name] = is
			spoken = true
		default:
			if spoken {
				comment, spoken = "", false
			}
			comment += strings.TrimPrefix(strings.TrimSpace(line), "#")
		}
	}
	// The defaults of rules stand in one sentence, as: name default (bounds).
	comments, example, ok := strings.Cut(rules, "\n#config")
	if !ok {
		t.Fatal("there is no example of a rule")
	}
	comments = strings.Join(strings.Fields(strings.ReplaceAll(comments, "\n#", " ")), " ")
	for _, o := range options {
		if o.section != "rule" {
			continue
		}
		at := regexp.MustCompile(`\b` + o.name + ` ([a-zA-Z0-9]+)( \([^)]*\))?`).FindStringSubmatch(comments)
		switch {
		case o.value == "" && strings.Contains(example, " "+o.name+" '"):
			all["rule."+o.name] = told{}
		case o.value != "" && at != nil:
			all["rule."+o.name] = told{at[1], at[0]}
		}
	}
	same(t, "files/sigtrail.config", all)
}

func TestDocumentation(t *testing.T) {
	b, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(b)
	_, table, _ := strings.Cut(doc, "\n| section | option | default | |\n| --- | --- | --- | --- |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	all := make(map[string]told)
	section := ""
	for _, row := range strings.Split(table, "\n") {
		cell := strings.SplitN(strings.Trim(row, "|"), "|", 4)
		if len(cell) != 4 {
			t.Fatalf("a row without four cells: %s", row)
		}
		if s := strings.TrimSpace(cell[0]); s != "" {
			section = strings.TrimSuffix(s, " NAME")
		}
		for _, name := range strings.Split(cell[1], ",") {
			all[section+"."+strings.TrimSpace(name)] = told{strings.Trim(cell[2], " `"), cell[3]}
		}
	}
	same(t, "docs/configuration.md", all)

	// Lengths are told of a kind of value, not of each option.
	for _, o := range options {
		for _, length := range regexp.MustCompile(`at most (\d+ \w+)`).FindAllStringSubmatch(o.allowed(), -1) {
			if !strings.Contains(doc, length[1]) {
				t.Errorf("docs/configuration.md: no word of the %s of %s.%s", length[1], o.section, o.name)
			}
		}
	}
}
