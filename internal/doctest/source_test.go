package doctest_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	// root is the module's directory, relative to this one.
	root       = "../.."
	modulePath = "github.com/whatspie-go/whatspie"
)

// walk visits the files of the module. It skips nested modules, hidden directories and testdata.
func walk(t *testing.T, visit func(name string)) {
	t.Helper()
	module := os.DirFS(root)
	require.NoError(t, fs.WalkDir(module, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			if err == nil {
				visit(name)
			}
			return err
		}
		isHidden := len(entry.Name()) > 1 && entry.Name()[0] == '.'
		_, noModule := fs.Stat(module, path.Join(name, "go.mod"))
		if isHidden || entry.Name() == "testdata" || name != "." && noModule == nil {
			return fs.SkipDir
		}
		return nil
	}))
}

// isTest selects test files.
func isTest(name string) bool { return strings.HasSuffix(name, "_test.go") }

// isCode selects all other Go files.
func isCode(name string) bool { return strings.HasSuffix(name, ".go") && !isTest(name) }

// parse parses the selected files of a directory of the module.
func parse(
	t *testing.T, files *gotoken.FileSet, dir string, selects func(name string) bool, mode parser.Mode,
) []*ast.File {
	t.Helper()
	folder := os.DirFS(path.Join(root, dir))
	names, err := fs.Glob(folder, "*.go")
	require.NoError(t, err)
	var parsed []*ast.File
	for _, name := range names {
		if !selects(name) {
			continue
		}
		text, err := fs.ReadFile(folder, name)
		require.NoError(t, err)
		file, err := parser.ParseFile(files, path.Join(dir, name), text, mode)
		require.NoError(t, err)
		parsed = append(parsed, file)
	}
	require.NotEmpty(t, parsed, dir)
	return parsed
}

// importable returns the directories of the packages that users can import.
func importable(t *testing.T) []string {
	t.Helper()
	var dirs []string
	walk(t, func(name string) {
		dir := path.Dir(name)
		isInternal := slices.Contains(strings.Split(dir, "/"), "internal")
		if isCode(name) && !isInternal && !slices.Contains(dirs, dir) &&
			parse(t, gotoken.NewFileSet(), dir, isCode, parser.PackageClauseOnly)[0].Name.Name != "main" {
			dirs = append(dirs, dir)
		}
	})
	require.Contains(t, dirs, ".")
	return dirs
}

// dependencies returns the directories of a package and of the packages of the module that it imports, directly or not.
func dependencies(t *testing.T, dir string) []string {
	t.Helper()
	dirs := []string{dir}
	for i := 0; i < len(dirs); i++ {
		for _, file := range parse(t, gotoken.NewFileSet(), dirs[i], isCode, parser.ImportsOnly) {
			for _, spec := range file.Imports {
				imported, err := strconv.Unquote(spec.Path.Value)
				require.NoError(t, err)
				inner, isOurs := strings.CutPrefix(imported, modulePath+"/")
				if isOurs && !slices.Contains(dirs, inner) {
					dirs = append(dirs, inner)
				}
			}
		}
	}
	return dirs
}

// source is a parsed package without its tests.
type source struct {
	files *gotoken.FileSet
	decls []ast.Decl // including unexported ones, which go/doc removes from the files
	docs  *doc.Package
}

func readSource(t *testing.T, dir string) *source {
	t.Helper()
	files := gotoken.NewFileSet()
	return newSource(t, files, parse(t, files, dir, isCode, parser.ParseComments), path.Join(modulePath, dir))
}

// sourceOf parses the text of a single file.
func sourceOf(t *testing.T, text string) *source {
	t.Helper()
	files := gotoken.NewFileSet()
	file, err := parser.ParseFile(files, "x.go", text, parser.ParseComments)
	require.NoError(t, err)
	return newSource(t, files, []*ast.File{file}, "x")
}

func newSource(t *testing.T, files *gotoken.FileSet, parsed []*ast.File, importPath string) *source {
	t.Helper()
	s := &source{files: files}
	for _, file := range parsed {
		s.decls = append(s.decls, file.Decls...)
	}
	var err error
	s.docs, err = doc.NewFromFiles(files, parsed, importPath, doc.PreserveAST)
	require.NoError(t, err)
	return s
}

// funcs returns the exported functions, including those that go/doc lists with a type.
func (s *source) funcs() []*doc.Func {
	funcs := slices.Clone(s.docs.Funcs)
	for _, typ := range s.docs.Types {
		funcs = append(funcs, typ.Funcs...)
	}
	return funcs
}

// members visits the fields of an exported struct or the methods of an exported interface.
func members(spec ast.Spec, visit func(comment, name string)) {
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
