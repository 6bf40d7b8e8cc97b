package whatspie_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// source is a package as its readers see it.
type source struct {
	files *gotoken.FileSet
	asts  []*ast.File
	decls []ast.Decl // unexported ones too, which go/doc takes out of the files
	docs  *doc.Package
}

// readSource parses the package in a folder, tests aside; nil where there is none.
func readSource(t *testing.T, dir string) *source {
	t.Helper()
	names, err := fs.Glob(os.DirFS(dir), "*.go")
	require.NoError(t, err)
	s := &source{files: gotoken.NewFileSet()}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(os.DirFS(dir), name)
		require.NoError(t, err)
		file, err := parser.ParseFile(s.files, dir+"/"+name, text, parser.ParseComments)
		require.NoError(t, err)
		s.asts, s.decls = append(s.asts, file), append(s.decls, file.Decls...)
	}
	if s.asts == nil {
		return nil
	}
	s.docs, err = doc.NewFromFiles(s.files, s.asts, "github.com/whatspie-go/whatspie/"+dir, doc.PreserveAST)
	require.NoError(t, err)
	return s
}

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

func TestEverythingExportedIsDocumented(t *testing.T) {
	t.Parallel()
	found := 0
	for _, dir := range []string{".", "whatspietest", "pairweb"} {
		s := readSource(t, dir)
		if s == nil {
			continue
		}
		found++
		assert.Empty(t, s.undocumented(), dir)
		assert.True(t, strings.HasPrefix(s.docs.Doc, "Package "+s.docs.Name+" "), "%s: the package comment names it", dir)
	}
	assert.GreaterOrEqual(t, found, 2, "root and whatspietest")
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

// endpoints are the methods of DevicesService that take a context.
func endpoints(t *testing.T, s *source) map[string]*doc.Func {
	t.Helper()
	found := map[string]*doc.Func{}
	for _, typ := range s.docs.Types {
		if typ.Name != "DevicesService" {
			continue
		}
		for _, method := range typ.Methods {
			if params := method.Decl.Type.Params.List; ast.IsExported(method.Name) && len(params) > 0 {
				if selector, isSelector := params[0].Type.(*ast.SelectorExpr); isSelector && selector.Sel.Name == "Context" {
					found[method.Name] = method
				}
			}
		}
	}
	return found
}

func TestEndpointsNameTheirSourceAndTheirErrors(t *testing.T) {
	t.Parallel()
	s := readSource(t, ".")
	declared := map[string]bool{}
	for _, value := range s.docs.Vars {
		for _, name := range value.Names {
			declared[name] = true
		}
	}
	methods := endpoints(t, s)
	for _, name := range []string{"Create", "List", "All", "Get", "QR"} {
		assert.Contains(t, methods, name)
	}
	named := regexp.MustCompile(`(?ms)^Errors(?: that end it)?: .*`)
	sentinel := regexp.MustCompile(`\[(Err\w+)\]`)
	for name, method := range methods {
		assert.Regexp(t, `(?m)^Source: https://docs\.whatspie\.com/\S+$`, method.Doc, name)
		errors := named.FindString(method.Doc)
		assert.NotEmpty(t, sentinel.FindString(errors), "%s names no errors", name)
		for _, match := range sentinel.FindAllStringSubmatch(method.Doc, -1) {
			assert.True(t, declared[match[1]], "%s names %s, which does not exist", name, match[1])
		}
	}
}

func TestEndpointsAreDeclarations(t *testing.T) {
	t.Parallel()
	s := readSource(t, ".")
	for name, method := range endpoints(t, s) {
		if name != "Create" && name != "List" && name != "All" && name != "Get" && name != "QR" {
			continue
		}
		body := method.Decl.Body
		lines := s.files.Position(body.Rbrace).Line - s.files.Position(body.Lbrace).Line - 1
		assert.LessOrEqual(t, lines, 3, "%s: verb, path, body, result, and nothing else", name)
		assert.Positive(t, lines)
	}
}

// What can be asked of an error is listed in one place: this test's own list must be complete too.
func TestSentinelsAreAllKnownHere(t *testing.T) {
	t.Parallel()
	var declared []string
	for _, value := range readSource(t, ".").docs.Vars {
		for _, name := range value.Names {
			if strings.HasPrefix(name, "Err") {
				declared = append(declared, name)
			}
		}
	}
	assert.ElementsMatch(t, declared, slices.Collect(maps.Keys(sentinels())))
}

func TestSecurityPolicyNamesTestsThatExist(t *testing.T) {
	t.Parallel()
	files := os.DirFS(".")
	policy, err := fs.ReadFile(files, "SECURITY.md")
	require.NoError(t, err)
	names, err := fs.Glob(files, "*_test.go")
	require.NoError(t, err)
	var tests strings.Builder
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		require.NoError(t, err)
		tests.Write(text)
	}
	named := regexp.MustCompile(`Test\w+`).FindAllString(string(policy), -1)
	assert.NotEmpty(t, named)
	for _, name := range named {
		assert.Contains(t, tests.String(), "func "+name+"(t *testing.T)")
	}
}
