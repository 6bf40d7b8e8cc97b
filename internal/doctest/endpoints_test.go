package doctest_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	gotoken "go/token"
	"go/types"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// endpoints are the methods of the root package's services that take a context, by the name that an example has.
func endpoints(t *testing.T, s *source) map[string]*doc.Func {
	t.Helper()
	found := map[string]*doc.Func{}
	for _, typ := range s.docs.Types {
		if !strings.HasSuffix(typ.Name, "Service") {
			continue
		}
		for _, method := range typ.Methods {
			params := method.Decl.Type.Params.List
			if ast.IsExported(method.Name) && len(params) > 0 && types.ExprString(params[0].Type) == "context.Context" {
				found[typ.Name+"_"+method.Name] = method
			}
		}
	}
	require.NotEmpty(t, found)
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
	named := regexp.MustCompile(`(?ms)^Errors(?: that end it)?: .*`)
	sentinel := regexp.MustCompile(`\[(Err\w+)\]`)
	for name, method := range endpoints(t, s) {
		assert.Regexp(t, `(?m)^Source: https://docs\.whatspie\.com/\S+$`, method.Doc, name)
		errors := named.FindString(method.Doc)
		assert.NotEmpty(t, sentinel.FindString(errors), "%s names no errors", name)
		for _, match := range sentinel.FindAllStringSubmatch(method.Doc, -1) {
			assert.True(t, declared[match[1]], "%s names %s, which does not exist", name, match[1])
		}
	}
}

// A method that takes call options is one call: verb, path, body, result, and nothing else.
func TestEndpointsAreDeclarations(t *testing.T) {
	t.Parallel()
	s := readSource(t, ".")
	for name, method := range endpoints(t, s) {
		params := method.Decl.Type.Params.List
		oneCall := types.ExprString(params[len(params)-1].Type) == "...CallOption"
		if !oneCall || name == "DevicesService_CreateConfirmed" { // which makes several
			continue
		}
		body := method.Decl.Body
		lines := s.files.Position(body.Rbrace).Line - s.files.Position(body.Lbrace).Line - 1
		assert.LessOrEqual(t, lines, 3, name)
		assert.Positive(t, lines)
	}
}

func TestEndpointsSayWhetherTheyAreRetried(t *testing.T) {
	t.Parallel()
	for name, method := range endpoints(t, readSource(t, ".")) {
		assert.Regexp(t, `(?i)\bretried\b|sent a second time|no retry`, strings.Join(strings.Fields(method.Doc), " "), name)
	}
}

// Whoever reads the documentation finds each method at work: services, the fake server, and a member of each group of
// options.
func TestEveryMethodHasAnExample(t *testing.T) {
	t.Parallel()
	options := []string{
		"NewClient", "WithTokenSource", "WithRetry", "WithLogger", "WithLimiter", "WithDriftHandler", // of a client
		"WithHeader", "WithMaxQRCodes", "WithChangesOnly", // of a call, a pairing, a watch
		"Client_Call", "LookupPackage", "ParseQRCode",
	}
	const missing = "there is no func Example... of that name with an \"// Output:\" at its end"
	own := examples(t, ".")
	for _, name := range options {
		assert.Contains(t, own, name, missing)
	}
	for name := range endpoints(t, readSource(t, ".")) {
		assert.Contains(t, own, name, missing)
	}
	fake := examples(t, "whatspietest")
	for _, typ := range readSource(t, "whatspietest").docs.Types {
		for _, method := range typ.Methods {
			if typ.Name == "Server" && method.Name != "Device" { // it stands in the examples of the others
				assert.Contains(t, fake, "Server_"+method.Name, missing)
			}
		}
	}
}

// examples are the names of the examples in a folder's tests that are run with output.
func examples(t *testing.T, dir string) []string {
	t.Helper()
	folder := os.DirFS(path.Join(root, dir))
	names, err := fs.Glob(folder, "*_test.go")
	require.NoError(t, err)
	files := make([]*ast.File, 0, len(names))
	for _, name := range names {
		text, err := fs.ReadFile(folder, name)
		require.NoError(t, err)
		file, err := parser.ParseFile(gotoken.NewFileSet(), name, text, parser.ParseComments)
		require.NoError(t, err)
		files = append(files, file)
	}
	var found []string
	for _, example := range doc.Examples(files...) {
		if example.Output != "" || example.EmptyOutput {
			found = append(found, example.Name)
		}
	}
	return found
}

func TestReadmeListsEveryEndpoint(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile(path.Join(root, "README.md"))
	require.NoError(t, err)
	for name := range endpoints(t, readSource(t, ".")) {
		service, method, _ := strings.Cut(name, "_")
		assert.Contains(t, string(readme), "`"+strings.TrimSuffix(service, "Service")+"."+method+"`")
	}
}
