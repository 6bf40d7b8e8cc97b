package doctest_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	gotoken "go/token"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// undocumented names every exported symbol, field and method that nobody explains.
func (s *source) undocumented() []string {
	var bare []string
	note := func(comment, name string) {
		if strings.TrimSpace(comment) == "" && ast.IsExported(name[strings.LastIndex(name, ".")+1:]) {
			bare = append(bare, name)
		}
	}
	note(s.docs.Doc, "Package")
	values := slices.Concat(s.docs.Consts, s.docs.Vars)
	funcs := slices.Clone(s.docs.Funcs)
	for _, typ := range s.docs.Types {
		note(typ.Doc, typ.Name)
		values = slices.Concat(values, typ.Consts, typ.Vars)
		funcs = append(funcs, typ.Funcs...)
		for _, method := range typ.Methods {
			note(method.Doc, typ.Name+"."+method.Name)
		}
		for _, spec := range typ.Decl.Specs {
			s.members(spec, func(comment, name string) { note(comment, typ.Name+"."+name) })
		}
	}
	for _, function := range funcs {
		note(function.Doc, function.Name)
	}
	for _, value := range values {
		for _, spec := range value.Decl.Specs {
			if one, isValue := spec.(*ast.ValueSpec); isValue {
				for _, name := range one.Names {
					note(value.Doc+one.Doc.Text()+one.Comment.Text(), name.Name)
				}
			}
		}
	}
	return bare
}

func TestEverythingExportedIsDocumented(t *testing.T) {
	t.Parallel()
	for _, dir := range packages() {
		s := readSource(t, dir)
		assert.Empty(t, s.undocumented(), dir)
		assert.True(t, strings.HasPrefix(s.docs.Doc, "Package "+s.docs.Name+" "), "%s: the package comment names it", dir)
	}
}

// The check itself must notice what it is there for.
func TestUndocumentedIsNoticed(t *testing.T) {
	t.Parallel()
	s := &source{files: gotoken.NewFileSet()}
	file, err := parser.ParseFile(s.files, "x.go", `package x
type A struct { B int; c int }
// D has a method.
type D interface { E() }
func (A) F() {}
func (A) g() {}
func H() {}
func I() A { return A{} }
const J = 1
var K, l = 1, 2
`, parser.ParseComments)
	require.NoError(t, err)
	s.asts = []*ast.File{file}
	s.docs, err = doc.NewFromFiles(s.files, s.asts, "x", doc.PreserveAST)
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"Package", "A", "A.B", "D.E", "A.F", "H", "I", "J", "K"}, s.undocumented())
}
