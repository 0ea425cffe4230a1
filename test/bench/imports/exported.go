// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
)

// exported returns the functions and methods that a package exports, each as a line
// of Go with its value. Generic functions have no value.
func (b builder) exported(name string) ([]string, error) {
	out, err := b.run("list", "-f", `{{.Dir}}{{range .GoFiles}} {{.}}{{end}}{{range .CgoFiles}} {{.}}{{end}}`, name)
	if err != nil {
		return nil, err
	}
	files := strings.Fields(out)
	var all []string
	for _, file := range files[1:] {
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(files[0], file), nil, 0)
		if err != nil {
			return nil, err
		}
		all = append(all, values(parsed)...)
	}
	return all, nil
}

func values(file *ast.File) []string {
	var all []string
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		switch {
		case !ok || !f.Name.IsExported() || f.Type.TypeParams != nil:
		case f.Recv == nil:
			all = append(all, "weighed."+f.Name.Name+",\n")
		default:
			star, ok := f.Recv.List[0].Type.(*ast.StarExpr)
			receiver := f.Recv.List[0].Type
			if ok {
				receiver = star.X
			}
			if ident, ok := receiver.(*ast.Ident); ok && ident.IsExported() {
				all = append(all, "(*weighed."+ident.Name+")."+f.Name.Name+",\n")
			}
		}
	}
	return all
}

// forbidden returns the keys of the table "forbidden" in a Go file.
func forbidden(path string) ([]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return nil, err
	}
	var names []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Names[0].Name != "forbidden" || len(spec.Values) != 1 {
			return true
		}
		table, ok := spec.Values[0].(*ast.CompositeLit)
		if !ok {
			return false
		}
		for _, e := range table.Elts {
			if pair, ok := e.(*ast.KeyValueExpr); ok {
				if key, ok := pair.Key.(*ast.BasicLit); ok {
					name, _ := strconv.Unquote(key.Value)
					names = append(names, name)
				}
			}
		}
		return false
	})
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: no table of forbidden packages", path)
	}
	return names, nil
}
