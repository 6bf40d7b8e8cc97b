package doctest_test

import (
	"go/ast"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// undocumented returns the exported symbols, fields and methods without a comment.
func (s *source) undocumented() []string {
	var found []string
	check := func(comment, name string) {
		if strings.TrimSpace(comment) == "" && ast.IsExported(name[strings.LastIndex(name, ".")+1:]) {
			found = append(found, name)
		}
	}
	check(s.docs.Doc, "Package")
	values := slices.Concat(s.docs.Consts, s.docs.Vars)
	for _, typ := range s.docs.Types {
		check(typ.Doc, typ.Name)
		values = slices.Concat(values, typ.Consts, typ.Vars)
		for _, method := range typ.Methods {
			check(method.Doc, typ.Name+"."+method.Name)
		}
		for _, spec := range typ.Decl.Specs {
			members(spec, func(comment, name string) { check(comment, typ.Name+"."+name) })
		}
	}
	for _, function := range s.funcs() {
		check(function.Doc, function.Name)
	}
	for _, value := range values {
		for _, spec := range value.Decl.Specs {
			if one, isValue := spec.(*ast.ValueSpec); isValue {
				for _, name := range one.Names {
					check(value.Doc+one.Doc.Text()+one.Comment.Text(), name.Name)
				}
			}
		}
	}
	return found
}

func TestExportedSymbols_areDocumented(t *testing.T) {
	t.Parallel()
	for _, dir := range importable(t) {
		s := readSource(t, dir)
		assert.Empty(t, s.undocumented(), dir)
		assert.True(t, strings.HasPrefix(s.docs.Doc, "Package "+s.docs.Name+" "), "package comment of %s", dir)
	}
}

func TestUndocumented(t *testing.T) {
	t.Parallel()
	s := sourceOf(t, `package x
type A struct { B int; c int }
// D has a method.
type D interface { E() }
func (A) F() {}
func (A) g() {}
func H() {}
func I() A { return A{} }
const J = 1
var K, l = 1, 2
`)
	assert.ElementsMatch(t, []string{"Package", "A", "A.B", "D.E", "A.F", "H", "I", "J", "K"}, s.undocumented())
}
