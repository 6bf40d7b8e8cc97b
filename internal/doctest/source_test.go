package doctest_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// root is the module's folder, as seen from this one.
const root = "../.."

// packages are the folders of what users import.
func packages() []string { return []string{".", "pairweb", "whatspietest"} }

// source is a package as its readers see it.
type source struct {
	files *gotoken.FileSet
	asts  []*ast.File
	decls []ast.Decl // unexported ones too, which go/doc takes out of the files
	docs  *doc.Package
}

// readSource parses the package in a folder of the module, tests aside.
func readSource(t *testing.T, dir string) *source {
	t.Helper()
	files := os.DirFS(path.Join(root, dir))
	names, err := fs.Glob(files, "*.go")
	require.NoError(t, err)
	s := &source{files: gotoken.NewFileSet()}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(files, name)
		require.NoError(t, err)
		file, err := parser.ParseFile(s.files, path.Join(dir, name), text, parser.ParseComments)
		require.NoError(t, err)
		s.asts, s.decls = append(s.asts, file), append(s.decls, file.Decls...)
	}
	require.NotEmpty(t, s.asts, dir)
	s.docs, err = doc.NewFromFiles(s.files, s.asts, path.Join("github.com/whatspie-go/whatspie", dir), doc.PreserveAST)
	require.NoError(t, err)
	return s
}

// members visits the fields of a struct and the methods of an interface.
func (s *source) members(spec ast.Spec, visit func(comment, name string)) {
	typ, isType := spec.(*ast.TypeSpec)
	if !isType || !typ.Name.IsExported() {
		return
	}
	var fields *ast.FieldList
	switch body := typ.Type.(type) {
	case *ast.StructType:
		fields = body.Fields
	case *ast.InterfaceType:
		fields = body.Methods
	default:
		return
	}
	for _, field := range fields.List {
		for _, name := range field.Names {
			visit(field.Doc.Text()+field.Comment.Text(), name.Name)
		}
	}
}
