// SPDX-License-Identifier: GPL-2.0-only

package config

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// documented is an option's default and its description in a text.
type documented struct{ value, text string }

// allowed returns what the table allows, in the words of an error.
func (o *option) allowed() string { return o.in(new(Config), new(Rule))("\x00") }

var (
	bounds  = regexp.MustCompile(`from \d+ to \d+`)
	oneWord = regexp.MustCompile(`^[a-z0-9]+$`)
)

// same compares a text's documentation of all options with the table. Blanks in
// lists do not matter.
func same(t *testing.T, where string, all map[string]documented) {
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
			t.Errorf("%s: %s may be %s, unlike in %q", where, name, strings.Join(words, ", "), is.text)
		}
		for _, w := range words {
			if !regexp.MustCompile(`\b` + w + `\b`).MatchString(text) {
				t.Errorf("%s: %s may be %s, which is missing in %q", where, name, w, is.text)
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
	// The examples of rules are commented out, with their comments.
	plain, rules, ok := strings.Cut(string(b), "\n#config")
	if !ok {
		t.Fatal("there is no example of a rule")
	}
	all := parseShipped(plain + "\nconfig" + strings.ReplaceAll(rules, "\n#", "\n"))
	for _, o := range options {
		name := o.section + "." + o.name
		is := all[name]
		if n := strings.Count(is.text+" ", ". "); n != 1 || !strings.HasSuffix(is.text, ".") {
			t.Errorf("%s has %d sentences: %q", name, n, is.text)
		}
		if o.section == "rule" && o.value == "" { // its value is an example's
			is.value = ""
			all[name] = is
		}
	}
	same(t, "files/sigtrail.config", all)
}

// parseShipped returns the options of UCI text, each with the comment above it. An
// option that is given again without a comment is skipped, as is the value of
// a list that is commented out.
func parseShipped(text string) map[string]documented {
	all := make(map[string]documented)
	section, comment, last := "", "", ""
	for _, line := range strings.Split(text, "\n") {
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case f[0] == "config":
			if section = f[1]; section == "sigtrail" {
				section = strings.Trim(f[2], "'")
			}
			comment = ""
		case f[0] == "option" || f[0] == "list" || f[0] == "#list":
			name := section + "." + f[1]
			if comment == "" && name != last {
				continue
			}
			is := all[name]
			if comment != "" {
				is.text = comment
			}
			if f[0] != "#list" {
				is.value = strings.TrimPrefix(is.value+","+strings.Trim(strings.Join(f[2:], " "), "'"), ",")
			}
			all[name] = is
			comment, last = "", name
		default:
			comment += strings.TrimPrefix(strings.TrimSpace(line), "#")
		}
	}
	return all
}

func TestDocumentation(t *testing.T) {
	b, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(b)
	_, table, _ := strings.Cut(doc, "\n| section | option | default | |\n| --- | --- | --- | --- |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	all := make(map[string]documented)
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
			all[section+"."+strings.TrimSpace(name)] = documented{strings.Trim(cell[2], " `"), cell[3]}
		}
	}
	same(t, "docs/configuration.md", all)

	// Lengths may be documented for a kind of value, not for each option.
	for _, o := range options {
		for _, length := range regexp.MustCompile(`at most (\d+ \w+)`).FindAllStringSubmatch(o.allowed(), -1) {
			if !strings.Contains(doc, length[1]) {
				t.Errorf("docs/configuration.md: the %s of %s.%s are missing", length[1], o.section, o.name)
			}
		}
	}
}
