package doctest_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	gotoken "go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
)

const missingExample = "%s has no func Example%s with an \"// Output:\" comment"

// Every function that is not an option, and every method that takes a context, has an example.
func TestExamples_coverFunctionsAndEndpoints(t *testing.T) {
	t.Parallel()
	for _, dir := range importable(t) {
		s, shown := readSource(t, dir), examples(t, dir)
		needed := slices.Collect(maps.Keys(contextMethods(s)))
		for _, function := range s.funcs() {
			if !isOption(function) {
				needed = append(needed, function.Name)
			}
		}
		for _, name := range needed {
			assert.True(t, shown[name], missingExample, dir, name)
		}
	}
}

// Every option that takes more than a basic value has an example, and so has at least one option of each type.
func TestExamples_coverOptions(t *testing.T) {
	t.Parallel()
	shown := examples(t, ".")
	for _, typ := range readSource(t, ".").docs.Types {
		options := slices.DeleteFunc(typ.Funcs, func(function *doc.Func) bool { return !isOption(function) })
		for _, option := range options {
			assert.True(t, shown[option.Name] || !takesObject(option), missingExample, "whatspie", option.Name)
		}
		isShown := func(option *doc.Func) bool { return shown[option.Name] }
		assert.True(t, len(options) == 0 || slices.ContainsFunc(options, isShown), "no %s has an example", typ.Name)
	}
}

func TestExamples_coverFakeServer(t *testing.T) {
	t.Parallel()
	shown := examples(t, "whatspietest")
	for _, typ := range readSource(t, "whatspietest").docs.Types {
		for _, method := range typ.Methods {
			name := typ.Name + "_" + method.Name
			assert.True(t, typ.Name != "Server" || shown[name], missingExample, "whatspietest", name)
		}
	}
}

// isOption reports whether a function returns an option.
func isOption(function *doc.Func) bool {
	results := function.Decl.Type.Results
	return results != nil && strings.HasSuffix(types.ExprString(results.List[0].Type), "Option")
}

// takesObject reports whether a parameter is neither of a basic type nor a time.Duration.
func takesObject(function *doc.Func) bool {
	return slices.ContainsFunc(function.Decl.Type.Params.List, func(param *ast.Field) bool {
		name := strings.TrimPrefix(types.ExprString(param.Type), "...")
		return types.Universe.Lookup(name) == nil && name != "time.Duration"
	})
}

// examples returns the names of the examples in a directory that are run. One with a suffix also counts for its subject.
func examples(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files := parse(t, gotoken.NewFileSet(), dir, isTest, parser.ParseComments)
	found := map[string]bool{}
	for _, example := range doc.Examples(files...) {
		if example.Output == "" && !example.EmptyOutput {
			continue
		}
		found[example.Name] = true
		if i := strings.LastIndexByte(example.Name, '_'); i >= 0 && unicode.IsLower(rune(example.Name[i+1])) {
			found[example.Name[:i]] = true
		}
	}
	return found
}
