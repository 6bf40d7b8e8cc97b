package doctest_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	gotoken "go/token"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// units is what the comment of a number has to hold one of: without it, nobody knows what is counted or measured.
var units = map[string]*regexp.Regexp{
	"time.Duration": regexp.MustCompile(`(?i)\b(seconds?|ms|minutes?|time|wait|how long)\b|\d m?s\b`),
	"int":           regexp.MustCompile(`(?i)\b(counts?|number|status|bytes|how many|retries|attempts)\b`),
	"int64":         regexp.MustCompile(`(?i)\b(counts?|number|identif\w+|bytes|how many|messages)\b`),
}

// flaws names what is wrong with the comments: one that does not begin with the name, a number without a unit.
func (s *source) flaws() []string {
	var found []string
	begins := func(comment, name string) {
		plain := name[strings.LastIndex(name, ".")+1:]
		words := strings.Fields(strings.TrimPrefix(strings.TrimPrefix(comment, "A "), "The "))
		if ast.IsExported(plain) && len(words) > 0 && strings.TrimRight(words[0], ",") != plain {
			found = append(found, name+" does not begin with its name")
		}
	}
	funcs := slices.Clone(s.docs.Funcs)
	for _, typ := range s.docs.Types {
		begins(typ.Doc, typ.Name)
		funcs = append(funcs, typ.Funcs...)
		for _, method := range typ.Methods {
			begins(method.Doc, typ.Name+"."+method.Name)
		}
		for _, spec := range typ.Decl.Specs {
			s.members(spec, func(comment, name string) { begins(comment, typ.Name+"."+name) })
			found = append(found, unitless(typ.Name, spec)...)
		}
	}
	for _, function := range funcs {
		begins(function.Doc, function.Name)
	}
	return found
}

// unitless names the numbers of a struct whose comments have no unit.
func unitless(name string, spec ast.Spec) []string {
	typ, isType := spec.(*ast.TypeSpec)
	if !isType {
		return nil
	}
	body, isStruct := typ.Type.(*ast.StructType)
	if !isStruct {
		return nil
	}
	var found []string
	for _, field := range body.Fields.List {
		unit := units[typeName(field.Type)]
		for _, fieldName := range field.Names {
			if unit != nil && fieldName.IsExported() && !unit.MatchString(field.Doc.Text()) {
				found = append(found, name+"."+fieldName.Name+" has no unit")
			}
		}
	}
	return found
}

func typeName(expression ast.Expr) string {
	switch typ := expression.(type) {
	case *ast.Ident:
		return typ.Name
	case *ast.SelectorExpr:
		return typeName(typ.X) + "." + typ.Sel.Name
	default:
		return ""
	}
}

func TestCommentsKeepTheRules(t *testing.T) {
	t.Parallel()
	for _, dir := range packages() {
		assert.Empty(t, readSource(t, dir).flaws(), dir)
	}
}

// The check itself must notice what it is there for.
func TestFlawsAreNoticed(t *testing.T) {
	t.Parallel()
	s := &source{files: gotoken.NewFileSet()}
	file, err := parser.ParseFile(s.files, "x.go", `package x
// T is fine.
type T struct {
	// B is how many there are.
	B int
	// Something else.
	C string
	// D is large.
	D int64
	// E is nice.
	E time.Duration
}
// Does something.
func (T) F() {}
// Makes it.
func G() T { return T{} }
`, parser.ParseComments)
	require.NoError(t, err)
	s.docs, err = doc.NewFromFiles(s.files, []*ast.File{file}, "x", doc.PreserveAST)
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{
		"T.C does not begin with its name", "T.F does not begin with its name", "G does not begin with its name",
		"T.D has no unit", "T.E has no unit",
	}, s.flaws())
}
