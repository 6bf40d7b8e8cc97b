package doctest_test

import (
	"go/ast"
	"go/types"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// units are the words of which the comment of a number must contain one, to say what is counted or measured.
var units = map[string]*regexp.Regexp{
	"time.Duration": regexp.MustCompile(`(?i)\b(seconds?|ms|minutes?|time|wait|how long)\b|\d m?s\b`),
	"int":           regexp.MustCompile(`(?i)\b(counts?|number|status|bytes|how many|retries|attempts)\b`),
	"int64":         regexp.MustCompile(`(?i)\b(counts?|number|identif\w+|bytes|how many|messages)\b`),
}

// flaws returns the comments that do not begin with the name, and the numbers without a unit.
func (s *source) flaws() []string {
	var found []string
	check := func(comment, name string) {
		base := name[strings.LastIndex(name, ".")+1:]
		words := strings.Fields(strings.TrimPrefix(strings.TrimPrefix(comment, "A "), "The "))
		if ast.IsExported(base) && len(words) > 0 && strings.TrimRight(words[0], ",") != base {
			found = append(found, name+" does not begin with its name")
		}
	}
	for _, typ := range s.docs.Types {
		check(typ.Doc, typ.Name)
		for _, method := range typ.Methods {
			check(method.Doc, typ.Name+"."+method.Name)
		}
		for _, spec := range typ.Decl.Specs {
			members(spec, func(comment, name string) { check(comment, typ.Name+"."+name) })
			found = append(found, unitless(typ.Name, spec)...)
		}
	}
	for _, function := range s.funcs() {
		check(function.Doc, function.Name)
	}
	return found
}

// unitless returns the numbers of a struct whose comments have no unit.
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
		unit := units[types.ExprString(field.Type)]
		for _, fieldName := range field.Names {
			if unit != nil && fieldName.IsExported() && !unit.MatchString(field.Doc.Text()) {
				found = append(found, name+"."+fieldName.Name+" has no unit")
			}
		}
	}
	return found
}

func TestComments_followRules(t *testing.T) {
	t.Parallel()
	for _, dir := range importable(t) {
		assert.Empty(t, readSource(t, dir).flaws(), dir)
	}
}

func TestFlaws(t *testing.T) {
	t.Parallel()
	s := sourceOf(t, `package x
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
`)
	assert.ElementsMatch(t, []string{
		"T.C does not begin with its name", "T.F does not begin with its name", "G does not begin with its name",
		"T.D has no unit", "T.E has no unit",
	}, s.flaws())
}
