// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"go/parser"
	"go/token"
	"slices"
	"testing"
)

func TestValues(t *testing.T) {
	const source = `package p

type T struct{}
type G[E any] struct{}
type hidden struct{}

func F()               {}
func generic()         {}
func Generic[E any]()  {}
func (t T) Value()     {}
func (t *T) Pointer()  {}
func (t *T) inner()    {}
func (h hidden) Shown() {}
func (g *G[E]) Of()    {}
`
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"weighed.F,\n", "(*weighed.T).Value,\n", "(*weighed.T).Pointer,\n"}
	if got := values(file); !slices.Equal(got, want) {
		t.Errorf("values are %q, want %q", got, want)
	}
}

func TestForbidden(t *testing.T) {
	if names, err := forbidden("../../../internal/imports_test.go"); err != nil || !slices.Contains(names, "net/http") {
		t.Errorf("forbidden are %q, %v: net/http is missing", names, err)
	}
	if names, err := forbidden("main.go"); err == nil {
		t.Errorf("main.go forbids %q", names)
	}
}
