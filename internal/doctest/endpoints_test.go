package doctest_test

import (
	"go/ast"
	"go/doc"
	"go/types"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// endpoints returns the methods of the root package's services that take a context, by the suffix of their examples.
func endpoints(t *testing.T, s *source) map[string]*doc.Func {
	t.Helper()
	found := map[string]*doc.Func{}
	for name, method := range contextMethods(s) {
		if service, _, _ := strings.Cut(name, "_"); strings.HasSuffix(service, "Service") {
			found[name] = method
		}
	}
	require.NotEmpty(t, found)
	return found
}

// contextMethods returns the exported methods that take a context, by the suffix of their examples.
func contextMethods(s *source) map[string]*doc.Func {
	found := map[string]*doc.Func{}
	for _, typ := range s.docs.Types {
		for _, method := range typ.Methods {
			params := method.Decl.Type.Params.List
			if len(params) > 0 && types.ExprString(params[0].Type) == "context.Context" {
				found[typ.Name+"_"+method.Name] = method
			}
		}
	}
	return found
}

func TestEndpoints_nameSourceAndErrors(t *testing.T) {
	t.Parallel()
	s := readSource(t, ".")
	declared := map[string]bool{}
	for _, value := range s.docs.Vars {
		for _, name := range value.Names {
			declared[name] = true
		}
	}
	errorsPart := regexp.MustCompile(`(?ms)^Errors(?: that end it)?: .*`)
	sentinel := regexp.MustCompile(`\[(Err\w+)\]`)
	for name, method := range endpoints(t, s) {
		assert.Regexp(t, `(?m)^Source: https://docs\.whatspie\.com/\S+$`, method.Doc, name)
		assert.NotEmpty(t, sentinel.FindString(errorsPart.FindString(method.Doc)), "%s names no errors", name)
		if isWrite(method.Decl) {
			assert.Contains(t, method.Doc, "[ErrOutcomeUnknown]", "%s may change something", name)
		}
		for _, match := range sentinel.FindAllStringSubmatch(method.Doc, -1) {
			assert.True(t, declared[match[1]], "%s names %s, which does not exist", name, match[1])
		}
	}
}

// A method that takes call options makes one call and contains nothing else, unless it combines other endpoints.
func TestEndpoints_areDeclarations(t *testing.T) {
	t.Parallel()
	s := readSource(t, ".")
	for name, method := range endpoints(t, s) {
		params := method.Decl.Type.Params.List
		if types.ExprString(params[len(params)-1].Type) != "...CallOption" || callsEndpoint(method.Decl) {
			continue
		}
		body := method.Decl.Body
		lines := s.files.Position(body.Rbrace).Line - s.files.Position(body.Lbrace).Line - 1
		assert.LessOrEqual(t, lines, 3, name)
		assert.Positive(t, lines)
	}
}

// isWrite reports whether a method names an HTTP method that may change something.
func isWrite(method *ast.FuncDecl) bool {
	found := false
	ast.Inspect(method.Body, func(node ast.Node) bool {
		if selector, isSelector := node.(*ast.SelectorExpr); isSelector {
			name := types.ExprString(selector)
			found = found || strings.HasPrefix(name, "http.Method") && name != "http.MethodGet" && name != "http.MethodHead"
		}
		return true
	})
	return found
}

// callsEndpoint reports whether a method calls an exported method of its receiver.
func callsEndpoint(method *ast.FuncDecl) bool {
	receiver, found := method.Recv.List[0].Names, false
	ast.Inspect(method.Body, func(node ast.Node) bool {
		selector, isSelector := node.(*ast.SelectorExpr)
		if isSelector && len(receiver) > 0 && types.ExprString(selector.X) == receiver[0].Name {
			found = found || selector.Sel.IsExported()
		}
		return true
	})
	return found
}

func TestEndpoints_stateRetries(t *testing.T) {
	t.Parallel()
	for name, method := range endpoints(t, readSource(t, ".")) {
		assert.Regexp(t, `(?i)\bretried\b|sent a second time|no retry`, strings.Join(strings.Fields(method.Doc), " "), name)
	}
}

func TestEndpoints_areInReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile(path.Join(root, "README.md"))
	require.NoError(t, err)
	var missing []string
	for name := range endpoints(t, readSource(t, ".")) {
		service, method, _ := strings.Cut(name, "_")
		if call := "`" + strings.TrimSuffix(service, "Service") + "." + method + "`"; !strings.Contains(string(readme), call) {
			missing = append(missing, call)
		}
	}
	assert.Empty(t, missing, "README.md does not name these")
}
